# stage: parse
policy "p" {
  reject {
    expensive: price > 5 EUR cheap
    tall: a = b
    minus: a
      - b > 1
  }
}
