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

test "a public realm" {
  policy "realm-public"
  let ada = "did:example:ada"
  input {
    crossing: { subject: ada, from_realm: "a", to_realm: "square", action: "write", amount: none }
  }
  cases {
    "everybody reads":               { crossing.action: "read" } => accept by reads
    "a did that resolves may write": {} facts { resolve_did(ada): true } => accept by resolved
    "a did that does not resolve may not": {} facts {
      resolve_did(ada): false
    } => reject because "needs a did that resolves"
  }
}
