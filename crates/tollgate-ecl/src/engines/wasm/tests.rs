//! Modules of programs built by hand validate. What they compute is compared with the reference evaluator where an engine
//! runs them, in the crate `tollgate`.

use super::results::Results;
use super::*;
use crate::data::gas::{Gas, GasLimits};
use crate::data::said::Form;
use crate::data::types::*;
use crate::host::outcome::EvalError;
use crate::ir::*;

fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr {
        kind,
        ty,
        point: PointId(0),
    }
}

fn boxed(kind: ExprKind, ty: Type) -> Box<Expr> {
    Box::new(expr(kind, ty))
}

fn text() -> Type {
    Type::String(64)
}

fn program(body: Body) -> Program {
    let fields = vec![
        ("flag".into(), Type::Bool),
        ("int".into(), Type::Int),
        ("wide".into(), Type::Decimal),
        ("number".into(), Type::Number),
        ("text".into(), text()),
        ("list".into(), Type::List(Box::new(Type::Int), 10)),
        ("option".into(), Type::Option(Box::new(Type::Int))),
        ("trust".into(), Type::Trust),
    ];
    let mut pool = vec![0; 16];
    pool.extend(b"abcdefgh");
    pool.extend([1; 600]);
    let input_base = u32::try_from(pool.len()).unwrap().next_multiple_of(16);
    Program {
        name: "test".into(),
        id: None,
        version: None,
        pool: Pool {
            bytes: pool,
            texts: vec![Handle::new(16, 8)],
        },
        input: RecordId(0),
        input_base,
        output: None,
        records: vec![RecordDef::new("input", fields, &[])],
        enums: Vec::new(),
        functions: vec![Function {
            name: "f".into(),
            params: 2,
            locals: vec![Type::Decimal, Type::Int],
            ret: Type::Decimal,
            body: expr(ExprKind::Local(LocalId(0)), Type::Decimal),
        }],
        automata: vec![Automaton {
            source: "a*".into(),
            start: 1,
            states: 2,
            classes: 2,
            class_map: 24,
            table: 280,
            accepting: 300,
            prefix: Handle(0),
        }],
        effects: vec![Effect {
            kind: EffectKind::Put { store: "s".into() },
            point: PointId(0),
            operands: vec![text(), Type::Decimal],
        }],
        body,
        locals: Vec::new(),
        points: vec![Point {
            span: (0, 0, 0),
            line_column: (1, 1),
            text: "".into(),
        }],
        messages: vec!["no".into()],
        gas_limits: GasLimits::total(10_000),
        gas_bound: Gas::ZERO,
        arena_bound: 0,
        hash: "00".into(),
    }
}

/// An input field of the type, by its place in the record above.
fn input(ty: &Type) -> Expr {
    let words = match ty {
        Type::Bool => 0,
        Type::Int => 1,
        Type::Decimal => 2,
        Type::Number => 4,
        Type::String(_) => 5,
        Type::List(..) => 6,
        Type::Option(_) => 7,
        _ => 9,
    };
    expr(ExprKind::Input(640 + 8 * words), ty.clone())
}

/// One of every expression, each with its type.
fn everything() -> Vec<Expr> {
    use BinaryOp as B;
    let ints = Type::List(Box::new(Type::Int), 10);
    let option = Type::Option(Box::new(Type::Int));
    let mut all = vec![
        expr(ExprKind::Bool(true), Type::Bool),
        expr(ExprKind::Number(0.5), Type::Number),
        expr(ExprKind::Wide(-1), Type::Decimal),
        expr(ExprKind::Text(Handle::new(16, 8)), text()),
        expr(ExprKind::Const(16), Type::Trust),
        expr(ExprKind::NoneOf, option.clone()),
        expr(ExprKind::Some(Box::new(input(&Type::Int))), option.clone()),
        expr(ExprKind::IsSome(Box::new(input(&option))), Type::Bool),
        expr(ExprKind::Payload(Box::new(input(&option))), Type::Int),
        expr(
            ExprKind::Field {
                base: Box::new(input(&Type::Trust)),
                offset: 8,
            },
            Type::Number,
        ),
        expr(
            ExprKind::List {
                items: vec![input(&Type::Int), input(&Type::Int)],
            },
            ints.clone(),
        ),
        expr(
            ExprKind::Automaton {
                automaton: AutomatonId(0),
                subject: Box::new(input(&text())),
            },
            Type::Bool,
        ),
        expr(
            ExprKind::In {
                item: Box::new(input(&Type::Int)),
                list: Box::new(input(&ints)),
            },
            Type::Bool,
        ),
        expr(
            ExprKind::In {
                item: Box::new(input(&text())),
                list: boxed(
                    ExprKind::Text(Handle::new(16, 2)),
                    Type::List(Box::new(text()), 2),
                ),
            },
            Type::Bool,
        ),
        expr(
            ExprKind::Call {
                function: FuncId(0),
                args: vec![input(&Type::Decimal), input(&Type::Int)],
            },
            Type::Decimal,
        ),
        expr(
            ExprKind::Let {
                local: LocalId(7),
                value: Box::new(input(&Type::Decimal)),
                body: boxed(ExprKind::Local(LocalId(7)), Type::Decimal),
            },
            Type::Decimal,
        ),
        expr(
            ExprKind::If {
                cond: Box::new(input(&Type::Bool)),
                then: Box::new(input(&Type::Decimal)),
                otherwise: boxed(ExprKind::Wide(1), Type::Decimal),
            },
            Type::Decimal,
        ),
    ];
    for op in [
        UnaryOp::Not,
        UnaryOp::NegInt,
        UnaryOp::NegNumber,
        UnaryOp::NegWide,
        UnaryOp::TextLength,
        UnaryOp::ListLength,
        UnaryOp::IntToDecimal,
        UnaryOp::IntToNumber,
        UnaryOp::DecimalToNumber,
        UnaryOp::NumberToDecimal,
        UnaryOp::DecimalToInt,
        UnaryOp::TrustNorm,
        UnaryOp::Read(Form::Int),
        UnaryOp::Read(Form::Decimal),
        UnaryOp::Read(Form::Duration),
        UnaryOp::Read(Form::Quantity),
        UnaryOp::TextCharacters,
        UnaryOp::Make(Making::Lower),
        UnaryOp::Make(Making::Upper),
        UnaryOp::Make(Making::Trim),
        UnaryOp::Split(Splitting {
            separator: 44,
            bytes: 1,
            most: 3,
        }),
    ] {
        let (from, to) = match op {
            UnaryOp::Not => (Type::Bool, Type::Bool),
            UnaryOp::NegInt => (Type::Int, Type::Int),
            UnaryOp::NegNumber => (Type::Number, Type::Number),
            UnaryOp::NegWide => (Type::Decimal, Type::Decimal),
            UnaryOp::TextLength => (text(), Type::Int),
            UnaryOp::ListLength => (ints.clone(), Type::Int),
            UnaryOp::IntToDecimal => (Type::Int, Type::Decimal),
            UnaryOp::IntToNumber => (Type::Int, Type::Number),
            UnaryOp::DecimalToNumber => (Type::Decimal, Type::Number),
            UnaryOp::NumberToDecimal => (Type::Number, Type::Decimal),
            UnaryOp::DecimalToInt => (Type::Decimal, Type::Int),
            UnaryOp::TrustNorm => (Type::Trust, Type::Number),
            UnaryOp::Read(form) => (text(), Type::Option(Box::new(form.value()))),
            UnaryOp::TextCharacters => (text(), Type::Int),
            UnaryOp::Make(_) => (text(), text()),
            UnaryOp::Split(splitting) => (text(), Type::List(Box::new(text()), splitting.most)),
        };
        let operand = Box::new(input(&from));
        all.push(expr(ExprKind::Unary { op, expr: operand }, to));
    }
    let same: [(Type, Vec<BinaryOp>); 3] = [
        (
            Type::Int,
            vec![
                B::AddInt,
                B::SubInt,
                B::MulInt,
                B::DivInt,
                B::RemInt,
                B::MinInt,
                B::MaxInt,
            ],
        ),
        (
            Type::Number,
            vec![
                B::AddNumber,
                B::SubNumber,
                B::MulNumber,
                B::DivNumber,
                B::MinNumber,
                B::MaxNumber,
            ],
        ),
        (
            Type::Decimal,
            vec![
                B::AddWide,
                B::SubWide,
                B::MulWide,
                B::DivWide,
                B::MinWide,
                B::MaxWide,
            ],
        ),
    ];
    let tests: [(Type, Vec<BinaryOp>); 4] = [
        (
            Type::Int,
            vec![B::EqWord, B::NeWord, B::LtInt, B::LeInt, B::GtInt, B::GeInt],
        ),
        (
            Type::Number,
            vec![
                B::EqNumber,
                B::NeNumber,
                B::LtNumber,
                B::LeNumber,
                B::GtNumber,
                B::GeNumber,
            ],
        ),
        (
            Type::Decimal,
            vec![
                B::EqWide,
                B::NeWide,
                B::LtWide,
                B::LeWide,
                B::GtWide,
                B::GeWide,
            ],
        ),
        (
            text(),
            vec![
                B::EqWord,
                B::EqText,
                B::NeText,
                B::StartsWith,
                B::EndsWith,
                B::Contains,
                B::DidMatch,
                B::GlobMatch,
            ],
        ),
    ];
    let pairs = same
        .into_iter()
        .flat_map(|(ty, ops)| ops.into_iter().map(move |op| (ty.clone(), op, ty.clone())))
        .chain(
            tests
                .into_iter()
                .flat_map(|(ty, ops)| ops.into_iter().map(move |op| (ty.clone(), op, Type::Bool))),
        )
        .chain([
            (Type::Trust, B::TrustChain, Type::Trust),
            (Type::Trust, B::TrustCombine, Type::Trust),
            (Type::Trust, B::TrustDistance, Type::Number),
            (Type::Cidr, B::CidrInCidr, Type::Bool),
        ]);
    for (ty, op, result) in pairs {
        let (left, right) = (Box::new(input(&ty)), Box::new(input(&ty)));
        all.push(expr(ExprKind::Binary { op, left, right }, result));
    }
    for kind in [
        LoopKind::Any,
        LoopKind::All,
        LoopKind::Count,
        LoopKind::Sum,
        LoopKind::Min,
        LoopKind::Max,
        LoopKind::Map,
        LoopKind::Filter,
        LoopKind::First,
    ] {
        let (body, ty) = match kind {
            LoopKind::Any | LoopKind::All => (input(&Type::Bool), Type::Bool),
            LoopKind::Count => (input(&Type::Bool), Type::Int),
            LoopKind::Filter => (input(&Type::Bool), ints.clone()),
            LoopKind::First => (input(&Type::Bool), Type::Option(Box::new(Type::Int))),
            LoopKind::Sum => (input(&Type::Decimal), Type::Decimal),
            LoopKind::Min | LoopKind::Max => {
                (input(&Type::Decimal), Type::Option(Box::new(Type::Decimal)))
            }
            LoopKind::Map => (
                input(&Type::Decimal),
                Type::List(Box::new(Type::Decimal), 10),
            ),
        };
        all.push(expr(
            ExprKind::Loop {
                kind,
                var: LocalId(9),
                list: Box::new(input(&ints)),
                body: Box::new(body),
            },
            ty,
        ));
    }
    for kind in FactKind::ALL {
        let args = (0..kind.arity()).map(|_| input(&text())).collect();
        all.push(expr(ExprKind::Fact { kind, args }, kind.answer()));
    }
    let handled: Vec<Expr> = all
        .iter()
        .map(|value| {
            let ty = value.ty.clone();
            let (value, default) = (Box::new(value.clone()), Box::new(value.clone()));
            expr(ExprKind::Else { value, default }, ty)
        })
        .collect();
    all.extend(handled);
    all
}

/// One entry of each type that has effects.
fn effects() -> Vec<EffectEntry> {
    let put = || {
        let operands = vec![input(&text()), input(&Type::Decimal)];
        let effect = EffectId(0);
        expr(ExprKind::Effect { effect, operands }, Type::Effect)
    };
    let option = Type::Option(Box::new(Type::Effect));
    let some = expr(ExprKind::Some(Box::new(put())), option.clone());
    let list = |item: Expr| {
        let ty = Type::List(Box::new(item.ty.clone()), 1);
        expr(ExprKind::List { items: vec![item] }, ty)
    };
    let values = [
        put(),
        some.clone(),
        list(put()),
        list(some),
        list(list(put())),
    ];
    let on = Decision::Accept;
    values
        .map(|value| EffectEntry { on, value })
        .into_iter()
        .collect()
}

fn policy(lets: Vec<(LocalId, Expr)>, groups: Vec<Group>) -> Body {
    Body::Policy(PolicyBody {
        lets,
        groups,
        otherwise: Decision::Reject,
        otherwise_message: None,
        effects: effects(),
    })
}

fn group(combine: Combine, shapes: Vec<Expr>, rules: usize, index: Option<Index>) -> Group {
    let rule = |number: usize| Rule {
        name: format!("r{number}").into(),
        point: PointId(0),
        message: None,
        shape: u32::try_from(number % shapes.len()).unwrap(),
        params: 16,
        leaves: vec![Leaf {
            point: PointId(0),
            compare: Some(LeafCompare {
                operator: "==".into(),
                left: "a".into(),
                left_type: Type::Int,
                right: "b".into(),
                right_type: Type::Int,
            }),
        }],
        leaf_base: u32::try_from(number).unwrap(),
    };
    let rules = (0..rules).map(rule).collect();
    Group {
        decision: Decision::Accept,
        combine,
        rules,
        plan: Plan { shapes, index },
    }
}

fn probe(offset: u32) -> Expr {
    let left = Box::new(input(&Type::Int));
    let right = boxed(ExprKind::Param(offset), Type::Int);
    let compare = ExprKind::Binary {
        op: BinaryOp::EqWord,
        left,
        right,
    };
    let inner = boxed(compare, Type::Bool);
    let probe = expr(
        ExprKind::Probe {
            leaf: 0,
            expr: inner,
        },
        Type::Bool,
    );
    expr(
        ExprKind::And(Box::new(probe.clone()), Box::new(probe)),
        Type::Bool,
    )
}

fn validate(program: &Program) -> Vec<u8> {
    let build = build(program).unwrap();
    let mut validator = wasmparser::Validator::new_with_features(
        wasmparser::WasmFeatures::MVP
            | wasmparser::WasmFeatures::BULK_MEMORY
            | wasmparser::WasmFeatures::SIGN_EXTENSION
            | wasmparser::WasmFeatures::MULTI_VALUE,
    );
    if let Err(error) = validator.validate_all(&build.wasm) {
        panic!("{error}");
    }
    build.wasm
}

#[test]
fn every_expression_has_valid_code() {
    for value in everything() {
        let program = program(policy(vec![(LocalId(0), value)], Vec::new()));
        validate(&program);
    }
}

#[test]
fn what_is_gone_through_and_is_no_list_makes_no_module() {
    let no_list = || boxed(ExprKind::Int(1), Type::Int);
    let through = ExprKind::Loop {
        kind: LoopKind::Map,
        var: LocalId(8),
        list: no_list(),
        body: boxed(ExprKind::Int(2), Type::Int),
    };
    let joined = ExprKind::Joined {
        how: Joining::Append,
        left: no_list(),
        right: no_list(),
    };
    for (kind, what) in [
        (through, "the list of a loop"),
        (joined, "the list that is joined"),
    ] {
        let list = expr(kind, Type::List(Box::new(Type::Int), 4));
        let program = program(policy(vec![(LocalId(9), list)], Vec::new()));
        let policy = "test".into();
        assert_eq!(build(&program), Err(BuildError::Internal { policy, what }));
    }
}

#[test]
fn every_kind_of_group_has_valid_code() {
    let index = |nested: Vec<(u32, Index)>| Index {
        key: input(&Type::Int),
        keys: Keys::Equal {
            entries: vec![(1, 0), (u64::MAX, 1), (1 << 40, 0)],
            default: 1,
        },
        buckets: vec![vec![0, 1], vec![2]],
        nested,
    };
    let nested = index(vec![(0, index(Vec::new()))]);
    let ordered = |ty: Type, cuts: Cuts| Index {
        key: input(&ty),
        keys: Keys::Ordered(cuts),
        buckets: vec![vec![0, 1], vec![2]],
        nested: Vec::new(),
    };
    let cut = TextCut {
        text: Handle::new(16, 4),
        edge: Edge::BehindAll,
    };
    let word = ordered(Type::Int, Cuts::Words(vec![5]));
    let by_order = [
        word.clone(),
        ordered(Type::Number, Cuts::Numbers(vec![0.5])),
        ordered(Type::Decimal, Cuts::Wides(vec![-1])),
        ordered(Type::String(8), Cuts::Texts(vec![cut])),
    ];
    // In the buckets of one index, and each by itself.
    let around = Index {
        buckets: vec![Vec::new(); 5],
        nested: (0..).zip(by_order.clone()).collect(),
        keys: Keys::Ordered(Cuts::Words(vec![1, 2, 3, 4])),
        ..word
    };
    for index in by_order.into_iter().chain([around]) {
        let group = group(Combine::Any, vec![probe(0)], 5, Some(index));
        validate(&program(policy(Vec::new(), vec![group])));
    }
    for combine in [Combine::Any, Combine::All] {
        for (shapes, rules, index) in [
            (1, 3, None),
            (3, 3, None),
            (1, 40, None),
            (3, 40, None),
            (20, 40, None),
            (600, 600, None),
            (1, 5, Some(index(Vec::new()))),
            (3, 5, Some(nested.clone())),
            (30, 50, Some(nested.clone())),
        ] {
            let shapes = (0..shapes).map(|_| probe(0)).collect();
            let lets = vec![(LocalId(0), input(&Type::Decimal))];
            let group = group(combine, shapes, rules, index);
            validate(&program(policy(lets, vec![group])));
        }
    }
}

#[test]
fn ten_thousand_rules_make_a_small_module_quickly() {
    let entries = (0..10_000).map(|n| (n * 977, u32::try_from(n).unwrap()));
    let index = Index {
        key: input(&Type::Int),
        keys: Keys::Equal {
            entries: entries.collect(),
            default: 0,
        },
        buckets: (0..10_000).map(|n| vec![n]).collect(),
        nested: Vec::new(),
    };
    let group = group(Combine::Any, vec![probe(0)], 10_000, Some(index));
    let wasm = validate(&program(policy(Vec::new(), vec![group])));
    let code: usize = wasmparser::Parser::new(0)
        .parse_all(&wasm)
        .filter_map(|payload| match payload {
            Ok(wasmparser::Payload::CodeSectionEntry(body)) => Some(body.range().len()),
            _ => None,
        })
        .sum();
    assert!(code < 10_000, "{code} bytes of code");
}

#[test]
fn a_module_says_what_it_is_and_notices_a_change() {
    let program = program(policy(Vec::new(), Vec::new()));
    let mut wasm = validate(&program);
    assert_eq!(metadata::is_intact(&wasm), Some(true));
    let middle = wasm.len() / 2;
    wasm[middle] ^= 1;
    assert_eq!(metadata::is_intact(&wasm), Some(false));
    assert_eq!(metadata::is_intact(b"\0asm\x01\0\0\0"), None);
}

#[test]
fn guards_and_deep_chains_have_valid_code() {
    let mut chain = expr(
        ExprKind::Fail {
            message: MessageId(0),
        },
        Type::Never,
    );
    for _ in 0..3_000 {
        chain = expr(
            ExprKind::If {
                cond: Box::new(input(&Type::Bool)),
                then: Box::new(input(&Type::Trust)),
                otherwise: Box::new(chain),
            },
            Type::Trust,
        );
    }
    let body = ExprKind::Check {
        cond: Box::new(input(&Type::Bool)),
        message: MessageId(0),
        then: Box::new(chain),
    };
    let guard = program(Body::Guard(expr(body, Type::Trust)));
    validate(&guard);
}

#[test]
fn effects_that_are_not_in_memory_are_an_error_and_not_none() {
    let program = program(policy(Vec::new(), Vec::new()));
    let state = vec![0; layout::EFFECTS as usize];
    let results = Results::new(&program, &state, 0);
    assert_eq!(results.effects(Decision::Accept), Err(EvalError::Internal));
    assert_eq!(results.effects(Decision::Reject), Ok(Vec::new()));
}
