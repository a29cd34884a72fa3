//! Whether attributes conform to those a blueprint asks for.
//!
//! A blueprint's attributes are an object of fields; each field says `{"type": …}` and may say `min`, `max`, `values`,
//! `optional`. A document conforms when it is an object that has every field that is not optional, no field the blueprint
//! does not know, and every value is of its type and within its bounds. Values are read as the input encoder reads them.

use serde_json::{Map, Value as Json};

use crate::data::decimal;
use crate::data::identifier;
use crate::data::instant;
use crate::data::net::{Cidr, Ip};
use crate::data::types::Dimension;
use crate::data::unit;
use crate::host::facts::FactError;

/// Whether the attributes (JSON text) conform to the blueprint's (JSON text).
///
/// # Errors
/// When one is not JSON, or the blueprint is not of the form above.
pub fn conforms(attributes: &str, blueprint: &str) -> Result<bool, FactError> {
    let parse = |text: &str| {
        serde_json::from_str::<Json>(text).map_err(|e| FactError(format!("not JSON: {e}")))
    };
    let (attributes, blueprint) = (parse(attributes)?, parse(blueprint)?);
    let Json::Object(fields) = &blueprint else {
        return Err(FactError(
            "the blueprint's attributes are not an object".into(),
        ));
    };
    let Json::Object(values) = &attributes else {
        return Ok(false);
    };
    if values.keys().any(|name| !fields.contains_key(name)) {
        return Ok(false);
    }
    for (name, field) in fields {
        let field = Field::new(name, field)?;
        let conforms = match values.get(name) {
            None | Some(Json::Null) => field.optional,
            Some(value) => field.admits(value)?,
        };
        if !conforms {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What a blueprint says about a field.
struct Field<'a> {
    name: &'a str,
    ty: &'a str,
    optional: bool,
    constraints: &'a Map<String, Json>,
}

impl<'a> Field<'a> {
    fn new(name: &'a str, field: &'a Json) -> Result<Self, FactError> {
        let constraints = field.as_object();
        let ty = constraints
            .and_then(|c| c.get("type"))
            .and_then(Json::as_str);
        let (Some(constraints), Some(ty)) = (constraints, ty) else {
            return Err(FactError(format!(
                "the blueprint's attribute `{name}` has no `type`"
            )));
        };
        let optional = constraints.get("optional") == Some(&Json::Bool(true));
        Ok(Self {
            name,
            ty: ty.strip_suffix('?').unwrap_or(ty),
            optional: optional || ty.ends_with('?'),
            constraints,
        })
    }

    fn admits(&self, value: &Json) -> Result<bool, FactError> {
        if let Some(values) = self.constraints.get("values").and_then(Json::as_array)
            && !values.contains(value)
        {
            return Ok(false);
        }
        match self.ty {
            "bool" => Ok(value.is_boolean()),
            "string" => Ok(value.is_string()),
            "did" => Ok(value.as_str().is_some_and(identifier::is_did)),
            "instant" => Ok(value
                .as_str()
                .is_some_and(|text| instant::parse(text).is_ok())),
            "ip" => Ok(value
                .as_str()
                .is_some_and(|text| text.parse::<Ip>().is_ok())),
            "cidr" => Ok(value
                .as_str()
                .is_some_and(|text| text.parse::<Cidr>().is_ok())),
            _ => match self.measure(value) {
                Some(amount) => self.within(amount),
                // A type only the program knows: an enum or a record, which `values` may list.
                None => Ok(!self.is_measured() && (value.is_string() || value.is_object())),
            },
        }
    }

    fn is_measured(&self) -> bool {
        let measured = [
            "int", "decimal", "number", "duration", "length", "mass", "power", "energy",
        ];
        measured.contains(&self.ty) || self.ty.starts_with("money")
    }

    fn within(&self, amount: i128) -> Result<bool, FactError> {
        let bound = |key: &str| match self.constraints.get(key) {
            None => Ok(None),
            Some(bound) => self.measure(bound).map(Some).ok_or_else(|| {
                FactError(format!(
                    "`{key}` of the blueprint's attribute `{}` is not of its type",
                    self.name
                ))
            }),
        };
        let (min, max) = (bound("min")?, bound("max")?);
        Ok(min.is_none_or(|min| min <= amount) && max.is_none_or(|max| amount <= max))
    }

    /// The value as a decimal in its base unit, when the type has an order and the value is of it.
    fn measure(&self, value: &Json) -> Option<i128> {
        let dimension = match self.ty {
            "int" => return value.as_i64().map(decimal::from_int),
            "decimal" | "number" => return number(value),
            "length" => Dimension::Length,
            "mass" => Dimension::Mass,
            "power" => Dimension::Power,
            "energy" => Dimension::Energy,
            "duration" => {
                return match value {
                    Json::String(text) => unit::parse_duration(text).ok().map(i128::from),
                    _ => unit::seconds(number(value)?).map(i128::from),
                };
            }
            _ => return self.money(value),
        };
        match value {
            Json::String(text) => unit::parse_quantity(text, dimension).ok(),
            _ => number(value),
        }
    }

    fn money(&self, value: &Json) -> Option<i128> {
        let currency = self.ty.strip_prefix("money<")?.strip_suffix('>')?;
        match value.as_str().and_then(|text| text.split_once(' ')) {
            Some((amount, unit)) if unit == currency => decimal::parse(amount).ok(),
            Some(_) => None,
            None => number(value),
        }
    }
}

fn number(value: &Json) -> Option<i128> {
    match value {
        Json::Number(number) => decimal::parse(&number.to_string()).ok(),
        Json::String(text) => decimal::parse(text).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLUEPRINT: &str = r#"{
        "power_output": {"type": "power", "min": "0kW", "max": "350kW"},
        "connector": {"type": "Connector", "values": ["CCS", "Type2"]},
        "price": {"type": "money<EUR>", "optional": true},
        "open": {"type": "bool?"}
    }"#;

    #[track_caller]
    fn check(attributes: &str, expect: bool) {
        assert_eq!(conforms(attributes, BLUEPRINT), Ok(expect), "{attributes}");
    }

    #[test]
    fn values_within_their_types_conform() {
        check(r#"{"power_output": "11kW", "connector": "CCS"}"#, true);
        check(
            r#"{"power_output": 350000, "connector": "Type2", "price": "0.5 EUR", "open": true}"#,
            true,
        );
        check(
            r#"{"power_output": 0, "connector": "CCS", "open": null}"#,
            true,
        );
    }

    #[test]
    fn anything_else_does_not() {
        check(r#"{"power_output": "351kW", "connector": "CCS"}"#, false);
        check(r#"{"power_output": "-1W", "connector": "CCS"}"#, false);
        check(r#"{"power_output": "11kg", "connector": "CCS"}"#, false);
        check(r#"{"power_output": "11kW", "connector": "Schuko"}"#, false);
        check(r#"{"power_output": "11kW"}"#, false);
        check(
            r#"{"power_output": "11kW", "connector": "CCS", "colour": "red"}"#,
            false,
        );
        check(
            r#"{"power_output": "11kW", "connector": "CCS", "price": "1 USD"}"#,
            false,
        );
        check(
            r#"{"power_output": "11kW", "connector": "CCS", "open": 1}"#,
            false,
        );
        check("[]", false);
    }

    #[test]
    fn a_malformed_blueprint_is_an_error() {
        assert!(conforms("{}", "[]").is_err());
        assert!(conforms("{}", "{").is_err());
        assert!(conforms("{}", r#"{"a": {}}"#).is_err());
        assert!(conforms(r#"{"a": 1}"#, r#"{"a": {"type": "int", "min": "x"}}"#).is_err());
    }
}
