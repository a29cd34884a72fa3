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

test "a realm of high trust" {
  policy "realm-high-trust"
  let ada = "did:example:ada"
  let high = { r: 0.8, i: 0.8, c: 0.8, p: 0.8, v: 0.8, omega: 0.8 }
  let nearly = { r: 0.65, i: 0.65, c: 0.65, p: 0.65, v: 0.65, omega: 0.65 }
  input {
    crossing: { subject: ada, from_realm: "a", to_realm: "vault", action: "enter", amount: none }
  }
  cases {
    "high trust comes in": {} facts { realm_trust(ada, "vault"): high } => accept by high
    "one weak dimension": {} facts {
      realm_trust(ada, "vault"): high with { omega: 0.2 }
    } => reject by weak
    "nearly enough is asked about": {} facts {
      realm_trust(ada, "vault"): nearly
    } => escalate by nearly
  }
}
