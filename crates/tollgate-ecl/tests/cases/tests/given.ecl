# What tests start from: fixtures, `let`s, changes, tables.

enum Category { Travel, Meal }

record Line { category: Category, amount: money<EUR>, receipt: bool, note: string<32>? }

record Person { id: did, roles: list<string<16>, 4>, labels: map<string<16>, string<16>, 4> }

policy "expenses" {
  input { submitter: Person, approver: did, lines: list<Line, 8>, "due-date": instant? }
  let total = sum l in lines: l.amount

  deny {
    self:       submitter.id == approver
    empty:      is_empty(lines)
    no_receipt: any l in lines: NOT l.receipt, "{l.category} for {l.amount} has no receipt"
    blocked:    submitter.labels["state"] == "blocked"
  }
  allow { small: total <= 100 EUR }
  ask { boss: "boss" in submitter.roles AND verified(submitter.id) }
  on accept {
    emit("paid", Payment { to: submitter.id, total: total })
    put("totals", submitter.id, total)
  }
}

record Payment { to: did, total: money<EUR> }

fixture ada = "did:example:ada"
fixture meal { category: Meal, amount: 20 EUR, receipt: true }
fixture person { id: ada, roles: [], labels: {} }

fixture report {
  submitter: person
  approver:  "did:example:bob"
  lines:     [meal]
}

fixture large = report with { lines[0].amount: 400 EUR }

test "a report is paid" {
  policy "expenses"
  input report
  expect accept by small
  expect effect emit("paid", { to: ada, total: 20 EUR })
  expect effect put("totals", ada)
  expect no violation no_receipt
}

test "a table" {
  policy "expenses"
  let bob = report.approver
  let without = meal with { receipt: false, category: Travel }
  input report with { approver: bob }
  facts { has_credential(ada, "did:erynoa:credential:identity:**"): true }
  cases {
    "nobody approves their own": { submitter.id: bob } => deny by self no effect
    "an empty report":           { lines: [] } => deny by empty
    "receipts":                  { lines: [without, meal, without with { amount: 7 EUR }] } => deny by no_receipt
      violation no_receipt because "Travel for 20.00 EUR" for { amount: 20 EUR, category: Travel }
      violation no_receipt for { amount: 7 EUR } no violation self
    "a blocked person": { submitter.labels.state: "blocked" } => deny by blocked
    "a boss":           { lines[0].amount: 101 EUR, submitter.roles: ["boss"] } => ask by boss
    { lines[0].amount: 101 EUR, submitter.roles: ["boss"] } facts {
      has_credential(ada, "did:erynoa:credential:identity:**"): false
    } => deny
    { "due-date": "2025-01-01T00:00:00Z", lines: [meal, meal] } => allow effect emit("paid")
      effect emit("paid", { total: 2 * meal.amount })
  }
}

test "a fixture of a fixture" {
  policy "expenses"
  input large
  expect deny
}
