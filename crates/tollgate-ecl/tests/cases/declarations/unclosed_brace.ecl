# stage: parse
policy "a" {
  reject {
    expensive: offer.price > 5 EUR

policy "b" {
  accept { always: true }
}
