# Only who holds an identity credential comes in.

import "crossing.ecl"

policy "realm-verified-users" {
  id: "did:tollgate:policy:realm-verified-users"
  version: "1"
  input { crossing: Crossing }

  auto_reject { unverified: NOT verified(crossing.subject), "an identity credential is needed" }
  auto_accept { verified: verified(crossing.subject) }
}

test "a verified user comes in" {
  policy "realm-verified-users"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "b"
      action:     "enter"
      amount:     none
    }
  }
  facts { has_credential("did:example:ada", "did:erynoa:credential:identity:**"): true }
  expect accept by verified
}

test "an unverified one does not" {
  policy "realm-verified-users"
  input {
    crossing: {
      subject:    "did:example:bob"
      from_realm: "a"
      to_realm:   "b"
      action:     "enter"
      amount:     none
    }
  }
  facts { has_credential("did:example:bob", "did:erynoa:credential:identity:**"): false }
  expect reject by unverified
}
