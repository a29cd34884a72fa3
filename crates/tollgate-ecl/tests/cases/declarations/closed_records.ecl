# Without `..` a field that is not named is an error, and no value has one.
record Closed { a: int }

record Open { a: int, .. }

fn made() -> Open { Open { a: 1, b: 2 } }

policy "closed" {
  input { closed: Closed }
  allow { yes: closed.a == made().b }
}

test "a field that is not named" {
  policy "closed"
  input { closed: { a: 1, b: 2 } }
  expect allow
}
