//! The limits a module is held to before it is compiled, and the error that names one.
//!
//! What compiling takes is bounded where it is done: by the memory, the CPU time and the wall time of the worker. What is
//! limited here is what a compiled module costs the process that *runs* it: tables of functions, imports, exports and types
//! that are read when code is loaded and that each instance has a part of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits;

use super::Place;

macro_rules! module_limits {
    ($($(#[$doc:meta])* $variant:ident $field:ident $default:ident $unit:literal;)*) => {
        /// How large the parts of a module may be. Checked before anything is compiled.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct ModuleLimits {
            $($(#[$doc])* #[doc = concat!("\n\nDefault [`limits::", stringify!($default), "`].")] pub $field: u64,)*
        }

        impl Default for ModuleLimits {
            fn default() -> Self {
                Self { $($field: limits::$default,)* }
            }
        }

        /// The name of a limit of [`ModuleLimits`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum ModuleLimit {
            $($(#[$doc])* $variant,)*
        }

        impl ModuleLimit {
            /// Every limit.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the name: that of the field in [`ModuleLimits`].
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($field),)* }
            }

            /// Returns what is counted.
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$variant => $unit,)* }
            }

            /// Returns the value that `limits` gives it.
            pub const fn value(self, limits: &ModuleLimits) -> u64 {
                match self { $(Self::$variant => limits.$field,)* }
            }

            /// Sets its value in `limits`.
            pub const fn set(self, limits: &mut ModuleLimits, value: u64) {
                match self { $(Self::$variant => limits.$field = value,)* }
            }
        }
    };
}

module_limits! {
    /// Functions, those of all core modules of the file together.
    Functions functions MODULE_FUNCTIONS "functions";
    /// Imports.
    Imports imports MODULE_IMPORTS "imports";
    /// Exports.
    Exports exports MODULE_EXPORTS "exports";
    /// Globals.
    Globals globals MODULE_GLOBALS "globals";
    /// Types.
    Types types MODULE_TYPES "types";
    /// Depth of components and modules inside one another.
    ComponentNesting component_nesting COMPONENT_NESTING "components inside one another";
    /// Modules and components inside a component.
    ComponentModules component_modules COMPONENT_MODULES "modules and components inside";
    /// Instances, aliases and canonical functions of a component.
    ComponentItems component_items COMPONENT_ITEMS "instances, aliases and canonical functions";
}

impl fmt::Display for ModuleLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No limit of modules has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no limit `{name}`; there are {}", names())]
pub struct UnknownModuleLimit {
    name: String,
}

fn names() -> String {
    let names: Vec<_> = ModuleLimit::ALL.iter().map(|limit| limit.name()).collect();
    names.join(", ")
}

impl FromStr for ModuleLimit {
    type Err = UnknownModuleLimit;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|limit| limit.name() == name);
        found.copied().ok_or_else(|| UnknownModuleLimit {
            name: super::shortened(name),
        })
    }
}

/// A module is larger than a limit allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error(
    "the module has {found} {}, the limit `{limit}` is {maximum} ({place}); split or simplify the module, or raise \
     the limit to that if you trust it",
    .limit.unit()
)]
pub struct ModuleLimitExceeded {
    /// Which limit.
    pub limit: ModuleLimit,
    /// Its value, in its [unit](ModuleLimit::unit).
    pub maximum: u64,
    /// What the module has, in the same unit.
    pub found: u64,
    /// Where it has one more than allowed.
    pub place: Place,
}
