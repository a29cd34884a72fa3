# stage: lint
policy "p" {
  input {
    price: int
    buyer: string  # allow W0102: the next version asks
  }
  # allow W0101
  let limit = 5
  let other = 6  # allow W0102, W0101
  let third = 7  # allow W9999

  accept { cheap: price < 10 }
}
