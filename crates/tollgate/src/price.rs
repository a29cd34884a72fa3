//! What an execution costs: usage times a price list, in whole micro-dollars.
//!
//! Money is an integer, and every part is rounded up once at the end, so that the same usage costs the same everywhere and
//! a sum of receipts is exact. Time is charged as wall time: it is what a place in the machine was held for.

use std::fmt;

use serde::{Deserialize, Serialize};
use tollgate_sandbox::Usage;
use tollgate_state::money::Dollars;

/// An amount of money in micro-dollars (1,000,000 are one US dollar).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Cost {
    micro_usd: u64,
}

impl Cost {
    /// Nothing.
    pub const ZERO: Self = Self { micro_usd: 0 };

    /// Returns the amount of `micro_usd` micro-dollars.
    pub const fn from_micro_usd(micro_usd: u64) -> Self {
        Self { micro_usd }
    }

    /// Returns the amount in micro-dollars.
    pub const fn micro_usd(self) -> u64 {
        self.micro_usd
    }

    /// Returns the sum, at most the largest amount there is.
    pub const fn saturating_add(self, other: Self) -> Self {
        Self {
            micro_usd: self.micro_usd.saturating_add(other.micro_usd),
        }
    }
}

impl fmt::Display for Cost {
    /// Dollars with the digits that are needed, at least cents: `$0.01`, `$0.010123`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micro_usd = self.micro_usd;
        Dollars { micro_usd }.fmt(f)
    }
}

/// Prices per unit of usage.
///
/// # Example
/// ```
/// use tollgate::{Cost, Limits, PriceList};
/// use std::time::Duration;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let prices = PriceList { giga_gas: Cost::from_micro_usd(2_000), ..PriceList::standard() };
/// let limits = Limits { gas: 1_000_000_000, wall: Duration::from_secs(30), ..Limits::standard() };
/// // The most that a run with these limits can cost.
/// assert!(prices.estimate(&limits).micro_usd() >= 32_000);
/// assert_eq!(PriceList::free().estimate(&limits), Cost::ZERO);
/// assert_eq!(Cost::from_micro_usd(10_123).to_string(), "$0.010123");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceList {
    /// A second of wall time. Standard: $0.001.
    pub second: Cost,
    /// A megabyte (1,000,000 bytes) of peak memory. Standard: $0.0001.
    pub megabyte: Cost,
    /// A thousand million units of gas. Standard: nothing, since time is charged.
    pub giga_gas: Cost,
    /// The least an execution costs. Standard: one cent.
    pub minimum: Cost,
}

impl PriceList {
    /// Returns the standard prices: $0.001 a second, $0.0001 a megabyte, at least one cent.
    pub const fn standard() -> Self {
        Self {
            second: Cost::from_micro_usd(1_000),
            megabyte: Cost::from_micro_usd(100),
            giga_gas: Cost::ZERO,
            minimum: Cost::from_micro_usd(10_000),
        }
    }

    /// Returns a list on which everything is free.
    pub const fn free() -> Self {
        Self {
            second: Cost::ZERO,
            megabyte: Cost::ZERO,
            giga_gas: Cost::ZERO,
            minimum: Cost::ZERO,
        }
    }

    /// Returns what `usage` costs: what was metered, and at least the minimum.
    pub fn price(&self, usage: &Usage) -> Cost {
        self.metered(usage).max(self.minimum)
    }

    /// Returns what `usage` comes to, whatever the minimum.
    pub fn metered(&self, usage: &Usage) -> Cost {
        let parts = [
            part(usage.wall.as_nanos(), self.second, 1_000_000_000),
            part(usage.memory_bytes_peak.into(), self.megabyte, 1_000_000),
            part(usage.gas.into(), self.giga_gas, 1_000_000_000),
        ];
        // Parts are in millionths of a micro-dollar: rounding each of them up would charge three times for one.
        let sum = parts
            .into_iter()
            .fold(0u128, u128::saturating_add)
            .div_ceil(FRACTIONS);
        Cost::from_micro_usd(u64::try_from(sum).unwrap_or(u64::MAX))
    }

    /// Returns the most an execution can cost that stays within `limits`: what has to be reserved before it starts.
    pub fn estimate(&self, limits: &tollgate_sandbox::Limits) -> Cost {
        self.price(&Usage {
            gas: limits.gas,
            wall: limits.wall,
            memory_bytes_peak: limits.memory_bytes,
            ..Usage::default()
        })
    }
}

/// Fractions of a micro-dollar that a sum is kept in.
const FRACTIONS: u128 = 1_000_000;

fn part(amount: u128, price: Cost, unit: u128) -> u128 {
    amount
        .saturating_mul(price.micro_usd().into())
        .saturating_mul(FRACTIONS)
        .div_ceil(unit)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn usage(wall: Duration, memory_bytes_peak: u64) -> Usage {
        Usage {
            wall,
            memory_bytes_peak,
            ..Usage::default()
        }
    }

    #[test]
    fn a_short_execution_costs_one_cent() {
        let cost = PriceList::standard().price(&usage(Duration::from_millis(3), 1 << 20));
        assert_eq!(cost.to_string(), "$0.01");
        // 3 ms are 3 micro-dollars, a MiB is 104.9.
        let metered = PriceList::standard().metered(&usage(Duration::from_millis(3), 1 << 20));
        assert_eq!(metered.micro_usd(), 108);
    }

    #[test]
    fn time_and_memory_add_up() {
        // 60 s are 6 cents, 200 MB are 2 cents.
        let cost = PriceList::standard().price(&usage(Duration::from_secs(60), 200_000_000));
        assert_eq!(cost.micro_usd(), 60_000 + 20_000);
    }

    #[test]
    fn a_fraction_of_a_micro_dollar_is_rounded_up_once() {
        let cost = PriceList::standard().price(&usage(Duration::new(60, 1), 1));
        assert_eq!(cost.micro_usd(), 60_001);
    }

    #[test]
    fn gas_is_charged_when_it_has_a_price() {
        let list = PriceList {
            giga_gas: Cost::from_micro_usd(50_000),
            ..PriceList::standard()
        };
        let usage = Usage {
            gas: 2_000_000_000,
            ..Usage::default()
        };
        assert_eq!(list.price(&usage).to_string(), "$0.10");
    }

    #[test]
    fn the_largest_usage_does_not_overflow() {
        let list = PriceList {
            second: Cost::from_micro_usd(u64::MAX),
            ..PriceList::standard()
        };
        assert_eq!(
            list.price(&usage(Duration::MAX, u64::MAX)).micro_usd(),
            u64::MAX
        );
    }

    #[test]
    fn an_estimate_is_never_below_what_the_limits_allow() {
        let limits = tollgate_sandbox::Limits::standard();
        let most = Usage {
            gas: limits.gas,
            wall: limits.wall,
            memory_bytes_peak: limits.memory_bytes,
            ..Usage::default()
        };
        assert_eq!(
            PriceList::standard().estimate(&limits),
            PriceList::standard().price(&most)
        );
    }
}
