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

fixture get { method: "GET", scheme: "https", host: "api.example.com", path: "/v1/x", bytes: 0 }
fixture post = get with { method: "POST", bytes: 10 }

test "a request of a tool" {
  policy "tool-http-request"
  input { request: get }
  cases {
    "plain http":           { request.scheme: "http" } => deny by not_https
    "the cloud's metadata": { request.host: "169.254.169.254" } => deny by metadata
    "a megabyte is enough": { request: post with { bytes: 1_000_001 } } => deny by too_large
    "its own interface": { request: post with { host: "eu.api.example.com" } } => allow by own_api
    "documentation": { request.host: "docs.python.org", request.path: "/3/" } => allow by read_docs
    "an order": {
      request: post with { host: "shop.example.com", path: "/orders/42" }
    } => allow by one_order
    "reading elsewhere": { request.host: "news.example.org" } => ask by reading
    "a host that ends like its own": {
      request: post with { host: "evil-api.example.com.evil.net" }
    } => deny because "writing to hosts that nobody listed"
  }
}
