//! The bodies about money. All amounts are whole millionths of a US dollar.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a tenant may spend in all, and what became of it. All amounts are millionths of a US dollar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Budget {
    /// The most its runs may cost; `null`: there is no bound.
    pub limit_micro_usd: Option<u64>,
    /// The most that the tenant may set; `null`: whatever it likes.
    pub ceiling_micro_usd: Option<u64>,
    /// What its runs have cost.
    pub spent_micro_usd: u64,
    /// What runs under way can cost.
    pub reserved_micro_usd: u64,
    /// What is left; `null`: there is no bound.
    pub left_micro_usd: Option<u64>,
}

/// Sets what the tenant may spend in all.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetBudget {
    /// The most its runs may cost, what they have cost so far included, millionths of a US dollar; `null`: there is no bound.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    pub limit_micro_usd: Option<u64>,
}

/// What a movement of money is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// The budget was set.
    Moved,
    /// The most that a run can cost was reserved.
    Reserved,
    /// A run was charged; what was reserved beyond that is free again.
    Posted,
    /// A run was not charged.
    Voided,
    /// The end of a run never came.
    Expired,
}

/// A movement of money between two accounts of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transfer {
    /// Its number, from 1 over all tenants.
    pub seq: i64,
    /// What it is for: the id of a run, or its own.
    pub id: String,
    /// What it is.
    pub kind: TransferKind,
    /// The account that gave: `source`, `budget`.
    pub debit: String,
    /// The account that got: `budget`, `source`, `sales`.
    pub credit: String,
    /// How much, millionths of a US dollar.
    pub amount_micro_usd: u64,
    /// When.
    pub at: String,
}

/// Movements of money, the first first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transfers {
    /// One page of them.
    pub transfers: Vec<Transfer>,
    /// `page=` for the next page; left out on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page: Option<String>,
}

/// What the ledger of the tenant comes to when it is computed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LedgerVerification {
    /// Whether the movements come to what the accounts say, and the costs of all runs to what was charged.
    pub whole: bool,
    /// How many movements there are, if it is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfers: Option<u64>,
    /// What the runs cost, if it is whole, millionths of a US dollar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent_micro_usd: Option<u64>,
    /// The first difference, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What units of usage cost. All amounts are millionths of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Prices {
    /// A second of wall time.
    pub second_micro_usd: u64,
    /// A megabyte (1,000,000 bytes) of peak memory.
    pub megabyte_micro_usd: u64,
    /// A thousand million units of gas.
    pub giga_gas_micro_usd: u64,
    /// The least that a run costs.
    pub minimum_micro_usd: u64,
}

/// Prices that the operator has set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PriceList {
    /// The module they are for; left out: each one that has none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The prices.
    pub prices: Prices,
    /// When they were set.
    pub set_at: String,
}

/// What runs of the tenant cost from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PriceLists {
    /// What holds where nothing was set.
    pub standard: Prices,
    /// What was set: for the tenant first, then for its modules by name.
    pub lists: Vec<PriceList>,
}

/// What a run would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quote {
    /// The module's name.
    pub module: String,
    /// Its version.
    pub version: String,
    /// The least that it costs when it runs.
    pub least_micro_usd: u64,
    /// The most that it can cost by its limits, which would be reserved.
    pub most_micro_usd: u64,
    /// What its usage costs.
    pub prices: Prices,
}

/// What a line of a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatementBy {
    /// A module.
    Module,
    /// A version of a module.
    Version,
    /// The key that asked for the runs.
    Key,
}

impl StatementBy {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Module, Self::Version, Self::Key];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Version => "version",
            Self::Key => "key",
        }
    }
}

/// What the runs of a month were charged. What a run cost belongs to the month, by UTC, in which it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Statement {
    /// The month, like `2026-11`.
    pub month: String,
    /// Its first moment.
    pub from: String,
    /// The first moment after it.
    pub until: String,
    /// What a line is about.
    pub by: StatementBy,
    /// The dearest first, at most 1,000.
    pub lines: Vec<StatementLine>,
    /// What no line has, because there are more than fit.
    pub others: Charged,
    /// All of it, as the ledger has it.
    pub all: Charged,
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatementLine {
    /// `NAME`, `NAME@VERSION`, or the prefix of a key.
    pub of: String,
    /// What people call the key, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many runs were charged.
    pub runs: u64,
    /// How much in all.
    pub charged_micro_usd: u64,
}

/// Runs that were charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Charged {
    /// How many.
    pub runs: u64,
    /// How much in all.
    pub charged_micro_usd: u64,
}
