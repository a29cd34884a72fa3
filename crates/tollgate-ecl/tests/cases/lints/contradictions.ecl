# stage: lint
# What no input can make true, and what every input does.
policy "p" {
  input {
    x:    int
    y:    int
    role: string
  }
  let high = x > 10
  reject {
    range:  x > 5 AND x < 3
    roles:  role == "a" AND role == "b"
    choice: y > 3 AND (y < 2 OR x == 7)
    order:  x < y AND y < x
    named:  high AND x < 4
    other:  role != "admin" OR role != "owner"
  }
  otherwise accept
}

policy "q" {
  input {
    x: int
    y: int
  }
  accept all {
    above: x > 5
    some:  y > 1
    below: x < 3
  }
}
