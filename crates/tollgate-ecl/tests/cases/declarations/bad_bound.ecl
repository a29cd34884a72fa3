# stage: parse
policy "p" { gas_limit: 0.5 }
policy "q" { gas_limit: 99999999999999999999999 }
record R { xs: list<int, many> ys: list<int, 5km> }
