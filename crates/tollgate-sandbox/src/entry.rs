//! Where an execution begins, and the world that it begins in.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::{digest::Digest, grant::Grant, value::Value};

/// Where an execution begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// The `_start` of a WASI preview 1 command, or `wasi:cli/run` of a preview 2 component.
    Start,
    /// A core function with core values.
    Core {
        /// Name of the export.
        export: String,
        /// Its arguments.
        args: Vec<Value>,
    },
    /// A core function with the arguments as text, read by the types of its signature.
    CoreText {
        /// Name of the export.
        export: String,
        /// Its arguments.
        args: Vec<String>,
    },
    /// A function of the bytes ABI: bytes in, bytes out. Text and JSON are bytes too.
    Bytes {
        /// Name of the export.
        export: String,
        /// The bytes it gets.
        input: Vec<u8>,
    },
    /// A function of a component.
    Component {
        /// `function`, or `interface#function` when it is exported by an interface.
        export: String,
        /// Its arguments.
        args: ComponentArgs,
    },
}

impl Entry {
    /// Returns the SHA-256 of what the run gets from its caller: where it begins, its arguments, its variables with their
    /// values, and the bytes of its standard input if the caller chose them.
    pub fn input_digest(&self, grant: &Grant) -> Digest {
        let input = (self, &grant.args, grant.env(), &grant.stdin);
        Digest::of_value(b"tollgate input 2\0", &input)
    }

    /// Returns where it begins, without the arguments.
    pub fn name(&self) -> EntryName {
        match self {
            Self::Start => EntryName::Start,
            Self::Core { export, .. }
            | Self::CoreText { export, .. }
            | Self::Bytes { export, .. }
            | Self::Component { export, .. } => EntryName::Function(export.clone()),
        }
    }
}

/// Arguments of a component's function, converted by the types of its WIT signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ComponentArgs {
    /// A JSON array with one element for each parameter, or an object with the parameters' names.
    Json(String),
    /// WAVE values, separated by commas.
    Wave(String),
}

/// What a guest without the clock and randomness of the host sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Virtual {
    /// Where the virtual clock starts: in 1970 or later, and before 2554, which is what WASI can tell. Default: 2000-01-01T00:00:00Z.
    pub clock_start: SystemTime,
    /// Seed of the generator. Default: 0.
    pub seed: u64,
}

impl Virtual {
    /// Seconds from the Unix epoch to 2000-01-01T00:00:00Z.
    const YEAR_2000: Duration = Duration::from_secs(946_684_800);

    /// Returns the default start and seed.
    pub fn standard() -> Self {
        Self {
            clock_start: SystemTime::UNIX_EPOCH + Self::YEAR_2000,
            seed: 0,
        }
    }
}

/// Where an execution begins, without its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryName {
    /// The start of a program.
    Start,
    /// An exported function.
    Function(String),
}
