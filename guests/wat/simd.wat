;; 128-bit vectors as arguments and results.
(module
  (func (export "add_lanes") (param $a v128) (param $b v128) (result v128)
    (i32x4.add (local.get $a) (local.get $b)))
  (func (export "sum_lanes") (param $a v128) (result i32)
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $a)) (i32x4.extract_lane 1 (local.get $a)))
      (i32.add (i32x4.extract_lane 2 (local.get $a)) (i32x4.extract_lane 3 (local.get $a))))))
