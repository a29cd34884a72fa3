# What is written as a text beside an instant.

policy "trial" {
  input { since: instant }
  deny {
    no_instant:  since - "a week" > 3d
    no_duration: since + "36h" > since
    two_texts:   "2025-01-01T00:00:00Z" + 36h > since
    sum:         since + since > since
  }
  allow { rest: true }
}
