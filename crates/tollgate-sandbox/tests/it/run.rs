use tollgate_sandbox::{ComponentArgs, Entry, Failure, Output, TrapCode, Value};

use crate::guest::{bytes, core, execution, run};

const ADD: &str = r#"(module
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "swap") (param i64 f64) (result f64 i64) (local.get 1) (local.get 0))
    (func (export "vector") (param v128) (result v128) (local.get 0))
    (func (export "nothing") (param funcref externref) (result externref) (local.get 1))
    (func $inner (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
    (func (export "divide") (param i32) (result i32) (call $inner (local.get 0))))"#;

#[test]
fn core_functions_take_and_return_every_type_of_value() {
    for (export, args, results) in [
        (
            "add",
            vec![Value::I32(2), Value::I32(40)],
            vec![Value::I32(42)],
        ),
        (
            "swap",
            vec![Value::I64(-1), Value::F64(0.5)],
            vec![Value::F64(0.5), Value::I64(-1)],
        ),
        (
            "vector",
            vec![Value::V128(1 << 100)],
            vec![Value::V128(1 << 100)],
        ),
        (
            "nothing",
            vec![Value::FuncRef(false), Value::ExternRef(false)],
            vec![Value::ExternRef(false)],
        ),
    ] {
        let outcome = run(ADD, core(export, &args));
        assert_eq!(outcome.result, Ok(Output::Values(results)), "{export}");
        assert!(outcome.usage.gas > 0, "{export} is metered");
    }
}

#[test]
fn textual_arguments_are_read_by_the_signature() {
    let entry = Entry::CoreText {
        export: String::from("add"),
        args: vec![String::from("0x28"), String::from("2")],
    };
    assert_eq!(
        run(ADD, entry).result,
        Ok(Output::Values(vec![Value::I32(42)]))
    );
}

#[test]
fn wrong_arguments_say_what_the_function_takes() {
    for (args, says) in [
        (vec![], "it takes 2 arguments, 0 given"),
        (
            vec![Value::I32(1), Value::F32(1.0)],
            "argument 2 is 1 of type f32, it must be i32",
        ),
    ] {
        let error = run(ADD, core("add", &args)).result.unwrap_err();
        assert!(matches!(error, Failure::BadArguments { .. }), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn a_missing_export_lists_what_there_is() {
    let error = run(ADD, core("sub", &[])).result.unwrap_err();
    assert_eq!(error.kind(), "missing-export");
    assert!(
        error
            .to_string()
            .contains("no function `sub`; it exports `add`, `swap`"),
        "{error}"
    );
    let component = Entry::Component {
        export: String::from("x"),
        args: ComponentArgs::Json(String::from("[]")),
    };
    assert_eq!(
        run(ADD, component).result.unwrap_err().kind(),
        "missing-export"
    );
}

#[test]
fn a_missing_import_is_named() {
    let wat =
        r#"(module (import "env" "sqrt" (func (param f64) (result f64))) (func (export "f")))"#;
    let error = run(wat, core("f", &[])).result.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the module imports `env` `sqrt`, which is not provided; only a program that embeds Tollgate can provide it, as a host \
         function or a shared memory"
    );
}

#[test]
fn a_trap_has_a_code_and_the_guests_frames() {
    let outcome = run(ADD, core("divide", &[Value::I32(0)]));
    let Err(Failure::Trap(trap)) = &outcome.result else {
        panic!("{outcome:?}")
    };
    assert_eq!(trap.code, TrapCode::DivisionByZero);
    assert_eq!(trap.backtrace.len(), 2);
    assert_eq!(trap.backtrace[0].function.as_deref(), Some("inner"));
    assert!(outcome.usage.gas > 0);
}

/// Throws as compiled programs do: the text is told, then the call ends.
const THROWS: &str = r#"(module
    (memory (export "memory") 1)
    (global $told (export "tollgate_uncaught") (mut i64) (i64.const 0))
    (data (i32.const 64) "RangeError: 4 is too much, thrown at main.ts:3:5\1b[0m\ff")
    (func $end (unreachable))
    (func (export "throw") (param i32 i32)
        (global.set $told (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))
        (call $end))
    (func (export "divide") (global.set $told (i64.const 0x0000_0040_0000_0030)) (drop (i32.div_u (i32.const 1) (i32.const 0))))
    (func (export "plain") (call $end)))"#;

#[test]
fn what_an_exception_says_that_nothing_caught_is_in_the_report() {
    let told = |at: i32, length: i32| {
        let outcome = run(THROWS, core("throw", &[Value::I32(at), Value::I32(length)]));
        let Err(Failure::Trap(trap)) = outcome.result else {
            panic!("{:?}", outcome.result)
        };
        trap
    };
    let trap = told(64, 48);
    assert_eq!(trap.code, TrapCode::UncaughtException);
    assert_eq!(
        trap.to_string(),
        "the module trapped: uncaught exception: RangeError: 4 is too much, thrown at main.ts:3:5"
    );
    assert_eq!(trap.backtrace[0].function.as_deref(), Some("end"));
    // Bytes that are no text are shown as such, and a text that is long is cut.
    assert!(told(64, 53).message.unwrap().ends_with('\u{fffd}'));
    let long = told(0, 65536).message.unwrap();
    assert!(long.len() <= tollgate_sandbox::limits::MESSAGE_BYTES + '…'.len_utf8());
    // Nothing is read beside the memory.
    for (at, length) in [(65536, 1), (-1, -1), (65535, 2)] {
        let trap = told(at, length);
        assert_eq!(trap.code, TrapCode::Unreachable, "{at} {length}");
        assert_eq!(trap.message, None);
    }
    // An instance tells of each call for itself.
    let mut instance = execution(THROWS, Entry::Start)
        .instantiate_blocking()
        .unwrap();
    instance.block_on(async |i| {
        let thrown = i.call("throw", &[Value::I32(64), Value::I32(10)]).await;
        assert!(thrown.unwrap_err().to_string().ends_with("RangeError"));
        let plain = i.call("plain", &[]).await.unwrap_err().to_string();
        assert!(plain.starts_with("the module trapped: `unreachable` executed in `end`"));
    });
    // Another trap is what it is.
    let outcome = run(THROWS, core("divide", &[]));
    let Err(Failure::Trap(trap)) = outcome.result else {
        panic!("{:?}", outcome.result)
    };
    assert_eq!((trap.code, trap.message), (TrapCode::DivisionByZero, None));
}

const ECHO: &str = r#"(module
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (global $freed (export "freed") (mut i32) (i32.const 0))
    (func (export "alloc") (param i32) (result i32)
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (local.get 0))))
    (func (export "free") (param i32 i32) (global.set $freed (i32.add (global.get $freed) (i32.const 1))))
    (func (export "echo") (param i32 i32) (result i64)
        (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))
    (func (export "far") (param i32 i32) (result i64) (i64.const 0xffff_0000_0000_0010))
    (func (export "huge") (param i32 i32) (result i64) (i64.const 0x0000_0000_ffff_ffff))
    (func (export "wrong") (param i32) (result i32) (local.get 0)))"#;

#[test]
fn bytes_go_in_and_come_out() {
    for input in [&b""[..], b"x", b"{\"a\":[1,2,3]}"] {
        assert_eq!(
            run(ECHO, bytes("echo", input)).result,
            Ok(Output::Bytes(input.to_vec()))
        );
    }
}

#[test]
fn an_answer_outside_the_memory_is_the_guests_fault() {
    let error = run(ECHO, bytes("far", b"x")).result.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the module breaks the rules of its calls: `far` returned 16 bytes at 4294901760 are outside the memory of 65536 bytes"
    );
}

#[test]
fn a_function_of_another_type_is_refused_with_its_signature() {
    let error = run(ECHO, bytes("wrong", b"x")).result.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("its signature is (i32) -> (i32)"),
        "{error}"
    );
}

/// What guests do wrong is theirs and no error of the sandbox.
#[test]
fn a_guest_without_a_memory_for_its_calls_is_to_blame_for_it() {
    let without_memory = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0)))))"#;
    let failure = run(without_memory, Entry::Start).result;
    assert!(
        matches!(&failure, Err(Failure::BadGuest { message }) if message.contains("memory export")),
        "{failure:?}"
    );
}

#[test]
fn a_component_that_breaks_the_rules_of_its_results_is_to_blame_for_it() {
    for (pointer, len) in [(0x7fff_fff0_u32, 8), (0, 0x7fff_ffff), (64, 2)] {
        let wat = format!(
            r#"(component
                (core module $m
                    (memory (export "memory") 1) (data (i32.const 64) "\ff\ff")
                    (func (export "f") (result i32)
                        (i32.store (i32.const 8) (i32.const {pointer})) (i32.store (i32.const 12) (i32.const {len})) (i32.const 8)))
                (core instance $i (instantiate $m))
                (func (export "greet") (result string) (canon lift (core func $i "f") (memory $i "memory"))))"#
        );
        let entry = Entry::Component {
            export: String::from("greet"),
            args: ComponentArgs::Json(String::from("[]")),
        };
        let failure = run(&wat, entry).result;
        assert!(
            matches!(
                &failure,
                Err(Failure::BadGuest { .. } | Failure::LimitExceeded(_))
            ),
            "{pointer} {len}: {failure:?}"
        );
    }
}
