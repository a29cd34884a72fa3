# Addresses and networks: literals, inputs, `in` between them, order, equality, fields, functions.
enum Zone { Office, Cloud }

record Rule { name: string<16>, from: cidr, except: list<cidr, 4> }

fn is_inside(address: ip, networks: list<cidr, 8>) -> bool { address in networks }

policy "networks" {
  input { address: ip, peer: ip?, net: cidr, nets: list<cidr, 8>, hosts: list<ip, 8>, rules: list<Rule, 4>, names: map<string<16>, ip, 4>, zones: map<Zone, cidr, 2>, maybe: list<cidr?, 4> }
  let office = "192.0.2.0/24"
  let private: list<cidr, 4> = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]

  deny {
    blocked: address in ["203.0.113.0/24", "2001:db8:bad::/48"], "{address} is blocked"
    peer:    peer != none AND peer in private, "{peer} is private"
    exact:   address == "198.51.100.7" OR address in ["198.51.100.8", "198.51.100.9"]
    wide:    net == "0.0.0.0/0" OR net == "::/0", "{net} is everything"
    range:   "198.51.100.16" <= address <= "198.51.100.31"
    excepted: any r in rules: address in r.from AND address in r.except
  }
  allow any {
    host:    address in hosts
    net:     address in net
    nets:    is_inside(address, nets)
    inner:   net in "10.0.0.0/8" AND net.prefix >= 24
    ruled:   any r in rules: address in r.from
    named:   address == names.gateway
    zone:    address in (zones[Office] else "127.0.0.1/32")
    chosen:  address in (if net.prefix > 8 then ["192.0.2.200"] else [])
    kinds:   is_multicast(address) AND NOT is_ipv4(address)
    overlap: overlaps(net, "172.16.0.0/12") AND net.first != net.last
    subset:  hosts != [] AND is_subset(hosts, nets)
    several: overlaps(net, nets) AND overlaps(net, ["192.168.0.0/16", "fd00::/8"])
    listed:  overlaps(nets, ["192.168.0.0/16"]) AND overlaps("192.168.7.0/24", nets)
    branch:  (if net.prefix > 8 then "203.0.114.1" else "203.0.114.2") in nets
    held:    contains(nets, "203.0.115.1") AND contains(["203.0.115.0/24", "::1/128"], address)
    within:  hosts != [] AND is_subset(hosts, ["198.18.0.0/15", "2001:db8::/32"])
    optional: any n in maybe: n != none AND (address in n OR overlaps(net, n))
    literal: "10.0.0.1" in nets AND "10.1.0.0/16" in nets
  }
}

test "an address of a blocked network" {
  policy "networks"
  input { address: "203.0.113.9", net: "127.0.0.1/32", nets: [], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect deny by blocked because "203.0.113.9 is blocked"
}

test "IPv4 in IPv6 form is IPv4" {
  policy "networks"
  input { address: "::ffff:203.0.113.9", net: "127.0.0.1/32", nets: [], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect deny by blocked because "203.0.113.9 is blocked"
}

test "an option is its value where there is one" {
  policy "networks"
  input { address: "192.0.2.1", peer: "fd00::1", net: "127.0.0.1/32", nets: [], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect deny by peer because "fd00::1 is private"
}

test "single addresses" {
  policy "networks"
  input { address: "198.51.100.9", net: "127.0.0.1/32", nets: [], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect deny by exact
}

test "a network that is everything" {
  policy "networks"
  input { address: "192.0.2.1", net: "::/0", nets: [], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect deny by wide because "::/0 is everything"
}

test "addresses have an order" {
  policy "networks"
  input { address: "198.51.100.31", net: "127.0.0.1/32", nets: [], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect deny by range
}

test "an exception in a rule" {
  policy "networks"
  input { address: "192.0.2.1", net: "127.0.0.1/32", nets: [], hosts: [], rules: [{ name: "a", from: "192.0.2.0/24", except: ["192.0.2.0/31"] }], names: {}, zones: {}, maybe: [] }
  expect deny by excepted
}

test "a rule without it" {
  policy "networks"
  input { address: "192.0.2.2", net: "127.0.0.1/32", nets: [], hosts: [], rules: [{ name: "a", from: "192.0.2.0/24", except: ["192.0.2.0/31"] }], names: {}, zones: {}, maybe: [] }
  expect allow by ruled
}

test "an address among addresses" {
  policy "networks"
  input { address: "2001:db8::1", net: "127.0.0.1/32", nets: [], hosts: ["::1", "2001:DB8:0::1"], rules: [], names: {}, zones: {}, maybe: [] }
  expect allow by host
}

test "no IPv4 address is in a network of IPv6" {
  policy "networks"
  input { address: "192.0.2.1", net: "::/1", nets: ["::/80", "8000::/1"], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect deny
}

test "a network in a network" {
  policy "networks"
  input { address: "192.0.2.1", net: "10.1.2.0/24", nets: [], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect allow by inner
}

test "one of several networks" {
  policy "networks"
  input { address: "192.0.2.1", net: "127.0.0.1/32", nets: ["10.0.0.0/8", "::ffff:192.0.2.0/120"], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect allow by nets
}

test "an address of a map" {
  policy "networks"
  input { address: "192.0.2.1", net: "127.0.0.1/32", nets: [], hosts: [], rules: [], names: { gateway: "192.0.2.1" }, zones: {}, maybe: [] }
  expect allow by named
}

test "a network of a map" {
  policy "networks"
  input { address: "192.0.2.1", net: "127.0.0.1/32", nets: [], hosts: [], rules: [], names: {}, zones: { Office: "192.0.2.0/24" }, maybe: [] }
  expect allow by zone
}

test "kinds of addresses" {
  policy "networks"
  input { address: "ff02::1", net: "127.0.0.1/32", nets: [], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect allow by kinds
}

test "two networks overlap, whichever is larger" {
  policy "networks"
  input { address: "192.0.2.1", net: "172.0.0.0/8", nets: [], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect allow by overlap
}

test "all of some addresses" {
  policy "networks"
  input { address: "192.0.2.1", net: "127.0.0.1/32", nets: ["198.51.100.0/24", "::1/128"], hosts: ["198.51.100.200", "::1"], rules: [], names: {}, zones: {}, maybe: [] }
  expect allow by subset
}

test "literals on the left" {
  policy "networks"
  input { address: "192.0.2.1", net: "127.0.0.1/32", nets: ["10.0.0.0/8"], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect allow by literal
}

test "a network and several" {
  policy "networks"
  input { address: "192.0.2.1", net: "192.168.7.0/24", nets: ["10.0.0.0/8", "192.168.0.0/17"], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect allow by several
}

test "a network and several with none of its addresses" {
  policy "networks"
  input { address: "192.0.2.1", net: "192.168.7.0/24", nets: ["192.169.0.0/16", "::/0"], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect deny
}

test "several networks and several" {
  policy "networks"
  input { address: "192.0.2.1", net: "127.0.0.1/32", nets: ["192.168.7.128/25"], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect allow by listed
}

test "one of two literals" {
  policy "networks"
  input { address: "192.0.2.1", net: "127.0.0.1/32", nets: ["203.0.114.1/32"], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect allow by branch
}

test "contains is `in`" {
  policy "networks"
  input { address: "203.0.115.99", net: "127.0.0.1/32", nets: ["203.0.115.0/28"], hosts: [], rules: [], names: {}, zones: {}, maybe: [] }
  expect allow by held
}

test "addresses in written networks" {
  policy "networks"
  input { address: "192.0.2.1", net: "127.0.0.1/32", nets: [], hosts: ["198.19.0.1", "2001:db8::1"], rules: [], names: {}, zones: {}, maybe: [] }
  expect allow by within
}

test "networks of which some are none" {
  policy "networks"
  input { address: "192.0.2.1", net: "198.51.0.0/16", nets: [], hosts: [], rules: [], names: {}, zones: {}, maybe: [none, "198.51.100.0/24"] }
  expect allow by optional
}
