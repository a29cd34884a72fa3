policy "vehicle-charging {
  gas_limit: 100
}
