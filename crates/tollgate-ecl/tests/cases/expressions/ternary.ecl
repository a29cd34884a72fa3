# What other languages write with `?` and `:`.
policy "ternary" {
  input { a: int, b: bool }
  allow { x: (b ? 1 : 2) > a }
}
