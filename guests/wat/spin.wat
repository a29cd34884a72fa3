;; Never ends: stopped by the gas limit (metered) or the time limit (timed).
(module
  (func (export "_start")
    (loop $forever (br $forever))))
