use super::*;
use crate::types::{RecordId, Type};
use crate::vm::bytecode::{Op, PcInfo};
use crate::vm::{Optimise, lower, samples};

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
