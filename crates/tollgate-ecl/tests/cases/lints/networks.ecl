# stage: lint
policy "networks" {
  input { address: ip, net: cidr, hosts: list<ip, 4>, text: string<32> }
  let banned: list<cidr, 4> = ["192.0.2.0/24", "192.0.2.128/25"]

  reject {
    inside:  address in ["10.1.0.0/16", "192.168.0.0/16", "10.0.0.0/8"]
    twice:   overlaps(net, ["fc00::/7", "fc00::/7", "fe80::/10"])
    deep:    is_subset(hosts, ["172.16.0.0/12", "172.16.8.0/24", "172.16.8.128/25", "172.32.0.0/16"])
    apart:   address not in ["::/0", "0.0.0.0/0"]
    named:   address in banned
    texts:   text in ["10.0.0.0/8", "10.2.0.0/16"]
  }
  otherwise accept
}
