# Money crosses: verified, trusted in the finance context, and large amounts only with a person's word.

import "crossing.ecl"

policy "realm-finance" {
  id: "did:tollgate:policy:realm-finance"
  version: "1"
  input { crossing: Crossing }

  let amount = crossing.amount else 0 EUR

  auto_reject {
    unverified: NOT verified(crossing.subject), "an identity credential is needed"
    negative:   amount < 0 EUR
    distrusted: norm(realm_trust(crossing.subject, crossing.to_realm), "finance") < 0.3
  }
  auto_accept all {
    trusted: norm(realm_trust(crossing.subject, crossing.to_realm), "finance") >= 0.6
    usual:   amount <= 10_000 EUR
  }
  escalate {
    large:    amount > 10_000 EUR
    middling: norm(realm_trust(crossing.subject, crossing.to_realm), "finance") < 0.6
  }
}

test "a transfer" {
  policy "realm-finance"
  let ada = "did:example:ada"
  let identity = "did:erynoa:credential:identity:**"
  let trusted = { r: 0.8, i: 0.8, c: 0.8, p: 0.8, v: 0.8, omega: 0.8 }
  let middling = { r: 0.5, i: 0.5, c: 0.5, p: 0.5, v: 0.5, omega: 0.5 }
  let distrusted = { r: 0.2, i: 0.2, c: 0.2, p: 0.2, v: 0.2, omega: 0.2 }
  input {
    crossing: {
      subject:    ada
      from_realm: "a"
      to_realm:   "finance"
      action:     "transfer"
      amount:     250 EUR
    }
  }
  facts {
    has_credential(ada, identity): true
    realm_trust(ada, "finance"): trusted
  }
  cases {
    "a usual one of a trusted party": {} => accept
    "an unverified party": {} facts { has_credential(ada, identity): false } => reject by unverified
    "a negative amount":              { crossing.amount: -1 EUR } => reject by negative
    "the distrusted": {
      crossing.action: "enter"
      crossing.amount: none
    } facts { realm_trust(ada, "finance"): distrusted } => reject by distrusted
    "a large one is seen by a person": { crossing.amount: 10_000.01 EUR } => escalate by large
    "middling trust is seen by a person": {} facts {
      realm_trust(ada, "finance"): middling
    } => escalate by middling
  }
}
