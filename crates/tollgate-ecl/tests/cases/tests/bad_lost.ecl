// A change that a later one of the same entry replaces is lost.
record Place { city: string<16>, zone: int }

record Person { name: string<16>, places: list<Place, 4> }

policy "visits" {
  input { who: Person }
  allow { near: any p in who.places: p.zone < 3 }
}

fixture home { city: "Bern", zone: 1 }
fixture ada { name: "ada", places: [home] }

test "the whole behind a part" {
  input { who: ada with { places[0].zone: 7, places: [home] } }
  expect allow
}

test "an element behind a field of it" {
  input { who: ada }
  cases {
    "lost":     { who.places[0].zone: 7, who.places[0]: home } => allow
    "all lost": { who.name: "eve", who.places[0].city: "Rom", who: ada } => allow
    "not lost": { who.places[0]: home, who.places[0].zone: 7 } => deny
  }
}

test "two inputs" {
  input { who: ada }
  input { who: ada with { name: "eve" } }
  expect allow
}
