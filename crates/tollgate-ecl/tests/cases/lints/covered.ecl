# stage: lint
# Rules that others make needless, and what stands behind `true`.
policy "p" {
  input {
    x:    int
    y:    int
    flag: bool
  }
  reject {
    high:   x > 10
    higher: x > 20
    both:   flag AND y > 3
    again:  flag AND y > 3
    three:  flag AND y > 5 AND x < 2
    # What is special comes first here, and has a word of its own.
    least:  y < -10
    less:   y < -5
  }
  accept all {
    two:  x in [2, 3]
    low:  x < 9
    flag: flag
  }
  escalate {
    rest:   true
    behind: y > 3
  }
  otherwise reject "never said"
}

test "a rule that a test names stays" {
  policy "p"
  input { x: 4, y: 4, flag: true }
  expect reject by both
}
