# What is no address and no network, and what is not asked of them.
policy "networks" {
  input { address: ip, maybe: ip?, net: cidr, nets: list<cidr, 8>, text: string<64>, number: int
    hosts: list<ip, 8>, texts: list<string<64>, 8>, some: list<cidr?, 8>, some_hosts: list<ip?, 8>, maybe_net: cidr? }

  deny {
    octet:    address == "10.0.0.300"
    zero:     address == "10.0.0.010"
    prefix:   address in "10.0.0.0/33"
    hosts:    address in "10.0.0.1/8"
    alone:    address in "10.0.0.1"
    network:  address == "10.0.0.0/8"
    port:     address == "10.0.0.1:443"
    zone:     address == "fe80::1%eth0"
    mapped:   address in "::ffff:0:0/80"
    mixed:    address in ["10.0.0.0/8", "192.0.2.1"]
    equal:    address == net
    text:     address == text
    texts:    text in net
    swapped:  net in address
    option:   maybe in net
    options:  maybe in nets
    order:    net < "10.0.0.0/8"
    number:   address == 10
    plus:     address + 1 == address
    matched:  address matches "10.*"
    starts:   starts_with(address, "10.")
    field:    net.mask == 8
    kind:     is_private(text)
    addresses: address in text
    over_texts:   overlaps(net, texts)
    over_hosts:   overlaps(net, hosts)
    over_numbers: overlaps(net, [1, 2])
    over_address: overlaps(net, ["10.0.0.1"])
    over_options: overlaps(net, some)
    over_maybe:   overlaps(net, maybe_net)
    maybe_over:   overlaps(maybe_net, nets)
    over_swapped: overlaps(nets, net)
    over_map:     overlaps(net, {})
    nets_options: overlaps(nets, some)
    option_nets:  overlaps(some, nets)
    in_options:   net in some
    address_in:   address in some
    maybe_in:     maybe_net in some
    literal_in:   "10.0.0.0/8" in some
    subset:       is_subset(hosts, some)
    subset_of:    is_subset(some_hosts, nets)
    subset_one:   is_subset(net, nets)
    held:         contains(some, net)
    maybe_literal: maybe in "10.0.0.0/8"
    maybe_listed:  maybe_net in ["10.0.0.0/8"]
    called:        address in cidr("10.0.0.0/8")
    called_ip:     address == ip("10.0.0.1")
  }
}
