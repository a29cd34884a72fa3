# What is no address and no network, and what is not asked of them.
policy "networks" {
  input { address: ip, maybe: ip?, net: cidr, nets: list<cidr, 8>, text: string<64>, number: int }

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
  }
}
