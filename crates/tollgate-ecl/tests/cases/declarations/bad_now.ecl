// `now()` is one time, and the one that was meant.
record Ctx { current_time: instant }

policy "optional" {
  input { now: instant?, offer: Ctx }
  allow { a: now() < "2020-01-01T00:00:00Z" }
}

policy "two" {
  input { offer: Ctx, context: Ctx }
  allow { a: now() < "2020-01-01T00:00:00Z" }
}

policy "none" {
  input { at: int }
  allow { a: now() < "2020-01-01T00:00:00Z" AND at > 1 }
}
