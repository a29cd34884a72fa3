//! What the operations of the typed program mean in JavaScript.

use super::tree::Ty;

/// Brings a result back into its type.
pub(super) fn wrapped(ty: Ty, text: &str) -> String {
    match ty {
        Ty::Number
        | Ty::Boolean
        | Ty::Text
        | Ty::List
        | Ty::Inner
        | Ty::Outer
        | Ty::Inners
        | Ty::Rest
        | Ty::Class(_)
        | Ty::Face
        | Ty::Typed(_)
        | Ty::Function(_)
        | Ty::Opt(_) => {
            format!("({text})")
        }
        Ty::F32 => format!("Math.fround({text})"),
        Ty::Int(8, true) => format!("(({text}) << 24 >> 24)"),
        Ty::Int(8, false) => format!("(({text}) & 255)"),
        Ty::Int(16, true) => format!("(({text}) << 16 >> 16)"),
        Ty::Int(16, false) => format!("(({text}) & 65535)"),
        Ty::Int(32, true) => format!("(({text}) | 0)"),
        Ty::Int(64, true) => format!("BigInt.asIntN(64, {text})"),
        Ty::Int(64, false) => format!("BigInt.asUintN(64, {text})"),
        Ty::Int(..) => format!("(({text}) >>> 0)"),
    }
}

/// What an operator means in JavaScript.
pub(super) fn operation(ty: Ty, op: &str, a: &str, b: &str) -> String {
    let Ty::Int(bits, signed) = ty else {
        return wrapped(ty, &format!("{a} {op} {b}"));
    };
    let big = ty.big();
    let text = match op {
        "*" if !big => format!("Math.imul({a}, {b})"),
        "/" if big => format!("divBig({a}, {b})"),
        "/" => format!("div({a}, {b})"),
        "%" if big => format!("remBig({a}, {b})"),
        "%" => format!("rem({a}, {b})"),
        "**" if big => format!("power({a}, {b})"),
        "**" => format!("Number(BigInt.asIntN(32, power({a}, {b})))"),
        "<<" | ">>" if big => format!("{a} {op} ({b} & 63n)"),
        ">>>" if big => format!("BigInt.asUintN(64, {a}) >> ({b} & 63n)"),
        "<<" => format!("{a} << ({b} & {})", bits - 1),
        ">>" if signed => format!("{a} >> ({b} & {})", bits - 1),
        ">>" => format!("{a} >>> ({b} & {})", bits - 1),
        ">>>" if signed && bits < 32 => {
            format!("({a} & {}) >>> ({b} & {})", (1_u64 << bits) - 1, bits - 1)
        }
        ">>>" => format!("{a} >>> ({b} & {})", bits - 1),
        _ => format!("{a} {op} {b}"),
    };
    wrapped(ty, &text)
}

/// What a conversion means in JavaScript.
pub(super) fn cast(from: Ty, to: Ty, value: &str) -> String {
    match (from, to) {
        (from, to) if from == to => format!("({value})"),
        (_, Ty::Text) => format!("String({value})"),
        (Ty::Text, _) => format!("Number({value})"),
        (
            Ty::List
            | Ty::Inner
            | Ty::Outer
            | Ty::Inners
            | Ty::Rest
            | Ty::Class(_)
            | Ty::Face
            | Ty::Typed(_)
            | Ty::Function(_)
            | Ty::Opt(_),
            _,
        )
        | (
            _,
            Ty::List
            | Ty::Inner
            | Ty::Outer
            | Ty::Inners
            | Ty::Rest
            | Ty::Class(_)
            | Ty::Face
            | Ty::Typed(_)
            | Ty::Function(_)
            | Ty::Opt(_),
        ) => value.to_owned(),
        (_, Ty::Boolean) => format!("(!!({value}))"),
        (Ty::Boolean, Ty::Int(64, _)) => format!("(({value}) ? 1n : 0n)"),
        (Ty::Boolean, _) => format!("(({value}) ? 1 : 0)"),
        (Ty::Int(64, _), Ty::Number) => format!("Number({value})"),
        (Ty::Int(64, _), Ty::F32) => format!("bigToF32({value})"),
        (_, Ty::Number) => format!("({value})"),
        (_, Ty::F32) => format!("Math.fround({value})"),
        (Ty::Int(64, _), Ty::Int(64, _)) => wrapped(to, value),
        (Ty::Int(64, _), Ty::Int(..)) => {
            wrapped(to, &format!("Number(BigInt.asIntN(32, {value}))"))
        }
        (Ty::Int(..), Ty::Int(64, _)) => wrapped(to, &format!("BigInt({value})")),
        (Ty::Int(..), Ty::Int(..)) => wrapped(to, value),
        (Ty::Number | Ty::F32, Ty::Int(64, true)) => {
            format!("clampBig({value}, -(2n ** 63n), 2n ** 63n - 1n)")
        }
        (Ty::Number | Ty::F32, Ty::Int(64, false)) => {
            format!("clampBig({value}, 0n, 2n ** 64n - 1n)")
        }
        (Ty::Number | Ty::F32, Ty::Int(32, false)) => {
            format!("(clamp({value}, 0, 4294967295) >>> 0)")
        }
        (Ty::Number | Ty::F32, Ty::Int(..)) => {
            wrapped(to, &format!("clamp({value}, -2147483648, 2147483647)"))
        }
    }
}
