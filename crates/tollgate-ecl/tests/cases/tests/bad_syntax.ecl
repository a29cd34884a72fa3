# stage: parse

fixture "report" { approver: "bob" }

fixture report

test "a type" {
  let price: money<EUR> = 3 EUR
  input { price: price }
  expect accept
}

test "no arrow" {
  input { price: 3 }
  cases {
    "a": { price: 3 } reject
    "b" { price: 3 } => reject
    "c": price: 3 => reject
    "d": { price.: 3 } => reject
    "e": { price[a]: 3 } => reject
    "f": { price } => reject
    "g": { lines.0.amount: 3 } => reject
  }
}

test "a word" {
  input { price: 3 }
  expect no reason
  expect accept
  expect reject
  expect violation
}
