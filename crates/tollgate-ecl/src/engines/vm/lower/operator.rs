//! The instruction of each operator.

use super::super::bytecode::Op;
use crate::ir::{BinaryOp, UnaryOp};

pub(super) fn unary(op: UnaryOp) -> Op {
    match op {
        UnaryOp::Not => Op::Not,
        UnaryOp::NegInt => Op::NegInt,
        UnaryOp::NegNumber => Op::NegNumber,
        UnaryOp::NegWide => Op::NegWide,
        UnaryOp::TextLength | UnaryOp::ListLength => Op::Length,
        UnaryOp::IntToDecimal => Op::IntToDecimal,
        UnaryOp::IntToNumber => Op::IntToNumber,
        UnaryOp::DecimalToNumber => Op::DecimalToNumber,
        UnaryOp::NumberToDecimal => Op::NumberToDecimal,
        UnaryOp::DecimalToInt => Op::DecimalToInt,
        UnaryOp::TrustNorm => Op::TrustNorm,
    }
}

pub(super) fn binary(op: BinaryOp) -> Op {
    match op {
        BinaryOp::AddInt => Op::AddInt,
        BinaryOp::SubInt => Op::SubInt,
        BinaryOp::MulInt => Op::MulInt,
        BinaryOp::DivInt => Op::DivInt,
        BinaryOp::RemInt => Op::RemInt,
        BinaryOp::AddNumber => Op::AddNumber,
        BinaryOp::SubNumber => Op::SubNumber,
        BinaryOp::MulNumber => Op::MulNumber,
        BinaryOp::DivNumber => Op::DivNumber,
        BinaryOp::AddWide => Op::AddWide,
        BinaryOp::SubWide => Op::SubWide,
        BinaryOp::MulWide => Op::MulWide,
        BinaryOp::DivWide => Op::DivWide,
        BinaryOp::EqWord => Op::EqWord,
        BinaryOp::NeWord => Op::NeWord,
        BinaryOp::LtInt => Op::LtInt,
        BinaryOp::LeInt => Op::LeInt,
        BinaryOp::GtInt => Op::GtInt,
        BinaryOp::GeInt => Op::GeInt,
        BinaryOp::EqNumber => Op::EqNumber,
        BinaryOp::NeNumber => Op::NeNumber,
        BinaryOp::LtNumber => Op::LtNumber,
        BinaryOp::LeNumber => Op::LeNumber,
        BinaryOp::GtNumber => Op::GtNumber,
        BinaryOp::GeNumber => Op::GeNumber,
        BinaryOp::EqWide => Op::EqWide,
        BinaryOp::NeWide => Op::NeWide,
        BinaryOp::LtWide => Op::LtWide,
        BinaryOp::LeWide => Op::LeWide,
        BinaryOp::GtWide => Op::GtWide,
        BinaryOp::GeWide => Op::GeWide,
        BinaryOp::StartsWith => Op::StartsWith,
        BinaryOp::EndsWith => Op::EndsWith,
        BinaryOp::Contains => Op::Contains,
        BinaryOp::DidMatch => Op::DidMatch,
        BinaryOp::MinInt => Op::MinInt,
        BinaryOp::MaxInt => Op::MaxInt,
        BinaryOp::MinNumber => Op::MinNumber,
        BinaryOp::MaxNumber => Op::MaxNumber,
        BinaryOp::MinWide => Op::MinWide,
        BinaryOp::MaxWide => Op::MaxWide,
        BinaryOp::TrustChain => Op::TrustChain,
        BinaryOp::TrustCombine => Op::TrustCombine,
        BinaryOp::TrustDistance => Op::TrustDistance,
        BinaryOp::GlobMatch => Op::GlobMatch,
        BinaryOp::IpInCidr => Op::IpInCidr,
        BinaryOp::CidrInCidr => Op::CidrInCidr,
        BinaryOp::IpInCidrs => Op::IpInCidrs,
    }
}
