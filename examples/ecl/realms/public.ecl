# A public realm: everybody comes in to read; changing something needs a did that resolves.

import "crossing.ecl"

policy "realm-public" {
  id: "did:tollgate:policy:realm-public"
  version: "1"
  input { crossing: Crossing }

  auto_accept any {
    reads:    crossing.action in ["enter", "read"]
    resolved: resolves(crossing.subject) else false
  }
  otherwise reject "changing something needs a did that resolves"
}

test "everybody reads" {
  policy "realm-public"
  input {
    crossing: {
      subject:    "did:example:stranger"
      from_realm: "a"
      to_realm:   "square"
      action:     "read"
      amount:     none
    }
  }
  expect accept by reads
}

test "a did that resolves may write" {
  policy "realm-public"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "square"
      action:     "write"
      amount:     none
    }
  }
  facts { resolve_did("did:example:ada"): true }
  expect accept by resolved
}

test "a did that does not resolve may not" {
  policy "realm-public"
  input {
    crossing: {
      subject:    "did:example:ghost"
      from_realm: "a"
      to_realm:   "square"
      action:     "write"
      amount:     none
    }
  }
  facts { resolve_did("did:example:ghost"): false }
  expect reject because "changing something needs a did that resolves"
}
