logic_guard "ev_charging_validate" {
  # Registration
  address: "0x1::ev_charging::validate"

  # Input schema
  input: {
    amo:         AMO
    transition:  Transition
    caller:      DID
    context:     Context
  }

  # Output
  output: {
    valid:   bool
    reason:  string?
  }

  # Logic
  body: |
    # Check that the blueprint is followed
    let blueprint = resolve(amo.blueprint)
    assert(amo.attributes conforms_to blueprint.attributes)

    # Check what the caller may do
    let owner = amo.owner
    assert(caller == owner OR caller in owner.delegates)

    # Check the transition
    match transition {
      Activate => {
        assert(amo.status == Pending)
        assert(amo has_credential("did:erynoa:credential:eichrecht:*"))
      }
      Deactivate => {
        assert(amo.status == Active)
        assert(no_active_sessions(amo))
      }
      _ => reject("Unknown transition")
    }

    return { valid: true }

  # Gas limit
  gas_limit: 10000
}
