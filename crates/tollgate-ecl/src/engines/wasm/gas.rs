//! Charging gas as [`gas`](crate::data::gas) defines it, with one compare and one subtraction a block.
//!
//! **The margin.** Nearly every block costs compute gas only, which lowers what is left over all layers and what is left in
//! the compute layer alike. So a function keeps the smaller of the two in a local, the margin: a compute charge fits
//! exactly when it is not above the margin. Charges in other layers go through the function `charge`, which works out
//! what is left from the margin, checks all limits in their order, and gives back the new margin.
//!
//! A module without such charges never needs the layers: at the end, what is missing from the margin is compute gas.

use wasm_encoder::{BlockType, ValType};

use super::body::{Body, absolute};
use super::coder::Coder;
use super::emitter::{Emitter, global};
use super::layout::{GAS, LIMITS};
use super::runtime::Runtime;
use super::{result, scan};
use crate::data::gas::{Gas, Layer};
use crate::host::outcome::{EvalError, GasLayer};

const LIMIT_TOTAL: u64 = LIMITS as u64;
const LIMIT_NETWORK: u64 = LIMITS as u64 + 8;
const LIMIT_COMPUTE: u64 = LIMITS as u64 + 16;
const LIMIT_STORAGE: u64 = LIMITS as u64 + 24;
const LIMIT_REALM: u64 = LIMITS as u64 + 32;

fn load(f: &mut Body, address: u64) {
    f.i32(0);
    f.i().i64_load(absolute(address));
}

/// Starts metering: sets the margin local from the limits.
pub(super) fn start(e: &mut Emitter<'_>, f: &mut Body, margin: u32) {
    if !e.metered {
        return;
    }
    if e.layered {
        for (limit, left) in [
            (LIMIT_TOTAL, global::LEFT_TOTAL),
            (LIMIT_NETWORK, global::LEFT_NETWORK),
            (LIMIT_COMPUTE, global::LEFT_COMPUTE),
            (LIMIT_STORAGE, global::LEFT_STORAGE),
            (LIMIT_REALM, global::LEFT_REALM),
        ] {
            load(f, limit);
            f.i().global_set(left);
        }
    }
    smaller_limit(f);
    f.set(margin);
    if e.layered {
        f.get(margin);
        f.i().global_set(global::MARGIN_START);
    }
}

fn smaller_limit(f: &mut Body) {
    load(f, LIMIT_TOTAL);
    load(f, LIMIT_COMPUTE);
    load(f, LIMIT_TOTAL);
    load(f, LIMIT_COMPUTE);
    f.i().i64_lt_s().select();
}

/// Ends metering: writes what was used to the state block.
pub(super) fn finish(e: &mut Emitter<'_>, f: &mut Body, margin: u32) {
    if !e.metered {
        return;
    }
    f.i32(0);
    if e.layered {
        load(f, LIMIT_COMPUTE);
        f.i().global_get(global::LEFT_COMPUTE).i64_sub();
        f.i().global_get(global::MARGIN_START).i64_add();
    } else {
        smaller_limit(f);
    }
    f.get(margin);
    f.i().i64_sub().i64_store(absolute(u64::from(GAS) + 8));
    if e.layered {
        for (limit, left, used) in [
            (LIMIT_NETWORK, global::LEFT_NETWORK, GAS),
            (LIMIT_STORAGE, global::LEFT_STORAGE, GAS + 16),
            (LIMIT_REALM, global::LEFT_REALM, GAS + 24),
        ] {
            f.i32(0);
            load(f, limit);
            f.i().global_get(left).i64_sub();
            f.i().i64_store(absolute(u64::from(used)));
        }
    }
}

impl Coder<'_, '_> {
    /// Ends the evaluation with the packed result on the stack.
    pub(super) fn leave(&mut self) {
        self.f.br(self.exit);
    }

    /// Ends the evaluation with an error.
    pub(super) fn fail(&mut self, error: EvalError) {
        self.f.i64(result::failed(error));
        self.leave();
    }

    /// Ends the evaluation with an error when the i32 on the stack is not zero.
    pub(super) fn fail_if(&mut self, error: EvalError) {
        self.f.if_(BlockType::Empty);
        self.fail(error);
        self.f.end();
    }

    /// Charges what a block costs.
    pub(super) fn charge(&mut self, gas: &Gas) {
        if *gas == Gas::ZERO || !self.emitter.metered {
            return;
        }
        if scan::is_layered(gas) {
            for amount in [gas.network, gas.compute, gas.storage, gas.realm] {
                self.f.i64(amount);
            }
            return self.charge_layers();
        }
        self.f.get(self.margin);
        self.f.i64(gas.compute);
        self.f.i().i64_lt_s();
        self.exhausted_if();
        self.f.get(self.margin);
        self.f.i64(gas.compute);
        self.f.i().i64_sub();
        self.f.set(self.margin);
    }

    /// Charges the compute gas on the stack (i64, below 2^32).
    pub(super) fn charge_amount(&mut self) {
        if !self.emitter.metered {
            self.f.i().drop();
            return;
        }
        let amount = self.f.local(ValType::I64);
        self.f.set(amount);
        self.f.get(self.margin);
        self.f.get(amount);
        self.f.i().i64_lt_s();
        self.exhausted_if();
        self.f.get(self.margin);
        self.f.get(amount);
        self.f.i().i64_sub();
        self.f.set(self.margin);
    }

    /// Charges the amount on the stack in the storage layer.
    pub(super) fn charge_storage(&mut self) {
        if !self.emitter.metered {
            self.f.i().drop();
            return;
        }
        let amount = self.f.local(ValType::I64);
        self.f.set(amount);
        self.f.i64(0);
        self.f.i64(0);
        self.f.get(amount);
        self.f.i64(0);
        self.charge_layers();
    }

    /// Text gas of the handle in this local.
    pub(super) fn charge_text(&mut self, handle: u32) {
        if !self.emitter.metered {
            return;
        }
        self.f.get(handle);
        self.f.i64(0xffff_ffff);
        self.f.i().i64_and();
        self.f.i64(5);
        self.f.i().i64_shr_u();
        self.charge_amount();
    }

    /// Charges the four amounts on the stack.
    fn charge_layers(&mut self) {
        let left = self.f.local(ValType::I64);
        self.f.get(self.margin);
        self.call(Runtime::Charge);
        self.f.tee(left);
        self.f.i64(0);
        self.f.i().i64_lt_s();
        self.f.if_(BlockType::Empty);
        // −1 is the total, −2 to −5 the layers.
        self.f.i64(u64::MAX);
        self.f.get(left);
        self.f.i().i64_sub();
        self.f.i64(8);
        self.f.i().i64_shl();
        self.f.i64(result::failed(exhausted(GasLayer::Total)));
        self.f.i().i64_or();
        self.leave();
        self.f.end();
        self.f.get(left);
        self.f.set(self.margin);
    }
}

const fn exhausted(layer: GasLayer) -> EvalError {
    EvalError::GasExhausted { layer }
}

impl Coder<'_, '_> {
    fn exhausted_if(&mut self) {
        self.f.if_(BlockType::Empty);
        self.call(Runtime::Exhausted);
        self.leave();
        self.f.end();
    }
}

/// `exhausted() -> packed`: which limit a compute charge above the margin did not fit into.
pub(super) fn exhausted_body(e: &Emitter<'_>, f: &mut Body) {
    f.i64(result::failed(exhausted(GasLayer::Total)));
    f.i64(result::failed(exhausted(GasLayer::Layer(Layer::Compute))));
    if e.layered {
        f.i().global_get(global::LEFT_TOTAL);
        f.i().global_get(global::LEFT_COMPUTE);
    } else {
        load(f, LIMIT_TOTAL);
        load(f, LIMIT_COMPUTE);
    }
    f.i().i64_le_s().select();
}

/// `charge(network, compute, storage, realm, margin) -> margin`, negative when a limit is reached.
pub(super) fn charge_body(f: &mut Body) {
    const MARGIN: u32 = 4;
    let layers = [
        global::LEFT_NETWORK,
        global::LEFT_COMPUTE,
        global::LEFT_STORAGE,
        global::LEFT_REALM,
    ];
    let [total, compute] = f.locals(ValType::I64);
    // What compute charges have taken since the last time.
    for (left, global) in [(total, global::LEFT_TOTAL), (compute, global::LEFT_COMPUTE)] {
        f.i().global_get(global);
        f.i().global_get(global::MARGIN_START);
        f.get(MARGIN);
        f.i().i64_sub().i64_sub();
        f.set(left);
    }
    f.get(0);
    for amount in 1..4 {
        f.get(amount);
        f.i().i64_add();
    }
    f.get(total);
    f.i().i64_gt_s();
    refuse(f, -1);
    for (amount, layer) in (0..).zip(layers) {
        f.get(amount);
        if layer == global::LEFT_COMPUTE {
            f.get(compute);
        } else {
            f.i().global_get(layer);
        }
        f.i().i64_gt_s();
        refuse(f, -2 - i64::from(amount));
    }
    f.get(total);
    for amount in 0..4 {
        f.get(amount);
        f.i().i64_sub();
    }
    f.tee(total);
    f.i().global_set(global::LEFT_TOTAL);
    f.get(compute);
    f.get(1);
    f.i().i64_sub();
    f.tee(compute);
    f.i().global_set(global::LEFT_COMPUTE);
    for (amount, layer) in [
        (0, global::LEFT_NETWORK),
        (2, global::LEFT_STORAGE),
        (3, global::LEFT_REALM),
    ] {
        f.i().global_get(layer);
        f.get(amount);
        f.i().i64_sub().global_set(layer);
    }
    for local in [total, compute, total, compute] {
        f.get(local);
    }
    f.i().i64_lt_s().select();
    f.tee(MARGIN);
    f.i().global_set(global::MARGIN_START);
    f.get(MARGIN);
}

fn refuse(f: &mut Body, code: i64) {
    f.if_(BlockType::Empty);
    f.i().i64_const(code).return_();
    f.end();
}
