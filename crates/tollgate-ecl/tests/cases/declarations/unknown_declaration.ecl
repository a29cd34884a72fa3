# stage: parse
polciy "vehicle-charging" {
  accept { near: true }
}

record Offer { price: int }
