//! The bytes ABI of core modules: bytes in, bytes out, as `docs/abi.md` has it.
//!
//! Pointers and lengths come from the guest. They are checked against its memory and the limit before the host reserves
//! a single byte because of them.

use wasmtime::{Instance, Memory, Store, TypedFunc};

use crate::{
    host::{GuestSlice, HostError},
    limits::{LimitExceeded, LimitKind},
    outcome::Failure,
    store::{State, Stop, core},
    text::bounded,
};

/// Calls `export` with `input` and returns its answer.
pub(crate) async fn call(
    store: &mut Store<State>,
    instance: &Instance,
    export: &str,
    input: &[u8],
) -> Result<Vec<u8>, Stop> {
    let function = typed::<(u32, u32), u64>(store, instance, export, "(i32, i32) -> (i64)")?;
    let memory = instance
        .get_memory(&mut *store, "memory")
        .ok_or_else(|| missing("memory", "memory"))?;
    let free = match instance.get_func(&mut *store, "free") {
        Some(_) => Some(typed::<(u32, u32), ()>(
            store,
            instance,
            "free",
            "(i32, i32) -> ()",
        )?),
        None => None,
    };
    let given = put(store, instance, memory, input).await?;
    let packed = function.call_async(&mut *store, given).await?;
    let answer = ((packed >> 32) as u32, packed as u32);
    let bytes = take(store, memory, export, answer)?;
    if let Some(free) = free {
        if given.1 > 0 {
            free.call_async(&mut *store, given).await?;
        }
        if answer.1 > 0 && answer != given {
            free.call_async(&mut *store, answer).await?;
        }
    }
    Ok(bytes)
}

/// Copies `input` to where the guest's `alloc` says.
async fn put(
    store: &mut Store<State>,
    instance: &Instance,
    memory: Memory,
    input: &[u8],
) -> Result<(u32, u32), Stop> {
    if input.is_empty() {
        return Ok((0, 0));
    }
    let limit = store.data().limits.host_call_bytes;
    let exceeded = || Failure::LimitExceeded(LimitExceeded::new(LimitKind::HostCall, limit));
    let len = u32::try_from(input.len())
        .ok()
        .filter(|len| u64::from(*len) <= limit)
        .ok_or_else(exceeded)?;
    let alloc = typed::<u32, u32>(store, instance, "alloc", "(i32) -> (i32)")?;
    let pointer = alloc.call_async(&mut *store, len).await?;
    if pointer == 0 {
        return Err(match store.data().limiter.refused() {
            Some(exceeded) => Failure::LimitExceeded(exceeded.clone()).into(),
            None => Failure::BadGuest {
                message: format!("`alloc` has no {len} bytes for the input"),
            }
            .into(),
        });
    }
    let slice = check(store, memory, "alloc", (pointer, len))?;
    let room = slice.of_mut(memory.data_mut(&mut *store));
    room.ok_or_else(GuestSlice::lost)?.copy_from_slice(input);
    Ok((pointer, len))
}

fn take(
    store: &Store<State>,
    memory: Memory,
    export: &str,
    answer: (u32, u32),
) -> Result<Vec<u8>, Failure> {
    if answer.1 == 0 {
        return Ok(Vec::new());
    }
    let slice = check(store, memory, export, answer)?;
    let bytes = slice.of(memory.data(store));
    Ok(bytes.ok_or_else(GuestSlice::lost)?.to_vec())
}

fn check(
    store: &Store<State>,
    memory: Memory,
    by: &str,
    range: (u32, u32),
) -> Result<GuestSlice, Failure> {
    let limit = store.data().limits.host_call_bytes;
    let size = memory.data_size(store);
    GuestSlice::check(u64::from(range.0), u64::from(range.1), size, limit).map_err(|error| {
        match error {
            HostError::Limit(exceeded) => Failure::LimitExceeded(exceeded),
            HostError::Failed { message } | HostError::Denied { reason: message } => {
                Failure::BadGuest {
                    message: bounded(format!("`{by}` returned {message}")),
                }
            }
        }
    })
}

fn typed<P: wasmtime::WasmParams, R: wasmtime::WasmResults>(
    store: &mut Store<State>,
    instance: &Instance,
    export: &str,
    signature: &str,
) -> Result<TypedFunc<P, R>, Failure> {
    let function = core::function(store, instance, export)?;
    function.typed(&mut *store).map_err(|_| {
        let ty = crate::value::signature(&function.ty(&*store))
            .map(|has| has.to_string())
            .unwrap_or_default();
        core::bad_arguments(
            export,
            format!("the bytes ABI needs {signature}, its signature is {ty}"),
        )
    })
}

fn missing(name: &str, wanted: &str) -> Failure {
    Failure::MissingExport {
        name: name.to_owned(),
        wanted: wanted.to_owned(),
        available: Vec::new(),
    }
}
