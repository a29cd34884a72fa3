//! Questions to the host: one import for each kind of fact the policy uses.
//!
//! `(address, length)* , out -> status`: the host writes its answer at `out`, the free end of the arena, and returns how
//! many bytes it took (the answer and what it refers to), −1 when it does not know, −2 when it failed. Any other negative
//! number is a failure too.

use wasm_encoder::{BlockType, ValType};

use super::coder::Coder;
use super::emitter::global;
use crate::data::types::{Repr, Type};
use crate::host::outcome::EvalError;
use crate::ir::{Expr, FactKind};

/// The host does not know.
pub(crate) const UNKNOWN: i32 = -1;
/// The host failed.
pub(crate) const FAILED: i32 = -2;

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

/// Registers of what the host gave back.
struct Reply {
    /// The bytes that the answer took.
    status: u32,
    /// Its address.
    out: u32,
}

impl Coder<'_, '_> {
    /// Asks, and takes the answer, goes on with the default of the `else` around it, or ends.
    pub(super) fn fact(&mut self, kind: FactKind, args: &[Expr], whole: &Expr) {
        let point = whole.point;
        let handles: Vec<u32> = args
            .iter()
            .map(|arg| {
                let handle = self.f.local(ValType::I64);
                self.expr(arg);
                self.f.set(handle);
                handle
            })
            .collect();
        let [status, out] = self.f.locals(ValType::I32);
        for handle in handles {
            self.f.get(handle);
            self.f.i64(32);
            self.f.i().i64_shr_u().i32_wrap_i64();
            self.f.get(handle);
            self.f.i().i32_wrap_i64();
        }
        let import = self.emitter.import(kind);
        self.f
            .i()
            .global_get(global::ARENA)
            .local_tee(out)
            .call(import);
        self.f.set(status);
        let known = self.f.block(BlockType::Empty);
        self.f.get(status);
        self.f.i32(0);
        self.f.i().i32_ge_s();
        self.f.br_if(known);
        self.f.get(status);
        self.f.i().i32_const(UNKNOWN).i32_ne();
        self.fail_if(EvalError::FactFailed { kind, point });
        match self.unknown {
            Some(unknown) => self.f.br(unknown),
            None => self.fail(EvalError::UnknownFact { kind, point }),
        }
        self.f.end();
        self.take_answer(kind, &whole.ty, Reply { status, out });
    }

    /// Keeps what the answer took of the arena and loads it.
    fn take_answer(&mut self, kind: FactKind, ty: &Type, reply: Reply) {
        let Reply { status, out } = reply;
        let answer = kind.answer();
        if answer.repr() == Repr::Ref || answer.is_text() || matches!(answer, Type::List(..)) {
            self.f.get(out);
            self.f.get(status);
            self.f.i32(7);
            self.f.i().i32_add();
            self.f.i32(!7);
            self.f.i().i32_and().i32_add().global_set(global::ARENA);
        }
        self.f.get(out);
        self.load(ty, 0);
        if answer == Type::Bool {
            // Only a proper 1 is true.
            self.f.i32(1);
            self.f.i().i32_eq();
        }
    }
}
