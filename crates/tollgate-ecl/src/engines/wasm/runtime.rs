//! The functions that a module contains only when its policy needs them. [`on_demand`](super::on_demand) writes them.

use wasm_encoder::ValType::{self, F64, I32, I64};

/// Functions that modules contain when their policy needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Runtime {
    Exhausted,
    Charge,
    MulInt,
    MulU64,
    MulWide,
    DivWide,
    DivLimb,
    DecimalToNumber,
    NumberToDecimal,
    DecimalToInt,
    ShiftRight,
    ShiftLeft,
    StartsWith,
    EndsWith,
    Contains,
    ContainsLinear,
    SameBytes,
    DidMatch,
    ReadGlob,
    GlobMatch,
    Automaton,
    InWord,
    InNumber,
    InWide,
    IpInCidr,
    CidrInCidr,
    IpInCidrs,
    Find,
    SearchWord,
    SearchNumber,
    SearchWide,
    SearchText,
    Reached,
    Reserve,
}

impl Runtime {
    /// Name, parameters and results.
    pub(super) fn signature(self) -> (&'static str, &'static [ValType], &'static [ValType]) {
        match self {
            Self::Exhausted => ("gas exhausted", &[], &[I64]),
            Self::Charge => ("charge gas", &[I64, I64, I64, I64, I64], &[I64]),
            Self::MulInt => ("int multiply", &[I64, I64], &[I64, I32]),
            Self::MulU64 => ("multiply 64 by 64", &[I64, I64], &[I64, I64]),
            Self::MulWide => ("decimal multiply", &[I64, I64, I64, I64], &[I64, I64, I32]),
            Self::DivWide => ("decimal divide", &[I64, I64, I64, I64], &[I64, I64, I32]),
            Self::DivLimb => ("divide limb", &[I64, I64], &[I64, I64]),
            Self::DecimalToNumber => ("decimal to number", &[I64, I64], &[F64]),
            Self::NumberToDecimal => ("number to decimal", &[F64], &[I64, I64, I32]),
            Self::DecimalToInt => ("decimal to int", &[I64, I64], &[I64, I32]),
            Self::ShiftRight => ("shift right 128", &[I64, I64, I64], &[I64, I64]),
            Self::ShiftLeft => ("shift left 128", &[I64, I64, I64], &[I64, I64]),
            Self::StartsWith => ("text starts with", &[I64, I64], &[I32]),
            Self::EndsWith => ("text ends with", &[I64, I64], &[I32]),
            Self::Contains => ("text contains", &[I64, I64], &[I32]),
            Self::ContainsLinear => ("text contains, linear", &[I64, I64], &[I32]),
            Self::SameBytes => ("same bytes", &[I32, I32, I32], &[I32]),
            Self::DidMatch => ("did matches", &[I64, I64], &[I32]),
            Self::ReadGlob => ("read glob", &[I64], &[I32]),
            Self::GlobMatch => ("text matches glob", &[I64, I64], &[I32, I32]),
            Self::Automaton => ("automaton", &[I64, I32, I32, I32, I32, I32], &[I32]),
            Self::InWord => ("list contains word", &[I64, I64], &[I32]),
            Self::InNumber => ("list contains number", &[F64, I64], &[I32]),
            Self::InWide => ("list contains wide", &[I64, I64, I64], &[I32]),
            Self::IpInCidr => ("ip in cidr", &[I64, I64, I32], &[I32]),
            Self::CidrInCidr => ("cidr in cidr", &[I32, I32], &[I32]),
            Self::IpInCidrs => ("ip in cidrs", &[I64, I64, I64], &[I32]),
            Self::Find => ("index lookup", &[I32, I64], &[I32]),
            Self::SearchWord => ("index search, words", &[I32, I64], &[I32]),
            Self::SearchNumber => ("index search, numbers", &[I32, F64], &[I32]),
            Self::SearchWide => ("index search, wides", &[I32, I64, I64], &[I32]),
            Self::SearchText => ("index search, texts", &[I32, I64], &[I32]),
            Self::Reached => ("text reaches cut", &[I64, I32, I32], &[I32]),
            Self::Reserve => ("reserve", &[I32], &[I32]),
        }
    }
}
