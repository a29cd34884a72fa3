# Tests of the guard of a charging point: who may switch it on and off, and when. The guard stands in a file of its own, as
# the document it comes from has it.

import "guard-verbatim.ecl"

fixture anna = "did:erynoa:identity:anna"
fixture ben = "did:erynoa:identity:ben"
fixture carl = "did:erynoa:identity:carl"
fixture charging = "did:erynoa:blueprint:ev-charging:v1"
fixture calibrated = "did:erynoa:credential:eichrecht:*"

fixture charger {
  id:         "did:erynoa:amo:charger-1"
  blueprint:  charging
  owner:      anna
  status:     Pending
  attributes: { power_output: 22kW, connector: "Type2" }
}

fixture active = charger with { status: Active }

fixture point {
  amo:        charger
  transition: Activate
  caller:     anna
  context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
}

fixture form {
  power_output: { type: "power", min: "0kW", max: "350kW" }
  connector:    { type: "string", values: ["CCS", "Type2"] }
}

test "switching on" {
  logic_guard "ev_charging_validate"
  input point
  facts {
    blueprint(charging): form
    delegates(anna): [ben]
    has_credential(charger.id, calibrated): true
  }
  cases {
    "by the owner":  {} => accept output { valid: true }
    "by a delegate": { caller: ben } => accept output { valid: true }
    "not by a stranger": {
      caller: carl
    } => reject because "caller == owner OR caller in owner.delegates"
    "not twice": { amo.status: Active } => reject because "amo.status == Pending"
    "not without the calibration": {} facts {
      has_credential(charger.id, calibrated): false
    } => reject because "has_credential"
    "not with too much power": {
      amo.attributes.power_output: 400kW
    } => reject because "conforms_to"
    "an unknown blueprint is an error": {} facts { blueprint(charging): unknown } => error E0404
  }
}

test "switching off" {
  logic_guard "ev_charging_validate"
  input point with { amo: active, transition: Deactivate }
  facts {
    blueprint(charging): form
    delegates(anna): [ben]
    active_sessions(charger.id): 0
  }
  cases {
    "by the owner":      {} => accept output { valid: true }
    "by a delegate":     { caller: ben } => accept output { valid: true }
    "not by a stranger": { caller: carl } => reject
    "not during a session": {} facts {
      active_sessions(charger.id): 2
    } => reject because "no_active_sessions(amo)"
    "not what is pending": { amo.status: Pending } => reject because "amo.status == Active"
  }
}

test "another transition" {
  logic_guard "ev_charging_validate"
  input point with { amo: active, transition: Transfer }
  facts {
    blueprint(charging): form
    delegates(anna): [ben]
  }
  cases {
    "of the owner": { transition: Suspend } => reject because "Unknown transition"
    "of a delegate":                    { caller: ben } => reject because "Unknown transition"
    "of a stranger is rejected before": { caller: carl } => reject because "caller == owner"
  }
}
