//! Prices that the operator of a server sets: for one module of a tenant, or for all that have none of their own.

use crate::error::StateError;
use crate::ledger::check_amount;
use crate::names::check_name;

/// What units of usage cost, micro-dollars, each at most [`MONEY_MICRO_USD_MAX`](crate::limits::MONEY_MICRO_USD_MAX).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    /// A second of wall time.
    pub second: u64,
    /// A megabyte (1,000,000 bytes) of peak memory.
    pub megabyte: u64,
    /// A thousand million units of gas.
    pub giga_gas: u64,
    /// The least that a run costs.
    pub minimum: u64,
}

impl Prices {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        let Self {
            second,
            megabyte,
            giga_gas,
            minimum,
        } = *self;
        [second, megabyte, giga_gas, minimum]
            .into_iter()
            .try_for_each(check_amount)
    }
}

/// What prices are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PricesOf<'a> {
    /// Each module of the tenant that has no prices of its own.
    Tenant,
    /// The module of this name, whether it is there already or not.
    Module(&'a str),
}

impl<'a> PricesOf<'a> {
    /// The name of the module in the table.
    pub(crate) fn kept(self) -> Result<&'a str, StateError> {
        match self {
            Self::Tenant => Ok(""),
            Self::Module(name) => check_name("module", name).map(|()| name),
        }
    }
}

/// Prices that were set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceEntry {
    /// The module; `None`: each one that has none of its own.
    pub module: Option<String>,
    /// The prices.
    pub prices: Prices,
    /// When they were set, nanoseconds since 1970.
    pub set_at: i64,
}
