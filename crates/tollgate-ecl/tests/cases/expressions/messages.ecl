# Messages of rules have values; braces are written twice.
record Item { name: string<16>, price: money<EUR>, by: did? }

fn double(n: int) -> int { n * 2 }

policy "messages" {
  input { who: did, n: int, items: list<Item, 4>, note: string<32>? }
  let limit = 10 EUR
  deny {
    known:  (trust(who).r < 0.5) else false, "{who} has a trust of {trust(who).r else 0.0}"
    dear:   any i in items: i.price > limit, "{i.name} costs {i.price}, limit {limit}"
    braces: n == 1, "{{n}} is {n} \"quoted\" \u{7b}too\u{7d}"
    twice:  double(n) == 4, "twice {n} is {double(n)}"
    some:   note != none AND len(note) > 3, "the note {note} is long"
    plain:  n == 9, "no value"
  }
  allow { yes: n > 2, "granted for {n}" }
}

test "values of an element" {
  policy "messages"
  input { who: "did:example:a", n: 3, items: [{ name: "pen", price: 11 EUR }] }
  expect deny by dear because "pen costs 11.00 EUR, limit 10.00 EUR"
}

test "braces" {
  policy "messages"
  input { who: "did:example:a", n: 1, items: [] }
  expect deny by braces because "{n} is 1 \"quoted\" {too}"
}

test "a call" { policy "messages" input { who: "did:example:a", n: 2, items: [] } expect deny by twice because "twice 2 is 4" }
test "an option" { policy "messages" input { who: "did:example:a", n: 3, items: [], note: "long" } expect deny because "the note long is long" }
test "no value" { policy "messages" input { who: "did:example:a", n: 9, items: [] } expect deny by plain because "no value" }
test "an accept" { policy "messages" input { who: "did:example:a", n: 3, items: [] } expect allow because "granted for 3" }

test "a fact" {
  policy "messages"
  input { who: "did:example:a", n: 3, items: [] }
  facts { trust("did:example:a"): { r: 0.25, i: 0, c: 0, p: 0, v: 0, omega: 0 } }
  expect deny by known because "did:example:a has a trust of 0.25"
}
