# Only high trust comes in, as this realm sees it after dampening, and no dimension may be weak.

import "crossing.ecl"

policy "realm-high-trust" {
  id: "did:tollgate:policy:realm-high-trust"
  version: "1"
  input { crossing: Crossing }

  let seen = realm_trust(crossing.subject, crossing.to_realm)

  auto_reject { weak: weakest(seen) < 0.3 }
  auto_accept { high: norm(seen) >= 0.7 }
  escalate { nearly: norm(seen) >= 0.6 }
}

test "high trust comes in" {
  policy "realm-high-trust"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "vault"
      action:     "enter"
      amount:     none
    }
  }
  facts {
    realm_trust("did:example:ada", "vault"): { r: 0.8, i: 0.8, c: 0.8, p: 0.8, v: 0.8, omega: 0.8 }
  }
  expect accept by high
}

test "one weak dimension keeps it outside" {
  policy "realm-high-trust"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "vault"
      action:     "enter"
      amount:     none
    }
  }
  facts {
    realm_trust("did:example:ada", "vault"): { r: 1.0, i: 1.0, c: 1.0, p: 1.0, v: 1.0, omega: 0.2 }
  }
  expect reject by weak
}

test "nearly enough is asked about" {
  policy "realm-high-trust"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "vault"
      action:     "enter"
      amount:     none
    }
  }
  facts {
    realm_trust("did:example:ada", "vault"): {
      r:     0.65
      i:     0.65
      c:     0.65
      p:     0.65
      v:     0.65
      omega: 0.65
    }
  }
  expect escalate by nearly
}
