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

test "a realm for the invited" {
  policy "realm-invite-only"
  let ada = "did:example:ada"
  input {
    crossing: { subject: ada, from_realm: "a", to_realm: "club", action: "enter", amount: none }
  }
  cases {
    "the invited come in": {} facts {
      store_get("realm:invitations", ada): "invited"
    } => accept by invited
    "the banned stay outside": {} facts {
      store_get("realm:invitations", ada): "banned"
    } => reject by banned
    "the waiting are asked about": {} facts {
      store_get("realm:invitations", ada): "waiting"
    } => escalate by waiting
    "who is not on the list": {} => reject because "not invited"
  }
}
