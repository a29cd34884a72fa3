# The default: known and not distrusted comes in, the uncertain are asked about, strangers stay outside.

import "crossing.ecl"

policy "realm-default-entry" {
  id: "did:tollgate:policy:realm-default-entry"
  version: "1"
  input { crossing: Crossing }

  auto_reject {
    unresolved: NOT (resolves(crossing.subject) else false), "the did does not resolve"
    distrusted: norm(realm_trust(crossing.subject, crossing.to_realm)) < 0.2
  }
  auto_accept { trusted: may_enter(crossing.subject, crossing.to_realm, 0.4) }
  escalate { uncertain: may_enter(crossing.subject, crossing.to_realm, 0.2) }
}

test "the default" {
  policy "realm-default-entry"
  let ada = "did:example:ada"
  let trusted = { r: 0.6, i: 0.6, c: 0.6, p: 0.6, v: 0.6, omega: 0.6 }
  let doubtful = { r: 0.3, i: 0.3, c: 0.3, p: 0.3, v: 0.3, omega: 0.3 }
  let distrusted = { r: 0.1, i: 0.1, c: 0.1, p: 0.1, v: 0.1, omega: 0.1 }
  input {
    crossing: { subject: ada, from_realm: "a", to_realm: "b", action: "enter", amount: none }
  }
  facts { resolve_did(ada): true }
  cases {
    "a did that does not resolve": {} facts { resolve_did(ada): false } => reject by unresolved
    "the distrusted": {} facts { realm_trust(ada, "b"): distrusted } => reject by distrusted
    "the trusted":                 {} facts { realm_trust(ada, "b"): trusted } => accept by trusted
    "the uncertain": {} facts { realm_trust(ada, "b"): doubtful } => escalate by uncertain
    "a stranger is an error":      {} => error
  }
}
