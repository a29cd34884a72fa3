# May a tool make this request? Its own API freely, reading from known hosts, the rest only after asking.

record HttpRequest {
  method: string<16>
  scheme: string<8>
  host:   string<253>
  path:   string<1024>
  bytes:  int
}

policy "tool-http-request" {
  id: "did:example:policy:tool-http-request"
  input { request: HttpRequest }

  deny {
    not_https: request.scheme != "https"
    metadata:  request.host in ["169.254.169.254", "metadata.google.internal", "localhost"]
    too_large: request.bytes > 1_000_000
  }
  allow any {
    own_api:   host_within(request.host, "api.example.com") AND starts_with(request.path, "/v1/")
    read_docs: request.method in ["GET", "HEAD"] AND request.host matches "docs.*"
    one_order: request.method == "POST"
      AND request.host == "shop.example.com"
      AND request.path matches /\/orders\/[0-9]+/
  }
  ask {
    reading: request.method in ["GET", "HEAD"]
  }
  otherwise deny "writing to hosts that nobody listed"
}

test "plain http is denied" {
  policy "tool-http-request"
  input {
    request: { method: "GET", scheme: "http", host: "api.example.com", path: "/v1/x", bytes: 0 }
  }
  expect reject by not_https
}

test "the address of the cloud's metadata is denied" {
  policy "tool-http-request"
  input {
    request: { method: "GET", scheme: "https", host: "169.254.169.254", path: "/latest", bytes: 0 }
  }
  expect reject by metadata
}

test "a megabyte is enough" {
  policy "tool-http-request"
  input {
    request: {
      method: "POST"
      scheme: "https"
      host:   "api.example.com"
      path:   "/v1/upload"
      bytes:  1_000_001
    }
  }
  expect reject by too_large
}

test "its own interface is allowed" {
  policy "tool-http-request"
  input {
    request: {
      method: "POST"
      scheme: "https"
      host:   "eu.api.example.com"
      path:   "/v1/items"
      bytes:  10
    }
  }
  expect accept by own_api
}

test "a host that only ends like its own is not its own" {
  policy "tool-http-request"
  input {
    request: {
      method: "POST"
      scheme: "https"
      host:   "evil-api.example.com.attacker.net"
      path:   "/v1/items"
      bytes:  10
    }
  }
  expect reject because "writing to hosts that nobody listed"
}

test "documentation may be read" {
  policy "tool-http-request"
  input {
    request: { method: "GET", scheme: "https", host: "docs.python.org", path: "/3/", bytes: 0 }
  }
  expect accept by read_docs
}

test "an order may be posted" {
  policy "tool-http-request"
  input {
    request: {
      method: "POST"
      scheme: "https"
      host:   "shop.example.com"
      path:   "/orders/42"
      bytes:  120
    }
  }
  expect accept by one_order
}

test "reading elsewhere is asked about" {
  policy "tool-http-request"
  input {
    request: { method: "GET", scheme: "https", host: "news.example.org", path: "/", bytes: 0 }
  }
  expect escalate by reading
}
