# Records and options are equal part by part; lists as sets; the first element.
enum Kind { One, Two }
record Inner { kind: Kind, note: string<8>? }
record R { a: int, price: money<EUR>, share: number, inner: Inner }

policy "parts" {
  input { a: R, b: R, rs: list<R, 4>, o: int?, p: int?, d: decimal?, os: list<int?, 4>, ts: list<string<8>, 4>, us: list<string<8>, 4> }
  allow any {
    records:  a == b
    inside:   a in rs
    mixed:    o == d AND o != none
    subset:   is_subset(ts, us)
    overlaps: overlaps(ts, ["x", "y"])
    first:    (first r in rs: r.a > 3)?.price == 2 EUR
    few:      len(intersection(ts, us)) == 1 AND len(difference(ts, us)) == 2
  }
  deny { options: o == p AND p in os }
}

test "records are equal when all their fields are" {
  policy "parts"
  input {
    a: { a: 1, price: 1 EUR, share: 0.5, inner: { kind: One, note: "x" } }
    b: { a: 1, price: 1 EUR, share: 0.5, inner: { kind: One, note: "x" } }
    rs: [], o: 1, os: [], ts: ["x"], us: []
  }
  expect allow by records
}

test "a field that is none differs from one that is not" {
  policy "parts"
  input {
    a: { a: 1, price: 1 EUR, share: 0.5, inner: { kind: One } }
    b: { a: 1, price: 1 EUR, share: 0.5, inner: { kind: One, note: "x" } }
    rs: [{ a: 1, price: 1 EUR, share: 0.5, inner: { kind: One } }], o: 1, os: [], ts: ["q"], us: []
  }
  expect allow by inside
}

test "none equals none" {
  policy "parts"
  input {
    a: { a: 1, price: 1 EUR, share: 0.5, inner: { kind: One } }
    b: { a: 1, price: 1 EUR, share: 0.5, inner: { kind: One } }
    rs: [], os: [3, none], ts: [], us: []
  }
  expect deny by options
}

test "an int equals a decimal in options" {
  policy "parts"
  input {
    a: { a: 1, price: 1 EUR, share: 0.5, inner: { kind: One } }
    b: { a: 2, price: 1 EUR, share: 0.5, inner: { kind: One } }
    rs: [], o: 2, d: 2.0, os: [], ts: ["x"], us: []
  }
  expect allow by mixed
}

test "a set is in another" {
  policy "parts"
  input {
    a: { a: 1, price: 1 EUR, share: 0.5, inner: { kind: One } }
    b: { a: 2, price: 1 EUR, share: 0.5, inner: { kind: One } }
    rs: [], o: 2, os: [], ts: ["a", "b"], us: ["b", "c", "a"]
  }
  expect allow by subset
}

test "sets overlap" {
  policy "parts"
  input {
    a: { a: 1, price: 1 EUR, share: 0.5, inner: { kind: One } }
    b: { a: 2, price: 1 EUR, share: 0.5, inner: { kind: One } }
    rs: [], o: 2, os: [], ts: ["a", "y"], us: []
  }
  expect allow by overlaps
}

test "the first element that fits" {
  policy "parts"
  input {
    a: { a: 1, price: 1 EUR, share: 0.5, inner: { kind: One } }
    b: { a: 2, price: 1 EUR, share: 0.5, inner: { kind: One } }
    rs: [
      { a: 3, price: 1 EUR, share: 0.5, inner: { kind: One } },
      { a: 4, price: 2 EUR, share: 0.5, inner: { kind: One } },
      { a: 5, price: 3 EUR, share: 0.5, inner: { kind: One } },
    ]
    o: 2, os: [], ts: ["a"], us: []
  }
  expect allow by first
}

test "what both have and what one has" {
  policy "parts"
  input {
    a: { a: 1, price: 1 EUR, share: 0.5, inner: { kind: One } }
    b: { a: 2, price: 1 EUR, share: 0.5, inner: { kind: One } }
    rs: [], o: 2, os: [], ts: ["a", "b", "c"], us: ["b"]
  }
  expect allow by few
}

test "nothing of it" {
  policy "parts"
  input {
    a: { a: 1, price: 1 EUR, share: 0.5, inner: { kind: One } }
    b: { a: 1, price: 1 EUR, share: 0.25, inner: { kind: One } }
    rs: [{ a: 1, price: 1 EUR, share: 0.5, inner: { kind: Two } }], o: 2, p: 3, os: [3], ts: ["a"], us: []
  }
  expect deny
}
