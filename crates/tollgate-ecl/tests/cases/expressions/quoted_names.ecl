# What can be declared can be read: fields whose names are no words.

record Labels {
  "app.kubernetes.io/name": string<64>?
  "team-name":              string<64>
  "":                       int
  "in":                     int
}

policy "keys" {
  input { labels: Labels, more: Labels? }
  allow any {
    dotted:   (labels."app.kubernetes.io/name" else "") == "web"
    bracket:  labels["team-name"] == "red"
    optional: (more?."team-name" else "") == "red"
    inside:   more != none AND labels."" + labels.in == 3
    made:     (Labels { "team-name": labels["team-name"], "": 1, in: 2 })["team-name"] == "y"
  }
}

test "a dotted name is read" {
  policy "keys"
  input { labels: { "app.kubernetes.io/name": "web", "team-name": "blue", "": 0, "in": 0 } }
  expect allow by dotted
}

test "a name in brackets is read" {
  policy "keys"
  input { labels: { "team-name": "red", "": 0, "in": 0 } }
  expect allow by bracket
}

test "a name behind a question mark is read" {
  policy "keys"
  input {
    labels: { "team-name": "blue", "": 0, "in": 0 }
    more:   { "team-name": "red", "": 0, "in": 0 }
  }
  expect allow by optional
}

test "the empty name and a reserved word are names" {
  policy "keys"
  input {
    labels: { "team-name": "blue", "": 1, "in": 2 }
    more:   { "team-name": "blue", "": 0, "in": 0 }
  }
  expect allow by inside
}
