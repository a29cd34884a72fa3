//! The functions a module contains only when its policy needs them: their signatures, and where each is written.

use wasm_encoder::ValType::{self, F64, I32, I64};

use super::body::Body;
use super::emitter::{Emitter, Runtime};
use super::{decimal, gas, interval, search, texts};

/// Name, parameters and results.
pub(super) fn signature(which: Runtime) -> (&'static str, &'static [ValType], &'static [ValType]) {
    match which {
        Runtime::Exhausted => ("gas exhausted", &[], &[I64]),
        Runtime::Charge => ("charge gas", &[I64, I64, I64, I64, I64], &[I64]),
        Runtime::MulInt => ("int multiply", &[I64, I64], &[I64, I32]),
        Runtime::MulU64 => ("multiply 64 by 64", &[I64, I64], &[I64, I64]),
        Runtime::MulWide => ("decimal multiply", &[I64, I64, I64, I64], &[I64, I64, I32]),
        Runtime::DivWide => ("decimal divide", &[I64, I64, I64, I64], &[I64, I64, I32]),
        Runtime::DivLimb => ("divide limb", &[I64, I64], &[I64, I64]),
        Runtime::DecimalToNumber => ("decimal to number", &[I64, I64], &[F64]),
        Runtime::NumberToDecimal => ("number to decimal", &[F64], &[I64, I64, I32]),
        Runtime::DecimalToInt => ("decimal to int", &[I64, I64], &[I64, I32]),
        Runtime::ShiftRight => ("shift right 128", &[I64, I64, I64], &[I64, I64]),
        Runtime::ShiftLeft => ("shift left 128", &[I64, I64, I64], &[I64, I64]),
        Runtime::StartsWith => ("text starts with", &[I64, I64], &[I32]),
        Runtime::EndsWith => ("text ends with", &[I64, I64], &[I32]),
        Runtime::Contains => ("text contains", &[I64, I64], &[I32]),
        Runtime::ContainsLinear => ("text contains, linear", &[I64, I64], &[I32]),
        Runtime::SameBytes => ("same bytes", &[I32, I32, I32], &[I32]),
        Runtime::DidMatch => ("did matches", &[I64, I64], &[I32]),
        Runtime::Automaton => ("automaton", &[I64, I32, I32, I32, I32, I32], &[I32]),
        Runtime::InWord => ("list contains word", &[I64, I64], &[I32]),
        Runtime::InNumber => ("list contains number", &[F64, I64], &[I32]),
        Runtime::InWide => ("list contains wide", &[I64, I64, I64], &[I32]),
        Runtime::Find => ("index lookup", &[I32, I64], &[I32]),
        Runtime::SearchWord => ("index search, words", &[I32, I64], &[I32]),
        Runtime::SearchNumber => ("index search, numbers", &[I32, F64], &[I32]),
        Runtime::SearchWide => ("index search, wides", &[I32, I64, I64], &[I32]),
        Runtime::SearchText => ("index search, texts", &[I32, I64], &[I32]),
        Runtime::Reached => ("text reaches cut", &[I64, I32, I32], &[I32]),
        Runtime::Reserve => ("reserve", &[I32], &[I32]),
    }
}

/// The body of a runtime function.
pub(super) fn body(e: &mut Emitter<'_>, which: Runtime, params: &[ValType]) -> Body {
    let mut f = e.body(params);
    match which {
        Runtime::Exhausted => gas::exhausted_body(e, &mut f),
        Runtime::Charge => gas::charge_body(&mut f),
        Runtime::MulInt => decimal::mul_int(&mut f),
        Runtime::MulU64 => decimal::mul_u64(&mut f),
        Runtime::MulWide => decimal::mul_wide(e, &mut f),
        Runtime::DivWide => decimal::div_wide(e, &mut f),
        Runtime::DivLimb => decimal::div_limb(&mut f),
        Runtime::DecimalToNumber => decimal::to_number(e, &mut f),
        Runtime::NumberToDecimal => decimal::from_number(e, &mut f),
        Runtime::DecimalToInt => decimal::to_int(e, &mut f),
        Runtime::ShiftRight => decimal::shift(&mut f, true),
        Runtime::ShiftLeft => decimal::shift(&mut f, false),
        Runtime::StartsWith => texts::starts_with(e, &mut f),
        Runtime::EndsWith => texts::ends_with(e, &mut f),
        Runtime::Contains => texts::contains(e, &mut f),
        Runtime::ContainsLinear => texts::contains_linear(e, &mut f),
        Runtime::SameBytes => texts::same_bytes(&mut f),
        Runtime::DidMatch => texts::did_match(&mut f),
        Runtime::Automaton => texts::automaton(&mut f),
        Runtime::InWord => search::in_list(e, &mut f, &[I64]),
        Runtime::InNumber => search::in_list(e, &mut f, &[F64]),
        Runtime::InWide => search::in_list(e, &mut f, &[I64, I64]),
        Runtime::Find => search::find(&mut f),
        Runtime::SearchWord => interval::of_word(&mut f),
        Runtime::SearchNumber => interval::of_number(&mut f),
        Runtime::SearchWide => interval::of_wide(&mut f),
        Runtime::SearchText => interval::of_text(e, &mut f),
        Runtime::Reached => interval::reached(&mut f),
        Runtime::Reserve => search::reserve(e, &mut f),
    }
    f
}
