//! Functions of WIT interfaces for components, with arguments and answers as JSON.
//!
//! A component says itself what types its imports have; values are converted by those, so one function serves every
//! component that imports it with types its JSON fits. An interface of another version than is registered is a missing
//! import.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value as Json;
use wasmtime::component::Linker;
use wasmtime::{AsContextMut, StoreContextMut};

use super::{Declaration, HostError, came_to, failure, guarded};
use crate::component::{Unshown, bounded_json, json_args, json_results};
use crate::gate::{Arguments, Effect, Returned};
use crate::store::{State, charge};
use crate::{
    id::ExecutionId,
    limits::{LimitExceeded, LimitKind},
    outcome::Failure,
};

pub(super) type InterfaceBody =
    dyn Fn(&mut InterfaceCall<'_>, Vec<Json>) -> Result<Json, HostError> + Send + Sync;

/// One call of a function of an interface: what it may touch of the execution.
pub struct InterfaceCall<'a> {
    store: StoreContextMut<'a, State>,
}

impl fmt::Debug for InterfaceCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InterfaceCall").finish_non_exhaustive()
    }
}

impl InterfaceCall<'_> {
    /// Returns the execution this call belongs to.
    pub fn execution(&self) -> ExecutionId {
        self.store.data().calls.execution()
    }

    /// Returns the value the execution was given as its context, if it is a `T`.
    pub fn context<T: std::any::Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.store.data().context.clone()?.downcast().ok()
    }

    /// Charges `gas` for work whose price depends on what it does. Call it before the work.
    ///
    /// # Errors
    /// When the gas is spent; return the error.
    pub fn charge(&mut self, gas: u64) -> Result<(), HostError> {
        Ok(charge(self.store.as_context_mut(), gas)?)
    }
}

/// Defines a function in the instance of its interface.
pub(super) fn link(
    linker: &mut Linker<State>,
    declaration: Arc<Declaration>,
    body: Arc<InterfaceBody>,
) -> wasmtime::Result<()> {
    let name = declaration.name.clone();
    linker
        .instance(&declaration.module.clone())?
        .func_new_async(&name, move |mut store, ty, params, results| {
            let (declaration, body) = (declaration.clone(), body.clone());
            let args = json_args(params);
            Box::new(async move {
                let failed = |message: String| failure(&declaration, HostError::Failed { message });
                let args = args.map_err(failed)?;
                // The gate sees the arguments as they are charged for: as text.
                let shown = text(&store, &args)?;
                // Nothing of the store is borrowed while it waits: the guest's state is not shared between threads.
                let calls = store.data().calls.clone();
                let deciding = calls.decide(&declaration.operation(Arguments::Json(&shown)));
                deciding.await.map_err(Failure::from)?;
                let args = Shown { args, text: shown };
                let answer = perform(&mut store, &declaration, &*body, args)?;
                let values = json_results(&ty, &answer).map_err(failed)?;
                for (slot, value) in results.iter_mut().zip(values) {
                    *slot = value;
                }
                Ok(())
            })
        })
}

/// The arguments of a call, and their text.
struct Shown {
    args: Vec<Json>,
    text: String,
}

/// Charges and does the work of a call that nobody denied.
fn perform(
    store: &mut StoreContextMut<'_, State>,
    declaration: &Declaration,
    body: &InterfaceBody,
    Shown { args, text: shown }: Shown,
) -> Result<Json, Failure> {
    charge(store.as_context_mut(), declaration.tariff.per_call).map_err(Failure::LimitExceeded)?;
    moved(store, declaration, shown.len())?;
    let calls = store.data().calls.clone();
    let operation = declaration.operation(Arguments::Json(&shown));
    let ongoing = calls.start(&operation, Effect::Some)?;
    let mut call = InterfaceCall {
        store: store.as_context_mut(),
    };
    let answer = guarded(declaration, || body(&mut call, args));
    if let Err(Failure::Denied(violation)) = &answer {
        store.data().log.push(violation.clone());
    }
    let answer = answer.and_then(|answer| Ok((text(store, &answer)?, answer)));
    calls.end(ongoing, || {
        came_to(&answer, |(text, _)| Returned::bytes(text.as_bytes()))
    });
    let (text, answer) = answer?;
    moved(store, declaration, text.len())?;
    Ok(answer)
}

/// A value as text, no longer than a host call may move.
fn text(store: &StoreContextMut<'_, State>, value: &impl Serialize) -> Result<String, Failure> {
    let limit = store.data().limits.host_call_bytes;
    bounded_json(value, limit).map_err(|error| match error {
        Unshown::TooLong => Failure::LimitExceeded(LimitExceeded::new(LimitKind::HostCall, limit)),
        Unshown::NoForm(message) => Failure::Internal { message },
    })
}

/// Counts and charges bytes that cross the border.
fn moved(
    store: &mut StoreContextMut<'_, State>,
    declaration: &Declaration,
    bytes: usize,
) -> Result<(), Failure> {
    let bytes = bytes as u64;
    let state = store.data_mut();
    let limit = state.limits.host_call_bytes;
    if bytes > limit {
        return Err(Failure::LimitExceeded(LimitExceeded::new(
            LimitKind::HostCall,
            limit,
        )));
    }
    state.meter.used.host_call_bytes.add(bytes);
    let gas = bytes.saturating_mul(declaration.tariff.per_byte);
    charge(store.as_context_mut(), gas).map_err(Failure::LimitExceeded)
}
