// A name in a test has one meaning.
enum Size { small, large }

record Box { size: Size, status: AmoStatus, owner: did }

policy "boxes" {
  input { box: Box }
  allow { small: box.size == Size.small AND karma(box.owner) > 0.5 }
}

identity "crate" { id: "did:example:crate" }

fixture Size { small: 3 }
fixture large = 3
fixture Active = Pending
fixture AmoStatus { Active: Pending }
fixture crate { size: small, status: Active, owner: "did:example:a" }
fixture unknown = 0.9

test "lets" {
  let small = 3
  let Size = { small: 3 }
  let unknown = 0.9
  let Resume = 3
  input { box: { size: small, status: Active, owner: "did:example:a" } }
  facts { karma("did:example:a"): unknown }
  expect allow
}
