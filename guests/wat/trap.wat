;; Each export ends in a different trap.
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (type $f (func))
  (func (export "unreachable") (unreachable))
  (func (export "divide_by_zero") (result i32) (i32.div_s (i32.const 1) (i32.const 0)))
  (func (export "out_of_bounds") (result i32) (i32.load (i32.const 0x7fffffff)))
  (func (export "null_call") (call_indirect (type $f) (i32.const 0)))
  (func (export "bad_conversion") (result i32) (i32.trunc_f64_s (f64.const nan))))
