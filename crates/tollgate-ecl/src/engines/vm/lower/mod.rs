//! Checked IR → bytecode, one instruction an operator; the [optimiser](super::optimise) fuses.
//!
//! Conditions are lowered to jumps: [`Lower::condition`] makes code that goes to a label when an expression has a given
//! truth value and falls through otherwise, so AND, OR, NOT and `if` cost no instructions of their own. A block is charged
//! where control enters it, with the amount [`cost::block`] gives.
//!
//! `else` is a handler known now: every question within its value, and every call that may come upon one, names the label of
//! the default and how many cells of the stack are dropped on the way there.

mod condition;
mod frame;
mod loops;
mod operator;
mod policy;
mod value;

use self::frame::{Frame, cells, words_of};
use super::bytecode::{Code, EffectCode, FunctionCode, Kind, NONE, Op, PcInfo};
use super::listing::{Line, Listing, index};
use super::optimise;
use crate::data::gas::Gas;
use crate::data::types::{Repr, WORD};
use crate::ir::cost;
use crate::ir::{Body, Expr, Program};

/// Whether the optimiser runs. It changes nothing but speed; `None` is for tests and listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Optimise {
    /// One instruction an operator.
    None,
    /// Threaded, fused, without dead code.
    Full,
}

/// Why a program has no bytecode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LowerError {
    /// A program that the checker would not have made.
    #[error("the program is not well formed: {0}; this is a bug in what made it")]
    Malformed(&'static str),
    /// Too many locals, or too large a record.
    #[error(
        "the program needs {what} of {found}, but at most {max} fit; split it into smaller policies"
    )]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large.
        found: u64,
        /// The limit.
        max: u64,
    },
}

type Lowered = Result<(), LowerError>;

/// Makes the bytecode of a program.
///
/// # Errors
/// When the program is not well formed or larger than the machine.
pub(crate) fn lower(program: &Program, level: Optimise) -> Result<Code, LowerError> {
    let mut lower = Lower::new(program);
    lower.program()?;
    let mut listing = lower.listing;
    if level == Optimise::Full {
        optimise::optimise(&mut listing);
    }
    listing
        .assemble()
        .ok_or(LowerError::Malformed("a jump without a target"))
}

struct Lower<'p> {
    program: &'p Program,
    listing: Listing,
    frame: Frame,
    /// Address of the rule's constants, when the code is for one rule.
    params: Option<u32>,
    /// Added to the leaf numbers of the rule.
    leaf_base: u32,
    /// The leaf instructions belong to.
    leaf: u32,
    /// What the next comparison notes for its leaf: taken by it before its operands are lowered.
    pending: Option<PcInfo>,
    /// Whether the rule's leaves have comparisons.
    compares: Vec<bool>,
    /// Cells of values on the stack.
    height: u32,
    /// Where an unknown fact goes on: the innermost `else` around it, or the end of the function.
    handler: Option<Handler>,
    /// Functions that may return without a result.
    unknown_functions: Vec<bool>,
}

/// A place that unknown facts go on at, and the cells of values on the stack there.
#[derive(Debug, Clone, Copy)]
struct Handler {
    label: u32,
    height: u32,
}

impl<'p> Lower<'p> {
    fn new(program: &'p Program) -> Self {
        Self {
            program,
            listing: Listing::default(),
            frame: Frame::default(),
            params: None,
            leaf_base: 0,
            leaf: NONE,
            pending: None,
            compares: Vec::new(),
            height: 0,
            handler: None,
            unknown_functions: program.unknown_functions(),
        }
    }

    fn program(&mut self) -> Lowered {
        self.declare_functions()?;
        self.declare_effects()?;
        self.frame = self.frame_of(&self.program.locals)?;
        match &self.program.body {
            Body::Guard(expr) => {
                self.listing.code.effect_entries = [NONE; 3];
                self.block(expr)?;
                if expr.ty.repr() != Repr::Nothing {
                    self.emit(Op::Output);
                }
            }
            Body::Policy(policy) => self.policy(policy)?,
        }
        self.listing.code.locals = cells(self.frame.max)?;
        self.functions()
    }

    fn declare_functions(&mut self) -> Lowered {
        for function in &self.program.functions {
            let parameters = function.locals.get(..function.params as usize);
            let parameters =
                parameters.ok_or(LowerError::Malformed("a function without its parameters"))?;
            let code = FunctionCode {
                entry: self.listing.label(),
                arguments: cells(parameters.iter().map(words_of).sum())?,
                locals: 0,
                result: if function.ret.repr() == Repr::Wide {
                    2
                } else {
                    1
                },
            };
            self.listing.code.functions.push(code);
        }
        Ok(())
    }

    fn declare_effects(&mut self) -> Lowered {
        let records = &self.program.records;
        for effect in &self.program.effects {
            let mut code = EffectCode::default();
            if effect.operands.len() > code.texts.len() {
                return Err(LowerError::Malformed(
                    "an effect with more than two operands",
                ));
            }
            for (text, (offset, ty)) in code.texts.iter_mut().zip(effect.places(records)) {
                if ty.is_text() {
                    *text = offset / WORD;
                } else {
                    code.bytes += ty.words(records) * WORD;
                }
            }
            self.listing.code.effects.push(code);
        }
        Ok(())
    }

    fn functions(&mut self) -> Lowered {
        for (number, function) in self.program.functions.iter().enumerate() {
            self.frame = self.frame_of(&function.locals)?;
            let entry = self
                .listing
                .code
                .functions
                .get(number)
                .map_or(NONE, |f| f.entry);
            self.listing.place(entry);
            let unknown = Handler {
                label: self.listing.label(),
                height: 0,
            };
            self.handler = Some(unknown);
            self.height = 0;
            self.block(&function.body)?;
            self.handler = None;
            match function.body.ty.repr() {
                Repr::Wide => self.emit(Op::ReturnWide),
                Repr::Word | Repr::Ref => self.emit(Op::Return),
                Repr::Nothing => {}
            }
            if self.unknown_functions.get(number) == Some(&true) {
                self.listing.place(unknown.label);
                self.emit(Op::ReturnUnknown);
            }
            if let Some(code) = self.listing.code.functions.get_mut(number) {
                code.locals = cells(self.frame.max)?;
            }
        }
        Ok(())
    }

    /// What an instruction does when a fact is unknown: where it goes on, and how many cells are dropped when `height` are
    /// on the stack.
    fn unknown(&self, height: u32) -> Result<(u32, u16), LowerError> {
        match self.handler {
            Some(handler) => Ok((handler.label, cells(height.saturating_sub(handler.height))?)),
            None => Ok((NONE, 0)),
        }
    }

    fn push(&mut self, op: Op, info: PcInfo) {
        let cells = |kinds: &[Kind]| kinds.iter().map(|kind| kind.cells()).sum::<u32>();
        let instruction = op.instruction();
        self.height =
            self.height.saturating_sub(cells(instruction.pops)) + cells(instruction.pushes);
        self.listing.lines.push(Line::Op(op, info));
    }

    fn emit(&mut self, op: Op) {
        self.emit_at(op, 0);
    }

    fn emit_at(&mut self, op: Op, point: u32) {
        let info = PcInfo {
            point,
            leaf: self.leaf,
            notes: 0,
        };
        self.push(op, info);
    }

    /// A comparison that notes its operands and outcome for an explanation.
    fn emit_noted(&mut self, op: Op, point: u32, noted: Option<PcInfo>) {
        let info = match noted {
            Some(noted) => PcInfo { point, ..noted },
            None => PcInfo {
                point,
                leaf: self.leaf,
                notes: 0,
            },
        };
        self.push(op, info);
    }

    fn charge(&mut self, gas: &Gas) {
        if *gas == Gas::ZERO {
            return;
        }
        match compute_only(gas) {
            Some(amount) => self.emit(Op::Charge { amount }),
            None => {
                let k = self.gas_entry(gas);
                self.emit(Op::ChargeGas { k });
            }
        }
    }

    fn gas_entry(&mut self, gas: &Gas) -> u32 {
        let gases = &mut self.listing.code.gases;
        let found = gases.iter().position(|g| g == gas);
        index(found.unwrap_or_else(|| {
            gases.push(*gas);
            gases.len() - 1
        }))
    }

    /// Charges the block that starts here, then its value.
    fn block(&mut self, expr: &'p Expr) -> Lowered {
        self.charge(&cost::block(expr));
        self.value(expr)
    }
}

/// The amount, when it is all in the compute layer.
fn compute_only(gas: &Gas) -> Option<u32> {
    (gas.total() == gas.compute).then(|| u32::try_from(gas.compute).ok())?
}
