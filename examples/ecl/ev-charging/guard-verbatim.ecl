logic_guard "ev_charging_validate" {
  # Registrierung
  address: "0x1::ev_charging::validate"

  # Input-Schema
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

  # Logik
  body: |
    # Prüfe Blueprint-Compliance
    let blueprint = resolve(amo.blueprint)
    assert(amo.attributes conforms_to blueprint.attributes)

    # Prüfe Caller-Berechtigung
    let owner = amo.owner
    assert(caller == owner OR caller in owner.delegates)

    # Prüfe Transition-Gültigkeit
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

  # Gas-Limit
  gas_limit: 10000
}
