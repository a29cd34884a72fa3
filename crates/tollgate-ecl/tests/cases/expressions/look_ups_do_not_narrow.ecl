# A look-up that gives something else for a key that is not there says nothing of the others.
record R { name: string<8>, v: int?, w: int? }

policy "look ups" {
  input {
    lists: map<string<8>, list<int, 3>, 4>, list: list<int, 3>?
    numbers: map<string<8>, int, 4>, number: int?, other: int?
    dids: map<string<8>, did, 4>, did: did?
    records: list<R, 4>
  }
  let fixed: map<string<8>, int, 2> = { a: 1 }
  deny {
    lists:    (match (first e in lists: e.key == "seen") { x if x != none => x.value, _ => list }) != none AND 7 not in lists["seen"]
    numbers:  (match (first e in numbers: e.key == "a") { x if x != none => x.value, _ => number }) != none AND numbers["a"] < 3
    named:    (match (first e in numbers: e.key == "a") { x if x != none => x.value, _ => number }) != none AND numbers.a < 3
    constant: (match (first e in numbers: e.key == "a") { x if x != none => x.value, _ => fixed.a }) != none AND numbers["a"] < 3
    same:     numbers["a"] != none AND (match (first e in numbers: e.key == "a") { x if x != none => x.value, _ => number }) < 3
    dids:     (match (first e in dids: e.key == "a") { x if x != none => x.value, _ => did }) != none AND dids["a"] has_credential "did:example:*"
    records:  (match (first r in records: r.name == "a") { r if r != none => r.v, _ => number }) != none AND (match (first r in records: r.name == "a") { r if r != none => r.v, _ => other }) < 3
    safe:     (match (first r in records: r.name == "a") { r if r != none => r.v, _ => number }) != none AND (first r in records: r.name == "a")?.v < 3
    field:    (first r in records: r.name == "a")?.v != none AND (first r in records: r.name == "a")?.w < 3
    key:      numbers["a"] != none AND numbers["b"] < 3
    map:      numbers["a"] != none AND (filter e in numbers: e.value > 2)["a"] < 3
    absent:   (match numbers["a"] { none => number, x => x }) != none AND numbers["a"] < 3
    else:     (numbers["a"] else number) != none AND numbers["a"] < 3
    choice:   (if number != none then numbers["a"] else number) != none AND numbers["a"] < 3
  }
}
