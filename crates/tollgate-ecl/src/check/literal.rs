//! Literals: a number, a measure or a text becomes a value of the type its context asks for.

use crate::codes::check as codes;
use crate::data::decimal::{self, DecimalError};
use crate::data::identifier;
use crate::data::instant;
use crate::data::types::{Currency, DID_BYTES_MAX, Dimension, EnumId, PATTERN_BYTES_MAX, Type};
use crate::data::unit as units;
use crate::ir::{Expr, ExprKind};
use crate::limits::NAMES_SHOWN_MAX;
use crate::span::Span;

use super::kinds::is_currency;
use super::report::{error, suggest};
use super::unit::{Unit, expr, text_expr};
use super::work::{self, Task};

const MILLION: i128 = 1_000_000;

/// Every unit of a quantity: its symbol, its dimension, and its size in millionths of the base unit.
fn quantity_units() -> impl Iterator<Item = (&'static str, Dimension, i128)> + Clone {
    let dimensions = [
        Dimension::Length,
        Dimension::Mass,
        Dimension::Power,
        Dimension::Energy,
    ];
    let of = |dimension: Dimension| {
        let units = units::units(dimension).iter();
        units.map(move |u| (u.symbol, dimension, u.factor / (decimal::ONE / MILLION)))
    };
    dimensions.into_iter().flat_map(of)
}

impl Unit<'_, '_> {
    /// A number without a unit.
    pub(super) fn number(&mut self, text: &str, span: Span, want: Option<&Type>) -> Expr {
        let digits: String = text.chars().filter(|c| *c != '_').collect();
        let whole = !digits.contains(['.', 'e', 'E']);
        match want.map(payload) {
            Some(Type::Number) => self.binary64(&digits, span),
            Some(Type::Decimal) => self.decimal(&digits, span),
            Some(ty @ (Type::Money(_) | Type::Quantity(_) | Type::Duration | Type::Instant)) => {
                let shown = self.show(ty);
                let text = format!("a number without a unit, where {shown} is expected");
                let help = format!("write `{}`", example(ty, &digits));
                self.fail(error(codes::NEEDS_UNIT, span, text).help(help))
            }
            _ if whole => self.int(&digits, span),
            _ => self.decimal(&digits, span),
        }
    }

    fn int(&mut self, digits: &str, span: Span) -> Expr {
        if let Ok(value) = digits.parse() {
            return expr(ExprKind::Int(value), Type::Int);
        }
        let text = format!("`{digits}` does not fit an int");
        let help = format!("an int lies between {} and {}", i64::MIN, i64::MAX);
        self.fail(error(codes::BAD_NUMBER_VALUE, span, text).help(help))
    }

    fn binary64(&mut self, digits: &str, span: Span) -> Expr {
        match digits.parse::<f64>() {
            Ok(value) if value.is_finite() => expr(ExprKind::Number(value), Type::Number),
            _ => {
                let text = format!("`{digits}` does not fit a number");
                let help = "a number is an IEEE 754 binary64, at most about 1.8e308";
                self.fail(error(codes::BAD_NUMBER_VALUE, span, text).help(help))
            }
        }
    }

    fn decimal(&mut self, digits: &str, span: Span) -> Expr {
        match self.decimal_value(digits, span) {
            Some(value) => expr(ExprKind::Wide(value), Type::Decimal),
            None => super::unit::error_expr(),
        }
    }

    fn decimal_value(&mut self, digits: &str, span: Span) -> Option<i128> {
        match decimal::parse(digits) {
            Ok(value) => Some(value),
            Err(problem) => {
                let text = format!("`{digits}` is no decimal: {problem}");
                let help = match problem {
                    DecimalError::TooPrecise(_) => {
                        "shorten it to 18 fractional digits, or use it where a `number` is expected"
                    }
                    DecimalError::Syntax | DecimalError::OutOfRange => "use a smaller value",
                };
                self.report(error(codes::BAD_NUMBER_VALUE, span, text).help(help));
                None
            }
        }
    }

    /// A number with a unit or a currency.
    pub(super) fn measure(
        &mut self,
        number: &str,
        unit: &str,
        unit_span: Span,
        span: Span,
    ) -> Expr {
        let digits: String = number.chars().filter(|c| *c != '_').collect();
        if let Some((_, nanos)) = units::DURATION_UNITS.iter().find(|(name, _)| *name == unit) {
            return self.duration(&digits, i128::from(*nanos), span);
        }
        let Some(value) = self.decimal_value(&digits, span) else {
            return super::unit::error_expr();
        };
        if let Some((_, dimension, millionths)) = quantity_units().find(|(name, ..)| *name == unit)
        {
            let scaled = value.checked_mul(millionths);
            let exact = scaled.filter(|s| s % MILLION == 0).map(|s| s / MILLION);
            return match exact {
                Some(value) => expr(ExprKind::Wide(value), Type::Quantity(dimension)),
                None => self.bad_measure(number, unit, span),
            };
        }
        if is_currency(unit) {
            return expr(ExprKind::Wide(value), Type::Money(Currency(unit.into())));
        }
        let quantities = quantity_units().map(|(name, ..)| name);
        let known = quantities.chain(units::DURATION_UNITS.iter().map(|(name, _)| *name));
        let report = error(
            codes::UNKNOWN_UNIT,
            unit_span,
            format!("unknown unit `{unit}`"),
        );
        let help = "lengths m km cm mm, masses g kg t mg, powers W kW MW, energies Wh kWh MWh, durations ns us ms s \
                    min h d, currencies in capital letters";
        let same_letters = known.clone().find(|name| name.eq_ignore_ascii_case(unit));
        let report = match same_letters {
            Some(name) => report.fix(format!("did you mean `{name}`?"), unit_span, name),
            None => suggest(report, unit, unit_span, known.filter(|n| n.len() > 2), help),
        };
        self.fail(report)
    }

    fn duration(&mut self, digits: &str, nanos: i128, span: Span) -> Expr {
        let Some(value) = self.decimal_value(digits, span) else {
            return super::unit::error_expr();
        };
        let scaled = value.checked_mul(nanos).filter(|s| s % decimal::ONE == 0);
        match scaled.and_then(|s| i64::try_from(s / decimal::ONE).ok()) {
            Some(nanos) => expr(ExprKind::Int(nanos), Type::Duration),
            None => {
                let text = "this duration is not a whole number of nanoseconds below 292 years";
                self.fail(error(codes::BAD_NUMBER_VALUE, span, text).help("use fewer digits"))
            }
        }
    }

    fn bad_measure(&mut self, number: &str, unit: &str, span: Span) -> Expr {
        let text = format!("`{number} {unit}` does not fit 18 fractional digits of the base unit");
        self.fail(error(codes::BAD_NUMBER_VALUE, span, text).help("use fewer digits"))
    }

    /// A string literal.
    pub(super) fn text_literal(&mut self, text: &str, span: Span, want: Option<&Type>) -> Expr {
        match want.map(payload) {
            Some(Type::Did) => self.did(text, span),
            Some(Type::Pattern) => self.pattern(text, span),
            Some(Type::Instant) => self.instant(text, span),
            Some(Type::Ip) => self.ip(text, span),
            Some(Type::Cidr) => self.cidr(text, span),
            Some(Type::Enum(id)) => self.case(*id, text, span),
            _ => {
                self.spend(Task::Data, work::bytes(text.len()));
                let handle = self.pool.text(text);
                text_expr(handle, Type::String(handle.length()))
            }
        }
    }

    pub(super) fn did(&mut self, text: &str, span: Span) -> Expr {
        if text.len() <= DID_BYTES_MAX as usize && identifier::is_did(text) {
            let handle = self.pool.text(text);
            return text_expr(handle, Type::Did);
        }
        let report = error(codes::BAD_TEXT, span, format!("`{text}` is not a did"));
        let help = if text.contains('*') {
            "a did has no `*`: use `matches` to compare with a pattern"
        } else {
            "write `did:method:name`, as in `did:erynoa:agent:anna`"
        };
        self.fail(report.help(help))
    }

    pub(super) fn pattern(&mut self, text: &str, span: Span) -> Expr {
        if text.len() <= PATTERN_BYTES_MAX as usize && identifier::is_pattern(text) {
            let handle = self.pool.text(text);
            return text_expr(handle, Type::Pattern);
        }
        let report = error(
            codes::BAD_TEXT,
            span,
            format!("`{text}` is not a did pattern"),
        );
        let help = "a pattern is a did in which `*` stands for one whole segment, and `**` at the end for any \
                    deeper ones: `did:erynoa:credential:*`";
        self.fail(report.help(help))
    }

    fn instant(&mut self, text: &str, span: Span) -> Expr {
        match instant::parse(text) {
            Ok(nanos) => expr(ExprKind::Int(nanos), Type::Instant),
            Err(problem) => {
                let report = error(codes::BAD_TEXT, span, format!("`{text}` is not an instant"));
                self.fail(report.help(problem.to_string()))
            }
        }
    }

    /// The case of an enum by its name.
    pub(super) fn case(&mut self, id: EnumId, name: &str, span: Span) -> Expr {
        if let Some(number) = self.case_number(id, name) {
            return expr(ExprKind::Int(number.into()), Type::Enum(id));
        }
        let Some(found) = self.enum_def(id).cloned() else {
            return super::unit::error_expr();
        };
        let text = format!("`{}` has no case `{name}`", found.name);
        let help = format!(
            "its cases are {}",
            in_backticks(found.cases.iter().map(|c| &**c))
        );
        let report = error(codes::UNKNOWN_CASE, span, text);
        let known = found.cases.iter().map(|c| &**c);
        self.fail(suggest(report, name, span, known, help))
    }
}

/// The type inside an option, or the type itself.
pub(super) fn payload(ty: &Type) -> &Type {
    match ty {
        Type::Option(inner) => inner,
        other => other,
    }
}

/// Names in backticks with commas between them, and how many more there are.
pub(super) fn in_backticks<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut names = names.into_iter();
    let shown = names.by_ref().take(NAMES_SHOWN_MAX);
    let quoted: Vec<String> = shown.map(|n| format!("`{n}`")).collect();
    match names.count() {
        0 => quoted.join(", "),
        more => format!("{} and {more} more", quoted.join(", ")),
    }
}

fn example(ty: &Type, digits: &str) -> String {
    match ty {
        Type::Money(currency) => format!("{digits} {}", currency.0),
        Type::Quantity(Dimension::Length) => format!("{digits}m"),
        Type::Quantity(Dimension::Mass) => format!("{digits}kg"),
        Type::Quantity(Dimension::Power) => format!("{digits}kW"),
        Type::Quantity(Dimension::Energy) => format!("{digits}kWh"),
        Type::Instant => "\"2025-01-28T10:15:00Z\"".into(),
        _ => format!("{digits}s"),
    }
}
