record Line { amount: money<EUR>, receipt: bool }

policy "expenses" {
  input { approver: string, lines: list<Line, 4>, note: Line? }
  deny { empty: is_empty(lines) }
  allow { small: (sum l in lines: l.amount) < 100 EUR }
}

fixture meal { amount: 20 EUR, receipt: true }
fixture report { approver: "bob", lines: [meal], note: none }
fixture misspelt { aprover: "bob", lines: [meal] }
fixture first = second
fixture second = first with { approver: "a" }
fixture report { approver: "eve" }
fixture many = [meal]

enum Size { small, large }
fixture small = 3

test "unknown fixture" {
  input reprot with { approver: "eve" }
  expect accept
}

test "a name that nobody knows" {
  input { approver: "a", lines: [meel] }
  expect accept
}

test "a field that is not there" {
  input report with { aprover: "eve" }
  expect accept
}

test "a field deeper down" {
  input report with { lines[0].amuont: 3 EUR }
  expect accept
}

test "a fixture with a wrong field" {
  input misspelt
  expect accept
}

test "it again" {
  input misspelt
  expect accept
}

test "an element that is not there" {
  input report with { lines[1].amount: 3 EUR }
  expect accept
}

test "no record to change" {
  input report with { note.amount: 3 EUR }
  expect accept
}

test "no list to change" {
  input report with { approver[0]: "a" }
  expect accept
}

test "a circle" {
  input first
  expect accept
}

test "no record at all" {
  input many
  expect accept
}

test "twice" {
  let a = 1 EUR
  let a = 2 EUR
  input report with { lines[0].amount: a, lines[0].amount: a }
  expect accept
}

test "cases" {
  input report
  cases {
    "a": { lines: [3] } => reject
    "a": { approver: [] } => accept
    { approver: 3 } => accept
    { lines[0]: { amount: 3 EUR } } => accept
    { approver: "mallory" } => accept by smal
  }
}

test "no case" {
  input report
  cases {}
}

test "both" {
  input report
  expect accept
  cases { { lines: [] } => reject }
}

test "no effect" {
  input report
  expect effect notify("x")
  expect violation emty
}

fn outside(line: Line) -> Line { line with { amount: 3 EUR } }
