# stage: lint
# Fixtures and `let`s of tests that nothing starts from.

policy "p" {
  input { price: int, who: did }
  accept { cheap: price < 10 AND trust(who).r > 0.5 }
}

fixture ada = "did:example:ada"
fixture cheap { price: 3, who: ada }
fixture dear = cheap with { price: 90 }

test "cheap" {
  input cheap
  let limit = 10
  let five = 5
  facts { trust(ada): { r: 0.9, i: 0.9, c: 0.9, p: 0.9, v: 0.9, omega: 0.9 } }
  cases {
    { price: five } => accept
    { price: 30 } facts { karma(ada): 2.0 } => reject
  }
}
