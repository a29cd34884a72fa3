# Policy wird zu ECLVM-Bytecode kompiliert

policy_evaluate {
  # Input
  policy:  @ref("did:erynoa:policy:vehicle-charging-001")
  offer:   @ref("did:erynoa:offer:charging-001")
  context: {
    agent_trust:     0.85
    budget_remaining: 65.00
    current_time:    "2025-01-28T10:15:00Z"
  }

  # ECLVM führt aus:
  # 1. Parse Policy-Regeln
  # 2. Evaluiere auto_reject Conditions
  # 3. Evaluiere auto_accept Conditions
  # 4. Evaluiere escalate Conditions

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
