# A record that ends with `..` takes and drops what it does not name.
record Open { a: int, .. }

record Closed { a: int }

record Anything { .. }

policy "open" {
  input { open: Open, any: Anything?, .. }
  allow { yes: open.a == 1 }
}

test "what is not named is dropped" {
  policy "open"
  input { open: { a: 1, b: [{ c: none }] }, any: { x: "y" }, more: 3 }
  expect allow
}
