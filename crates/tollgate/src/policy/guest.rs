//! The interface `tollgate:ecl/host@0.1.0` for guests that are no policies: a component asks for trust or credentials, reads
//! and writes stores, emits events, and spends gas in layers.
//!
//! The same questions cost the same as in a policy, from a budget of their own besides the gas of the run. Nothing is
//! granted unless [`GuestAccess`] names it; what is not ends the run with a violation that says what it needs. Writes and
//! events are kept until the run has ended: the embedder takes them with [`GuestHost::take_effects`] and commits all or none.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value as Json, json};
use tollgate_ecl::data::gas::{
    BYTES_PER_GAS, CREDENTIAL_VERIFICATION, DID_RESOLUTION, EFFECT, Gas, Layer, TRUST_LOOKUP,
};
use tollgate_ecl::engines::wasm::HOST_INTERFACE;
use tollgate_ecl::{Answer, FactError, FactKind, Facts, GasLimits};
use tollgate_sandbox::{HostError, HostFunctionError, HostFunctions, InterfaceCall, Tariff};
use tollgate_state::Effect;
use tollgate_state::limits::EFFECTS_PER_COMMIT_MAX;

use super::budget::{Budget, ManaPrice};
use crate::limits::{GUEST_LOG_LINES_MAX, GUEST_TEXT_BYTES_MAX};

/// What a guest may do with the interface. The default is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuestAccess {
    /// Whether it may ask for trust vectors.
    pub trust: bool,
    /// Whether it may ask who holds credentials.
    pub credentials: bool,
    /// Whether it may ask whether dids resolve.
    pub dids: bool,
    /// Stores it may read.
    pub read_stores: BTreeSet<String>,
    /// Stores it may write.
    pub write_stores: BTreeSet<String>,
    /// Types of events it may emit.
    pub events: BTreeSet<String>,
}

/// Gas that a guest may spend through the interface, and what it costs in mana.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuestBudget {
    /// Over all layers and in each.
    pub limits: GasLimits,
    /// What gas costs in mana.
    pub price: ManaPrice,
    /// Micro-mana there is.
    pub mana_limit: u64,
}

/// On whose behalf, where and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestContext {
    /// The did on whose behalf the guest runs.
    pub caller: String,
    /// The realm it runs in.
    pub realm: String,
    /// The time, nanoseconds since 1970; the same during the run.
    pub now: u64,
}

/// The host of one run. Give it to the request as its context.
pub struct GuestHost {
    access: GuestAccess,
    budget: GuestBudget,
    context: GuestContext,
    run: Mutex<Run>,
}

/// What changes during the run.
struct Run {
    facts: Box<dyn Facts + Send>,
    used: Gas,
    effects: Vec<Effect>,
    log: Vec<String>,
}

impl std::fmt::Debug for GuestHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuestHost")
            .field("access", &self.access)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

impl GuestHost {
    /// A host that answers from `facts`.
    #[must_use]
    pub fn new(
        facts: Box<dyn Facts + Send>,
        access: GuestAccess,
        budget: GuestBudget,
        context: GuestContext,
    ) -> Self {
        Self {
            access,
            budget,
            context,
            run: Mutex::new(Run {
                facts,
                used: Gas::ZERO,
                effects: Vec::new(),
                log: Vec::new(),
            }),
        }
    }

    /// Writes and events of the run, in order, for the embedder to commit; takes them away.
    #[must_use]
    pub fn take_effects(&self) -> Vec<Effect> {
        std::mem::take(&mut self.run().effects)
    }

    /// Lines the guest logged, without control characters; the first [`GUEST_LOG_LINES_MAX`].
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.run().log.clone()
    }

    /// Gas and mana used so far, and at most.
    #[must_use]
    pub fn budget(&self) -> Budget {
        let used = self.run().used;
        Budget {
            gas_used: used,
            gas_limits: self.budget.limits,
            mana_used: self.budget.price.of(&used),
            mana_limit: self.budget.mana_limit,
        }
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes gas of a layer; nothing when it does not fit.
    fn charge(&self, layer: Layer, amount: u64) -> Result<(), String> {
        let mut run = self.run();
        let used = run.used.plus(&Gas::in_layer(layer, amount));
        let limits = &self.budget.limits;
        let within = used.total() <= limits.total
            && used.network <= limits.layers.network
            && used.compute <= limits.layers.compute
            && used.storage <= limits.layers.storage
            && used.realm <= limits.layers.realm;
        if !within {
            return Err(format!(
                "gas exhausted: {amount} of layer {layer:?} do not fit"
            ));
        }
        if self.budget.price.of(&used).total() > self.budget.mana_limit {
            return Err(format!(
                "mana exhausted: {amount} gas of layer {layer:?} cost more"
            ));
        }
        run.used = used;
        Ok(())
    }

    fn push(&self, effect: Effect) -> Result<(), String> {
        let mut run = self.run();
        if run.effects.len() >= EFFECTS_PER_COMMIT_MAX {
            return Err(format!(
                "at most {EFFECTS_PER_COMMIT_MAX} effects fit a run"
            ));
        }
        run.effects.push(effect);
        Ok(())
    }

    fn ask(&self, kind: FactKind, args: &[&str]) -> Result<Answer, String> {
        self.run()
            .facts
            .ask(kind, args)
            .map_err(|FactError(why)| format!("the fact `{}` failed: {why}", kind.name()))
    }
}

/// One call with its host.
struct Asked<'a> {
    host: &'a GuestHost,
    args: &'a [Json],
}

/// What a function answers: its value, `Err` for the guest to read, or a failure that ends the run.
type Answered = Result<Result<Json, String>, HostError>;

impl Asked<'_> {
    /// An argument of type string.
    fn text(&self, at: usize) -> Result<&str, HostError> {
        let text = self.args.get(at).and_then(Json::as_str);
        let text = text.ok_or_else(|| self.unlike("a string", at))?;
        if text.len() > GUEST_TEXT_BYTES_MAX {
            return Err(HostError::failed(format!(
                "a text of {} bytes; at most {GUEST_TEXT_BYTES_MAX} are taken",
                text.len()
            )));
        }
        Ok(text)
    }

    fn unlike(&self, wanted: &str, at: usize) -> HostError {
        HostError::failed(format!(
            "argument {at} is not {wanted}: the guest was built for another interface"
        ))
    }

    /// Ends the run unless that is granted.
    fn granted(&self, granted: bool, what: &str) -> Result<(), HostError> {
        if granted {
            return Ok(());
        }
        Err(HostError::Denied {
            reason: format!("{what} is not granted to this run"),
        })
    }

    fn get_trust(&self) -> Answered {
        self.granted(self.host.access.trust, "asking for trust")?;
        let did = self.text(0)?;
        Ok(self
            .host
            .charge(Layer::Network, TRUST_LOOKUP)
            .and_then(|()| match self.host.ask(FactKind::Trust, &[did])? {
                Answer::Unknown => Ok(Json::Null),
                Answer::Trust([r, i, c, p, v, omega]) => {
                    Ok(json!({ "r": r, "i": i, "c": c, "p": p, "v": v, "omega": omega }))
                }
                _ => Err(wrong_type(FactKind::Trust)),
            }))
    }

    fn trust_norm(&self) -> Result<Json, HostError> {
        let part = |name: &str| {
            let vector = self.args.first()?.as_object()?;
            vector.get(name)?.as_f64()
        };
        let parts = ["r", "i", "c", "p", "v", "omega"].map(part);
        let sum: Option<f64> = parts.into_iter().sum();
        sum.map(|sum| json!(sum / 6.0))
            .ok_or_else(|| self.unlike("a trust vector", 0))
    }

    fn has_credential(&self) -> Answered {
        self.granted(self.host.access.credentials, "asking for credentials")?;
        let args = [self.text(0)?, self.text(1)?];
        let gas = (Layer::Network, CREDENTIAL_VERIFICATION);
        Ok(self.bool(FactKind::HasCredential, &args, gas))
    }

    fn resolve_did(&self) -> Answered {
        self.granted(self.host.access.dids, "resolving dids")?;
        let args = [self.text(0)?];
        Ok(self.bool(
            FactKind::ResolveDid,
            &args,
            (Layer::Network, DID_RESOLUTION),
        ))
    }

    fn bool(&self, kind: FactKind, args: &[&str], gas: (Layer, u64)) -> Result<Json, String> {
        self.host.charge(gas.0, gas.1)?;
        match self.host.ask(kind, args)? {
            Answer::Unknown => Ok(Json::Null),
            Answer::Bool(value) => Ok(Json::Bool(value)),
            _ => Err(wrong_type(kind)),
        }
    }

    fn store_get(&self) -> Answered {
        let (store, key) = (self.text(0)?, self.text(1)?);
        let granted = self.host.access.read_stores.contains(store);
        self.granted(granted, &format!("reading the store `{store}`"))?;
        Ok(self.host.charge(Layer::Storage, EFFECT).and_then(|()| {
            match self.host.ask(FactKind::StoreGet, &[store, key])? {
                Answer::Unknown => Ok(Json::Null),
                Answer::Text(text) => Ok(Json::String(text)),
                _ => Err(wrong_type(FactKind::StoreGet)),
            }
        }))
    }

    fn store_put(&self) -> Answered {
        let (store, key, value) = (self.text(0)?, self.text(1)?, self.text(2)?);
        let granted = self.host.access.write_stores.contains(store);
        self.granted(granted, &format!("writing the store `{store}`"))?;
        let effect = Effect::Put {
            store: store.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
        };
        Ok(self.effect(effect, key.len() + value.len()))
    }

    fn emit_event(&self) -> Answered {
        let (event_type, payload) = (self.text(0)?, self.text(1)?);
        let granted = self.host.access.events.contains(event_type);
        self.granted(granted, &format!("emitting `{event_type}`"))?;
        let effect = Effect::Emit {
            event_type: event_type.to_owned(),
            payload: payload.to_owned(),
        };
        Ok(self.effect(effect, payload.len()))
    }

    fn effect(&self, effect: Effect, bytes: usize) -> Result<Json, String> {
        let gas = EFFECT.saturating_add((bytes as u64).div_ceil(BYTES_PER_GAS));
        self.host.charge(Layer::Storage, gas)?;
        self.host.push(effect).map(|()| Json::Null)
    }

    fn consume_gas(&self) -> Answered {
        let layer = match self.text(0)? {
            "network" => Layer::Network,
            "compute" => Layer::Compute,
            "storage" => Layer::Storage,
            "realm" => Layer::Realm,
            _ => return Err(self.unlike("a layer of gas", 0)),
        };
        let amount = self.args.get(1).and_then(Json::as_u64);
        let amount = amount.ok_or_else(|| self.unlike("an amount", 1))?;
        Ok(self.host.charge(layer, amount).map(|()| Json::Null))
    }

    fn get_budget(&self) -> Json {
        let budget = self.host.budget();
        json!({
            "gas-used": budget.gas_used.total(),
            "gas-limit": budget.gas_limits.total,
            "mana-used": budget.mana_used.total(),
            "mana-limit": budget.mana_limit,
        })
    }

    fn log(&self) -> Result<Json, HostError> {
        let line: String = self.text(0)?.chars().filter(|c| !c.is_control()).collect();
        let mut run = self.host.run();
        if run.log.len() < GUEST_LOG_LINES_MAX {
            run.log.push(line);
        }
        Ok(Json::Null)
    }
}

fn wrong_type(kind: FactKind) -> String {
    format!(
        "the provider of the fact `{}` gave an answer of another type",
        kind.name()
    )
}

fn result(answered: Result<Json, String>) -> Json {
    match answered {
        Ok(value) => json!({ "ok": value }),
        Err(message) => json!({ "err": message }),
    }
}

/// Registers every function of the interface.
pub(crate) fn register(host: &mut HostFunctions) -> Result<(), HostFunctionError> {
    let mut add = |name: &str, answer: fn(&Asked<'_>) -> Result<Json, HostError>| {
        let body = move |call: &mut InterfaceCall<'_>, args: Vec<Json>| {
            let host: Arc<GuestHost> = call.context().ok_or_else(|| HostError::Denied {
                reason: "nothing of the policy interface is granted to this run".to_owned(),
            })?;
            answer(&Asked {
                host: &host,
                args: &args,
            })
        };
        host.register_interface(HOST_INTERFACE, name, Tariff::CHEAP, body)
    };
    add("get-trust", |asked| Ok(result(asked.get_trust()?)))?;
    add("trust-norm", |asked| asked.trust_norm())?;
    add("has-credential", |asked| {
        Ok(result(asked.has_credential()?))
    })?;
    add("resolve-did", |asked| Ok(result(asked.resolve_did()?)))?;
    add("store-get", |asked| Ok(result(asked.store_get()?)))?;
    add("store-put", |asked| Ok(result(asked.store_put()?)))?;
    add("consume-gas", |asked| Ok(result(asked.consume_gas()?)))?;
    add("get-budget", |asked| Ok(asked.get_budget()))?;
    add("get-caller", |asked| Ok(json!(asked.host.context.caller)))?;
    add("get-realm", |asked| Ok(json!(asked.host.context.realm)))?;
    add("get-timestamp", |asked| Ok(json!(asked.host.context.now)))?;
    add("log", |asked| asked.log())?;
    add("emit-event", |asked| Ok(result(asked.emit_event()?)))
}
