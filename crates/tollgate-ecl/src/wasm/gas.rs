//! Charging gas as [`gas`](crate::gas) defines it, with one compare and one subtraction a block.
//!
//! **The margin.** Nearly every block costs compute gas only, which lowers what is left over all layers and what is left in
//! the compute layer alike. So a function keeps the smaller of the two in a local, the margin: a compute charge fits
//! exactly when it is not above the margin. Charges in other layers go through the function `charge`, which works out
//! what is left from the margin, checks all limits in their order, and gives back the new margin.
//!
//! A module without such charges never needs the layers: at the end, what is missing from the margin is compute gas.

use wasm_encoder::{BlockType, ValType};

use super::body::{Body, absolute};
use super::emitter::{Code, Emitter, Runtime, global};
use super::layout::{GAS, LIMITS};
use super::result;
use crate::gas::{Gas, Layer};
use crate::outcome::{EvalError, GasLayer};

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

/// Ends the evaluation with the packed result on the stack.
pub(super) fn exit(c: &mut Code) {
    c.f.br(c.exit);
}

/// Ends the evaluation with an error.
pub(super) fn fail(c: &mut Code, error: EvalError) {
    c.f.i64(result::failed(error));
    exit(c);
}

/// Ends the evaluation with an error when the i32 on the stack is not zero.
pub(super) fn fail_if(c: &mut Code, error: EvalError) {
    c.f.if_(BlockType::Empty);
    fail(c, error);
    c.f.end();
}

/// Charges what a block costs.
pub(super) fn charge(e: &mut Emitter<'_>, c: &mut Code, gas: &Gas) {
    if *gas == Gas::ZERO || !e.metered {
        return;
    }
    if Emitter::is_layered(gas) {
        for amount in [gas.network, gas.compute, gas.storage, gas.realm] {
            c.f.i64(amount);
        }
        return layered(e, c);
    }
    c.f.get(c.margin);
    c.f.i64(gas.compute);
    c.f.i().i64_lt_s();
    exhausted_if(e, c);
    c.f.get(c.margin);
    c.f.i64(gas.compute);
    c.f.i().i64_sub();
    c.f.set(c.margin);
}

/// Charges the compute gas on the stack (i64, below 2^32).
pub(super) fn charge_amount(e: &mut Emitter<'_>, c: &mut Code) {
    if !e.metered {
        c.f.i().drop();
        return;
    }
    let amount = c.f.local(ValType::I64);
    c.f.set(amount);
    c.f.get(c.margin);
    c.f.get(amount);
    c.f.i().i64_lt_s();
    exhausted_if(e, c);
    c.f.get(c.margin);
    c.f.get(amount);
    c.f.i().i64_sub();
    c.f.set(c.margin);
}

/// Charges the amount on the stack in the storage layer.
pub(super) fn charge_storage(e: &mut Emitter<'_>, c: &mut Code) {
    if !e.metered {
        c.f.i().drop();
        return;
    }
    let amount = c.f.local(ValType::I64);
    c.f.set(amount);
    c.f.i64(0);
    c.f.i64(0);
    c.f.get(amount);
    c.f.i64(0);
    layered(e, c);
}

/// Text gas of the handle in this local.
pub(super) fn charge_text(e: &mut Emitter<'_>, c: &mut Code, handle: u32) {
    if !e.metered {
        return;
    }
    c.f.get(handle);
    c.f.i64(0xffff_ffff);
    c.f.i().i64_and();
    c.f.i64(5);
    c.f.i().i64_shr_u();
    charge_amount(e, c);
}

/// Charges the four amounts on the stack.
fn layered(e: &mut Emitter<'_>, c: &mut Code) {
    let left = c.f.local(ValType::I64);
    c.f.get(c.margin);
    e.call(&mut c.f, Runtime::Charge);
    c.f.tee(left);
    c.f.i64(0);
    c.f.i().i64_lt_s();
    c.f.if_(BlockType::Empty);
    // −1 is the total, −2 to −5 the layers.
    c.f.i64(u64::MAX);
    c.f.get(left);
    c.f.i().i64_sub();
    c.f.i64(8);
    c.f.i().i64_shl();
    c.f.i64(result::failed(exhausted(GasLayer::Total)));
    c.f.i().i64_or();
    exit(c);
    c.f.end();
    c.f.get(left);
    c.f.set(c.margin);
}

const fn exhausted(layer: GasLayer) -> EvalError {
    EvalError::GasExhausted { layer }
}

fn exhausted_if(e: &mut Emitter<'_>, c: &mut Code) {
    c.f.if_(BlockType::Empty);
    e.call(&mut c.f, Runtime::Exhausted);
    exit(c);
    c.f.end();
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
