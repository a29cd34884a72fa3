# An agent buys computing time. It accepts a cheap offer of a provider it knows, and asks when the budget runs low.

record ComputeOffer {
  provider:       did
  price_per_hour: money<EUR>
  hours:          int
  cores:          int
  region:         string<32>
}

record Wallet {
  budget_remaining: money<EUR>
}

policy "compute-offer" {
  id: "did:example:policy:compute-offer"
  description: "Accept computing time below 0.30 EUR an hour from providers with a trust of at least 0.6"
  input { offer: ComputeOffer, wallet: Wallet }

  let total = cost(offer.price_per_hour, offer.hours)

  auto_reject {
    too_expensive: offer.price_per_hour > 1.20 EUR
    over_budget:   total > wallet.budget_remaining, "the whole rental costs more than what is left"
    too_small:     offer.cores < 2
  }
  auto_accept all {
    price:   offer.price_per_hour <= 0.30 EUR
    trusted: norm(trust(offer.provider)) >= 0.6
    region:  offer.region in ["eu-central", "eu-west", "eu-north"]
  }
  escalate {
    low_budget: total > 0.5 * wallet.budget_remaining
    new_region: offer.region not in ["eu-central", "eu-west", "eu-north"]
  }
  otherwise reject "neither cheap enough nor worth asking about"
}

test "a cheap offer of a trusted provider is accepted" {
  policy "compute-offer"
  input {
    offer: {
      provider:       "did:example:hoster"
      price_per_hour: 0.20 EUR
      hours:          10
      cores:          8
      region:         "eu-west"
    }
    wallet: { budget_remaining: 65 EUR }
  }
  facts { trust("did:example:hoster"): { r: 0.9, i: 0.9, c: 0.8, p: 0.8, v: 0.9, omega: 0.7 } }
  expect accept
}

test "an expensive offer is rejected" {
  policy "compute-offer"
  input {
    offer: {
      provider:       "did:example:hoster"
      price_per_hour: 1.50 EUR
      hours:          1
      cores:          8
      region:         "eu-west"
    }
    wallet: { budget_remaining: 65 EUR }
  }
  expect reject by too_expensive
}

test "an offer that costs more than is left is rejected" {
  policy "compute-offer"
  input {
    offer: {
      provider:       "did:example:hoster"
      price_per_hour: 1.00 EUR
      hours:          100
      cores:          8
      region:         "eu-west"
    }
    wallet: { budget_remaining: 65 EUR }
  }
  expect reject by over_budget
}

test "one core is too small" {
  policy "compute-offer"
  input {
    offer: {
      provider:       "did:example:hoster"
      price_per_hour: 0.10 EUR
      hours:          1
      cores:          1
      region:         "eu-west"
    }
    wallet: { budget_remaining: 65 EUR }
  }
  expect reject by too_small
}

test "a rental that takes half the budget is asked about" {
  policy "compute-offer"
  input {
    offer: {
      provider:       "did:example:hoster"
      price_per_hour: 0.40 EUR
      hours:          100
      cores:          8
      region:         "eu-west"
    }
    wallet: { budget_remaining: 65 EUR }
  }
  expect escalate by low_budget
}

test "a region nobody listed is asked about" {
  policy "compute-offer"
  input {
    offer: {
      provider:       "did:example:hoster"
      price_per_hour: 0.20 EUR
      hours:          1
      cores:          8
      region:         "us-east"
    }
    wallet: { budget_remaining: 65 EUR }
  }
  facts { trust("did:example:hoster"): { r: 0.9, i: 0.9, c: 0.8, p: 0.8, v: 0.9, omega: 0.7 } }
  expect escalate by new_region
}

test "a stranger's offer is an error and never accepted" {
  policy "compute-offer"
  input {
    offer: {
      provider:       "did:example:stranger"
      price_per_hour: 0.20 EUR
      hours:          1
      cores:          8
      region:         "eu-west"
    }
    wallet: { budget_remaining: 65 EUR }
  }
  expect error
}

test "a price between cheap and expensive is rejected" {
  policy "compute-offer"
  input {
    offer: {
      provider:       "did:example:hoster"
      price_per_hour: 0.50 EUR
      hours:          1
      cores:          8
      region:         "eu-west"
    }
    wallet: { budget_remaining: 65 EUR }
  }
  expect reject because "neither cheap enough nor worth asking about"
}
