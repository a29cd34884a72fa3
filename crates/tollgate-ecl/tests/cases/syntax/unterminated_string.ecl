# stage: parse
policy "vehicle-charging {
  gas_limit: 100
}
