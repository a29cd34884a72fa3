# What a test expects is compared as what it is, and only as far as it is given.

enum Kind { Pod, Node }

record Item { name: string<16>, kind: Kind, size: decimal, wait: duration, far: length, from: ip, since: instant, weight: number }

policy "items" {
  input { items: list<Item, 4>, who: did, since: instant }
  let note: string<8>? = none
  deny { big: any i in items: i.size > 5.5, "{i.name} is big" }
  allow { some: len(items) > 0 }
  on accept {
    emit("wait", 15min)
    emit("far", 1.2km)
    emit("text", "5")
    emit("exact", 5.0)
    emit("kind", Kind.Pod)
    emit("since", since)
    put("last", who, { items: items, price: 5 EUR, note: note })
  }
  otherwise reject "nothing there"
}

fixture item {
  name: "a", kind: Node, size: 5, wait: 90s, far: 1km, from: "192.0.2.1", since: "2025-01-01T00:00:00Z", weight: 0.1
}

test "effects" {
  policy "items"
  input { items: [item], who: "did:example:a", since: "2025-01-01T00:00:00Z" }
  expect allow by some
  expect effect emit("wait", 900s) effect emit("far", 1200m) effect emit("text", "5") effect emit("exact", 5)
  expect effect emit("exact", 5.00) effect emit("kind", Pod) effect emit("since", "2025-01-01T01:00:00+01:00")
  expect effect put("last", "did:example:a", { price: 5.00 EUR, note: none, items: [{ kind: Node, weight: 0.1 }] })
}

test "violations" {
  policy "items"
  input { items: [item with { size: 5.6 }], who: "did:example:a", since: "2025-01-01T00:00:00Z" }
  expect deny by big because "a is big"
  expect violation big for { size: 5.60, wait: 1.5min, far: 1000m, from: "192.0.2.1", since: "2025-01-01T00:00:00Z" }
  expect no violation big for { size: "5.6" } no violation big for { name: Node } no violation big for { weight: 1 }
}

test "what no rule decides" {
  policy "items"
  input { items: [], who: "did:example:a", since: "2025-01-01T00:00:00Z" }
  expect reject by otherwise because "nothing there"
}

logic_guard "guarded" {
  input { n: int }
  output { valid: bool, wait: duration, at: Item? }
  body {
    require n > 0
    return { valid: n > 1, wait: 15min, at: none }
  }
}

test "a part of an output" {
  logic_guard "guarded"
  input { n: 2 }
  expect output { wait: 0.25h }
}

test "a case may change nothing" {
  logic_guard "guarded"
  input { n: 2 }
  cases {
    "as it is": {} => output { valid: true }
    "one": { n: 1 } => output { valid: false }
  }
}
