# What maps do not do.
enum Tier { Free, Paid }

record Bounds { unbounded: map<string, int>, keys: map<int, int, 4>, effects: map<string, effect, 4>, many: map<string, int, 20000>, one: map<string, 4>, none: map }

policy "maps" {
  input { labels: map<string<4>, int, 4>, tiers: map<Tier, int, 2>, maybe: map<string<4>, int, 4>?, names: list<string, 4>, who: did, names2: string<4>, numbers: list<int, 3>, sets: map<string<4>, list<int, 2>, 2> }
  let twice: map<string, int, 4> = { "a": 1, b: 2, "a": 3 }
  let long: map<string<2>, int, 4> = { abc: 1 }
  let other: map<string, int, 1> = { a: 1, b: 2 }
  let untyped: map<Tier, int, 2> = { Free: 1, Gold: 2 }

  deny {
    value:    labels["a"] == "one"
    none:     labels["a"] < 3
    key:      labels[1] == 1
    case:     tiers["Gold"] == 1
    option:   maybe["a"] == 1
    list:     names[0] == "a"
    item:     1 in labels
    field:    any l in labels: l.name == "a"
    text:     keys(names) == names
    number:   who[1] == 2
    wider:    labels == { a: 1 }
    computed: labels[names2] < 3
    sum:      labels + labels
    entries:  overlaps(labels, names) OR is_subset(numbers, labels)
    found:    1 in sets.a
    longer:   labels["abcde"] == 1 OR "abcde" in labels
  }
}
