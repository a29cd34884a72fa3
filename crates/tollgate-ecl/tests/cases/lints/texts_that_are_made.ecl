# stage: lint
# What no text becomes.
policy "p" {
  input { host: string<64>, role: string<16> }
  let found = upper(role) == "Admin"
  deny {
    capitals: lower(host) == "Example.com"
    some:     lower(host) in ["Example.com", "example.org"]
    blanks:   "example.com " == trim(host)
    known:    found
    fine:     lower(host) != "Example.com" AND lower(host) == "evil.example"
    twice:    lower(host) == "a" AND lower(host) == "b"
  }
  otherwise allow
}
