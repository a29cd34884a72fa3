# What says nothing, what is no text, and what is forgotten of an option.
policy "said" {
  input { text: string<64>, maybe: string<64>?, number: int, wait: duration, many: list<string<8>, 4>, address: ip, who: did }

  deny {
    unit:      to_quantity("1GB")? > 1.0
    blank:     to_duration("1h 30m")? > 1h
    nothing:   to_int("")? > 1
    exponent:  to_decimal("1e")? > 1.0
    forgotten: to_quantity(text) > 5.0
    maybe:     to_int(maybe) == 5
    number:    to_quantity(number) == none
    duration:  to_duration(wait) == none
    list:      to_int(many) == none
    address:   to_quantity(address) == none
    did:       to_int(who) == none
    types:     to_duration(text) == to_int(text)
    chars:     chars(number) > 1
    chars_of:  chars(maybe) > 1
    count:     to_duration(text, 5) == none
    name:      to_quantities(text) == none
    number_of: to_number(text) > 1.0
  }
}
