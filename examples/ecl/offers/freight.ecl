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

fixture offer {
  carrier:   "did:example:carrier"
  price:     500 EUR
  weight:    12t
  distance:  480km
  cargo:     General
  insured:   true
  departure: "2025-02-01T08:00:00Z"
}

fixture licence = "did:example:credential:adr:*"

test "an offer of a carrier" {
  policy "freight-offer"
  input { offer: offer, now: "2025-01-28T10:15:00Z" }
  cases {
    "a fair price that leaves soon": { offer.insured: false } => accept
    "more than 24 tonnes":           { offer.weight: 24_001kg } => reject by overloaded
    "chilled goods not insured": {
      offer: offer with { cargo: Chilled, insured: false }
    } => reject by uninsured
    "a departure in the past":  { offer.departure: "2025-01-01T08:00:00Z" } => reject by in_the_past
    "a departure in two weeks": { offer.departure: "2025-02-12T08:00:00Z" } => escalate by far_ahead
    "above 1.10 EUR a kilometre": {
      offer.price: 529 EUR
    } => reject because "too expensive for the distance"
    "hazardous, not licensed": { offer.cargo: Hazardous } facts {
      has_credential(offer.carrier, licence): false
    } => reject by not_licensed
    "hazardous, licensed": { offer.cargo: Hazardous } facts {
      has_credential(offer.carrier, licence): true
    } => accept
  }
}
