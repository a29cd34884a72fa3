// A fixture that does not fit is refused where it is used, each time.
record Container { name: string<16>, image: string<64> }

policy "pods" {
  input { pod: Container, containers: list<Container, 4>, names: list<string<16>, 4>, tags: map<string<16>, string<16>, 4> }
  deny {
    foreign: any c in containers: NOT starts_with(c.image, "eu/")
    other:   pod.name in names OR pod.name in tags
  }
  allow { rest: true }
}

fixture web { name: "web", image: "eu/web" }
fixture named = "web"
fixture half { name: "half" }
fixture all { pod: web, containers: [web], names: ["a"], tags: {} }

test "lists" {
  input all
  cases {
    "no record":      { pod: [web] } => allow
    "no list":        { containers: web } => allow
    "of texts":       { containers: [named] } => allow
    "of records":     { names: [web] } => allow
    "no list either": { names: named } => allow
    "no map":         { tags: [named] } => allow
    "no text":        { pod: named } => allow
  }
}

test "what is wrong in it" {
  input all with { pod: half, containers: [half] }
  expect allow
}
