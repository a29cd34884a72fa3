# The charging policy of a vehicle: reject what is too expensive, accept what is cheap, trusted and near, ask a person
# about the rest of the budget.

record Offer {
  price_per_kwh: money<EUR>
  trust:         number
  distance:      length
}

record Context {
  agent_trust:      number
  budget_remaining: money<EUR>
  current_time:     instant
}

policy "vehicle-charging" {
  id: "did:erynoa:policy:vehicle-charging-001"
  input { offer: Offer, context: Context }

  let max = 0.50 EUR

  auto_reject {
    expensive:  offer.price_per_kwh > 2 * max
    distrusted: offer.trust < 0.3
  }
  auto_accept all {
    price: offer.price_per_kwh <= max
    trust: offer.trust >= 0.7
    near:  offer.distance <= 5km
  }
  escalate {
    low_budget: context.budget_remaining < 10 EUR
  }
  otherwise reject "no rule matched"
}

offer "charging-001" {
  id:            "did:erynoa:offer:charging-001"
  price_per_kwh: 0.42 EUR
  trust:         0.92
  distance:      1.2km
}

test "an offer" {
  policy "vehicle-charging"
  input {
    offer:   { price_per_kwh: 0.42 EUR, trust: 0.92, distance: 1.2km }
    context: { agent_trust: 0.85, budget_remaining: 65 EUR, current_time: "2025-01-28T10:15:00Z" }
  }
  cases {
    "cheap, trusted and near": {} => accept
    "twice the price":         { offer.price_per_kwh: 1.01 EUR } => reject by expensive
    "a distrusted provider":   { offer.trust: 0.2 } => reject by distrusted
    "too far, with little left": {
      offer.distance: 6km
      context.budget_remaining: 9.99 EUR
    } => escalate by low_budget
    "too far": { offer.distance: 5.001km } => reject because "no rule matched"
  }
}
