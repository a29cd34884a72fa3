//! Conditions as formulas: AND and OR of what each leaf says about one value.
//!
//! A formula is made for a condition and a truth, so that NOT is gone: it holds in every evaluation in which the condition comes
//! to that truth. It may hold in more, where what is not understood counts as a truth value of its own.

use std::collections::HashMap;
use std::rc::Rc;

use super::keys::{Key, Keys};
use super::set::{Set, Whole};
use super::steps::Steps;
use crate::data::types::Type;
use crate::ir::value;
use crate::ir::{BinaryOp, Expr, ExprKind, Handle, LocalId, PointId, Program, Rule, UnaryOp};

/// What holds.
#[derive(Debug)]
pub(super) struct Formula {
    pub(super) kind: Kind,
    /// How many leaves it has, those of a `let` each time that it is named.
    leaves: u32,
}

/// The forms of a formula.
#[derive(Debug)]
pub(super) enum Kind {
    Constant(bool),
    /// The value with this key is in a set.
    Leaf(Leaf),
    And(Rc<Formula>, Rc<Formula>),
    Or(Rc<Formula>, Rc<Formula>, Origin),
}

impl Formula {
    pub(super) fn new(kind: Kind) -> Rc<Self> {
        let leaves = match &kind {
            Kind::Constant(_) | Kind::Leaf(_) => 1,
            Kind::And(a, b) | Kind::Or(a, b, _) => a.leaves.saturating_add(b.leaves),
        };
        Rc::new(Self { kind, leaves })
    }
}

/// What a condition comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Truth {
    True,
    False,
}

impl Truth {
    const fn opposite(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
        }
    }
}

/// Where an OR comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Somebody wrote it, and it is to be true.
    Written,
    /// It is a part of something else.
    Made,
}

/// What a condition says about one value.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) key: Key,
    pub(super) set: Set,
    pub(super) whole: Whole,
    /// The condition that people see.
    pub(super) point: Option<PointId>,
}

/// Leaves of a `let` that is looked into.
const LET_LEAVES_MAX: u32 = 256;

/// Makes formulas of the conditions of a policy.
pub(super) struct Reader<'p> {
    program: &'p Program,
    keys: Keys,
    steps: Steps,
    lets: HashMap<(LocalId, Truth), Rc<Formula>>,
    /// The rule that is read.
    rule: Option<&'p Rule>,
    /// The condition in it that is read.
    leaf: Option<PointId>,
}

impl<'p> Reader<'p> {
    pub(super) fn new(program: &'p Program, lets: &'p [(LocalId, Expr)], steps: Steps) -> Self {
        let mut reader = Self {
            program,
            keys: Keys::default(),
            steps,
            lets: HashMap::new(),
            rule: None,
            leaf: None,
        };
        for (local, value) in lets {
            reader.keys.name(*local, value, program);
            if value.ty == Type::Bool {
                for truth in [Truth::True, Truth::False] {
                    let formula = reader.formula(value, truth);
                    // A `let` of `let`s of `let`s has the leaves of all of them: with too many it stays a name.
                    if formula.leaves <= LET_LEAVES_MAX {
                        reader.lets.insert((*local, truth), formula);
                    }
                }
            }
        }
        reader
    }

    /// The number of a rule's condition; equal ones have equal outcomes.
    pub(super) fn key(&mut self, rule: &'p Rule, cond: &'p Expr) -> Key {
        self.keys.params = rule.params;
        self.keys.of(cond, self.program)
    }

    /// What holds when a rule's condition comes to a truth.
    pub(super) fn rule(&mut self, rule: &'p Rule, cond: &'p Expr, truth: Truth) -> Rc<Formula> {
        self.keys.params = rule.params;
        self.rule = Some(rule);
        self.leaf = None;
        self.formula(cond, truth)
    }

    fn formula(&mut self, e: &'p Expr, truth: Truth) -> Rc<Formula> {
        Formula::new(match &e.kind {
            ExprKind::Bool(value) => Kind::Constant(*value == (truth == Truth::True)),
            ExprKind::Probe { leaf, expr } => return self.probe(*leaf, expr, truth),
            ExprKind::Unary {
                op: UnaryOp::Not,
                expr,
            } => return self.formula(expr, truth.opposite()),
            ExprKind::And(left, right) => {
                let parts = (self.formula(left, truth), self.formula(right, truth));
                match truth {
                    Truth::True => Kind::And(parts.0, parts.1),
                    Truth::False => Kind::Or(parts.0, parts.1, Origin::Made),
                }
            }
            ExprKind::Or(left, right) => {
                let parts = (self.formula(left, truth), self.formula(right, truth));
                let origin = match self.leaf {
                    None => Origin::Written,
                    Some(_) => Origin::Made,
                };
                match truth {
                    Truth::True => Kind::Or(parts.0, parts.1, origin),
                    Truth::False => Kind::And(parts.0, parts.1),
                }
            }
            // Read twice, so what stands in it may have no choice of its own.
            ExprKind::If {
                cond,
                then,
                otherwise,
            } if !has_choice(cond) => {
                let (holds, fails) = (
                    self.formula(cond, Truth::True),
                    self.formula(cond, Truth::False),
                );
                let then = Kind::And(holds, self.formula(then, truth));
                let otherwise = Kind::And(fails, self.formula(otherwise, truth));
                Kind::Or(Formula::new(then), Formula::new(otherwise), Origin::Made)
            }
            ExprKind::Local(local) => match self.lets.get(&(*local, truth)) {
                Some(formula) => return formula.clone(),
                None => self.leaf(e, truth),
            },
            _ => self.leaf(e, truth),
        })
    }

    fn probe(&mut self, leaf: u32, e: &'p Expr, truth: Truth) -> Rc<Formula> {
        let leaf = self.rule.and_then(|rule| rule.leaves.get(leaf as usize));
        let before = std::mem::replace(&mut self.leaf, leaf.map(|leaf| leaf.point));
        let formula = self.formula(e, truth);
        self.leaf = before;
        formula
    }

    fn leaf(&mut self, e: &'p Expr, truth: Truth) -> Kind {
        let (key, set, whole) = self.said(e).unwrap_or_else(|| {
            let key = self.keys.of(e, self.program);
            (key, Set::points([1]), (0, 1))
        });
        let set = match truth {
            Truth::True => set,
            Truth::False => set.not(whole),
        };
        let point = self.leaf;
        Kind::Leaf(Leaf {
            key,
            set,
            whole,
            point,
        })
    }

    /// The value that a comparison is about, and where it lies when it is true.
    fn said(&mut self, e: &'p Expr) -> Option<(Key, Set, Whole)> {
        let program = self.program;
        match &e.kind {
            ExprKind::In { item, list }
            | ExprKind::Binary {
                op: BinaryOp::InTexts,
                left: item,
                right: list,
            } => {
                let list = self.keys.list(list, program)?;
                // A long list may have a short name, and be read in every rule.
                if !self.steps.spend(list.length() as usize) {
                    return None;
                }
                let (mut values, whole) = Keys::elements(&item.ty, list, program)?;
                values.retain(|value| may_be(item, *value, program));
                Some((self.keys.of(item, program), Set::points(values), whole))
            }
            ExprKind::Binary { op, left, right } => {
                let signs = signs(*op)?;
                match (
                    self.keys.constant(left, program),
                    self.keys.constant(right, program),
                ) {
                    (None, Some((value, whole))) => Some((
                        self.keys.of(left, program),
                        beside(possible(left, signs, value, program), value, whole),
                        whole,
                    )),
                    (Some((value, whole)), None) => Some((
                        self.keys.of(right, program),
                        beside(
                            possible(right, mirrored(signs), value, program),
                            value,
                            whole,
                        ),
                        whole,
                    )),
                    _ => Some(self.order(left, right, signs)),
                }
            }
            _ => None,
        }
    }

    /// The order of two values is a value too: less, equal, greater.
    fn order(&mut self, left: &'p Expr, right: &'p Expr, signs: Signs) -> (Key, Set, Whole) {
        let (a, b) = (
            self.keys.of(left, self.program),
            self.keys.of(right, self.program),
        );
        let whole = if a == b { (0, 0) } else { (-1, 1) };
        let (a, b, signs) = if a <= b {
            (a, b, signs)
        } else {
            (b, a, mirrored(signs))
        };
        let set = (-1..)
            .zip(signs)
            .filter(|(_, holds)| *holds)
            .map(|(sign, _)| sign);
        let set = Set::points(set).and(&Set::range(whole.0, whole.1));
        (self.keys.order(a, b), set, whole)
    }
}

/// Whether a comparison holds when the left side is less, equal, greater.
type Signs = [bool; 3];

fn mirrored([less, equal, greater]: Signs) -> Signs {
    [greater, equal, less]
}

fn signs(op: BinaryOp) -> Option<Signs> {
    use BinaryOp as B;
    Some(match op {
        B::EqWord | B::EqText | B::EqNumber | B::EqWide => [false, true, false],
        B::NeWord | B::NeText | B::NeNumber | B::NeWide => [true, false, true],
        B::LtInt | B::LtNumber | B::LtWide => [true, false, false],
        B::LeInt | B::LeNumber | B::LeWide => [true, true, false],
        B::GtInt | B::GtNumber | B::GtWide => [false, false, true],
        B::GeInt | B::GeNumber | B::GeWide => [false, true, true],
        _ => return None,
    })
}

/// The signs that there may be, where a value is compared with a constant.
fn possible(e: &Expr, signs: Signs, constant: i128, program: &Program) -> Signs {
    let [less, equal, greater] = signs;
    [less, equal && may_be(e, constant, program), greater]
}

/// Bytes of a constant that is read. A longer one may have a short name, and stand in every rule.
const READ_BYTES_MAX: u32 = 256;

/// Whether a value may be this constant: a text in lower case is none with capitals.
fn may_be(e: &Expr, constant: i128, program: &Program) -> bool {
    let ExprKind::Unary {
        op: UnaryOp::Make(making),
        ..
    } = e.kind
    else {
        return true;
    };
    let handle = u64::try_from(constant).map(Handle).ok();
    let handle = handle.filter(|handle| handle.length() <= READ_BYTES_MAX);
    let text = handle.and_then(|handle| value::text(&program.pool.bytes, handle));
    text.is_none_or(|text| making.gives(text))
}

/// The values on the sides of one that `signs` names.
fn beside([less, equal, greater]: Signs, value: i128, whole: Whole) -> Set {
    let part = |wanted: bool, set: Option<Set>| set.filter(|_| wanted).unwrap_or(Set::points([]));
    let below = value.checked_sub(1).map(|last| Set::range(whole.0, last));
    let above = value.checked_add(1).map(|first| Set::range(first, whole.1));
    let sides = part(less, below).or(&part(greater, above));
    sides.or(&part(equal, Some(Set::points([value]))))
}

fn has_choice(e: &Expr) -> bool {
    let mut found = matches!(e.kind, ExprKind::If { .. });
    e.each_child(&mut |child| found = found || has_choice(child));
    found
}
