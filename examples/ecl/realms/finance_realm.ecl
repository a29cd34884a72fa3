# Money crosses: verified, trusted in the finance context, and large amounts only with a person's word.

import "crossing.ecl"

policy "realm-finance" {
  id: "did:tollgate:policy:realm-finance"
  version: "1"
  input { crossing: Crossing }

  let amount = crossing.amount else 0 EUR

  auto_reject {
    unverified: NOT verified(crossing.subject), "an identity credential is needed"
    negative:   amount < 0 EUR
    distrusted: norm(realm_trust(crossing.subject, crossing.to_realm), "finance") < 0.3
  }
  auto_accept all {
    trusted: norm(realm_trust(crossing.subject, crossing.to_realm), "finance") >= 0.6
    usual:   amount <= 10_000 EUR
  }
  escalate {
    large:    amount > 10_000 EUR
    middling: norm(realm_trust(crossing.subject, crossing.to_realm), "finance") < 0.6
  }
}

test "a usual transfer of a trusted party is accepted" {
  policy "realm-finance"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "finance"
      action:     "transfer"
      amount:     250 EUR
    }
  }
  facts {
    has_credential("did:example:ada", "did:erynoa:credential:identity:**"): true
    realm_trust("did:example:ada", "finance"): {
      r:     0.8
      i:     0.8
      c:     0.8
      p:     0.8
      v:     0.8
      omega: 0.8
    }
  }
  expect accept
}

test "an unverified party is rejected" {
  policy "realm-finance"
  input {
    crossing: {
      subject:    "did:example:bob"
      from_realm: "a"
      to_realm:   "finance"
      action:     "transfer"
      amount:     250 EUR
    }
  }
  facts { has_credential("did:example:bob", "did:erynoa:credential:identity:**"): false }
  expect reject by unverified
}

test "a negative amount is rejected" {
  policy "realm-finance"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "finance"
      action:     "transfer"
      amount:     -1 EUR
    }
  }
  facts { has_credential("did:example:ada", "did:erynoa:credential:identity:**"): true }
  expect reject by negative
}

test "the distrusted are rejected" {
  policy "realm-finance"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "finance"
      action:     "enter"
      amount:     none
    }
  }
  facts {
    has_credential("did:example:ada", "did:erynoa:credential:identity:**"): true
    realm_trust("did:example:ada", "finance"): {
      r:     0.2
      i:     0.2
      c:     0.2
      p:     0.2
      v:     0.2
      omega: 0.2
    }
  }
  expect reject by distrusted
}

test "a large transfer is seen by a person" {
  policy "realm-finance"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "finance"
      action:     "transfer"
      amount:     10_000.01 EUR
    }
  }
  facts {
    has_credential("did:example:ada", "did:erynoa:credential:identity:**"): true
    realm_trust("did:example:ada", "finance"): {
      r:     0.8
      i:     0.8
      c:     0.8
      p:     0.8
      v:     0.8
      omega: 0.8
    }
  }
  expect escalate by large
}

test "middling trust is seen by a person" {
  policy "realm-finance"
  input {
    crossing: {
      subject:    "did:example:ada"
      from_realm: "a"
      to_realm:   "finance"
      action:     "transfer"
      amount:     20 EUR
    }
  }
  facts {
    has_credential("did:example:ada", "did:erynoa:credential:identity:**"): true
    realm_trust("did:example:ada", "finance"): {
      r:     0.5
      i:     0.5
      c:     0.5
      p:     0.5
      v:     0.5
      omega: 0.5
    }
  }
  expect escalate by middling
}
