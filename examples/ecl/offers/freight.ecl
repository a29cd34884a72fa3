# A shipper's agent decides about a carrier's offer: weight, distance, hazardous goods, insurance.

enum Cargo { General, Chilled, Hazardous }

record FreightOffer {
  carrier:   did
  price:     money<EUR>
  weight:    mass
  distance:  length
  cargo:     Cargo
  insured:   bool
  departure: instant
}

policy "freight-offer" {
  id: "did:example:policy:freight-offer"
  input { offer: FreightOffer, now: instant }

  auto_reject {
    overloaded:  offer.weight > 24t
    uninsured:   NOT offer.insured AND offer.cargo != General
    in_the_past: offer.departure < now
    not_licensed: offer.cargo == Hazardous
      AND NOT (offer.carrier has_credential "did:example:credential:adr:*")
  }
  auto_accept all {
    price: offer.price <= 1.10 EUR * (offer.distance / 1km)
    soon:  offer.departure - now <= 7d
  }
  escalate {
    far_ahead: offer.departure - now > 7d
  }
  otherwise reject "too expensive for the distance"
}

test "a fair price that leaves soon is accepted" {
  policy "freight-offer"
  input {
    offer: {
      carrier:   "did:example:carrier"
      price:     500 EUR
      weight:    12t
      distance:  480km
      cargo:     General
      insured:   false
      departure: "2025-02-01T08:00:00Z"
    }
    now: "2025-01-28T10:15:00Z"
  }
  expect accept
}

test "more than 24 tonnes are rejected" {
  policy "freight-offer"
  input {
    offer: {
      carrier:   "did:example:carrier"
      price:     500 EUR
      weight:    24001kg
      distance:  480km
      cargo:     General
      insured:   true
      departure: "2025-02-01T08:00:00Z"
    }
    now: "2025-01-28T10:15:00Z"
  }
  expect reject by overloaded
}

test "chilled goods need an insurance" {
  policy "freight-offer"
  input {
    offer: {
      carrier:   "did:example:carrier"
      price:     500 EUR
      weight:    12t
      distance:  480km
      cargo:     Chilled
      insured:   false
      departure: "2025-02-01T08:00:00Z"
    }
    now: "2025-01-28T10:15:00Z"
  }
  expect reject by uninsured
}

test "a departure in the past is rejected" {
  policy "freight-offer"
  input {
    offer: {
      carrier:   "did:example:carrier"
      price:     500 EUR
      weight:    12t
      distance:  480km
      cargo:     General
      insured:   true
      departure: "2025-01-01T08:00:00Z"
    }
    now: "2025-01-28T10:15:00Z"
  }
  expect reject by in_the_past
}

test "hazardous goods need a licensed carrier" {
  policy "freight-offer"
  input {
    offer: {
      carrier:   "did:example:carrier"
      price:     500 EUR
      weight:    12t
      distance:  480km
      cargo:     Hazardous
      insured:   true
      departure: "2025-02-01T08:00:00Z"
    }
    now: "2025-01-28T10:15:00Z"
  }
  facts { has_credential("did:example:carrier", "did:example:credential:adr:*"): false }
  expect reject by not_licensed
}

test "a licensed carrier may take hazardous goods" {
  policy "freight-offer"
  input {
    offer: {
      carrier:   "did:example:carrier"
      price:     500 EUR
      weight:    12t
      distance:  480km
      cargo:     Hazardous
      insured:   true
      departure: "2025-02-01T08:00:00Z"
    }
    now: "2025-01-28T10:15:00Z"
  }
  facts { has_credential("did:example:carrier", "did:example:credential:adr:*"): true }
  expect accept
}

test "a departure in two weeks is asked about" {
  policy "freight-offer"
  input {
    offer: {
      carrier:   "did:example:carrier"
      price:     500 EUR
      weight:    12t
      distance:  480km
      cargo:     General
      insured:   true
      departure: "2025-02-12T08:00:00Z"
    }
    now: "2025-01-28T10:15:00Z"
  }
  expect escalate by far_ahead
}

test "a price above 1.10 EUR a kilometre is rejected" {
  policy "freight-offer"
  input {
    offer: {
      carrier:   "did:example:carrier"
      price:     529 EUR
      weight:    12t
      distance:  480km
      cargo:     General
      insured:   true
      departure: "2025-02-01T08:00:00Z"
    }
    now: "2025-01-28T10:15:00Z"
  }
  expect reject because "too expensive for the distance"
}
