//! The ledger: what runs cost, in double entry.
//!
//! Every amount is in whole micro-dollars and moves from one account of a tenant to another one, so the accounts of a tenant
//! add up to nothing at any time. A transfer is never changed, and there is at most one of an id. A *reservation* is a
//! transfer that waits. It ends once: it is posted whole, or in part with the rest given back, or voided, or it expires, and
//! from its last moment on it can do nothing but expire. A tenant with a budget reserves no more than it has left; one
//! without spends as it likes and is told what.

use crate::error::{StateError, invalid};
use crate::limits::{
    LEDGER_ID_BYTES_MAX, MONEY_MICRO_USD_MAX, RAISED_BY_OPERATOR_MICRO_USD_MAX,
    RAISED_MICRO_USD_MAX,
};
use crate::money::Dollars;
use crate::names::shown;

/// What a tenant may spend in all, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The most it may spend, micro-dollars. `None`: there is no bound.
    pub limit: Option<u64>,
    /// The most that its own admins may set, micro-dollars. `None`: whatever they like.
    pub ceiling: Option<u64>,
    /// What its runs have cost, micro-dollars.
    pub spent: u64,
    /// What runs under way can cost, micro-dollars.
    pub reserved: u64,
}

impl Budget {
    /// What can be reserved now, micro-dollars. `None`: there is no bound.
    #[must_use]
    pub fn left(&self) -> Option<u64> {
        let taken = self.spent.saturating_add(self.reserved);
        self.limit.map(|limit| limit.saturating_sub(taken))
    }
}

/// Who sets a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    /// The operator, who has the database. What they set is also the most that the tenant may set.
    Operator,
    /// The tenant, up to its ceiling.
    Tenant,
}

impl SetBy {
    /// What a budget has risen by in all when they have raised it, and no more: micro-dollars.
    pub(crate) const fn raised_max(self) -> u64 {
        match self {
            Self::Tenant => RAISED_MICRO_USD_MAX,
            Self::Operator => RAISED_BY_OPERATOR_MICRO_USD_MAX,
        }
    }
}

/// A budget to set.
#[derive(Debug, Clone, Copy)]
pub struct NewBudget<'a> {
    /// The id of the transfer, of the caller's making.
    pub id: &'a str,
    /// The most that may be spent in all, micro-dollars. `None`: no bound.
    pub limit: Option<u64>,
    /// Who sets it.
    pub by: SetBy,
}

impl NewBudget<'_> {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        check_id(self.id)?;
        self.limit.map_or(Ok(()), check_amount)
    }

    /// The ceiling that is in force with this budget, or why it is above that.
    pub(crate) fn under(&self, ceiling: Option<u64>) -> Result<Option<u64>, StateError> {
        match self.by {
            SetBy::Operator => Ok(self.limit),
            SetBy::Tenant => match ceiling {
                Some(most) if self.limit.is_none_or(|limit| limit > most) => {
                    Err(StateError::AboveCeiling { most })
                }
                ceiling => Ok(ceiling),
            },
        }
    }
}

/// Money to take out of a budget for work to come.
#[derive(Debug, Clone, Copy)]
pub struct Reserve<'a> {
    /// Its id, of the caller's making.
    pub id: &'a str,
    /// The most the work can cost, micro-dollars.
    pub amount: u64,
    /// From when on it can do nothing but expire, nanoseconds since 1970.
    pub expires_at: i64,
}

impl Reserve<'_> {
    pub(crate) fn check(&self, now: i64) -> Result<(), StateError> {
        check_id(self.id)?;
        check_amount(self.amount)?;
        if self.expires_at <= now {
            let rule = "it ends after it begins";
            return Err(invalid("reservation", shown(self.id), rule));
        }
        Ok(())
    }
}

fn check_id(id: &str) -> Result<(), StateError> {
    if (1..=LEDGER_ID_BYTES_MAX).contains(&id.len()) {
        return Ok(());
    }
    let rule = format!("it has 1 to {LEDGER_ID_BYTES_MAX} bytes");
    Err(invalid("id of a transfer", shown(id), rule))
}

pub(crate) fn check_amount(amount: u64) -> Result<(), StateError> {
    if amount <= MONEY_MICRO_USD_MAX {
        return Ok(());
    }
    let most = Dollars {
        micro_usd: MONEY_MICRO_USD_MAX,
    };
    let amount = format!("{amount} micro-dollars");
    Err(invalid(
        "amount of money",
        amount,
        format!("it is at most {most}"),
    ))
}

/// How a reservation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// The work cost this, micro-dollars; the rest is free again.
    Posted(u64),
    /// There was no work, or it cost nothing.
    Voided,
    /// Nobody ended it in time.
    Expired,
}

impl Resolution {
    /// What is charged, micro-dollars.
    #[must_use]
    pub fn charged(self) -> u64 {
        match self {
            Self::Posted(amount) => amount,
            Self::Voided | Self::Expired => 0,
        }
    }
}

/// Whether a reservation ended now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// It ended as was asked.
    Now,
    /// It had ended before, or its time was over: so.
    Otherwise(Resolution),
}

/// What a transfer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Movement {
    /// It moved at once.
    Moved,
    /// It waits to be ended, until then.
    Reserved {
        /// Nanoseconds since 1970.
        expires_at: i64,
    },
    /// It ended a reservation.
    Ended(Resolution),
}

/// An account of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// Where budgets come from.
    Source,
    /// What the tenant may spend.
    Budget,
    /// What its runs cost.
    Sales,
}

impl Account {
    /// Every account, each at its number.
    pub(crate) const ALL: [Self; 3] = [Self::Source, Self::Budget, Self::Sales];

    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Source => 0,
            Self::Budget => 1,
            Self::Sales => 2,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Budget => "budget",
            Self::Sales => "sales",
        }
    }
}

/// A transfer that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferEntry {
    /// Its place among all transfers; lists go by it.
    pub seq: i64,
    /// Its id; of the end of a reservation, that of the reservation.
    pub id: String,
    /// What it is.
    pub movement: Movement,
    /// The account that gave it.
    pub debit: Account,
    /// The account that got it.
    pub credit: Account,
    /// What moved, or is reserved, micro-dollars.
    pub amount: u64,
    /// When, nanoseconds since 1970.
    pub at: i64,
}

/// What is found when a ledger is computed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerVerdict {
    /// The transfers come to what the accounts say, and the runs to what was charged.
    Whole {
        /// How many transfers there are.
        transfers: u64,
        /// What the runs cost, micro-dollars.
        spent: u64,
        /// What is reserved, micro-dollars.
        reserved: u64,
    },
    /// They do not.
    Broken {
        /// The first difference.
        why: String,
    },
}
