# The time between two instants, of which one is written as a text.

policy "trial" {
  input { since: instant, at: instant }
  let begin: instant = "2025-01-01T00:00:00Z"
  deny {
    early:   since - "2025-01-01T00:00:00Z" < 0s
    late:    "2026-01-01T00:00:00Z" - at < 24h
    longer:  at - since > 14d
    shifted: begin + 36h > since
  }
  allow { rest: true }
}

test "instants" {
  input { since: "2025-02-01T00:00:00Z", at: "2025-02-10T00:00:00Z" }
  cases {
    "as it is":   {} => allow
    "before":     { since: "2024-12-31T23:59:59Z" } => deny by early
    "at the end": { at: "2025-12-31T00:00:01Z" } => deny by late
    "two weeks":  { at: "2025-02-15T00:00:01Z" } => deny by longer
    "too soon":   { since: "2025-01-02T11:59:59Z", at: "2025-01-03T00:00:00Z" } => deny by shifted
  }
}
