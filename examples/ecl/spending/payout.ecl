# A payout from a marketplace: balance, trust of the seller, age of the account, destination.

record Payout {
  seller:      did
  amount:      money<EUR>
  country:     string<2>
  account_age: duration
}

policy "payout" {
  id: "did:example:policy:payout"
  input { payout: Payout }

  auto_reject {
    not_covered: amount(payout.amount) > balance(payout.seller, "EUR")
    sanctioned:  payout.country in ["KP", "IR", "SY"]
    distrusted:  weakest(trust(payout.seller)) < 0.1
  }
  auto_accept all {
    old_enough: payout.account_age >= 30d
    trusted:    norm(trust(payout.seller), "finance") >= 0.5
    usual:      payout.amount <= 5_000 EUR
  }
  escalate {
    new_account: payout.account_age < 30d
    unusual:     payout.amount > 5_000 EUR
  }
}

test "a covered payout of an old account is accepted" {
  policy "payout"
  input {
    payout: { seller: "did:example:shop", amount: 420 EUR, country: "DE", account_age: 400d }
  }
  facts {
    balance("did:example:shop", "EUR"): 1000.0
    trust("did:example:shop"): { r: 0.8, i: 0.8, c: 0.8, p: 0.8, v: 0.8, omega: 0.8 }
  }
  expect accept
}

test "more than the balance is rejected" {
  policy "payout"
  input {
    payout: { seller: "did:example:shop", amount: 1000.01 EUR, country: "DE", account_age: 400d }
  }
  facts {
    balance("did:example:shop", "EUR"): 1000.0
    trust("did:example:shop"): { r: 0.8, i: 0.8, c: 0.8, p: 0.8, v: 0.8, omega: 0.8 }
  }
  expect reject by not_covered
}

test "a sanctioned country is rejected" {
  policy "payout"
  input { payout: { seller: "did:example:shop", amount: 10 EUR, country: "KP", account_age: 400d } }
  facts {
    balance("did:example:shop", "EUR"): 1000.0
    trust("did:example:shop"): { r: 0.8, i: 0.8, c: 0.8, p: 0.8, v: 0.8, omega: 0.8 }
  }
  expect reject by sanctioned
}

test "one very low dimension is enough to reject" {
  policy "payout"
  input { payout: { seller: "did:example:shop", amount: 10 EUR, country: "DE", account_age: 400d } }
  facts {
    balance("did:example:shop", "EUR"): 1000.0
    trust("did:example:shop"): { r: 0.9, i: 0.9, c: 0.9, p: 0.9, v: 0.9, omega: 0.05 }
  }
  expect reject by distrusted
}

test "a new account is seen by a person" {
  policy "payout"
  input { payout: { seller: "did:example:shop", amount: 10 EUR, country: "DE", account_age: 29d } }
  facts {
    balance("did:example:shop", "EUR"): 1000.0
    trust("did:example:shop"): { r: 0.8, i: 0.8, c: 0.8, p: 0.8, v: 0.8, omega: 0.8 }
  }
  expect escalate by new_account
}

test "a large payout is seen by a person" {
  policy "payout"
  input {
    payout: { seller: "did:example:shop", amount: 5_001 EUR, country: "DE", account_age: 400d }
  }
  facts {
    balance("did:example:shop", "EUR"): 10000.0
    trust("did:example:shop"): { r: 0.8, i: 0.8, c: 0.8, p: 0.8, v: 0.8, omega: 0.8 }
  }
  expect escalate by unusual
}

test "an unknown balance is an error and never accepted" {
  policy "payout"
  input { payout: { seller: "did:example:shop", amount: 10 EUR, country: "DE", account_age: 400d } }
  expect error
}
