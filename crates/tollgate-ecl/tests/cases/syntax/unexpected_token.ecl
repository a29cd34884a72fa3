# stage: parse
fn within(a: int) -> bool { a > }

policy "p" {
  input { offer: }
  accept all {
    price: offer.price <=
    near:  offer.distance <= 5km
  }
}
