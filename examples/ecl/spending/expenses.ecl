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

fixture ada = "did:example:ada"
fixture meal { category: Meal, amount: 20 EUR, receipt: true, days_ago: 1 }
fixture flight { category: Travel, amount: 400 EUR, receipt: true, days_ago: 1 }
fixture bed { category: Lodging, amount: 140 EUR, receipt: true, days_ago: 3 }

test "an expense report" {
  policy "expense-report"
  input { submitter: ada, approver: "did:example:bob", lines: [meal] }
  cases {
    "a usual one is accepted":            { lines: [meal, flight, bed] } => accept
    "nobody approves their own":          { approver: ada } => reject
    "an empty one is rejected":           { lines: [] } => reject by empty
    "more than ten euros need a receipt": { lines[0].receipt: false } => reject by no_receipt
    "three months are too long ago":      { lines[0].days_ago: 91 } => reject by too_old
    "a dinner above its limit is seen":   { lines[0].amount: 61 EUR } => escalate by over_limit
    "a large total is seen": { lines: [flight, flight, flight, flight] } => escalate by large
  }
}
