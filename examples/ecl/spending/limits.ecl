# An agent's spending: a limit for each purchase, each day and each month, and a list of merchants that need no question.

record Purchase {
  merchant:  string<64>
  amount:    money<EUR>
  today:     money<EUR>
  month:     money<EUR>
  recurring: bool
}

# What the accountant hears of: purchases that took a known merchant.
fn notice(purchase: Purchase) -> effect? {
  if purchase.amount > 25 EUR then emit("purchase.large", purchase.amount) else none
}

policy "spending-limits" {
  id: "did:example:policy:spending-limits"
  input { purchase: Purchase }

  let day_total = purchase.today + purchase.amount
  let month_total = purchase.month + purchase.amount

  auto_reject {
    nothing:    purchase.amount <= 0 EUR
    over_month: month_total > 2_000 EUR
    over_day:   day_total > 500 EUR
  }
  auto_accept any {
    small: purchase.amount <= 25 EUR AND NOT purchase.recurring
    known: purchase.amount <= 100 EUR
      AND purchase.merchant in ["rail.example", "books.example", "cloud.example"]
  }
  escalate {
    recurring: purchase.recurring
    large:     purchase.amount > 25 EUR
  }

  on accept {
    emit("purchase.accepted", purchase.merchant)
    put("spending:last", purchase.merchant, purchase.amount)
    notice(purchase)
  }
}

test "a purchase" {
  policy "spending-limits"
  input {
    purchase: {
      merchant:  "rail.example"
      amount:    10 EUR
      today:     0 EUR
      month:     0 EUR
      recurring: false
    }
  }
  cases {
    "nothing is none":       { purchase.amount: 0 EUR } => reject by nothing no effect
    "the month has a limit": { purchase.month: 1_995 EUR } => reject by over_month
    "the day has a limit": {
      purchase.today: 495 EUR
      purchase.month: 495 EUR
    } => reject by over_day
    "a small one": { purchase.amount: 24.99 EUR } => accept by small effect put(
      "spending:last",
      "rail.example",
      24.99 EUR,
    )
    "a known merchant": {
      purchase.amount: 89.90 EUR
    } => accept by known effect emit("purchase.large", 89.90 EUR)
    "a subscription": {
      purchase.recurring: true
      purchase.merchant: "music.example"
    } => escalate by recurring
    "a large one": { purchase.amount: 120 EUR } => escalate by large
  }
}
