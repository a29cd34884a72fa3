//! Other systems than Linux have no jail: a worker there has the limits of its process, and what the sandbox checks.

use super::{Jail, JailError, JailMode, JailReport, Layer, layer::Notes};

const REASON: &str = "only Linux has it";

/// Whether a process keeps the network of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Network {
    Machine,
    None,
}

/// A process that has given up nothing.
#[derive(Debug)]
pub(crate) struct Prepared {
    mode: JailMode,
}

pub(crate) fn prepare(mode: JailMode, _network: Network) -> Result<Prepared, JailError> {
    Ok(Prepared { mode })
}

impl Prepared {
    pub(crate) fn wait(&mut self) {}

    pub(crate) fn close(self, jail: &Jail) -> Result<JailReport, JailError> {
        enter(jail, self.mode)
    }
}

pub(crate) fn enter(_jail: &Jail, mode: JailMode) -> Result<JailReport, JailError> {
    let mut notes = Notes::new(mode);
    if mode != JailMode::Off {
        notes.note(Layer::Privileges, Err(REASON))?;
        notes.note(Layer::Files, Err(REASON))?;
        notes.note(Layer::SystemCalls, Err(REASON))?;
    }
    Ok(notes.report())
}
