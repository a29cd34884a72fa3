//! What a module says of an exception that nothing in it caught, as `docs/abi.md` has it.
//!
//! The text is the guest's. It is cut, shown like the names of its functions, and decides nothing.

use wasmtime::{Instance, Store, Val};

use super::State;
use crate::{limits, text::bounded};

/// The export with address and length of the text.
const EXPORT: &str = "tollgate_uncaught";

/// Notes what an instance says after a call has failed, and takes it from there: the next call has its own.
pub(crate) fn note(store: &mut Store<State>, instance: &Instance) {
    store.data_mut().uncaught = read(store, instance);
}

fn read(store: &mut Store<State>, instance: &Instance) -> Option<String> {
    let global = instance.get_global(&mut *store, EXPORT)?;
    let packed = global
        .get(&mut *store)
        .i64()
        .filter(|packed| *packed != 0)?;
    // A module whose variable cannot be set says the same each time.
    drop(global.set(&mut *store, Val::I64(0)));
    let memory = instance.get_memory(&mut *store, "memory")?;
    let packed = packed.cast_unsigned();
    let (at, length) = (packed >> 32, packed & 0xffff_ffff);
    let at = usize::try_from(at).ok()?;
    let length = usize::try_from(length).ok()?;
    let bytes = memory.data(&*store).get(at..at.checked_add(length)?)?;
    let shown = bytes.get(..limits::MESSAGE_BYTES).unwrap_or(bytes);
    Some(bounded(String::from_utf8_lossy(shown).into_owned()))
}
