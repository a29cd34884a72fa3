//! `broker-component`: a component that is no policy and asks the host of policies, `tollgate:ecl/host`, for trust and
//! credentials. What it writes is committed by the host after the run.

wit_bindgen::generate!({
    world: "tollgate:broker/broker",
    path: ["../../wit", "wit"],
    generate_all,
});

use exports::tollgate::broker::trading::Guest;
use tollgate::ecl::host;

struct Broker;

impl Guest for Broker {
    fn trade(partner: String, credential: String) -> Result<String, String> {
        let Some(trust) = host::get_trust(&partner)? else {
            return Err(format!("{partner} is a stranger"));
        };
        let norm = host::trust_norm(trust);
        if norm < 0.5 {
            return Err(format!("{partner} has a trust of {norm:.2}"));
        }
        if host::has_credential(&partner, &credential)? != Some(true) {
            return Err(format!("{partner} holds no {credential}"));
        }
        host::store_put("trades", &partner, "done")?;
        host::emit_event("traded", &partner)?;
        let budget = host::get_budget();
        host::log(&format!(
            "{} of {} gas used",
            budget.gas_used, budget.gas_limit
        ));
        Ok(format!(
            "{} traded with {partner} in {}",
            host::get_caller(),
            host::get_realm()
        ))
    }

    fn spend(partner: String) -> u32 {
        let mut answered = 0;
        while host::get_trust(&partner).is_ok() {
            answered += 1;
        }
        answered
    }

    fn note(store: String, key: String, value: String) -> Result<(), String> {
        host::store_put(&store, &key, &value)
    }
}

export!(Broker);
