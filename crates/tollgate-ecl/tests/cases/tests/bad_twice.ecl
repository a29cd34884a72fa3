// What is given twice is neither the first nor the last.
record Line { n: int }

policy "twice" {
  input { n: int, lines: list<Line, 2> }
  allow { a: n > 0 AND len(lines) > 0 }
}

fixture line { n: 1, n: 2 }

test "in the input" {
  input { n: 1, n: 2, lines: [line] }
  expect accept
}

test "in a record of it" {
  input { n: 1, lines: [{ n: 1, n: 2 }] }
  expect accept
}
