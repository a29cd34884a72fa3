# What no condition says is not known.
fn maybe(a: int) -> int? { if a > 0 then a else none }

policy "wide" {
  input { a: int?, b: int?, c: int }
  deny {
    plain:   a > 3
    or:      a != none OR a > 3
    other:   a != none AND b > 3
    negated: NOT (a != none) AND a > 3
    call:    maybe(c) != none AND maybe(c) > 3
    needless: c? > 3
    rule:    a + 1 > 3
  }
}
