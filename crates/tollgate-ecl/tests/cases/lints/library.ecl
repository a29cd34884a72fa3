# stage: lint
# A file without a policy is a library: who uses it need not be here.

record Offer { price: money<EUR> }
enum Plug { CCS, Type2 }
fn cheap(price: money<EUR>) -> bool { price < 2 EUR }
constraint "some" { rule: offer.price > 0 EUR  input { offer: Offer } }
