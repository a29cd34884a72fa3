;; Asks to sleep for a hundred years with `poll_oneoff`: stopped by the time limit, though no instruction runs.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    ;; subscription: userdata u64, tag u8 at 8 (0 = clock), clock id u32 at 16 (1 = monotonic), timeout u64 at 24 in ns
    (i32.store (i32.const 16) (i32.const 1))
    (i64.store (i32.const 24) (i64.const 3155760000000000000))
    (drop (call $poll_oneoff (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))))
