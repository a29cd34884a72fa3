;; Recursion without an end: stopped by the stack limit.
(module
  (func $deeper (export "_start")
    (call $deeper)
    (call $deeper)))
