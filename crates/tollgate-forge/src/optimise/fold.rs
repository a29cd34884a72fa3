//! Constant folding: an instruction on constants becomes its result.
//!
//! Instructions that would trap stay. So does whatever makes a NaN of floats: its bits are the engine's choice.

use crate::ir::op::{Binary, Unary};
use crate::ir::walk::{Rewrite, rewrite_expr};
use crate::ir::{Const, Expr};

/// Folds everything in an expression.
pub(crate) fn expression(expr: &mut Expr) {
    struct Fold;
    impl Rewrite for Fold {
        fn expr(&mut self, expr: &mut Expr) {
            fold(expr);
        }
    }
    rewrite_expr(expr, &mut Fold);
}

/// Folds an expression whose parts are folded.
pub(crate) fn fold(expr: &mut Expr) {
    let folded = match expr {
        Expr::Unary(op, value) => match value.as_ref() {
            Expr::Const(value) => unary(*op, *value),
            _ => None,
        },
        Expr::Binary(op, left, right) => match (left.as_ref(), right.as_ref()) {
            (Expr::Const(left), Expr::Const(right)) => binary(*op, *left, *right),
            _ => None,
        },
        Expr::If(conditional) => {
            if let Expr::Const(Const::I32(condition)) = conditional.condition {
                let chosen = if condition != 0 {
                    &mut conditional.then
                } else {
                    &mut conditional.otherwise
                };
                let chosen = std::mem::replace(chosen, Expr::i32(0));
                *expr = chosen;
            }
            None
        }
        _ => None,
    };
    if let Some(folded) = folded {
        *expr = Expr::Const(folded);
    }
}

fn f32_of(bits: u32) -> f32 {
    f32::from_bits(bits)
}

fn f64_of(bits: u64) -> f64 {
    f64::from_bits(bits)
}

fn number32(value: f32) -> Option<Const> {
    (!value.is_nan()).then(|| Const::f32(value))
}

fn number64(value: f64) -> Option<Const> {
    (!value.is_nan()).then(|| Const::f64(value))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "Rust's conversions are those of WebAssembly: saturating from floats, rounding to them, wrapping between integers"
)]
fn unary(op: Unary, value: Const) -> Option<Const> {
    Some(match (op, value) {
        (Unary::I32Eqz, Const::I32(x)) => Const::I32(i32::from(x == 0)),
        (Unary::I32Clz, Const::I32(x)) => Const::I32(x.leading_zeros().cast_signed()),
        (Unary::I32Ctz, Const::I32(x)) => Const::I32(x.trailing_zeros().cast_signed()),
        (Unary::I32Popcnt, Const::I32(x)) => Const::I32(x.count_ones().cast_signed()),
        (Unary::I32Extend8S, Const::I32(x)) => Const::I32(i32::from(x as i8)),
        (Unary::I32Extend16S, Const::I32(x)) => Const::I32(i32::from(x as i16)),
        (Unary::I32WrapI64, Const::I64(x)) => Const::I32(x as i32),
        (Unary::I32TruncSatF64S, Const::F64(x)) => Const::I32(f64_of(x) as i32),
        (Unary::I32TruncSatF64U, Const::F64(x)) => Const::I32((f64_of(x) as u32).cast_signed()),
        (Unary::I32TruncSatF32S, Const::F32(x)) => Const::I32(f32_of(x) as i32),
        (Unary::I32TruncSatF32U, Const::F32(x)) => Const::I32((f32_of(x) as u32).cast_signed()),
        (Unary::I64Clz, Const::I64(x)) => Const::I64(i64::from(x.leading_zeros())),
        (Unary::I64Ctz, Const::I64(x)) => Const::I64(i64::from(x.trailing_zeros())),
        (Unary::I64Popcnt, Const::I64(x)) => Const::I64(i64::from(x.count_ones())),
        (Unary::I64ExtendI32S, Const::I32(x)) => Const::I64(i64::from(x)),
        (Unary::I64ExtendI32U, Const::I32(x)) => Const::I64(i64::from(x.cast_unsigned())),
        (Unary::I64TruncSatF64S, Const::F64(x)) => Const::I64(f64_of(x) as i64),
        (Unary::I64TruncSatF64U, Const::F64(x)) => Const::I64((f64_of(x) as u64).cast_signed()),
        (Unary::I64TruncSatF32S, Const::F32(x)) => Const::I64(f32_of(x) as i64),
        (Unary::I64TruncSatF32U, Const::F32(x)) => Const::I64((f32_of(x) as u64).cast_signed()),
        (Unary::F64Neg, Const::F64(x)) => Const::F64(x ^ (1 << 63)),
        (Unary::F64Abs, Const::F64(x)) => Const::F64(x & !(1 << 63)),
        (Unary::F32Neg, Const::F32(x)) => Const::F32(x ^ (1 << 31)),
        (Unary::F32Abs, Const::F32(x)) => Const::F32(x & !(1 << 31)),
        (Unary::F64Ceil, Const::F64(x)) => return number64(f64_of(x).ceil()),
        (Unary::F64Floor, Const::F64(x)) => return number64(f64_of(x).floor()),
        (Unary::F64Trunc, Const::F64(x)) => return number64(f64_of(x).trunc()),
        (Unary::F64Sqrt, Const::F64(x)) => return number64(f64_of(x).sqrt()),
        (Unary::F32DemoteF64, Const::F64(x)) => return number32(f64_of(x) as f32),
        (Unary::F64PromoteF32, Const::F32(x)) => return number64(f64::from(f32_of(x))),
        (Unary::F64ConvertI32S, Const::I32(x)) => Const::f64(f64::from(x)),
        (Unary::F64ConvertI32U, Const::I32(x)) => Const::f64(f64::from(x.cast_unsigned())),
        (Unary::F64ConvertI64S, Const::I64(x)) => Const::f64(x as f64),
        (Unary::F64ConvertI64U, Const::I64(x)) => Const::f64(x.cast_unsigned() as f64),
        (Unary::F32ConvertI32S, Const::I32(x)) => Const::f32(x as f32),
        (Unary::F32ConvertI32U, Const::I32(x)) => Const::f32(x.cast_unsigned() as f32),
        (Unary::F32ConvertI64S, Const::I64(x)) => Const::f32(x as f32),
        (Unary::F32ConvertI64U, Const::I64(x)) => Const::f32(x.cast_unsigned() as f32),
        (Unary::I64ReinterpretF64, Const::F64(x)) => Const::I64(x.cast_signed()),
        (Unary::I32ReinterpretF32, Const::F32(x)) => Const::I32(x.cast_signed()),
        _ => return None,
    })
}

fn binary(op: Binary, left: Const, right: Const) -> Option<Const> {
    match (left, right) {
        (Const::I32(a), Const::I32(b)) => binary_i32(op, a, b).map(Const::I32),
        (Const::I64(a), Const::I64(b)) => binary_i64(op, a, b),
        (Const::F32(a), Const::F32(b)) => binary_f32(op, f32_of(a), f32_of(b)),
        (Const::F64(a), Const::F64(b)) => binary_f64(op, f64_of(a), f64_of(b)),
        _ => None,
    }
}

fn binary_i32(op: Binary, a: i32, b: i32) -> Option<i32> {
    let (ua, ub) = (a.cast_unsigned(), b.cast_unsigned());
    Some(match op {
        Binary::I32Add => a.wrapping_add(b),
        Binary::I32Sub => a.wrapping_sub(b),
        Binary::I32Mul => a.wrapping_mul(b),
        Binary::I32DivS => return a.checked_div(b),
        Binary::I32DivU => return ua.checked_div(ub).map(u32::cast_signed),
        Binary::I32RemS if b == -1 => 0,
        Binary::I32RemS => return a.checked_rem(b),
        Binary::I32RemU => return ua.checked_rem(ub).map(u32::cast_signed),
        Binary::I32And => a & b,
        Binary::I32Or => a | b,
        Binary::I32Xor => a ^ b,
        Binary::I32Shl => a.wrapping_shl(ub),
        Binary::I32ShrS => a.wrapping_shr(ub),
        Binary::I32ShrU => ua.wrapping_shr(ub).cast_signed(),
        Binary::I32Rotl => a.rotate_left(ub % 32),
        Binary::I32Rotr => a.rotate_right(ub % 32),
        Binary::I32Eq => i32::from(a == b),
        Binary::I32Ne => i32::from(a != b),
        Binary::I32LtS => i32::from(a < b),
        Binary::I32LtU => i32::from(ua < ub),
        Binary::I32GtS => i32::from(a > b),
        Binary::I32GtU => i32::from(ua > ub),
        Binary::I32LeS => i32::from(a <= b),
        Binary::I32LeU => i32::from(ua <= ub),
        Binary::I32GeS => i32::from(a >= b),
        Binary::I32GeU => i32::from(ua >= ub),
        _ => return None,
    })
}

fn binary_i64(op: Binary, a: i64, b: i64) -> Option<Const> {
    let (ua, ub) = (a.cast_unsigned(), b.cast_unsigned());
    let truth = |b: bool| Some(Const::I32(i32::from(b)));
    #[expect(clippy::cast_possible_truncation, reason = "the low six bits count")]
    let by = ub as u32;
    let value = match op {
        Binary::I64Add => a.wrapping_add(b),
        Binary::I64Sub => a.wrapping_sub(b),
        Binary::I64Mul => a.wrapping_mul(b),
        Binary::I64DivS => a.checked_div(b)?,
        Binary::I64DivU => ua.checked_div(ub)?.cast_signed(),
        Binary::I64RemS if b == -1 => 0,
        Binary::I64RemS => a.checked_rem(b)?,
        Binary::I64RemU => ua.checked_rem(ub)?.cast_signed(),
        Binary::I64And => a & b,
        Binary::I64Or => a | b,
        Binary::I64Xor => a ^ b,
        Binary::I64Shl => a.wrapping_shl(by),
        Binary::I64ShrS => a.wrapping_shr(by),
        Binary::I64ShrU => ua.wrapping_shr(by).cast_signed(),
        Binary::I64Rotl => a.rotate_left(by % 64),
        Binary::I64Rotr => a.rotate_right(by % 64),
        Binary::I64Eq => return truth(a == b),
        Binary::I64Ne => return truth(a != b),
        Binary::I64LtS => return truth(a < b),
        Binary::I64LtU => return truth(ua < ub),
        Binary::I64GtS => return truth(a > b),
        Binary::I64GtU => return truth(ua > ub),
        Binary::I64LeS => return truth(a <= b),
        Binary::I64LeU => return truth(ua <= ub),
        Binary::I64GeS => return truth(a >= b),
        Binary::I64GeU => return truth(ua >= ub),
        _ => return None,
    };
    Some(Const::I64(value))
}

#[expect(clippy::float_cmp, reason = "it is the comparison of the program")]
fn binary_f32(op: Binary, a: f32, b: f32) -> Option<Const> {
    let truth = |b: bool| Some(Const::I32(i32::from(b)));
    match op {
        Binary::F32Add => number32(a + b),
        Binary::F32Sub => number32(a - b),
        Binary::F32Mul => number32(a * b),
        Binary::F32Div => number32(a / b),
        Binary::F32Eq => truth(a == b),
        Binary::F32Ne => truth(a != b),
        Binary::F32Lt => truth(a < b),
        Binary::F32Gt => truth(a > b),
        Binary::F32Le => truth(a <= b),
        Binary::F32Ge => truth(a >= b),
        _ => None,
    }
}

#[expect(clippy::float_cmp, reason = "it is the comparison of the program")]
fn binary_f64(op: Binary, a: f64, b: f64) -> Option<Const> {
    let truth = |b: bool| Some(Const::I32(i32::from(b)));
    match op {
        Binary::F64Add => number64(a + b),
        Binary::F64Sub => number64(a - b),
        Binary::F64Mul => number64(a * b),
        Binary::F64Div => number64(a / b),
        Binary::F64Eq => truth(a == b),
        Binary::F64Ne => truth(a != b),
        Binary::F64Lt => truth(a < b),
        Binary::F64Gt => truth(a > b),
        Binary::F64Le => truth(a <= b),
        Binary::F64Ge => truth(a >= b),
        _ => None,
    }
}
