;; The smallest useful guest: no imports, no memory. `add` has the numbers in and out that every example uses.
(module
  (func (export "add") (param $a i32) (param $b i32) (result i32)
    (i32.add (local.get $a) (local.get $b)))
  (func (export "add64") (param $a i64) (param $b i64) (result i64)
    (i64.add (local.get $a) (local.get $b)))
  (func (export "hypotenuse") (param $a f64) (param $b f64) (result f64)
    (f64.sqrt
      (f64.add
        (f64.mul (local.get $a) (local.get $a))
        (f64.mul (local.get $b) (local.get $b)))))
  (func (export "half") (param $a f32) (result f32)
    (f32.mul (local.get $a) (f32.const 0.5)))
  (func (export "noop")))
