# What no text is made of, and where the bound of one is too large.
enum Tier { Free, Paid }

fn short(text: string<8>) -> bool { text == "a" }

policy "made" {
  input { text: string<64>, maybe: string<64>?, number: int, many: list<string<8>, 4>, address: ip, who: did, tier: Tier }

  deny {
    number:  lower(number) == "1"
    maybe:   upper(maybe) == "A"
    list:    trim(many) == many
    address: lower(address) == "::1"
    tier:    lower(tier) == "free"
    bound:   short(lower(text))
    did:     lower(who) == who
    added:   lower(text) + "x" == "ax"
    joined:  lower(text) ++ "x" == "ax"
    count:   lower(text, "de") == "a"
    name:    to_lower(text) == "a"
    parts:   "a" in split(text, ",", 0)
    many:    "a" in split(text, ",", 257)
    some:    "a" in split(text, ",", number)
    nothing: "a" in split(text, "", 4)
    long:    "a" in split(text, "123456789", 4)
    data:    "a" in split(text, maybe else ",", 4)
    two:     "a" in split(text, ",")
    kind:    "a" in split(number, ",", 4)
    fraction: "a" in split(text, ",", 1.5)
  }
}
