# What other languages write with `?` and `:`.
record R { y: int, z: bool }

fn f(a: int) -> int { a }

policy "ternary" {
  input { a: int, b: bool, r: R, x: int? }
  let words = b ? "a" : "b"
  allow {
    plain:    (b ? 1 : 2) > a
    bracket:  a < b ? (1) : 2
    field:    (b ? r.y : a) > 1
    call:     (b ? f(1) : 2) > a
    negative: (b ? -1 : 1) > a
    tight:    b?r.z:false
    names:    b ? b : false
    whole:    a > 1 ? b : NOT b
    chain:    (b ? 1 : a > 3 ? 2 : 3) > a
    inside:   (b ? (a > 3 ? 1 : 2) : 3) > a
    other:    (b ? x else 1 : 2) > a
    none:     (b ? none : 2) == x
    loop:     b ? any y in [1, 2]: y > a : false
  }
}
