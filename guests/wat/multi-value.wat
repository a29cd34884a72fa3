;; Functions with more than one result.
(module
  (func (export "divide") (param $a i32) (param $b i32) (result i32 i32)
    (i32.div_s (local.get $a) (local.get $b))
    (i32.rem_s (local.get $a) (local.get $b)))
  (func (export "mixed") (result i32 i64 f32 f64)
    (i32.const -1) (i64.const 9007199254740993) (f32.const 0.25) (f64.const 1e300)))
