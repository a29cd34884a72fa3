# Only who holds an identity credential comes in.

import "crossing.ecl"

policy "realm-verified-users" {
  id: "did:tollgate:policy:realm-verified-users"
  version: "1"
  input { crossing: Crossing }

  auto_reject { unverified: NOT verified(crossing.subject), "an identity credential is needed" }
  auto_accept { verified: verified(crossing.subject) }
}

test "only verified users come in" {
  policy "realm-verified-users"
  let ada = "did:example:ada"
  let identity = "did:erynoa:credential:identity:**"
  input {
    crossing: { subject: ada, from_realm: "a", to_realm: "b", action: "enter", amount: none }
  }
  cases {
    "a verified one":    {} facts { has_credential(ada, identity): true } => accept by verified
    "an unverified one": {} facts { has_credential(ada, identity): false } => reject by unverified
  }
}
