# stage: parse
# The policy is compiled to bytecode

policy_evaluate {
  # Input
  policy:  @ref("did:erynoa:policy:vehicle-charging-001")
  offer:   @ref("did:erynoa:offer:charging-001")
  context: {
    agent_trust:     0.85
    budget_remaining: 65.00
    current_time:    "2025-01-28T10:15:00Z"
  }

  # What is evaluated:
  # 1. The rules are parsed
  # 2. auto_reject conditions
  # 3. auto_accept conditions
  # 4. escalate conditions

  # Output
  result: {
    decision:  accept
    reasoning: [
      "price_per_kwh (0.42) <= max (0.50): PASS",
      "trust (0.92) >= min (0.7): PASS",
      "distance (1.2km) <= max (5km): PASS"
    ]
  }
}
