# stage: parse
policy "p" {
  gas_limit: 100
  gas_limit: 200
}
