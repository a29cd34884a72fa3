// What hides the name of the input does not change what `now()` is.
record Ctx { current_time: instant }

policy "hidden" {
  input { now: instant, offer: Ctx, times: list<instant, 2> }
  let hidden = any now in times: now() < "2020-01-01T00:00:00Z" AND now < "2020-01-01T00:00:00Z"
  deny { past: hidden }
  allow { a: now() > offer.current_time }
}

test "the input decides" {
  policy "hidden"
  input { now: "2026-01-01T00:00:00Z", offer: { current_time: "2019-01-01T00:00:00Z" }, times: ["2018-01-01T00:00:00Z"] }
  expect accept
}

policy "of a record" {
  input { offer: Ctx }
  allow { a: now() < "2020-01-01T00:00:00Z" }
}

test "the one record that has a time" {
  policy "of a record"
  input { offer: { current_time: "2019-01-01T00:00:00Z" } }
  expect accept
}
