//! The limits a module is held to before it is compiled, and the error that names one.

use std::fmt;

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
    /// Bytes of one function body.
    BodyBytes body_bytes MODULE_BODY_BYTES "bytes in one function";
    /// Locals of one function.
    Locals locals MODULE_LOCALS "locals in one function";
    /// Parameters and results of one signature together.
    SignatureValues signature_values MODULE_SIGNATURE_VALUES "parameters and results in one signature";
    /// Parameters and results over all functions.
    SignaturesTotal signatures_total MODULE_SIGNATURES_TOTAL "parameters and results over all functions";
    /// Blocks inside one another.
    Nesting nesting MODULE_NESTING "blocks inside one another";
    /// Targets of one branch table.
    BranchTargets branch_targets MODULE_BRANCH_TARGETS "targets in one branch table";
    /// Imports.
    Imports imports MODULE_IMPORTS "imports";
    /// Exports.
    Exports exports MODULE_EXPORTS "exports";
    /// Data segments.
    DataSegments data_segments MODULE_DATA_SEGMENTS "data segments";
    /// Element segments.
    ElementSegments element_segments MODULE_ELEMENT_SEGMENTS "element segments";
    /// Memories.
    Memories memories MODULE_MEMORIES "memories";
    /// Tables.
    Tables tables MODULE_TABLES "tables";
    /// Elements all tables start with.
    TableElements table_elements MODULE_TABLE_ELEMENTS "table elements";
    /// Globals.
    Globals globals MODULE_GLOBALS "globals";
    /// Types.
    Types types MODULE_TYPES "types";
    /// Bytes of custom sections.
    CustomBytes custom_bytes MODULE_CUSTOM_BYTES "bytes of custom sections";
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

/// A module is larger than a limit allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error(
    "the module has {found} {}, the limit `{limit}` is {maximum} ({place}); split or simplify the module, or raise \
     `{limit}` if you trust it",
    .limit.unit()
)]
pub struct ModuleLimitExceeded {
    /// Which limit.
    pub limit: ModuleLimit,
    /// Its value.
    pub maximum: u64,
    /// What the module has, as far as it was read.
    pub found: u64,
    /// Where.
    pub place: Place,
}
