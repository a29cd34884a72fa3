# Approval of an expense report: receipts, categories with limits, and lines that a person must see.

enum Category { Travel, Meal, Lodging, Other }

record Line {
  category: Category
  amount:   money<EUR>
  receipt:  bool
  days_ago: int
}

fn limit(category: Category) -> money<EUR> {
  match category { Travel => 400 EUR, Meal => 60 EUR, Lodging => 220 EUR, Other => 50 EUR }
}

constraint "four-eyes" {
  severity: mandatory
  rule: submitter != approver
}

policy "expense-report" {
  id: "did:example:policy:expense-report"
  constraints: ["four-eyes"]
  input { submitter: did, approver: did, lines: list<Line, 50> }

  let total = sum l in lines: l.amount

  auto_reject {
    empty:      is_empty(lines)
    no_receipt: any l in lines: l.amount > 10 EUR AND NOT l.receipt
    too_old:    any l in lines: l.days_ago > 90
  }
  auto_accept all {
    limits: all l in lines: l.amount <= limit(l.category)
    total:  total <= 1_500 EUR
  }
  escalate {
    over_limit: any l in lines: l.amount > limit(l.category)
    large:      total > 1_500 EUR
  }
}

test "nobody approves their own report" {
  policy "expense-report"
  input {
    submitter: "did:example:ada"
    approver:  "did:example:ada"
    lines:     [{ category: Meal, amount: 20 EUR, receipt: true, days_ago: 1 }]
  }
  expect reject
}

test "an empty report is rejected" {
  policy "expense-report"
  input { submitter: "did:example:ada", approver: "did:example:bob", lines: [] }
  expect reject by empty
}

test "more than ten euros need a receipt" {
  policy "expense-report"
  input {
    submitter: "did:example:ada"
    approver:  "did:example:bob"
    lines:     [{ category: Meal, amount: 20 EUR, receipt: false, days_ago: 1 }]
  }
  expect reject by no_receipt
}

test "three months are too long ago" {
  policy "expense-report"
  input {
    submitter: "did:example:ada"
    approver:  "did:example:bob"
    lines:     [{ category: Meal, amount: 9 EUR, receipt: false, days_ago: 91 }]
  }
  expect reject by too_old
}

test "a usual report is accepted" {
  policy "expense-report"
  input {
    submitter: "did:example:ada"
    approver:  "did:example:bob"
    lines: [
      { category: Travel, amount: 189.90 EUR, receipt: true, days_ago: 3 },
      { category: Lodging, amount: 140 EUR, receipt: true, days_ago: 3 },
      { category: Meal, amount: 31.50 EUR, receipt: true, days_ago: 3 },
    ]
  }
  expect accept
}

test "a dinner above its limit is seen by a person" {
  policy "expense-report"
  input {
    submitter: "did:example:ada"
    approver:  "did:example:bob"
    lines:     [{ category: Meal, amount: 61 EUR, receipt: true, days_ago: 1 }]
  }
  expect escalate by over_limit
}

test "a large total is seen by a person" {
  policy "expense-report"
  input {
    submitter: "did:example:ada"
    approver:  "did:example:bob"
    lines: [
      { category: Travel, amount: 400 EUR, receipt: true, days_ago: 1 },
      { category: Travel, amount: 400 EUR, receipt: true, days_ago: 1 },
      { category: Travel, amount: 400 EUR, receipt: true, days_ago: 1 },
      { category: Travel, amount: 400 EUR, receipt: true, days_ago: 1 },
    ]
  }
  expect escalate by large
}
