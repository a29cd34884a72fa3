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

fixture offer {
  provider:       "did:example:hoster"
  price_per_hour: 0.20 EUR
  hours:          10
  cores:          8
  region:         "eu-west"
}

test "an offer of computing time" {
  policy "compute-offer"
  input { offer: offer, wallet: { budget_remaining: 65 EUR } }
  facts { trust(offer.provider): { r: 0.9, i: 0.9, c: 0.8, p: 0.8, v: 0.9, omega: 0.7 } }
  cases {
    "cheap, of a trusted provider": {} => accept
    "expensive":                    { offer.price_per_hour: 1.50 EUR } => reject by too_expensive
    "more than is left": { offer.price_per_hour: 1 EUR, offer.hours: 100 } => reject by over_budget
    "one core":                     { offer.cores: 1 } => reject by too_small
    "half of the budget": {
      offer.price_per_hour: 0.40 EUR
      offer.hours: 100
    } => escalate by low_budget
    "a region nobody listed":       { offer.region: "us-east" } => escalate by new_region
    "a stranger is never accepted": { offer.provider: "did:example:stranger" } => error
    "between cheap and expensive": {
      offer.price_per_hour: 0.50 EUR
    } => reject because "neither cheap enough"
  }
}
