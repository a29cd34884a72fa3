# Only who is on the realm's list comes in. The list is a store of the host: the key is the did, the value says what it is.

import "crossing.ecl"

policy "realm-invite-only" {
  id: "did:tollgate:policy:realm-invite-only"
  version: "1"
  input { crossing: Crossing }

  let entry = store_get("realm:invitations", crossing.subject) else ""

  auto_reject { banned: entry == "banned" }
  auto_accept { invited: entry == "invited" }
  escalate { waiting: entry == "waiting" }
  otherwise reject "not invited"
}

test "the invited come in" {
  policy "realm-invite-only"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "club"
      action:     "enter"
      amount:     none
    }
  }
  facts { store_get("realm:invitations", "did:example:ada"): "invited" }
  expect accept by invited
}

test "the banned stay outside" {
  policy "realm-invite-only"
  input {
    crossing: {
      subject:    "did:example:eve"
      from_realm: "a"
      to_realm:   "club"
      action:     "enter"
      amount:     none
    }
  }
  facts { store_get("realm:invitations", "did:example:eve"): "banned" }
  expect reject by banned
}

test "the waiting list is asked about" {
  policy "realm-invite-only"
  input {
    crossing: {
      subject:    "did:example:bob"
      from_realm: "a"
      to_realm:   "club"
      action:     "enter"
      amount:     none
    }
  }
  facts { store_get("realm:invitations", "did:example:bob"): "waiting" }
  expect escalate by waiting
}

test "who is not on the list stays outside" {
  policy "realm-invite-only"
  input {
    crossing: {
      subject:    "did:example:carl"
      from_realm: "a"
      to_realm:   "club"
      action:     "enter"
      amount:     none
    }
  }
  expect reject because "not invited"
}
