//! Programs made by hand, for tests of the engine: a builder for the pool and the tree, and the policies the engine is
//! tuned with.

use crate::data::gas::{Gas, GasLimits};
use crate::data::types::{EnumDef, RecordDef, RecordId, Type};
use crate::ir::{
    BinaryOp, Body, Combine, Decision, Expr, ExprKind, FactKind, Group, Handle, Index, Keys, Leaf,
    LeafCompare, LocalId, LoopKind, Plan, PointId, PolicyBody, Pool, Program, Rule, UnaryOp,
};

/// Texts and lists of a program being made.
#[derive(Debug)]
pub(super) struct PoolBuilder {
    pool: Pool,
}

impl Default for PoolBuilder {
    fn default() -> Self {
        let pool = Pool {
            bytes: vec![0; 16],
            texts: Vec::new(),
        };
        Self { pool }
    }
}

impl PoolBuilder {
    /// The handle of a text, the same for equal texts.
    pub(super) fn text(&mut self, text: &str) -> Handle {
        if text.is_empty() {
            return Handle(0);
        }
        let found = self.pool.texts.iter().find(|h| {
            let start = h.address() as usize;
            self.pool.bytes.get(start..start + h.length() as usize) == Some(text.as_bytes())
        });
        if let Some(handle) = found {
            return *handle;
        }
        let handle = Handle::new(self.append(text.as_bytes()), text.len() as u32);
        self.pool.texts.push(handle);
        handle
    }

    /// The handle of a list of words.
    pub(super) fn list(&mut self, words: &[u64]) -> Handle {
        Handle::new(self.words(words), words.len() as u32)
    }

    /// The address of words.
    pub(super) fn words(&mut self, words: &[u64]) -> u32 {
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        self.append(&bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> u32 {
        let address = self.pool.bytes.len() as u32;
        self.pool.bytes.extend_from_slice(bytes);
        self.pool
            .bytes
            .resize(self.pool.bytes.len().next_multiple_of(8), 0);
        address
    }
}

/// An expression.
pub(super) fn expr(ty: Type, kind: ExprKind) -> Expr {
    Expr {
        kind,
        ty,
        point: PointId(0),
    }
}

/// A comparison.
pub(super) fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    expr(
        Type::Bool,
        ExprKind::Binary {
            op,
            left: left.into(),
            right: right.into(),
        },
    )
}

/// AND over several conditions.
pub(super) fn all(conditions: Vec<Expr>) -> Expr {
    let mut conditions = conditions.into_iter();
    let first = conditions
        .next()
        .unwrap_or_else(|| expr(Type::Bool, ExprKind::Bool(true)));
    conditions.fold(first, |a, b| {
        expr(Type::Bool, ExprKind::And(a.into(), b.into()))
    })
}

/// NOT.
pub(super) fn not(condition: Expr) -> Expr {
    expr(
        Type::Bool,
        ExprKind::Unary {
            op: UnaryOp::Not,
            expr: condition.into(),
        },
    )
}

/// `item in list`.
pub(super) fn is_in(item: Expr, list: Expr) -> Expr {
    expr(
        Type::Bool,
        ExprKind::In {
            item: item.into(),
            list: list.into(),
        },
    )
}

/// A program under construction.
#[derive(Debug)]
pub(super) struct Builder {
    /// Constants.
    pub(super) pool: PoolBuilder,
    /// The input record.
    pub(super) input: RecordDef,
    records: Vec<RecordDef>,
    leaves: u32,
}

impl Builder {
    /// A program with that input; `records` are those it refers to.
    pub(super) fn new(records: Vec<RecordDef>, fields: &[(&str, Type)]) -> Self {
        let fields = fields
            .iter()
            .map(|(name, ty)| ((*name).into(), ty.clone()))
            .collect();
        let input = RecordDef::new("input", fields, &records);
        Self {
            pool: PoolBuilder::default(),
            input,
            records,
            leaves: 0,
        }
    }

    /// A field of the input, by a path of names. Addresses are relative until [`Builder::policy`] moves them.
    pub(super) fn input(&self, path: &str) -> Expr {
        let mut record = &self.input;
        let (mut address, mut ty) = (0, &Type::Bool);
        for name in path.split('.') {
            let field = record.field(name).unwrap();
            (address, ty) = (address + field.offset, &field.ty);
            if let Type::Record(id) = ty {
                record = &self.records[id.0 as usize];
            }
        }
        expr(ty.clone(), ExprKind::Input(address))
    }

    /// A text constant.
    pub(super) fn text(&mut self, text: &str) -> Expr {
        expr(Type::String(64), ExprKind::Text(self.pool.text(text)))
    }

    /// A constant list of texts.
    pub(super) fn texts(&mut self, texts: &[&str]) -> Expr {
        let words: Vec<u64> = texts.iter().map(|t| self.pool.text(t).0).collect();
        let list = self.pool.list(&words);
        expr(
            Type::List(Type::String(64).into(), texts.len() as u32),
            ExprKind::Text(list),
        )
    }

    /// A rule of its own shape; every comparison under AND, OR, NOT becomes a leaf.
    pub(super) fn rule(&mut self, name: &str, shape: u32, condition: Expr) -> (Rule, Expr) {
        let mut leaves = Vec::new();
        let condition = probe(condition, &mut leaves);
        let count = leaves.len() as u32;
        let rule = Rule {
            name: name.into(),
            point: PointId(0),
            message: None,
            shape,
            params: 0,
            leaves,
            leaf_base: self.leaves,
        };
        self.leaves += count;
        (rule, condition)
    }

    /// A group of rules, each of its own shape.
    pub(super) fn group(
        &mut self,
        decision: Decision,
        combine: Combine,
        conditions: Vec<(&str, Expr)>,
    ) -> Group {
        let mut group = Group {
            decision,
            combine,
            rules: Vec::new(),
            plan: Plan {
                shapes: Vec::new(),
                index: None,
            },
        };
        for (shape, (name, condition)) in (0..).zip(conditions) {
            let (rule, shape) = self.rule(name, shape, condition);
            group.rules.push(rule);
            group.plan.shapes.push(shape);
        }
        group
    }

    /// The finished policy.
    pub(super) fn policy(self, groups: Vec<Group>, lets: Vec<(Type, Expr)>) -> Program {
        let mut records = self.records;
        let input = RecordId(records.len() as u32);
        records.push(self.input);
        let input_base = (self.pool.pool.bytes.len() as u32).next_multiple_of(16);
        let locals: Vec<Type> = lets.iter().map(|(ty, _)| ty.clone()).collect();
        let policy = PolicyBody {
            lets: (0..).zip(lets).map(|(i, (_, e))| (LocalId(i), e)).collect(),
            groups,
            otherwise: Decision::Reject,
            otherwise_message: None,
            effects: Vec::new(),
        };
        let mut locals_all = locals;
        locals_all.extend([Type::Int, Type::Int, Type::Int, Type::Int]);
        let mut body = Body::Policy(policy);
        // Moves the input to its address.
        body.each_root_mut(&mut |root| {
            root.walk_mut(&mut |expr| {
                if let ExprKind::Input(address) = &mut expr.kind {
                    *address += input_base;
                }
            });
        });
        Program {
            name: "sample".into(),
            id: None,
            version: None,
            pool: self.pool.pool,
            input,
            input_base,
            output: None,
            records,
            enums: vec![EnumDef {
                name: "Kind".into(),
                cases: vec!["A".into(), "B".into()],
            }],
            functions: Vec::new(),
            automata: Vec::new(),
            effects: Vec::new(),
            body,
            locals: locals_all,
            points: Vec::new(),
            messages: Vec::new(),
            gas_limits: GasLimits::total(100_000),
            gas_bound: Gas::ZERO,
            arena_bound: 4096,
            hash: "00".repeat(32).into(),
        }
    }
}

fn probe(condition: Expr, leaves: &mut Vec<Leaf>) -> Expr {
    let ty = Type::Bool;
    match condition.kind {
        ExprKind::And(a, b) => {
            let a = probe(*a, leaves);
            expr(ty, ExprKind::And(a.into(), probe(*b, leaves).into()))
        }
        ExprKind::Or(a, b) => {
            let a = probe(*a, leaves);
            expr(ty, ExprKind::Or(a.into(), probe(*b, leaves).into()))
        }
        ExprKind::Unary {
            op: UnaryOp::Not,
            expr: inner,
        } => not(probe(*inner, leaves)),
        kind => {
            let types = match &kind {
                ExprKind::Binary { left, right, .. } => Some((left.ty.clone(), right.ty.clone())),
                ExprKind::In { item, list } => Some((item.ty.clone(), list.ty.clone())),
                _ => None,
            };
            let compare = types.map(|(left_type, right_type)| LeafCompare {
                operator: "?".into(),
                left: "left".into(),
                left_type,
                right: "right".into(),
                right_type,
            });
            leaves.push(Leaf {
                point: PointId(0),
                compare,
            });
            let leaf = leaves.len() as u32 - 1;
            expr(
                ty.clone(),
                ExprKind::Probe {
                    leaf,
                    expr: expr(ty, kind).into(),
                },
            )
        }
    }
}

fn string() -> Type {
    Type::String(64)
}

fn strings(bound: u32) -> Type {
    Type::List(string().into(), bound)
}

/// P1: roles, actions, a forbidden deletion.
pub(super) fn rbac() -> Program {
    let mut b = Builder::new(
        vec![],
        &[
            ("roles", strings(16)),
            ("action", string()),
            ("kind", string()),
        ],
    );
    let eq = |b: &mut Builder, field: &str, text: &str| {
        let right = b.text(text);
        binary(BinaryOp::EqWord, b.input(field), right)
    };
    let has = |b: &mut Builder, role: &str| {
        let item = b.text(role);
        is_in(item, b.input("roles"))
    };
    let denied = all(vec![
        eq(&mut b, "action", "delete"),
        eq(&mut b, "kind", "Doc"),
        not(has(&mut b, "admin")),
    ]);
    let actions = b.texts(&["read", "write"]);
    let editor = all(vec![
        has(&mut b, "editor"),
        is_in(b.input("action"), actions),
        eq(&mut b, "kind", "Doc"),
    ]);
    let viewer = all(vec![
        has(&mut b, "viewer"),
        eq(&mut b, "action", "read"),
        eq(&mut b, "kind", "Doc"),
    ]);
    let reject = b.group(Decision::Reject, Combine::Any, vec![("denied", denied)]);
    let accept = b.group(
        Decision::Accept,
        Combine::Any,
        vec![("editor", editor), ("viewer", viewer)],
    );
    b.policy(vec![reject, accept], vec![])
}

/// P2: attributes and sets.
pub(super) fn abac() -> Program {
    let user = RecordDef::new(
        "User",
        vec![
            ("department".into(), string()),
            ("region".into(), string()),
            ("clearances".into(), strings(16)),
        ],
        &[],
    );
    let doc = RecordDef::new(
        "Doc",
        vec![
            ("department".into(), string()),
            ("tags".into(), strings(16)),
        ],
        &[],
    );
    let mut b = Builder::new(
        vec![user, doc],
        &[
            ("action", string()),
            ("u", Type::Record(RecordId(0))),
            ("d", Type::Record(RecordId(1))),
        ],
    );
    let read = b.text("read");
    let regions = b.texts(&["EU", "UK", "CH", "NO"]);
    let embargo = b.text("embargo");
    let tag = expr(string(), ExprKind::Local(LocalId(0)));
    let common = expr(
        Type::Bool,
        ExprKind::Loop {
            kind: LoopKind::Any,
            var: LocalId(0),
            list: b.input("d.tags").into(),
            body: is_in(tag, b.input("u.clearances")).into(),
        },
    );
    let condition = all(vec![
        binary(BinaryOp::EqWord, b.input("action"), read),
        binary(
            BinaryOp::EqWord,
            b.input("u.department"),
            b.input("d.department"),
        ),
        common,
        not(is_in(embargo, b.input("d.tags"))),
        is_in(b.input("u.region"), regions),
    ]);
    let accept = b.group(Decision::Accept, Combine::Any, vec![("reader", condition)]);
    b.policy(vec![accept], vec![])
}

/// P3: thresholds.
pub(super) fn trust_gate() -> Program {
    let mut b = Builder::new(
        vec![],
        &[
            ("action", string()),
            ("price", Type::Decimal),
            ("trust", Type::Decimal),
            ("distance", Type::Decimal),
            ("budget", Type::Decimal),
        ],
    );
    let decimal = |text: &str| {
        expr(
            Type::Decimal,
            ExprKind::Wide(crate::data::decimal::parse(text).unwrap()),
        )
    };
    let charge = |b: &mut Builder| {
        let text = b.text("charge");
        binary(BinaryOp::EqWord, b.input("action"), text)
    };
    let low = all(vec![
        charge(&mut b),
        binary(BinaryOp::LtWide, b.input("trust"), decimal("0.3")),
    ]);
    let reject = b.group(Decision::Reject, Combine::Any, vec![("low", low)]);
    let action = charge(&mut b);
    let price = binary(BinaryOp::LeWide, b.input("price"), decimal("0.50"));
    let trust = binary(BinaryOp::GeWide, b.input("trust"), decimal("0.7"));
    let distance = binary(BinaryOp::LeWide, b.input("distance"), decimal("5"));
    let budget = binary(BinaryOp::GtWide, b.input("budget"), decimal("10"));
    let accept = b.group(
        Decision::Accept,
        Combine::All,
        vec![
            ("action", action),
            ("price", price),
            ("trust", trust),
            ("distance", distance),
            ("budget", budget),
        ],
    );
    b.policy(vec![reject, accept], vec![])
}

/// P4: text tests.
pub(super) fn texts() -> Program {
    let mut b = Builder::new(
        vec![],
        &[
            ("action", string()),
            ("path", string()),
            ("host", string()),
            ("method", string()),
        ],
    );
    let test = |b: &mut Builder, op, field: &str, text: &str| {
        let right = b.text(text);
        binary(op, b.input(field), right)
    };
    let methods = b.texts(&["GET", "HEAD"]);
    let condition = all(vec![
        test(&mut b, BinaryOp::EqWord, "action", "http"),
        test(&mut b, BinaryOp::StartsWith, "path", "/api/v1/"),
        test(&mut b, BinaryOp::EndsWith, "path", "/items"),
        test(&mut b, BinaryOp::EndsWith, "host", ".example.com"),
        is_in(b.input("method"), methods),
    ]);
    let accept = b.group(Decision::Accept, Combine::Any, vec![("get", condition)]);
    b.policy(vec![accept], vec![])
}

/// P5: so many rules of one shape, behind an index.
pub(super) fn many_rules(count: u32) -> Program {
    let mut b = Builder::new(
        vec![],
        &[
            ("user", string()),
            ("action", string()),
            ("kind", string()),
            ("level", Type::Int),
        ],
    );
    let param = |ty: Type, offset: u32| expr(ty, ExprKind::Param(offset));
    let condition = all(vec![
        binary(BinaryOp::EqWord, b.input("user"), param(string(), 0)),
        binary(BinaryOp::EqWord, b.input("action"), param(string(), 8)),
        binary(BinaryOp::EqWord, b.input("kind"), param(string(), 16)),
        binary(BinaryOp::GeInt, b.input("level"), param(Type::Int, 24)),
    ]);
    let mut group = b.group(Decision::Accept, Combine::Any, vec![("rule", condition)]);
    let template = group.rules.pop().unwrap();
    let mut entries = Vec::new();
    let actions: Vec<u64> = (0..8).map(|i| b.pool.text(&format!("a{i}")).0).collect();
    let kinds: Vec<u64> = (0..16).map(|i| b.pool.text(&format!("k{i}")).0).collect();
    for i in 0..count {
        // Names differ, so searching for equal ones would only take time.
        let name = format!("u{i}");
        let user = Handle::new(b.pool.append(name.as_bytes()), name.len() as u32);
        b.pool.pool.texts.push(user);
        let words = [
            user.0,
            actions[i as usize % 8],
            kinds[i as usize % 16],
            u64::from(i % 10),
        ];
        let params = b.pool.words(&words);
        entries.push((user.0, i));
        let leaf_base = template.leaf_base + i * 4;
        group.rules.push(Rule {
            name: name.into(),
            params,
            leaf_base,
            ..template.clone()
        });
    }
    let mut buckets: Vec<Vec<u32>> = (0..count).map(|i| vec![i]).collect();
    buckets.push(vec![]);
    entries.sort_unstable();
    group.plan.index = Some(Index {
        key: b.input("user"),
        keys: Keys::Equal {
            entries,
            default: count,
        },
        buckets,
        nested: vec![],
    });
    b.policy(vec![group], vec![])
}

/// P6: every line of an order below a price and of an allowed kind.
pub(super) fn order_lines() -> Program {
    let line = RecordDef::new(
        "Line",
        vec![("sku".into(), string()), ("price".into(), Type::Int)],
        &[],
    );
    let mut b = Builder::new(
        vec![line],
        &[
            ("lines", Type::List(Type::Record(RecordId(0)).into(), 100)),
            ("allowed", strings(20)),
        ],
    );
    let line = || expr(Type::Record(RecordId(0)), ExprKind::Local(LocalId(0)));
    let field = |ty: Type, offset: u32| {
        expr(
            ty,
            ExprKind::Field {
                base: line().into(),
                offset,
            },
        )
    };
    let body = all(vec![
        binary(
            BinaryOp::LtInt,
            field(Type::Int, 8),
            expr(Type::Int, ExprKind::Int(1000)),
        ),
        is_in(field(string(), 0), b.input("allowed")),
    ]);
    let condition = expr(
        Type::Bool,
        ExprKind::Loop {
            kind: LoopKind::All,
            var: LocalId(0),
            list: b.input("lines").into(),
            body: body.into(),
        },
    );
    let accept = b.group(Decision::Accept, Combine::Any, vec![("lines", condition)]);
    b.policy(vec![accept], vec![])
}

/// Fifty operations with five look-ups of trust.
pub(super) fn fifty_operations() -> Program {
    let fields: Vec<(String, Type)> = (0..5)
        .flat_map(|i| {
            [
                (format!("did{i}"), Type::Did),
                (format!("amount{i}"), Type::Int),
            ]
        })
        .collect();
    let fields: Vec<(&str, Type)> = fields
        .iter()
        .map(|(n, t)| (n.as_str(), t.clone()))
        .collect();
    let mut b = Builder::new(vec![], &fields);
    let conditions = (0..5)
        .map(|i| {
            let trust = expr(
                Type::Trust,
                ExprKind::Fact {
                    kind: FactKind::Trust,
                    args: vec![b.input(&format!("did{i}"))],
                },
            );
            let norm = expr(
                Type::Number,
                ExprKind::Unary {
                    op: UnaryOp::TrustNorm,
                    expr: trust.into(),
                },
            );
            let half = expr(Type::Number, ExprKind::Number(0.5));
            let int = |value| expr(Type::Int, ExprKind::Int(value));
            let amount = b.input(&format!("amount{i}"));
            let double = expr(
                Type::Int,
                ExprKind::Binary {
                    op: BinaryOp::MulInt,
                    left: amount.clone().into(),
                    right: int(2).into(),
                },
            );
            let sum = expr(
                Type::Int,
                ExprKind::Binary {
                    op: BinaryOp::AddInt,
                    left: double.into(),
                    right: int(7).into(),
                },
            );
            all(vec![
                binary(BinaryOp::GeNumber, norm, half),
                binary(BinaryOp::LtInt, sum, int(10_000)),
                binary(BinaryOp::GtInt, amount, int(0)),
            ])
        })
        .collect::<Vec<_>>();
    let rules = conditions
        .into_iter()
        .map(|condition| ("step", condition))
        .collect();
    let accept = b.group(Decision::Accept, Combine::All, rules);
    b.policy(vec![accept], vec![])
}
