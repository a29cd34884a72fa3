//! Which proposals of WebAssembly a module uses.

use serde::{Deserialize, Serialize};
use wasmparser::Operator;

use crate::config::Proposals;

macro_rules! proposals {
    ($($(#[$doc:meta])* $variant:ident $name:literal;)*) => {
        /// A proposal of WebAssembly: a part that was added to the first version, or may be.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Proposal {
            $($(#[$doc])* $variant,)*
        }

        impl Proposal {
            /// Every proposal that is told apart.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the name its authors gave it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

proposals! {
    /// Functions and blocks with several results.
    MultiValue "multi-value";
    /// Sign-extension instructions.
    SignExtension "sign-extension";
    /// Conversions of floats that do not trap.
    SaturatingFloatToInt "saturating-float-to-int";
    /// `memory.copy`, `memory.fill` and their relatives.
    BulkMemory "bulk-memory";
    /// References as values.
    ReferenceTypes "reference-types";
    /// Vector instructions.
    Simd "simd";
    /// Calls that replace the caller's frame.
    TailCall "tail-call";
    /// Vector instructions whose results depend on the machine.
    RelaxedSimd "relaxed-simd";
    /// Shared memories and atomic instructions.
    Threads "threads";
    /// Memories and tables with 64-bit addresses.
    Memory64 "memory64";
    /// More than one memory.
    MultiMemory "multi-memory";
    /// Garbage-collected types.
    Gc "gc";
    /// Typed function references.
    FunctionReferences "function-references";
    /// Exceptions.
    Exceptions "exceptions";
    /// The first form of exceptions, which browsers alone still have.
    LegacyExceptions "legacy-exceptions";
    /// Discarding memory.
    MemoryControl "memory-control";
    /// Memory pages of other sizes.
    CustomPageSizes "custom-page-sizes";
    /// 128-bit arithmetic.
    WideArithmetic "wide-arithmetic";
    /// Continuations.
    StackSwitching "stack-switching";
    /// Sharing of everything between threads.
    SharedEverythingThreads "shared-everything-threads";
    /// Descriptors of types.
    CustomDescriptors "custom-descriptors";
    /// Shorter import sections.
    CompactImports "compact-imports";
}

impl Proposal {
    /// Whether an engine with these settings has it.
    pub fn enabled(self, proposals: &Proposals) -> bool {
        self.switch()
            .map_or(self.standard(), |switch| switch.enabled(proposals))
    }

    /// Returns the field of [`Proposals`] that it depends on; `None` when it is always on or never.
    pub const fn switch(self) -> Option<ProposalSwitch> {
        match self {
            Self::Simd => Some(ProposalSwitch::Simd),
            Self::BulkMemory => Some(ProposalSwitch::BulkMemory),
            Self::ReferenceTypes => Some(ProposalSwitch::ReferenceTypes),
            Self::TailCall => Some(ProposalSwitch::TailCall),
            Self::Threads => Some(ProposalSwitch::Threads),
            Self::Memory64 => Some(ProposalSwitch::Memory64),
            Self::MultiMemory => Some(ProposalSwitch::MultiMemory),
            Self::Gc | Self::FunctionReferences => Some(ProposalSwitch::Gc),
            Self::Exceptions => Some(ProposalSwitch::Exceptions),
            _ => None,
        }
    }

    /// Whether it is on whatever the settings.
    pub const fn standard(self) -> bool {
        matches!(
            self,
            Self::MultiValue | Self::SignExtension | Self::SaturatingFloatToInt
        )
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

macro_rules! switches {
    ($($(#[$doc:meta])* $variant:ident $field:ident $name:literal;)*) => {
        /// A field of [`Proposals`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProposalSwitch {
            $($(#[$doc])* $variant,)*
        }

        impl ProposalSwitch {
            /// Every switch.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the name a user writes.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whether it is on in `proposals`.
            pub const fn enabled(self, proposals: &Proposals) -> bool {
                match self { $(Self::$variant => proposals.$field,)* }
            }

            /// Turns it on or off in `proposals`.
            pub const fn set(self, proposals: &mut Proposals, on: bool) {
                match self { $(Self::$variant => proposals.$field = on,)* }
            }
        }
    };
}

switches! {
    /// [`Proposals::simd`].
    Simd simd "simd";
    /// [`Proposals::bulk_memory`].
    BulkMemory bulk_memory "bulk-memory";
    /// [`Proposals::reference_types`].
    ReferenceTypes reference_types "reference-types";
    /// [`Proposals::tail_call`].
    TailCall tail_call "tail-call";
    /// [`Proposals::threads`].
    Threads threads "threads";
    /// [`Proposals::memory64`].
    Memory64 memory64 "memory64";
    /// [`Proposals::multi_memory`].
    MultiMemory multi_memory "multi-memory";
    /// [`Proposals::gc`].
    Gc gc "gc";
    /// [`Proposals::exceptions`].
    Exceptions exceptions "exceptions";
}

impl std::str::FromStr for ProposalSwitch {
    type Err = UnknownProposal;

    fn from_str(text: &str) -> Result<Self, UnknownProposal> {
        // The capability of the same meaning has this name.
        let text = if text == "exception-handling" {
            "exceptions"
        } else {
            text
        };
        let found = Self::ALL.iter().find(|switch| switch.name() == text);
        found.copied().ok_or_else(|| UnknownProposal {
            name: text.to_owned(),
        })
    }
}

/// A name that no [`ProposalSwitch`] has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` is not a proposal that can be turned on or off; there are {}",
    names()
)]
pub struct UnknownProposal {
    /// What was given.
    pub name: String,
}

fn names() -> String {
    let names = ProposalSwitch::ALL
        .iter()
        .map(|switch| format!("`{}`", switch.name()));
    names.collect::<Vec<_>>().join(", ")
}

/// A set of proposals, with the offset where each was met first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Used {
    bits: u32,
    first: Vec<(Proposal, usize)>,
}

impl Used {
    #[inline]
    pub(crate) fn note(&mut self, proposal: Proposal, offset: usize) {
        if self.bits & proposal.bit() == 0 {
            self.bits |= proposal.bit();
            self.first.push((proposal, offset));
        }
    }

    /// The proposals in the order they were met.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Proposal, usize)> {
        self.first.iter().copied()
    }
}

macro_rules! proposal_of_operator {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// The proposal an instruction belongs to; `None` for the first version of WebAssembly.
        pub(crate) fn proposal_of(operator: &Operator<'_>) -> Option<Proposal> {
            match operator {
                $(Operator::$op { .. } => proposal_of_operator!(name $proposal),)*
                // The enumeration may grow; what is not known here does not pass validation either.
                _ => None,
            }
        }
    };
    (name mvp) => { None };
    (name sign_extension) => { Some(Proposal::SignExtension) };
    (name saturating_float_to_int) => { Some(Proposal::SaturatingFloatToInt) };
    (name bulk_memory) => { Some(Proposal::BulkMemory) };
    (name reference_types) => { Some(Proposal::ReferenceTypes) };
    (name simd) => { Some(Proposal::Simd) };
    (name tail_call) => { Some(Proposal::TailCall) };
    (name relaxed_simd) => { Some(Proposal::RelaxedSimd) };
    (name threads) => { Some(Proposal::Threads) };
    (name gc) => { Some(Proposal::Gc) };
    (name function_references) => { Some(Proposal::FunctionReferences) };
    (name exceptions) => { Some(Proposal::Exceptions) };
    (name legacy_exceptions) => { Some(Proposal::LegacyExceptions) };
    (name memory_control) => { Some(Proposal::MemoryControl) };
    (name wide_arithmetic) => { Some(Proposal::WideArithmetic) };
    (name stack_switching) => { Some(Proposal::StackSwitching) };
    (name shared_everything_threads) => { Some(Proposal::SharedEverythingThreads) };
    (name custom_descriptors) => { Some(Proposal::CustomDescriptors) };
}

wasmparser::for_each_operator!(proposal_of_operator);
