//! Money as people read and type it: dollars, exactly.

use std::fmt;
use std::str::FromStr;

use crate::error::{StateError, invalid};
use crate::limits::MONEY_MICRO_USD_MAX;
use crate::names::shown;

/// Micro-dollars in a dollar.
const DOLLAR: u64 = 1_000_000;

/// An amount in whole micro-dollars, which is written as dollars: `$0.01`, `$0.010123`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dollars {
    /// The amount, micro-dollars.
    pub micro_usd: u64,
}

impl fmt::Display for Dollars {
    /// The digits that are needed, at least cents.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dollars, micro) = (self.micro_usd / DOLLAR, self.micro_usd % DOLLAR);
        if micro % 10_000 == 0 {
            write!(f, "${dollars}.{:02}", micro / 10_000)
        } else {
            write!(f, "${dollars}.{micro:06}")
        }
    }
}

impl FromStr for Dollars {
    type Err = StateError;

    /// Reads `12`, `$12`, `0.50` or `0.010123`. What is less than a micro-dollar is refused, and never rounded.
    fn from_str(text: &str) -> Result<Self, StateError> {
        read(text)
            .filter(|micro_usd| *micro_usd <= MONEY_MICRO_USD_MAX)
            .map(|micro_usd| Self { micro_usd })
            .ok_or_else(|| {
                let most = Self {
                    micro_usd: MONEY_MICRO_USD_MAX,
                };
                let rule = format!(
                    "write dollars with at most six decimals, such as `10` or `0.50`, up to {most}"
                );
                invalid("amount of money", shown(text), rule)
            })
    }
}

fn read(text: &str) -> Option<u64> {
    let number = text.strip_prefix('$').unwrap_or(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 6 {
        return None;
    }
    let micro: u64 = format!("{fraction:0<6}").parse().ok()?;
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(DOLLAR)?
        .checked_add(micro)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_as_it_is_written() {
        for (text, micro_usd) in [
            ("$0.00", 0),
            ("$0.01", 10_000),
            ("$0.010123", 10_123),
            ("$12.50", 12_500_000),
            ("$1000000000.00", MONEY_MICRO_USD_MAX),
        ] {
            let amount: Dollars = text.parse().unwrap();
            assert_eq!(
                (amount.micro_usd, amount.to_string().as_str()),
                (micro_usd, text)
            );
        }
        let typed = ["10", "$10", "10.0", "10.000000"].map(|text| text.parse::<Dollars>().unwrap());
        assert!(typed.iter().all(|amount| amount.micro_usd == 10_000_000));
    }

    #[test]
    fn what_is_no_exact_amount_is_refused() {
        for bad in [
            "",
            "$",
            "-1",
            "+1",
            "1.",
            ".5",
            "1.0000001",
            "1e3",
            "1,5",
            " 1",
            "1_0",
            "$$1",
            "1000000000.01",
            "99999999999999999999",
        ] {
            let error = bad.parse::<Dollars>().unwrap_err();
            assert!(
                matches!(error, StateError::Invalid { .. }),
                "{bad}: {error}"
            );
        }
    }
}
