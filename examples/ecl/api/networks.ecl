# Networks by CIDR: who may open a connection to a workload, as a Kubernetes NetworkPolicy says it. Blocks of addresses with
# exceptions, for ports; and what no policy of a workload opens, whatever it says.

record Block {
  cidr:   cidr
  except: list<cidr, 8>
}

record Rule {
  from:  list<Block, 16>
  ports: list<int, 16>
}

record Connection {
  source:    ip
  port:      int
  forwarded: ip?
}

fn admits(block: Block, address: ip) -> bool {
  address in block.cidr AND address not in block.except
}

policy "networks" {
  id: "did:example:policy:networks"
  input {
    connection: Connection
    rules:      list<Rule, 8>
    proxies:    list<cidr, 8>
    banned:     list<cidr, 64>
  }
  gas_limit: 30000

  # The address that a proxy of ours names counts; anybody else may write what they like.
  let source = if connection.source in proxies then connection.forwarded else connection.source
  let address = source else connection.source

  deny {
    unnamed:  source == none, "the proxy {connection.source} does not say for whom"
    banned:   address in banned, "{address} is banned"
    metadata: is_link_local(address), "{address} is of no network"
    spoofed:  is_loopback(address) OR is_multicast(address), "{address} cannot come from outside"
    too_open: any r in rules: any b in r.from: b.cidr.prefix < 8
      AND NOT is_private(b.cidr), "a rule admits more than any network has"
    pointless: any r in rules: any b in r.from: any e in b.except: e not in b.cidr, "an exception is outside of its block"
    reserved: any r in rules: any b in r.from: overlaps(
      b.cidr,
      ["192.0.2.0/24", "198.51.100.0/24", "2001:db8:ffff::/48"],
    ), "a rule names a network of examples"
  }
  allow any {
    ruled: any r in rules: connection.port in r.ports AND (any b in r.from: admits(b, address))
    admin: connection.port == 22 AND address in ["10.20.0.0/16", "2001:db8:20::/48"]
  }
  otherwise deny "no rule admits {address} to port {connection.port}"
}

fixture inside { from: [{ cidr: "172.17.0.0/16", except: ["172.17.1.0/24"] }], ports: [6379] }

fixture quiet {
  connection: { source: "172.17.0.9", port: 6379 }
  rules:      [inside]
  proxies:    ["10.0.0.0/30"]
  banned:     ["192.0.2.0/24"]
}

test "a connection" {
  policy "networks"
  input quiet
  cases {
    "an address of a block": {} => allow by ruled
    "an address of its exception": {
      connection.source: "172.17.1.9"
    } => deny because "no rule admits 172.17.1.9 to port 6379"
    "an IPv4 address in IPv6 form is the same": {
      connection.source: "::ffff:192.0.2.9"
    } => deny by banned because "192.0.2.9 is banned"
    "an administrator": { connection: { source: "2001:db8:20::5", port: 22 } } => allow by admin
    "a proxy speaks for somebody": {
      connection: { source: "10.0.0.2", port: 22, forwarded: "10.20.3.4" }
    } => allow by admin
    "somebody else does not": {
      connection: { source: "203.0.113.7", port: 22, forwarded: "10.20.3.4" }
    } => deny because "no rule admits 203.0.113.7 to port 22"
    "a proxy that does not say for whom": { connection.source: "10.0.0.2" } => deny by unnamed
    "an address of the link": { connection.source: "169.254.169.254" } => deny by metadata
    "an address of the machine":          { connection.source: "::1" } => deny by spoofed
    "a rule for everybody": {
      rules[0].from: [{ cidr: "0.0.0.0/0", except: [] }]
    } => deny by too_open
    "an exception of another block": {
      rules[0].from[0].except: ["172.18.0.0/24"]
    } => deny by pointless
  }
}

test "a network of examples" {
  policy "networks"
  input {
    connection: { source: "172.17.0.9", port: 6379 }
    rules:      [{ from: [{ cidr: "198.51.0.0/16", except: [] }], ports: [6379] }]
    proxies:    []
    banned:     []
  }
  expect deny by reserved
}
