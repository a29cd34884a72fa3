# A look-up is the same wherever its key and what stands for a key that is not there are, and no other.
record R { name: string<8>, v: int? }

policy "narrow" {
  input { numbers: map<string<8>, int, 4>, number: int?, records: list<R, 4> }
  deny {
    key:    numbers["a"] != none AND numbers.a > 3
    safe:   (first e in numbers: e.key == "b")?.value != none AND numbers["b"] > 3
    record: (first r in records: r.name == "a")?.v != none AND (first r in records: r.name == "a")?.v > 3
  }
  allow { all: true }
}

policy "demands" {
  input { numbers: map<string<8>, int, 4>, number: int? }
  deny {
    demanded: (match (first e in numbers: e.key == "a") { x if x != none => x.value, _ => number }) != none AND numbers["a"]? > 3
  }
  allow { all: true }
}

test "a key that is there" { policy "narrow" input { numbers: { a: 4 }, records: [] } expect deny by key }
test "an entry that is there" { policy "narrow" input { numbers: { b: 4 }, records: [] } expect deny by safe }
test "a field of an element that is there" {
  policy "narrow"
  input { numbers: {}, records: [{ name: "a", v: 4 }] }
  expect deny by record
}
test "keys that are not there" { policy "narrow" input { numbers: {}, number: 4, records: [] } expect allow }

test "what is demanded is not there" { policy "demands" input { numbers: {}, number: 7 } expect error E0409 }
test "what is demanded is there" { policy "demands" input { numbers: { a: 4 } } expect deny by demanded }
test "nothing is demanded" { policy "demands" input { numbers: {} } expect allow }
