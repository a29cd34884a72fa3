# stage: lint
# What nothing reads, calls or names, beside what is used.

record Unused { a: int }
record Offer { price: money<EUR>, trust: number }
enum Plug { CCS, Type2 }

fn unused(price: money<EUR>) -> bool { price < 1 EUR }
fn cheap(price: money<EUR>) -> bool { price < 2 EUR }

constraint "unused" { rule: offer.price > 0 EUR }

policy "p" {
  input {
    offer: Offer
    who:   did
    at:    instant
  }
  let limit = 3 EUR
  let ratio = offer.price / limit
  let most = 5 EUR

  accept { cheap: cheap(offer.price) AND offer.price < limit }
}

test "a fact that nothing asks for" {
  policy "p"
  input { offer: { price: 1 EUR, trust: 0.5 }, who: "did:x:a", at: "2025-01-28T10:15:00Z" }
  facts { karma("did:x:a"): 0.5 }
  expect accept
}
