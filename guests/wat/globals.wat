;; Exported globals, mutable and constant: the host reads them after a call.
(module
  (global $count (export "count") (mut i32) (i32.const 0))
  (global (export "answer") i64 (i64.const 42))
  (global (export "ratio") f64 (f64.const 1.5))
  (func (export "increment") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count)))
