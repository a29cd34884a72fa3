use tollgate_sandbox::{ComponentArgs, Entry, Failure, Output};

use crate::guest::run;

/// A component with numbers in and out, and one that returns its text argument.
const COMPONENT: &str = r#"(component
    (core module $m
        (memory (export "memory") 1)
        (global $next (mut i32) (i32.const 1024))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (global.get $next) (global.set $next (i32.add (global.get $next) (local.get 3))))
        (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export "echo") (param i32 i32) (result i32)
            (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8)))
    (core instance $i (instantiate $m))
    (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
    (func $echo (param "text" string) (result string)
        (canon lift (core func $i "echo") (memory $i "memory") (realloc (func $i "realloc"))))
    (instance $texts (export "echo" (func $echo)))
    (export "test:text/texts" (instance $texts)))"#;

fn call(export: &str, args: ComponentArgs) -> Result<Output, Failure> {
    run(
        COMPONENT,
        Entry::Component {
            export: export.to_owned(),
            args,
        },
    )
    .result
}

fn json(text: &str) -> ComponentArgs {
    ComponentArgs::Json(text.to_owned())
}

#[test]
fn functions_take_json_by_position_and_by_name_and_wave() {
    for args in [
        json("[40, 2]"),
        json(r#"{"b": 2, "a": 40}"#),
        ComponentArgs::Wave(String::from("40, 2")),
    ] {
        let Ok(Output::Component { json, wave }) = call("add", args.clone()) else {
            panic!("{args:?}")
        };
        assert_eq!((json.as_str(), wave.as_str()), ("42", "42"));
    }
}

#[test]
fn functions_of_interfaces_are_found_by_interface_and_name() {
    let result = call("test:text/texts#echo", json(r#"["grüße\n"]"#));
    let Ok(Output::Component { json, wave }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(
        (json.as_str(), wave.as_str()),
        (r#""grüße\n""#, r#""grüße\n""#)
    );
}

#[test]
fn arguments_that_do_not_fit_are_explained() {
    for (args, says) in [
        (json("[1]"), "it takes 2 arguments, 1 given"),
        (
            json("[1, -1]"),
            "`b` must be a number of type u32, it is `-1`",
        ),
        (json("{\"a\": 1}"), "argument `b` is missing"),
        (
            json("{\"a\": 1, \"b\": 2, \"c\": 3}"),
            "there is no argument `c`",
        ),
        (json("[1,"), "not JSON"),
    ] {
        let error = call("add", args).unwrap_err();
        assert!(matches!(error, Failure::BadArguments { .. }), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
    assert!(matches!(
        call("add", ComponentArgs::Wave(String::from("1, x"))),
        Err(Failure::BadArguments { .. })
    ));
}

#[test]
fn a_missing_function_lists_those_there_are() {
    let error = call("sub", json("[]")).unwrap_err();
    assert!(
        error.to_string().contains("`add`, `test:text/texts#echo`"),
        "{error}"
    );
    assert_eq!(
        run(COMPONENT, Entry::Start).result.unwrap_err().kind(),
        "missing-export"
    );
}
