# An address without quotes.
policy "unquoted" {
  input { address: ip, net: cidr }
  deny {
    v4:  address == 10.0.0.1
    net: address in 10.0.0.0/8
    v6:  address == ::1
  }
}
