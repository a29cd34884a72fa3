;; Integer kernels with a known answer, for examples and measurements.
(module
  (func $factorial (export "factorial") (param $n i64) (result i64)
    (if (result i64) (i64.le_s (local.get $n) (i64.const 1))
      (then (i64.const 1))
      (else (i64.mul (local.get $n) (call $factorial (i64.sub (local.get $n) (i64.const 1)))))))

  (func $fibonacci (export "fibonacci") (param $n i32) (result i32)
    (if (result i32) (i32.lt_s (local.get $n) (i32.const 2))
      (then (local.get $n))
      (else (i32.add
        (call $fibonacci (i32.sub (local.get $n) (i32.const 1)))
        (call $fibonacci (i32.sub (local.get $n) (i32.const 2)))))))

  (func (export "is_prime") (param $n i32) (result i32) (local $d i32)
    (if (i32.lt_s (local.get $n) (i32.const 2)) (then (return (i32.const 0))))
    (local.set $d (i32.const 2))
    (loop $next
      (if (i64.gt_s
            (i64.mul (i64.extend_i32_s (local.get $d)) (i64.extend_i32_s (local.get $d)))
            (i64.extend_i32_s (local.get $n)))
        (then (return (i32.const 1))))
      (if (i32.eqz (i32.rem_s (local.get $n) (local.get $d))) (then (return (i32.const 0))))
      (local.set $d (i32.add (local.get $d) (i32.const 1)))
      (br $next))
    (unreachable)))
