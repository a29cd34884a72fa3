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

test "a message to nobody is denied" {
  policy "tool-send-email"
  input { message: { to: [], subject: "hello", attachments: [] } }
  expect reject by nobody
}

test "a message to a crowd is denied" {
  policy "tool-send-email"
  input {
    message: {
      to: [
        "a@example.com",
        "b@example.com",
        "c@example.com",
        "d@example.com",
        "e@example.com",
        "f@example.com",
        "g@example.com",
        "h@example.com",
        "i@example.com",
        "j@example.com",
        "k@example.com",
        "l@example.com",
        "m@example.com",
        "n@example.com",
        "o@example.com",
        "p@example.com",
        "q@example.com",
        "r@example.com",
        "s@example.com",
        "t@example.com",
        "u@example.com",
      ]
      subject:     "hello"
      attachments: []
    }
  }
  expect reject by crowd
}

test "a key is never sent" {
  policy "tool-send-email"
  input { message: { to: ["a@example.com"], subject: "hello", attachments: ["server.pem"] } }
  expect reject by secrets
}

test "colleagues may be written to" {
  policy "tool-send-email"
  input {
    message: {
      to:          ["a@example.com", "b@example.com"]
      subject:     "hello"
      attachments: ["notes.txt"]
    }
  }
  expect accept
}

test "others are asked about" {
  policy "tool-send-email"
  input { message: { to: ["a@example.com", "b@example.org"], subject: "hello", attachments: [] } }
  expect escalate by outside
}

test "four attachments are too many" {
  policy "tool-send-email"
  input { message: { to: ["a@example.com"], subject: "hello", attachments: ["1", "2", "3", "4"] } }
  expect reject because "too many attachments"
}
