//! Scalars of an input, each from the JSON text that stands for it.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::{InputError, quote};
use crate::data::decimal::{self, DecimalError};
use crate::data::identifier;
use crate::data::instant;
use crate::data::net::{Cidr, Ip, NetError};
use crate::data::types::{Currency, DID_BYTES_MAX, Dimension, PATTERN_BYTES_MAX};
use crate::data::unit::{self, UnitError};

/// The JSON of a scalar.
pub(super) enum Raw<'a> {
    /// The digits of a number.
    Number(&'a str),
    /// A string, unescaped.
    Text(String),
    /// An object, as text.
    Object(&'a str),
    /// Anything else, as errors name it.
    Other(&'static str),
}

impl<'a> Raw<'a> {
    pub(super) fn new(raw: &'a RawValue) -> Self {
        let text = raw.get();
        match text.bytes().next() {
            Some(b'"') => match serde_json::from_str(text) {
                Ok(text) => Self::Text(text),
                Err(_) => Self::Other("a string that is not UTF-8"),
            },
            Some(b'{') => Self::Object(text),
            Some(b'[') => Self::Other("a list"),
            Some(b't' | b'f') => Self::Other("a bool"),
            Some(b'n') => Self::Other("null"),
            _ => Self::Number(text),
        }
    }

    fn found(&self) -> String {
        match self {
            Self::Number(text) => format!("the number {}", quote(text)),
            Self::Text(text) => format!("the string {}", quote(text)),
            Self::Object(_) => "an object".into(),
            Self::Other(what) => (*what).into(),
        }
    }

    pub(super) fn int(&self) -> Result<i64, InputError> {
        let Self::Number(text) = self else {
            return Err(InputError::new("int", self.found()).help("write a JSON number: 42"));
        };
        text.parse().map_err(|_| {
            let error = InputError::new("int", self.found());
            match decimal::parse(text) {
                Ok(value) if value % decimal::ONE != 0 => error.help("an int has no fraction"),
                Ok(_) => error.help("write the int in plain digits, within ±9223372036854775807"),
                Err(_) => error.help("an int has 64 bits: ±9223372036854775807"),
            }
        })
    }

    pub(super) fn number(&self) -> Result<f64, InputError> {
        let Self::Number(text) = self else {
            return Err(InputError::new("number", self.found()).help("write a JSON number: 0.7"));
        };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(InputError::new("number", self.found())
                .help("a number is a finite binary64, up to 1.79e308")),
        }
    }

    pub(super) fn decimal(&self, expected: &str) -> Result<i128, InputError> {
        let text = match self {
            Self::Number(text) => text,
            Self::Text(text) => text.as_str(),
            Self::Object(_) | Self::Other(_) => {
                return Err(InputError::new(expected, self.found())
                    .help("write a number or a string of digits: \"0.42\""));
            }
        };
        decimal::parse(text).map_err(|error| self.bad_decimal(expected, error))
    }

    fn bad_decimal(&self, expected: &str, error: DecimalError) -> InputError {
        let found = InputError::new(expected, self.found());
        match error {
            DecimalError::Syntax => found.help("write digits: \"0.42\""),
            DecimalError::TooPrecise(_) => found.help(format!("{error}: round it first")),
            DecimalError::OutOfRange => found.help(format!("the value is {error}")),
        }
    }

    pub(super) fn money(&self, currency: &Currency) -> Result<i128, InputError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Money<'a> {
            #[serde(borrow)]
            amount: &'a RawValue,
            currency: String,
        }

        let expected = format!("money<{}>", currency.0);
        let help = format!(
            "write \"0.50 {0}\", {{\"amount\": \"0.50\", \"currency\": \"{0}\"}} or a number",
            currency.0
        );
        let in_other = |other: &str| {
            let found = format!("an amount in {}", quote(other));
            InputError::new(expected.as_str(), found)
                .help("currencies do not convert into each other")
        };
        match self {
            Self::Object(json) => {
                let Ok(money) = serde_json::from_str::<Money<'_>>(json) else {
                    return Err(InputError::new(expected, self.found()).help(help));
                };
                if *money.currency != *currency.0 {
                    return Err(in_other(&money.currency));
                }
                Raw::new(money.amount).decimal(&expected)
            }
            Self::Text(text) => {
                let (amount, unit) = text.split_once(' ').unwrap_or((text, &currency.0));
                if *unit != *currency.0 {
                    return Err(in_other(unit));
                }
                decimal::parse(amount).map_err(|error| match error {
                    DecimalError::Syntax => {
                        InputError::new(expected.as_str(), self.found()).help(&*help)
                    }
                    _ => self.bad_decimal(&expected, error),
                })
            }
            Self::Number(_) => self.decimal(&expected),
            Self::Other(_) => Err(InputError::new(expected, self.found()).help(help)),
        }
    }

    pub(super) fn quantity(&self, dimension: Dimension) -> Result<i128, InputError> {
        let Self::Text(text) = self else {
            return self.decimal(&dimension.to_string());
        };
        unit::parse_quantity(text, dimension).map_err(|error| {
            let symbols: Vec<_> = unit::units(dimension).iter().map(|u| u.symbol).collect();
            let help = match error {
                UnitError::Unknown => format!("units of {dimension}: {}", symbols.join(", ")),
                _ => format!("{error}; write it as \"5{}\"", unit::base(dimension)),
            };
            InputError::new(dimension.to_string(), self.found()).help(help)
        })
    }

    pub(super) fn duration(&self) -> Result<i64, InputError> {
        let bad = |help: String| InputError::new("duration", self.found()).help(help);
        if let Self::Text(text) = self {
            return unit::parse_duration(text).map_err(|error| {
                bad(format!("{error}; write \"30s\", \"15min\", \"2h\", \"7d\""))
            });
        }
        unit::seconds(self.decimal("duration")?)
            .ok_or_else(|| bad("a number is seconds, in whole nanoseconds, up to 292 years".into()))
    }
}

pub(super) fn instant(text: &str) -> Result<i64, InputError> {
    let bad =
        |help: &str| InputError::new("instant", format!("the string {}", quote(text))).help(help);
    instant::parse(text).map_err(|problem| bad(&problem.to_string()))
}

pub(super) fn ip(text: &str) -> Result<Ip, InputError> {
    text.parse().map_err(|problem| of_net("ip", text, &problem))
}

pub(super) fn cidr(text: &str) -> Result<Cidr, InputError> {
    text.parse()
        .map_err(|problem| of_net("cidr", text, &problem))
}

fn of_net(expected: &str, text: &str, problem: &NetError) -> InputError {
    InputError::new(expected, format!("the string {}", quote(text))).help(problem.to_string())
}

pub(super) fn did(text: &str) -> Result<(), InputError> {
    let bad =
        |help: String| InputError::new("did", format!("the string {}", quote(text))).help(help);
    if text.len() > DID_BYTES_MAX as usize {
        return Err(bad(format!("a did has at most {DID_BYTES_MAX} bytes")));
    }
    if identifier::is_did(text) {
        Ok(())
    } else {
        Err(bad("write did:METHOD:ID: \"did:example:alice\"".into()))
    }
}

pub(super) fn pattern(text: &str) -> Result<(), InputError> {
    let bad =
        |help: String| InputError::new("pattern", format!("the string {}", quote(text))).help(help);
    if text.len() > PATTERN_BYTES_MAX as usize {
        return Err(bad(format!(
            "a pattern has at most {PATTERN_BYTES_MAX} bytes"
        )));
    }
    if identifier::is_pattern(text) {
        Ok(())
    } else {
        Err(bad(
            "write a did with `*` for one segment and a last `**` for any deeper ones: \
                 \"did:example:credential:*\""
                .into(),
        ))
    }
}
