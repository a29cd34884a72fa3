;; The bytes ABI of docs/abi.md by hand: `echo` answers with its input, `shout` with its ASCII letters in upper case.
;; `alloc` only ever moves forward and `free` does nothing: an instance lives for one execution.
(module
  (memory (export "memory") 1 256)
  (global $top (mut i32) (i32.const 1024))
  (func $alloc (export "alloc") (param $len i32) (result i32) (local $at i32) (local $end i32) (local $have i32)
    (local.set $at (global.get $top))
    (local.set $end (i32.add (local.get $at) (local.get $len)))
    (if (i32.lt_u (local.get $end) (local.get $at)) (then (return (i32.const 0))))
    (local.set $have (i32.shl (memory.size) (i32.const 16)))
    (if (i32.gt_u (local.get $end) (local.get $have))
      (then
        (if (i32.eq (i32.const -1)
              (memory.grow (i32.shr_u
                (i32.add (i32.sub (local.get $end) (local.get $have)) (i32.const 65535)) (i32.const 16))))
          (then (return (i32.const 0))))))
    (global.set $top (i32.and (i32.add (local.get $end) (i32.const 7)) (i32.const -8)))
    (local.get $at))
  (func (export "free") (param $ptr i32) (param $len i32))
  (func $pack (param $ptr i32) (param $len i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $ptr)) (i64.const 32)) (i64.extend_i32_u (local.get $len))))
  (func (export "echo") (param $ptr i32) (param $len i32) (result i64)
    (call $pack (local.get $ptr) (local.get $len)))
  (func (export "shout") (param $ptr i32) (param $len i32) (result i64) (local $i i32) (local $at i32) (local $c i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $len)))
        (local.set $at (i32.add (local.get $ptr) (local.get $i)))
        (local.set $c (i32.load8_u (local.get $at)))
        (if (i32.lt_u (i32.sub (local.get $c) (i32.const 97)) (i32.const 26))
          (then (i32.store8 (local.get $at) (i32.sub (local.get $c) (i32.const 32)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (call $pack (local.get $ptr) (local.get $len))))
