//! The look at a module before it is compiled: each limit, each proposal, floats, damage; always with a place.

use tollgate_sandbox::{
    CompileError, CompileLimits, Compiler, Determinism, EngineConfig, ModuleLimit, ModuleLimits,
    Proposal, ProposalSwitch, Rules, Scan, ScanError,
};
use wasm_encoder::{BlockType, Instruction};

use crate::shapes;

pub(crate) fn prescan(
    wasm: &[u8],
    limits: &ModuleLimits,
    config: &EngineConfig,
) -> Result<Scan, ScanError> {
    let rules = Rules {
        limits: limits.clone(),
        config: config.clone(),
    };
    match Compiler::in_process(CompileLimits::default()).scan(wasm, &rules) {
        Ok(scan) => Ok(scan),
        Err(CompileError::Scan(error)) => Err(error),
        Err(error) => panic!("{error}"),
    }
}

fn scan(wasm: &[u8]) -> Result<Scan, ScanError> {
    prescan(wasm, &ModuleLimits::default(), &EngineConfig::metered())
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// A module just over the limit.
fn over(limit: ModuleLimit) -> Vec<u8> {
    let value = limit.value(&ModuleLimits::default());
    let n = usize::try_from(value).unwrap();
    match limit {
        ModuleLimit::Functions => {
            shapes::functions(u32::try_from(n).unwrap() + 1, &shapes::body([]))
        }
        ModuleLimit::Imports => shapes::imports(n + 1),
        ModuleLimit::Exports => shapes::exports(n + 1),
        ModuleLimit::Globals => shapes::globals(n + 1),
        ModuleLimit::Types => shapes::empty_types(n + 1),
        ModuleLimit::ComponentNesting => shapes::nested_components(n + 2),
        ModuleLimit::ComponentModules => shapes::component_modules(n + 1),
        ModuleLimit::ComponentItems => shapes::component_instances(n + 1),
    }
}

#[test]
fn each_limit_refuses_a_module_just_over_it_and_names_itself() {
    for limit in ModuleLimit::ALL {
        match scan(&over(*limit)) {
            Err(ScanError::Limit(error)) => {
                assert_eq!(error.limit, *limit, "{error}");
                assert!(error.found > error.maximum, "{error}");
                let text = error.to_string();
                assert!(
                    text.contains(limit.name()) && text.contains(&error.maximum.to_string()),
                    "{text}"
                );
                assert!(text.contains("offset"), "{text}");
                assert!(text.contains("raise the limit to that"), "{text}");
            }
            other => panic!("{limit}: {other:?}"),
        }
    }
}

#[test]
fn each_limit_can_be_raised() {
    let config = EngineConfig {
        proposals: all_proposals(),
        ..EngineConfig::metered()
    };
    // A component of so many modules or instances is past a limit of the validator too.
    let of_components = [ModuleLimit::ComponentModules, ModuleLimit::ComponentItems];
    let raisable = ModuleLimit::ALL
        .iter()
        .filter(|limit| !of_components.contains(limit));
    for limit in raisable {
        let mut limits = ModuleLimits::default();
        let Err(ScanError::Limit(error)) = prescan(&over(*limit), &limits, &config) else {
            panic!("{limit}")
        };
        // What the message proposes is enough.
        limit.set(&mut limits, error.found);
        if let Err(error) = prescan(&over(*limit), &limits, &config) {
            panic!("{limit}: {error}");
        }
    }
}

fn all_proposals() -> tollgate_sandbox::Proposals {
    let mut proposals = tollgate_sandbox::Proposals::default();
    ProposalSwitch::ALL
        .iter()
        .for_each(|switch| switch.set(&mut proposals, true));
    proposals
}

#[test]
fn types_inside_one_group_are_counted_one_by_one() {
    let error = scan(&shapes::type_group(100_001)).unwrap_err();
    assert!(
        matches!(&error, ScanError::Limit(error) if error.limit == ModuleLimit::Types),
        "{error}"
    );
}

#[test]
fn what_is_wrong_inside_a_function_names_the_function() {
    let wasm = wat(
        r#"(module (import "a" "b" (func)) (func $fine) (func $deep block block i32.const 1 end end))"#,
    );
    let text = scan(&wasm).unwrap_err().to_string();
    assert!(
        text.contains("in function 2 `deep`, at offset 0x"),
        "{text}"
    );
}

#[test]
fn what_only_compiling_costs_is_no_reason_to_refuse() {
    let blocks = (0..5_000).map(|_| Instruction::Block(BlockType::Empty));
    let deep = blocks.chain((0..5_000).map(|_| Instruction::End));
    let table = Instruction::BrTable(vec![0; 20_000].into(), 0);
    for (name, wasm) in [
        ("nesting", shapes::functions(1, &shapes::body(deep))),
        (
            "branch table",
            shapes::functions(1, &shapes::body([Instruction::I32Const(0), table])),
        ),
        ("body", shapes::huge_body(5 << 20)),
        ("data", shapes::data_segments(98_000)),
        ("elements", shapes::element_segments(53_000)),
        ("custom sections", shapes::custom(60 << 20)),
        ("loops", shapes::nested_loops(8_000)),
        ("signatures", shapes::signatures(900, 1_000)),
    ] {
        if let Err(error) = scan(&wasm) {
            panic!("{name}: {error}");
        }
    }
}

#[test]
fn names_in_messages_are_bounded_and_without_control_characters() {
    let name = format!("a\\1b[31m{}", "x".repeat(5_000));
    let wasm = wat(&format!(r#"(module (func (@name "{name}") i32.const 0))"#));
    let text = scan(&wasm).unwrap_err().to_string();
    assert!(text.len() < 600 && !text.contains('\u{1b}'), "{text}");
    assert!(text.contains("\\u{1b}[31mxxx"), "{text}");
}

fn component(modules: &[Vec<u8>]) -> Vec<u8> {
    let mut component = wasm_encoder::Component::new();
    for data in modules {
        component.section(&wasm_encoder::RawSection { id: 1, data });
    }
    component.finish()
}

#[test]
fn modules_of_a_component_count_together() {
    let module = shapes::functions(80_000, &shapes::body([]));
    let error = scan(&component(&[module.clone(), module])).unwrap_err();
    assert!(
        matches!(&error, ScanError::Limit(error) if error.limit == ModuleLimit::Functions && error.found == 160_000),
        "{error}"
    );
}

#[test]
fn proposal_that_is_off_is_named_with_the_way_to_turn_it_on() {
    for (text, proposal) in [
        ("(module (memory 1 1 shared))", Proposal::Threads),
        (
            "(module (memory 1) (func $f i32.const 0 i32.atomic.load drop))",
            Proposal::Threads,
        ),
        ("(module (memory i64 1))", Proposal::Memory64),
        ("(module (memory 1) (memory 1))", Proposal::MultiMemory),
        ("(module (type (struct (field i32))))", Proposal::Gc),
        ("(module (func (param anyref)))", Proposal::Gc),
        (
            "(module (type $t (func)) (func (param (ref $t)) local.get 0 call_ref $t))",
            Proposal::FunctionReferences,
        ),
        ("(module (tag))", Proposal::Exceptions),
        ("(module (func (param exnref)))", Proposal::Exceptions),
    ] {
        let error = scan(&wat(text)).unwrap_err();
        assert!(
            matches!(&error, ScanError::Proposal { proposal: found, .. } if *found == proposal),
            "{text}: {error}"
        );
        assert!(proposal.switch().is_some());
        assert!(error.to_string().contains("it can be turned on"), "{error}");
        let config = EngineConfig {
            proposals: all_proposals(),
            ..EngineConfig::metered()
        };
        prescan(&wat(text), &ModuleLimits::default(), &config).unwrap();
    }
}

#[test]
fn proposal_no_engine_has_is_refused_without_a_way_to_turn_it_on() {
    let relaxed = "(module (func $f (param v128) (result v128) local.get 0 local.get 0 i8x16.relaxed_swizzle))";
    for (text, proposal) in [
        (relaxed, Proposal::RelaxedSimd),
        (
            "(module (memory 1 (pagesize 1)))",
            Proposal::CustomPageSizes,
        ),
    ] {
        let error = scan(&wat(text)).unwrap_err();
        assert!(
            matches!(&error, ScanError::Proposal { proposal: found, .. } if *found == proposal),
            "{error}"
        );
        assert!(!error.to_string().contains("enable it"), "{error}");
    }
}

#[test]
fn proposals_in_use_are_reported() {
    let text = "(module (memory 1) (func (param v128 externref) (result i32 i64)
        i32.const 0 i32.const 0 i32.const 0 memory.copy  i32.const 1 i32.extend8_s i64.const 1)
        (func (result i32 i64) v128.const i64x2 0 0 ref.null extern return_call 0))";
    let used = scan(&wat(text)).unwrap().proposals;
    for proposal in [
        Proposal::Simd,
        Proposal::ReferenceTypes,
        Proposal::MultiValue,
        Proposal::BulkMemory,
        Proposal::SignExtension,
        Proposal::TailCall,
    ] {
        assert!(used.contains(&proposal), "{proposal:?} missing in {used:?}");
    }
    assert_eq!(
        scan(&wat("(module (table 1 funcref) (memory 1) (func nop))"))
            .unwrap()
            .proposals,
        []
    );
}

#[test]
fn floats_are_refused_where_asked_with_the_place() {
    let config = EngineConfig {
        determinism: Determinism::NoFloat,
        ..EngineConfig::metered()
    };
    let check = |text: &str| prescan(&wat(text), &ModuleLimits::default(), &config);
    for text in [
        "(module (func $f (local f64)))",
        "(module (func $f f32.const 0 drop))",
        "(module (func $f (param v128) (result v128) local.get 0 local.get 0 f32x4.add))",
        "(module (func $f (param i32) (result i32) local.get 0 f64.convert_i32_s i32.trunc_sat_f64_s))",
    ] {
        let error = check(text).unwrap_err();
        assert!(
            matches!(&error, ScanError::Float { place } if place.name.as_deref() == Some("f")),
            "{text}: {error}"
        );
    }
    assert!(matches!(
        check("(module (global f32 f32.const 0))"),
        Err(ScanError::Float { .. })
    ));
    check("(module (func (param i32 i64 v128)))").unwrap();
    let broken = check("(module (func f32.const 0))").unwrap_err();
    assert!(
        matches!(broken, ScanError::Invalid { .. }),
        "what is invalid anyway is not blamed on floats: {broken}"
    );
}

#[test]
fn invalid_modules_are_refused_with_the_place() {
    let error = scan(&wat("(module (func $f i32.const 0))")).unwrap_err();
    assert!(
        matches!(&error, ScanError::Invalid { place, .. } if place.name.as_deref() == Some("f")),
        "{error}"
    );
    for bytes in [
        &b""[..],
        b"\0asm",
        b"\0asm\x02\0\0\0",
        b"\0asm\x01\0\0\0\x01",
        b"\0asm\x01\0\0\0\x01\xff\xff\xff\xff\x0f",
    ] {
        assert!(
            matches!(scan(bytes), Err(ScanError::Invalid { .. })),
            "{bytes:?}"
        );
    }
}

#[test]
fn every_truncation_is_refused_or_valid_and_never_a_panic() {
    let wasm = wat(
        r#"(module (import "a" "b" (func (param i32))) (memory 1) (table 2 funcref)
        (func $f (param i32) (result i32) (local i64) block local.get 0 br_if 0 end i32.const 1) (export "f" (func $f))
        (elem (i32.const 0) $f) (data (i32.const 0) "abc") (global (mut i32) (i32.const 3)))"#,
    );
    scan(&wasm).unwrap();
    for end in 0..wasm.len() {
        drop(scan(&wasm[..end]));
    }
    for index in 0..wasm.len() {
        for bit in 0..8 {
            let mut damaged = wasm.clone();
            damaged[index] ^= 1 << bit;
            drop(scan(&damaged));
        }
    }
}

#[test]
fn deeper_loops_cost_more() {
    let cost = |depth| scan(&shapes::nested_loops(depth)).unwrap().compile_cost;
    let (flat, deep) = (cost(1), cost(200));
    assert!(deep > 1_000 * flat, "{flat} {deep}");
    let many = scan(&shapes::many_nested_loops(100, 10, 1))
        .unwrap()
        .compile_cost;
    assert!(many > 5 * cost(100), "{many} {}", cost(100));
}
