# May an agent send this message? Inside the company freely, outside after asking, never to many or with secrets.

record Message {
  to:          list<string<254>, 50>
  subject:     string<256>
  attachments: list<string<128>, 10>
}

policy "tool-send-email" {
  id: "did:example:policy:tool-send-email"
  input { message: Message }

  deny {
    nobody: is_empty(message.to)
    crowd:  len(message.to) > 20
    secrets: any name in message.attachments: name matches "*.key"
      OR name matches "*.pem"
      OR name == ".env"
  }
  allow all {
    inside: all address in message.to: ends_with(address, "@example.com")
    small:  len(message.attachments) <= 3
  }
  ask {
    outside: any address in message.to: NOT ends_with(address, "@example.com")
  }
  otherwise deny "too many attachments"
}

test "a message" {
  policy "tool-send-email"
  let a = "a@example.com"
  input { message: { to: [a], subject: "hello", attachments: [] } }
  cases {
    "to nobody": { message.to: [] } => deny by nobody
    "to a crowd": {
      message.to: [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]
    } => deny by crowd
    "with a key": { message.attachments: ["server.pem"] } => deny by secrets
    "to colleagues": {
      message.to: [a, "b@example.com"]
      message.attachments: ["notes.txt"]
    } => allow
    "to others": { message.to: [a, "b@example.org"] } => ask by outside
    "with four attachments": {
      message.attachments: ["1", "2", "3", "4"]
    } => deny because "too many attachments"
  }
}
