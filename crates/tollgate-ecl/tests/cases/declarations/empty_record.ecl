# Elements without fields are counted like any others.

record Nothing {}

policy "count" {
  input { a: list<Nothing, 5> }
  accept { two: (count x in a: true) == 2 }
}

test "two" {
  policy "count"
  input { a: [{}, {}] }
  expect accept
}

test "three" {
  policy "count"
  input { a: [{}, {}, {}] }
  expect reject
}
