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

test "nothing is not a purchase" {
  policy "spending-limits"
  input {
    purchase: {
      merchant:  "rail.example"
      amount:    0 EUR
      today:     0 EUR
      month:     0 EUR
      recurring: false
    }
  }
  expect reject by nothing
}

test "the month has a limit" {
  policy "spending-limits"
  input {
    purchase: {
      merchant:  "rail.example"
      amount:    10 EUR
      today:     0 EUR
      month:     1_995 EUR
      recurring: false
    }
  }
  expect reject by over_month
}

test "the day has a limit" {
  policy "spending-limits"
  input {
    purchase: {
      merchant:  "rail.example"
      amount:    10 EUR
      today:     495 EUR
      month:     495 EUR
      recurring: false
    }
  }
  expect reject by over_day
}

test "a small purchase is accepted" {
  policy "spending-limits"
  input {
    purchase: {
      merchant:  "kiosk.example"
      amount:    24.99 EUR
      today:     0 EUR
      month:     0 EUR
      recurring: false
    }
  }
  expect accept by small
}

test "a known merchant may cost more" {
  policy "spending-limits"
  input {
    purchase: {
      merchant:  "rail.example"
      amount:    89.90 EUR
      today:     0 EUR
      month:     0 EUR
      recurring: false
    }
  }
  expect accept by known
}

test "a subscription is asked about" {
  policy "spending-limits"
  input {
    purchase: {
      merchant:  "music.example"
      amount:    9.99 EUR
      today:     0 EUR
      month:     0 EUR
      recurring: true
    }
  }
  expect escalate by recurring
}

test "a large purchase is asked about" {
  policy "spending-limits"
  input {
    purchase: {
      merchant:  "kiosk.example"
      amount:    120 EUR
      today:     0 EUR
      month:     0 EUR
      recurring: false
    }
  }
  expect escalate by large
}
