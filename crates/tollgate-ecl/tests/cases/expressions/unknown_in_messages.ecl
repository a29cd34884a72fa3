# A message sees what its rule sees.
policy "messages" {
  input { n: int, items: list<int, 4> }
  deny {
    a: n == 1, "no {other}"
    b: any i in items: i == n, "item {i} of {items}"
    c: n == 2, "item {i}"
    d: n == 3, "{n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n}"
  }
}
