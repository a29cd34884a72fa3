# Tests of the guard of a charging point: who may switch it on and off, and when. The guard stands in a file of its own, as
# the document it comes from has it.

import "guard-verbatim.ecl"

test "the owner activates" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Pending
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Activate
    caller:     "did:erynoa:identity:anna"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
    has_credential("did:erynoa:amo:charger-1", "did:erynoa:credential:eichrecht:*"): true
  }
  expect accept output { valid: true }
}

test "a delegate activates" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Pending
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Activate
    caller:     "did:erynoa:identity:ben"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
    delegates("did:erynoa:identity:anna"): ["did:erynoa:identity:ben"]
    has_credential("did:erynoa:amo:charger-1", "did:erynoa:credential:eichrecht:*"): true
  }
  expect accept output { valid: true }
}

test "a stranger does not activate" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Pending
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Activate
    caller:     "did:erynoa:identity:carl"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
    delegates("did:erynoa:identity:anna"): ["did:erynoa:identity:ben"]
    has_credential("did:erynoa:amo:charger-1", "did:erynoa:credential:eichrecht:*"): true
  }
  expect reject because "caller == owner OR caller in owner.delegates"
}

test "an active point is not activated again" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Active
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Activate
    caller:     "did:erynoa:identity:anna"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
    has_credential("did:erynoa:amo:charger-1", "did:erynoa:credential:eichrecht:*"): true
  }
  expect reject because "amo.status == Pending"
}

test "without the calibration credential it is not activated" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Pending
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Activate
    caller:     "did:erynoa:identity:anna"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
    has_credential("did:erynoa:amo:charger-1", "did:erynoa:credential:eichrecht:*"): false
  }
  expect reject because "has_credential"
}

test "the owner deactivates" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Active
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Deactivate
    caller:     "did:erynoa:identity:anna"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
    active_sessions("did:erynoa:amo:charger-1"): 0
  }
  expect accept output { valid: true }
}

test "a delegate deactivates" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Active
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Deactivate
    caller:     "did:erynoa:identity:ben"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
    delegates("did:erynoa:identity:anna"): ["did:erynoa:identity:ben"]
    active_sessions("did:erynoa:amo:charger-1"): 0
  }
  expect accept output { valid: true }
}

test "a stranger does not deactivate" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Active
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Deactivate
    caller:     "did:erynoa:identity:carl"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
    delegates("did:erynoa:identity:anna"): ["did:erynoa:identity:ben"]
    active_sessions("did:erynoa:amo:charger-1"): 0
  }
  expect reject
}

test "a session keeps it active" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Active
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Deactivate
    caller:     "did:erynoa:identity:anna"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
    active_sessions("did:erynoa:amo:charger-1"): 2
  }
  expect reject because "no_active_sessions(amo)"
}

test "an unknown transition is rejected" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Active
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Suspend
    caller:     "did:erynoa:identity:anna"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
  }
  expect reject because "Unknown transition"
}

test "a delegate's unknown transition is rejected" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Active
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Transfer
    caller:     "did:erynoa:identity:ben"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
    delegates("did:erynoa:identity:anna"): ["did:erynoa:identity:ben"]
  }
  expect reject because "Unknown transition"
}

test "a stranger's unknown transition is rejected before" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Active
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Transfer
    caller:     "did:erynoa:identity:carl"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
    delegates("did:erynoa:identity:anna"): ["did:erynoa:identity:ben"]
  }
  expect reject because "caller == owner"
}

test "too much power does not conform" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Pending
      attributes: { power_output: 400kW, connector: "CCS" }
    }
    transition: Activate
    caller:     "did:erynoa:identity:anna"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
    has_credential("did:erynoa:amo:charger-1", "did:erynoa:credential:eichrecht:*"): true
  }
  expect reject because "conforms_to"
}

test "an unknown blueprint is an error" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Pending
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Activate
    caller:     "did:erynoa:identity:anna"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    has_credential("did:erynoa:amo:charger-1", "did:erynoa:credential:eichrecht:*"): true
  }
  expect error E0404
}

test "a pending point is not deactivated" {
  logic_guard "ev_charging_validate"
  input {
    amo: {
      id:         "did:erynoa:amo:charger-1"
      blueprint:  "did:erynoa:blueprint:ev-charging:v1"
      owner:      "did:erynoa:identity:anna"
      status:     Pending
      attributes: { power_output: 22kW, connector: "Type2" }
    }
    transition: Deactivate
    caller:     "did:erynoa:identity:anna"
    context:    { agent_trust: 0.85, budget_remaining: 65.00, current_time: "2025-01-28T10:15:00Z" }
  }
  facts {
    blueprint("did:erynoa:blueprint:ev-charging:v1"): {
      power_output: { type: "power", min: "0kW", max: "350kW" }
      connector:    { type: "string", values: ["CCS", "Type2"] }
    }
    active_sessions("did:erynoa:amo:charger-1"): 0
  }
  expect reject because "amo.status == Active"
}
