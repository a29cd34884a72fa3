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

fixture shop = "did:example:shop"
fixture trusted { r: 0.8, i: 0.8, c: 0.8, p: 0.8, v: 0.8, omega: 0.8 }

test "a payout" {
  policy "payout"
  input { payout: { seller: shop, amount: 420 EUR, country: "DE", account_age: 400d } }
  facts {
    balance(shop, "EUR"): 10000.0
    trust(shop): trusted
  }
  cases {
    "covered, of an old account": {} => accept
    "more than the balance":      { payout.amount: 10000.01 EUR } => reject by not_covered
    "a sanctioned country":       { payout.country: "KP" } => reject by sanctioned
    "one very low dimension": {} facts {
      trust(shop): trusted with { omega: 0.05 }
    } => reject by distrusted
    "a new account":                        { payout.account_age: 29d } => escalate by new_account
    "a large one":                          { payout.amount: 5_001 EUR } => escalate by unusual
    "an unknown balance is never accepted": {} facts { balance(shop, "EUR"): unknown } => error
  }
}
