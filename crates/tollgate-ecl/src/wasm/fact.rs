//! Questions to the host: one import for each kind of fact the policy uses.
//!
//! `(address, length)* , out -> status`: the host writes its answer at `out`, the free end of the arena, and returns how
//! many bytes it took (the answer and what it refers to), −1 when it does not know, −2 when it failed. Any other negative
//! number is a failure too.

use wasm_encoder::{BlockType, ValType};

use super::emitter::{Code, Emitter, global};
use super::expr::{emit as expression, load};
use super::gas;
use crate::ir::{Expr, FactKind};
use crate::outcome::EvalError;
use crate::types::{Repr, Type};

/// The host does not know.
pub const UNKNOWN: i32 = -1;
/// The host failed.
pub const FAILED: i32 = -2;

/// Name of the import module.
pub const HOST_INTERFACE: &str = "tollgate:ecl/host@0.1.0";

/// Name of the import for a kind of fact.
#[must_use]
pub const fn import_name(kind: FactKind) -> &'static str {
    match kind {
        FactKind::Trust => "get-trust",
        FactKind::HasCredential => "has-credential",
        FactKind::ResolveDid => "resolve-did",
        FactKind::Delegates => "get-delegates",
        FactKind::Blueprint => "get-blueprint",
        FactKind::ConformsTo => "conforms-to",
        FactKind::ActiveSessions => "active-sessions",
        FactKind::Balance => "get-balance",
        FactKind::StoreGet => "store-get",
        FactKind::Karma => "get-karma",
        FactKind::RealmTrust => "get-realm-trust",
    }
}

/// Parameters of the import: address and length of each argument, then where the answer goes.
pub(super) fn parameters(kind: FactKind) -> Vec<ValType> {
    vec![ValType::I32; 2 * kind.arity() + 1]
}

/// Asks, and takes the answer, goes on with the default of the `else` around it, or ends.
pub(super) fn emit(e: &mut Emitter<'_>, c: &mut Code, kind: FactKind, args: &[Expr], whole: &Expr) {
    let point = whole.point;
    let handles: Vec<u32> = args
        .iter()
        .map(|arg| {
            let handle = c.f.local(ValType::I64);
            expression(e, c, arg);
            c.f.set(handle);
            handle
        })
        .collect();
    let [status, out] = c.f.locals(ValType::I32);
    for handle in handles {
        c.f.get(handle);
        c.f.i64(32);
        c.f.i().i64_shr_u().i32_wrap_i64();
        c.f.get(handle);
        c.f.i().i32_wrap_i64();
    }
    let import = e.import(kind);
    c.f.i()
        .global_get(global::ARENA)
        .local_tee(out)
        .call(import);
    c.f.set(status);
    let known = c.f.block(BlockType::Empty);
    c.f.get(status);
    c.f.i32(0);
    c.f.i().i32_ge_s();
    c.f.br_if(known);
    c.f.get(status);
    c.f.i().i32_const(UNKNOWN).i32_ne();
    gas::fail_if(c, EvalError::FactFailed { kind, point });
    match c.unknown {
        Some(unknown) => c.f.br(unknown),
        None => gas::fail(c, EvalError::UnknownFact { kind, point }),
    }
    c.f.end();
    take(c, kind, &whole.ty, status, out);
}

/// Keeps what the answer took of the arena and loads it.
fn take(c: &mut Code, kind: FactKind, ty: &Type, status: u32, out: u32) {
    let answer = kind.answer();
    if answer.repr() == Repr::Ref || answer.is_text() || matches!(answer, Type::List(..)) {
        c.f.get(out);
        c.f.get(status);
        c.f.i32(7);
        c.f.i().i32_add();
        c.f.i32(!7);
        c.f.i().i32_and().i32_add().global_set(global::ARENA);
    }
    c.f.get(out);
    load(c, ty, 0);
    if answer == Type::Bool {
        // Only a proper 1 is true.
        c.f.i32(1);
        c.f.i().i32_eq();
    }
}
