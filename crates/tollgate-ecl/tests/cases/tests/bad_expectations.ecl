// What is always met shows nothing, and what is never met is a mistake.
enum Kind { Pod, Node }

record Item { name: string<16>, kind: Kind }

constraint "few" { input { items: list<Item, 4> }  rule: len(items) < 3 }

constraint "one" {
  severity: warning
  input { items: list<Item, 4> }
  rule: len(items) < 2
}

policy "items" {
  constraints: ["few", "one"]
  input { items: list<Item, 4> }
  deny { big: any i in items: i.name == "big", "{i.name} is big" }
  allow { some: len(items) > 0 }
  ask { empty: is_empty(items) }
}

policy "others" {
  input { n: int }
  allow { low: n < 3 }
  otherwise reject "too high"
}

logic_guard "guarded" {
  input { n: int }
  output { valid: bool, wait: duration, at: Item? }
  body {
    require n > 0
    return { valid: n > 1, wait: 15min }
  }
}

fixture item { name: "web", kind: Pod }

test "violations" {
  policy "items"
  input { items: [item] }
  expect allow
  expect no violation some
  expect no violation empty
  expect no violation low
  expect no violation bgi
  expect no violation one
  expect no violation otherwise
  expect no violation few
}

test "no rule rejects" {
  policy "others"
  input { n: 1 }
  expect allow no violation low no violation otherwise
}

test "who decides" {
  policy "items"
  input { items: [item] }
  cases {
    "of another policy": { items: [item, item] } => allow by low
    "a constraint":      { items: [item, item, item] } => deny by few
    "a warning":         { items: [] } => allow by one
    "not written":       { items: [item, item with { name: "b" }] } => deny by otherwise
  }
}

test "no reason" {
  policy "items"
  input { items: [item with { name: "big" }] }
  expect deny because ""
  expect violation big because " "
}

test "names" {
  policy "items"
  input { items: [item] }
  expect no violation big for { name: "web", kind: Pood }
}

test "a fixture that is not there" {
  policy "items"
  input { items: [item] }
  expect no violation big for itme
}

test "twice" {
  policy "items"
  input { items: [item] }
  expect no violation big for { name: "a", name: "web" }
}

test "outputs" {
  logic_guard "guarded"
  input { n: 2 }
  expect output { vaild: true }
}

test "types of outputs" {
  logic_guard "guarded"
  input { n: 2 }
  expect output { at: { name: 3 } }
}

policy "sums" {
  input { sizes: list<int, 4> }
  deny { large: any s in sizes: s > 9  many: len(sizes) > 2 }
  allow { some: len(sizes) > 0 }
}

test "elements that no violation has" {
  policy "items"
  input { items: [item] }
  expect allow no violation few for { name: "web" }
}

test "elements that nobody knows" {
  policy "sums"
  input { sizes: [1] }
  expect allow no violation large for 1 no violation many for 2
}

test "errors that no evaluation ends in" {
  policy "others"
  input { n: 1 }
  cases {
    "of the compiler": { n: 2 } => error E0210
    "of nothing":      { n: 3 } => error E0999
  }
}

test "fields that no element has" {
  policy "items"
  input { items: [item] }
  cases {
    "misspelt": { items: [item, item] } => allow no violation big for { nmae: "web" }
    "unknown":  { items: [] } => ask no violation big for { name: "web", size: none }
  }
}
