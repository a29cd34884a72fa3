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

test "a did that does not resolve stays outside" {
  policy "realm-default-entry"
  input {
    crossing: {
      subject:    "did:example:ghost"
      from_realm: "a"
      to_realm:   "b"
      action:     "enter"
      amount:     none
    }
  }
  facts { resolve_did("did:example:ghost"): false }
  expect reject by unresolved
}

test "the distrusted stay outside" {
  policy "realm-default-entry"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "b"
      action:     "enter"
      amount:     none
    }
  }
  facts {
    resolve_did("did:example:ada"): true
    realm_trust("did:example:ada", "b"): { r: 0.1, i: 0.1, c: 0.1, p: 0.1, v: 0.1, omega: 0.1 }
  }
  expect reject by distrusted
}

test "the trusted come in" {
  policy "realm-default-entry"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "b"
      action:     "enter"
      amount:     none
    }
  }
  facts {
    resolve_did("did:example:ada"): true
    realm_trust("did:example:ada", "b"): { r: 0.6, i: 0.6, c: 0.6, p: 0.6, v: 0.6, omega: 0.6 }
  }
  expect accept by trusted
}

test "the uncertain are asked about" {
  policy "realm-default-entry"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "b"
      action:     "enter"
      amount:     none
    }
  }
  facts {
    resolve_did("did:example:ada"): true
    realm_trust("did:example:ada", "b"): { r: 0.3, i: 0.3, c: 0.3, p: 0.3, v: 0.3, omega: 0.3 }
  }
  expect escalate by uncertain
}

test "a stranger is an error and stays outside" {
  policy "realm-default-entry"
  input {
    crossing: {
      subject:    "did:example:stranger"
      from_realm: "a"
      to_realm:   "b"
      action:     "enter"
      amount:     none
    }
  }
  facts { resolve_did("did:example:stranger"): true }
  expect error
}
