//! Amounts of gas, and what an operation costs in gas. [`cost`](crate::ir::cost) says what a whole expression costs.
//!
//! **Limits.** The total over all layers has a limit, and so has each layer. INVARIANT: this table has a version, and its
//! hash is part of every program hash: changing a number here changes what old programs cost, so it changes the version.

/// Version of the table below.
pub(crate) const TABLE_VERSION: u32 = 2;

/// Gas a program may use when it does not say, in gas over all layers.
pub(crate) const GAS_LIMIT_DEFAULT: u64 = 10_000;
/// Gas a program may ask for at most.
pub(crate) const GAS_LIMIT_MAX: u64 = 100_000;

/// Arithmetic, comparison, logic.
pub(crate) const OPERATION: u64 = 1;
/// Reading a variable or a field.
pub(crate) const VARIABLE: u64 = 2;
/// Calling a user function.
pub(crate) const CALL: u64 = 10;
/// Resolving a did document, a delegation, a session list.
pub const DID_RESOLUTION: u64 = 50;
/// Verifying a credential.
pub const CREDENTIAL_VERIFICATION: u64 = 100;
/// Looking up a trust vector.
pub const TRUST_LOOKUP: u64 = 30;
/// Validating against a blueprint.
pub(crate) const BLUEPRINT_VALIDATION: u64 = 200;
/// Looking up a rule set's index.
pub(crate) const INDEX_LOOKUP: u64 = 3;
/// Halving the intervals of an index that has any, and one per [`BYTES_PER_GAS`] bytes of its longest text.
pub(crate) const INDEX_STEP: u64 = 1;
/// Bytes of string work for one gas.
pub const BYTES_PER_GAS: u64 = 32;
/// Bytes of a glob that is data which are one gas for each [`BYTES_PER_GAS`] bytes of the text: places that move together.
pub(crate) const GLOB_BYTES_PER_GAS: u64 = 64;
/// List work, per element.
pub(crate) const ELEMENT: u64 = 1;
/// An effect, plus one per [`BYTES_PER_GAS`] bytes of its values.
pub const EFFECT: u64 = 20;
/// Crossing from one realm to another.
pub(crate) const REALM_CROSSING: u64 = 50;

/// Where gas is spent.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Answers that come over a network.
    Network,
    /// Work of the processor.
    Compute,
    /// What is written.
    Storage,
    /// Crossing between realms.
    Realm,
}

/// An amount of gas in layers. As a limit, each number bounds its layer and `GasLimits::total` the sum.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub struct Gas {
    /// Gas of the network layer.
    pub network: u64,
    /// Gas of the compute layer.
    pub compute: u64,
    /// Gas of the storage layer.
    pub storage: u64,
    /// Gas of the realm layer.
    pub realm: u64,
}

impl Gas {
    /// No gas.
    pub const ZERO: Self = Self {
        network: 0,
        compute: 0,
        storage: 0,
        realm: 0,
    };

    /// So much in the compute layer.
    #[must_use]
    pub const fn compute(amount: u64) -> Self {
        Self {
            compute: amount,
            ..Self::ZERO
        }
    }

    /// So much in one layer.
    #[must_use]
    pub const fn in_layer(layer: Layer, amount: u64) -> Self {
        let mut gas = Self::ZERO;
        match layer {
            Layer::Network => gas.network = amount,
            Layer::Compute => gas.compute = amount,
            Layer::Storage => gas.storage = amount,
            Layer::Realm => gas.realm = amount,
        }
        gas
    }

    /// The sum over the layers.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.network
            .saturating_add(self.compute)
            .saturating_add(self.storage)
            .saturating_add(self.realm)
    }

    /// Layer by layer.
    #[must_use]
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            network: self.network.saturating_add(other.network),
            compute: self.compute.saturating_add(other.compute),
            storage: self.storage.saturating_add(other.storage),
            realm: self.realm.saturating_add(other.realm),
        }
    }

    /// Multiplies each layer by a number.
    #[must_use]
    pub const fn times(&self, n: u64) -> Self {
        Self {
            network: self.network.saturating_mul(n),
            compute: self.compute.saturating_mul(n),
            storage: self.storage.saturating_mul(n),
            realm: self.realm.saturating_mul(n),
        }
    }

    /// The larger number of each layer.
    #[must_use]
    pub const fn max(&self, other: &Self) -> Self {
        const fn larger(a: u64, b: u64) -> u64 {
            if a > b { a } else { b }
        }
        Self {
            network: larger(self.network, other.network),
            compute: larger(self.compute, other.compute),
            storage: larger(self.storage, other.storage),
            realm: larger(self.realm, other.realm),
        }
    }
}

/// The limits of one evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct GasLimits {
    /// Gas over all layers.
    pub total: u64,
    /// Gas of each layer by itself.
    pub layers: Gas,
}

impl GasLimits {
    /// The total, and nothing more on any layer.
    #[must_use]
    pub const fn total(total: u64) -> Self {
        Self {
            total,
            layers: Gas {
                network: total,
                compute: total,
                storage: total,
                realm: total,
            },
        }
    }
}

/// Returns the gas for work on a text, by its bytes.
#[must_use]
pub const fn text(bytes: u64) -> u64 {
    bytes / BYTES_PER_GAS
}

/// Returns the gas for matching a text against a glob that is data, by the bytes of both.
#[must_use]
pub const fn glob(text_bytes: u64, glob_bytes: u64) -> u64 {
    (text(text_bytes) + 1) * (glob_bytes / GLOB_BYTES_PER_GAS + 1)
}
