# Maps: keys, values, loops, and the order of what came in any order.
enum Tier { Free, Paid }

record Limit { cpu: int, memory: int? }

fn allowed(limits: map<string<16>, Limit, 8>, name: string<64>) -> int {
  limits[name]?.cpu else 0
}

policy "maps" {
  input {
    labels: map<string<63>, string<63>, 8>, limits: map<string<16>, Limit, 8>, owners: map<did, Tier, 4>
    quota: map<Tier, int, 2>, deep: map<string<8>, map<string<8>, list<int, 3>, 2>, 2>, notes: map<string<8>, string<8>?, 3>
    who: did, name: string<64>, tier: Tier?
  }
  let sizes: map<string<8>, int, 4> = { large: 9, "small": 1, "a.b/c-d": 5 }
  let some = filter l in labels: starts_with(l.key, "team")

  deny {
    known:     labels["team"] != none AND starts_with(labels["team"], "x") AND NOT ends_with(labels.team, "y")
    dotted:    labels."app.kubernetes.io/name" == "cart" OR labels["tier"] == "web"
    dynamic:   allowed(limits, name) > 100
    demanded:  name == "demand" AND limits[name]?.memory? > 5
    key:       name in labels AND NOT ("none" in labels)
    owner:     owners[who] == Paid
    deeper:    any l in (deep["a"]?.b else []): l == 7
    constant:  sizes["large"] == 1 OR "medium" in sizes OR len(sizes) != 3 OR sizes.small == none
    picked:    name == "picked" AND (sizes[labels["size"] else "small"] else 0) > 4
    optional:  notes.a == "none" OR notes["b"] != none AND notes["b"] == "bad"
    sum:       (sum e in limits: e.value.cpu) > 1000
    order:     name == "order" AND (first k in keys(limits): true) == "a"
    values:    4 in values(quota) AND (max v in values(quota): v) == 4
    part:      len(some) == 2 AND some["team-b"] == "blue"
    tiered:    tier != none AND quota[tier] == 3
    counted:   (count e in labels: e.value == "") > 1
  }
  allow { others: is_subset(some, labels) AND NOT is_empty(labels) AND len(difference(labels, some)) < 9 }
}

fn wanted() -> map<string<8>, int, 2> { { "b": 2, "a": 1 } }

logic_guard "given" {
  input { add: map<string<8>, int, 4>, key: string<8> }
  output { all: map<string<8>, int, 4>, first: string<8>? }
  body {
    require key in add, "{key} is not there"
    let kept = filter e in add: e.value > 0
    return { all: kept, first: first k in keys(kept): true }
  }
}

test "others" {
  policy "maps"
  input {
    labels: { "team-a": "red", app: "x" }, limits: { web: { cpu: 2 } }, owners: {}
    quota: { Paid: 2 }, deep: {}, notes: { a: none }, who: "did:example:ada", name: "web"
  }
  expect allow
}

test "a key that is there has a value" {
  policy "maps"
  input {
    labels: { team: "xz" }, limits: {}, owners: {}, quota: {}, deep: {}, notes: {}, who: "did:example:ada", name: "a"
  }
  expect deny by known
}

test "a name with dots and slashes" {
  policy "maps"
  input {
    labels: { "app.kubernetes.io/name": "cart" }, limits: {}, owners: {}, quota: {}, deep: {}, notes: {}
    who: "did:example:ada", name: "a"
  }
  expect deny by dotted
}

test "a key that is computed" {
  policy "maps"
  input {
    labels: { a: "" }, limits: { big: { cpu: 101 }, a: { cpu: 1 } }, owners: {}, quota: {}, deep: {}, notes: {}
    who: "did:example:ada", name: "big"
  }
  expect deny by dynamic
}

test "what is demanded and is not there is an error" {
  policy "maps"
  input {
    labels: { a: "" }, limits: { demand: { cpu: 1 } }, owners: {}, quota: {}, deep: {}, notes: {}
    who: "did:example:ada", name: "demand"
  }
  expect error E0409
}

test "a did is a key" {
  policy "maps"
  input {
    labels: { a: "" }, limits: {}, owners: { "did:example:ben": Free, "did:example:ada": Paid }, quota: {}, deep: {}
    notes: {}, who: "did:example:ada", name: "b"
  }
  expect deny by owner
}

test "a map of maps" {
  policy "maps"
  input {
    labels: { a: "" }, limits: {}, owners: {}, quota: {}, deep: { z: {}, a: { b: [1, 7] } }
    notes: {}, who: "did:example:ada", name: "b"
  }
  expect deny by deeper
}

test "a constant map and a key of another map" {
  policy "maps"
  input {
    labels: { size: "a.b/c-d" }, limits: {}, owners: {}, quota: {}, deep: {}, notes: {}
    who: "did:example:ada", name: "picked"
  }
  expect deny by picked
}

test "an option that is a value" {
  policy "maps"
  input {
    labels: { a: "" }, limits: {}, owners: {}, quota: {}, deep: {}, notes: { b: "bad", a: none }
    who: "did:example:ada", name: "b"
  }
  expect deny by optional
}

test "the smallest key stands first" {
  policy "maps"
  input {
    labels: { x: "" }, limits: { b: { cpu: 1 }, a: { cpu: 1 }, c: { cpu: 1 } }, owners: {}, quota: {}, deep: {}, notes: {}
    who: "did:example:ada", name: "order"
  }
  expect deny by order
}

test "values" {
  policy "maps"
  input {
    labels: { x: "" }, limits: {}, owners: {}, quota: { Paid: 1, Free: 4 }, deep: {}, notes: {}
    who: "did:example:ada", name: "b"
  }
  expect deny by values
}

test "a part of a map is a map" {
  policy "maps"
  input {
    labels: { "team-b": "blue", x: "", "team-a": "red" }, limits: {}, owners: {}, quota: {}, deep: {}, notes: {}
    who: "did:example:ada", name: "b"
  }
  expect deny by part
}

test "an option is the key where it has a value" {
  policy "maps"
  input {
    labels: { x: "" }, limits: {}, owners: {}, quota: { Free: 3 }, deep: {}, notes: {}
    who: "did:example:ada", name: "b", tier: Free
  }
  expect deny by tiered
}

test "a guard gives a map" {
  logic_guard "given"
  input { add: { z: 1, b: 0, c: 5 }, key: "b" }
  expect output { all: { c: 5, z: 1 }, first: "c" }
}

test "a key that is not there is named" {
  logic_guard "given"
  input { add: { z: 1 }, key: "b" }
  expect reject because "b is not there"
}
