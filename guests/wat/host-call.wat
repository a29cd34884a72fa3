;; Calls two functions that only an embedder can give: `host.multiply` with numbers, `host.log` with text in memory.
(module
  (import "host" "multiply" (func $multiply (param i64 i64) (result i64)))
  (import "host" "log" (func $log (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "squaring")
  (func (export "square") (param $n i64) (result i64)
    (call $log (i32.const 0) (i32.const 8))
    (call $multiply (local.get $n) (local.get $n))))
