# stage: lint
policy "p" {
  input {
    price:  int
    prices: list<int, 8>
  }
  accept {
    all_low: all price in prices: price < 10
    low:     price < 20
  }
}
