# stage: parse
constraint "c" { severity: fatal  rule: true }
policy "p" { otherwise rejct "no rule matched" }
logic_guard "g" { body: |
  retrun { valid: true }
}
