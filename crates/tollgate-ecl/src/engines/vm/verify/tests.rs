use super::*;
use crate::data::types::{RecordId, Type};
use crate::engines::vm::bytecode::{Op, PcInfo};
use crate::engines::vm::lower::{Optimise, lower};
use crate::engines::vm::samples;
use crate::ir::{Expr, ExprKind, Handle, PointId, Splitting, UnaryOp};

/// What the verifier says when the instructions are replaced.
fn refused(ops: &[Op]) -> String {
    let program = samples::rbac();
    let mut code = lower(&program, Optimise::Full).unwrap();
    for (i, op) in ops.iter().enumerate() {
        code.ops[i] = *op;
    }
    verify(&program, &code).map_or_else(|error| error.to_string(), |()| "admitted".into())
}

#[test]
fn compiled_code_is_admitted() {
    assert_eq!(refused(&[]), "admitted");
}

#[test]
fn a_type_that_names_a_record_of_another_program_is_refused() {
    let mut program = samples::rbac();
    let missing = Type::Record(RecordId(program.records.len() as u32));
    let list = Type::List(Box::new(missing.clone()), 2);
    program.locals.push(list.clone());
    let error = super::program::sizes(&program).unwrap_err().to_string();
    assert!(error.contains("a type that does not exist"), "{error}");
    program.locals.pop();
    let mut changed = false;
    program.body.each_root_mut(&mut |root| {
        root.ty = missing.clone();
        changed = true;
    });
    let error = super::program::sizes(&program).unwrap_err().to_string();
    assert!(
        changed && error.contains("a type that does not exist"),
        "{error}"
    );
}

#[test]
fn a_text_that_is_split_at_nothing_is_refused() {
    let mut program = samples::rbac();
    let nothing = Splitting {
        separator: 0,
        bytes: 0,
        most: 1,
    };
    program.body.each_root_mut(&mut |root| {
        let text = Expr {
            kind: ExprKind::Text(Handle(0)),
            ty: Type::String(8),
            point: PointId(0),
        };
        let (op, expr) = (UnaryOp::Split(nothing), Box::new(text));
        root.kind = ExprKind::Unary { op, expr };
    });
    let error = super::program::recomputed(&program)
        .unwrap_err()
        .to_string();
    assert!(error.contains("splits a text at nothing"), "{error}");
}

#[test]
fn an_operand_that_is_missing_is_refused() {
    assert!(refused(&[Op::Not]).contains("finds something else on the stack"));
}

#[test]
fn half_of_a_wide_is_no_word() {
    let program = samples::trust_gate();
    let mut code = lower(&program, Optimise::Full).unwrap();
    code.ops[0] = Op::ConstWide { k: 0 };
    code.ops[1] = Op::Not;
    let error = verify(&program, &code).unwrap_err().to_string();
    assert!(error.contains("finds something else"), "{error}");
}

#[test]
fn a_jump_backwards_or_out_of_the_code_is_refused() {
    assert!(refused(&[Op::Jump { target: 0 }]).contains("jumps backwards"));
    assert!(refused(&[Op::Jump { target: 9999 }]).contains("jumps out of the code"));
}

#[test]
fn a_loop_without_a_charge_is_refused() {
    let ops = [
        Op::Small { value: 0 },
        Op::LoopStart { slot: 0, stride: 1 },
        Op::AgainWord {
            slot: 0,
            var: 2,
            gas: 0,
            target: 2,
        },
    ];
    assert!(refused(&ops).contains("operand out of bounds"));
}

#[test]
fn a_local_that_was_not_written_is_not_read() {
    assert!(refused(&[Op::Local { slot: 0 }]).contains("reads a local"));
    assert!(refused(&[Op::Local { slot: 60_000 }]).contains("reads a local"));
}

#[test]
fn memory_behind_the_input_is_not_read_by_address() {
    assert!(refused(&[Op::Input { word: 1 << 20 }]).contains("operand out of bounds"));
}

#[test]
fn a_function_that_does_not_exist_is_not_called() {
    let call = Op::Call {
        function: 0,
        unknown: NONE,
        drop: 0,
    };
    assert!(refused(&[call]).contains("calls a function"));
}

#[test]
fn a_function_has_its_parameters_among_its_locals() {
    let text = r#"fn twice(x: int) -> int { x + x }
        policy "p" { input { n: int }  accept { n: twice(n) <= 4 } }"#;
    let compiled = crate::check::compile(&crate::syntax::bundle::Bundle::single("p.ecl", text));
    let mut program = compiled.program(Some("p")).unwrap().clone();
    let mut code = lower(&program, Optimise::Full).unwrap();
    assert_eq!(verify(&program, &code), Ok(()));
    program.functions[0].params = 9;
    code.functions[0].arguments = 0;
    let error = verify(&program, &code).unwrap_err().to_string();
    assert!(error.contains("fewer locals than parameters"), "{error}");
}

#[test]
fn an_unknown_fact_drops_only_what_is_on_the_stack() {
    let ask = |drop| {
        refused(&[
            Op::Small { value: 0 },
            Op::Small { value: 0 },
            Op::Trust { unknown: 3, drop },
            Op::Jump { target: 4 },
        ])
    };
    assert!(ask(2).contains("drops more than there is"));
    assert!(ask(60_000).contains("drops more than there is"));
}

#[test]
fn an_unknown_fact_goes_on_with_the_height_of_the_stack_that_is_expected_there() {
    let ask = |unknown| {
        refused(&[
            Op::Small { value: 0 },
            Op::Trust { unknown, drop: 0 },
            Op::Jump { target: 3 },
        ])
    };
    // With an answer the stack is one cell higher.
    assert!(ask(2).contains("another height"), "{}", ask(2));
    assert!(ask(0).contains("jumps backwards"), "{}", ask(0));
}

#[test]
fn only_a_function_returns_without_a_result() {
    assert!(refused(&[Op::ReturnUnknown]).contains("stands in no function"));
}

#[test]
fn places_must_be_given_for_every_instruction() {
    let program = samples::rbac();
    let mut code = lower(&program, Optimise::Full).unwrap();
    code.infos.push(PcInfo {
        point: 0,
        leaf: NONE,
        notes: 0,
    });
    assert!(verify(&program, &code).is_err());
}

/// A policy with a constant of each kind, in a place of each kind.
const CONSTANTS: &str = r#"
enum Kind { One, Two }
record Zone { name: string<8>, net: cidr, maybe: cidr? }
policy "constants" {
  input { net: cidr, nets: list<cidr, 3>, name: string<8>, kind: Kind, who: did, role: string<8>, at: ip }
  let zone = Zone { name: "office", net: "10.0.0.0/8", maybe: "172.16.0.0/12" }
  let by_name: map<string<8>, cidr, 2> = { a: "192.0.2.0/24", b: "198.51.100.0/24" }
  let by_kind: map<Kind, int, 2> = { One: 1, Two: 2 }
  deny {
    wide: net in "203.0.113.0/24"
    list: overlaps(net, ["fc00::/7", "fe80::/10"])
    zone: (if role == "a" then zone else Zone { name: name, net: net }).maybe == net
    named: by_name[name] == net
    kind: by_kind[kind] == 1
    who: who in ["did:example:anna", "did:example:bert"]
    reader: role == "reader" AND net in "10.1.0.0/16"
    writer: role == "writer" AND net in "10.2.0.0/16"
    both: net in "10.3.0.0/16" AND at in "10.4.0.0/16"
  }
}"#;

fn constants() -> Program {
    let bundle = crate::syntax::bundle::Bundle::single("p.ecl", CONSTANTS);
    let compiled = crate::check::compile(&bundle);
    let program = compiled.programs.into_iter().next();
    program.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

/// What is said of a file of a program whose pool was changed, with everything computed anew that a file says of itself.
fn forged(change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut program = constants();
    change(&mut program.pool.bytes);
    program.hash = program.identity();
    let code = lower(&program, Optimise::Full).unwrap();
    let read = crate::engines::vm::file::read(&crate::engines::vm::file::forge(&program, &code));
    read.map_or_else(|error| error.to_string(), |_| "admitted".into())
}

/// Writes words over others wherever these stand in a pool: a constant of a list stands there alone too.
fn replace(bytes: &mut [u8], words: &[u64], by: &[u64]) {
    let bytes_of = |words: &[u64]| -> Vec<u8> {
        let bytes = words.iter().flat_map(|word| word.to_le_bytes());
        bytes.collect()
    };
    let (words, by) = (bytes_of(words), bytes_of(by));
    let mut found = 0;
    let last = bytes.len() - words.len();
    for at in (0..=last).step_by(8) {
        if bytes[at..at + words.len()] == words {
            bytes[at..at + by.len()].copy_from_slice(&by);
            found += 1;
        }
    }
    assert!(found > 0, "{words:x?} stand nowhere");
}

#[test]
fn constants_that_the_checker_writes_are_admitted() {
    assert_eq!(forged(|_| ()), "admitted");
}

#[test]
fn a_constant_network_of_another_form_is_refused() {
    for network in [
        "203.0.113.0/24",
        "fc00::/7",
        "fe80::/10",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.0.2.0/24",
        "198.51.100.0/24",
        "10.1.0.0/16",
        "10.2.0.0/16",
        "10.3.0.0/16",
        "10.4.0.0/16",
    ] {
        let words = network.parse::<crate::data::net::Cidr>().unwrap().words();
        // An address behind the prefix, another end, a shorter and a longer prefix than there is.
        for (word, change) in [(0, 1), (2, 1), (3, 1 << 60), (4, 1), (4, 1 << 40)] {
            let mut changed = words;
            changed[word] ^= change;
            let said = forged(|bytes| replace(bytes, &words, &changed));
            assert!(
                said.contains("a constant that no source makes"),
                "{network}, word {word}: {said}"
            );
        }
    }
}

#[test]
fn each_place_of_the_order_is_one_address_so_no_constant_address_has_another_form() {
    let mut random = crate::testing::generate::Random::new(3);
    for _ in 0..10_000 {
        let words = [random.next(), random.next()];
        let ip = crate::data::net::Ip::at(crate::ir::value::wide(words[0], words[1]));
        assert_eq!(ip.to_string().parse(), Ok(ip));
    }
}

#[test]
fn a_text_that_stands_in_the_pool_twice_is_refused() {
    let said = forged(|bytes| {
        let at = bytes.windows(6).position(|part| part == b"writer").unwrap();
        bytes[at..at + 6].copy_from_slice(b"reader");
    });
    assert!(said.contains("stands in the pool twice"), "{said}");
}

#[test]
fn other_constants_of_another_form_are_refused() {
    let text = |from: &'static [u8], to: &'static [u8]| {
        forged(move |bytes| {
            let at = bytes.windows(from.len()).position(|part| part == from);
            let at = at.unwrap_or_else(|| panic!("{from:?} stands nowhere"));
            bytes[at..at + to.len()].copy_from_slice(to);
        })
    };
    let what = "a constant that no source makes";
    let no_did = text(b"did:example:anna", b"dad:example:anna");
    assert!(no_did.contains(what), "{no_did}");
    let no_text = text(b"office", &[0xff]);
    assert!(no_text.contains("is no text"), "{no_text}");
    // Keys of a map in another order, and a case that there is not.
    let of_cases =
        |[one, two]: [u64; 2]| forged(|bytes| replace(bytes, &[0, 1, 1, 2], &[one, 1, two, 2]));
    assert!(of_cases([1, 0]).contains(what));
    assert!(of_cases([0, 0]).contains(what));
    assert!(of_cases([0, 7]).contains(what));
    // An option that is neither none nor some.
    let option = forged(|bytes| {
        let words = "172.16.0.0/12"
            .parse::<crate::data::net::Cidr>()
            .unwrap()
            .words();
        let some = [&[1], words.as_slice()].concat();
        replace(bytes, &some, &[2]);
    });
    assert!(option.contains(what), "{option}");
}
