//! From request to report: what is granted, refused, limited, counted and charged.

use std::sync::Arc;

use tollgate::{
    Decision, EventKind, Failure, Grant, LimitKind, Limits, PathGrant, PriceList, Request,
    ResultError, Source, Stdin, Tollgate, Value,
};

use crate::support::{built, wat};

fn tollgate() -> Tollgate {
    Tollgate::builder()
        .compile_in_process()
        .build()
        .expect("the defaults work on every machine")
}

#[test]
fn a_call_returns_its_values_and_a_bill() {
    let tollgate = tollgate();
    let module = wat(&tollgate, "add");
    let report = tollgate
        .execute_blocking(Request::call(
            &module,
            "add",
            [Value::I32(2), Value::I32(3)],
        ))
        .expect("it starts");
    assert_eq!(report.values().expect("it returns values"), [Value::I32(5)]);
    assert!(report.usage().gas > 0);
    assert_eq!(report.cost.to_string(), "$0.01");
    assert!(report.decision.is_accept());
    assert!(matches!(report.bytes(), Err(ResultError::Other { .. })));
}

#[test]
fn a_typed_call_takes_and_gives_rust_values() {
    let tollgate = tollgate();
    let module = wat(&tollgate, "add");
    let add = tollgate
        .typed::<(i32, i32), i32>(&module, "add")
        .expect("the types fit");
    let (sum, report) = add.call_blocking((2, -3)).expect("it returns");
    assert_eq!((sum, report.usage().gas > 0), (-1, true));
    let divide = tollgate
        .typed::<(u32, u32), (u32, u32)>(&wat(&tollgate, "multi-value"), "divide")
        .expect("the types fit");
    assert_eq!(divide.call_blocking((17, 5)).expect("it returns").0, (3, 2));
}

#[test]
fn a_typed_call_with_other_types_names_both_signatures() {
    let tollgate = tollgate();
    let module = wat(&tollgate, "add");
    let error = tollgate
        .typed::<(i64, i32), i32>(&module, "add")
        .expect_err("the types do not fit");
    assert!(
        error
            .to_string()
            .contains("(i32, i32) -> (i32), not (i64, i32) -> (i32)"),
        "{error}"
    );
    let error = tollgate
        .typed::<(), ()>(&module, "subtract")
        .expect_err("there is none");
    assert!(
        error.to_string().contains("`subtract`") && error.to_string().contains("`add64`"),
        "{error}"
    );
}

#[test]
fn a_grant_above_the_ceiling_is_rejected_before_it_runs_and_costs_nothing() {
    let tollgate = tollgate();
    let module = built(&tollgate, "wordstat");
    let mut grant = Grant::none();
    grant.read.push(PathGrant::same("/etc"));
    let report = tollgate
        .execute_blocking(Request::start(&module).grant(grant))
        .expect("it is decided");
    assert_eq!(
        report.decision.reasons(),
        ["reading `/etc` may not be granted here"]
    );
    assert!(matches!(report.outcome.result, Err(Failure::Denied(_))));
    assert_eq!((report.usage().gas, report.cost.micro_usd()), (0, 0));
    assert_eq!(module.executions(), 0);
    assert_eq!(tollgate.statistics().rejected, 1);
}

#[test]
fn standard_input_and_variables_of_the_host_need_a_ceiling() {
    let tollgate = tollgate();
    let module = wat(&tollgate, "add");
    let mut grant = Grant::none();
    grant.stdin = Stdin::Inherit;
    grant.env_inherit("PATH").expect("a variable");
    let report = tollgate
        .execute_blocking(Request::call(&module, "noop", []).grant(grant))
        .expect("it is decided");
    assert_eq!(
        report.decision.reasons(),
        [
            "the environment variable `PATH` of this process may not be granted here",
            "the standard input of this process may not be granted here",
        ]
    );
    assert_eq!(module.executions(), 0);
}

#[test]
fn an_address_that_is_not_public_needs_a_ceiling_of_its_own() {
    let mut most = Grant::none();
    most.net.push("*".parse().expect("every public host"));
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .may_grant(most)
        .build()
        .expect("a tollgate");
    let module = wat(&tollgate, "add");
    let decided = |host: &str| {
        let mut grant = Grant::none();
        grant.net.push(host.parse().expect("a destination"));
        let request = Request::call(&module, "noop", []).grant(grant);
        tollgate.execute_blocking(request).expect("it is decided")
    };
    for private in ["127.0.0.1", "169.254.169.254", "localhost", "[::1]:80"] {
        let report = decided(private);
        assert_eq!(
            report.decision.reasons(),
            [format!("connecting to `{private}` may not be granted here")]
        );
    }
    assert!(decided("example.org:443").decision.is_accept());
}

#[test]
fn one_number_is_in_the_report_the_events_and_the_records_of_calls() {
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .host_function_typed(
            "host",
            "double",
            tollgate::Tariff::CHEAP,
            |_, (n,): (i32,)| Ok(n.wrapping_mul(2)),
        )
        .build()
        .expect("it is built");
    let text = r#"(module (import "host" "double" (func $double (param i32) (result i32)))
        (func (export "run") (result i32) (call $double (i32.const 21))))"#;
    let module = tollgate
        .load_blocking(&Source::Bytes(text.as_bytes().into()))
        .expect("it loads");
    let mut events = tollgate.subscribe();
    let journal = std::sync::Arc::new(tollgate::Journal::default());
    let id = tollgate::ExecutionId::next();
    let request = Request::call(&module, "run", []).execution(id);
    let report = tollgate
        .execute_blocking(request.record(journal.clone()))
        .expect("it starts");
    assert_eq!((report.execution, report.outcome.execution), (id, id));
    assert_eq!(
        journal.drain().first().map(|record| record.execution),
        Some(id)
    );
    let started = events.try_next().expect("an event").kind;
    assert_eq!(started, EventKind::ExecutionStarted { execution: id });
}

#[test]
fn a_report_says_what_was_granted_and_no_value_of_it() {
    let tollgate = tollgate();
    let module = wat(&tollgate, "add");
    let report = |stdin: &str| {
        let mut grant = Grant::none();
        grant.env_value("TOKEN", "hunter2").expect("a variable");
        grant.stdin = tollgate::Stdin::Bytes(stdin.as_bytes().to_vec());
        tollgate
            .execute_blocking(Request::call(&module, "noop", []).grant(grant))
            .expect("it starts")
    };
    let (one, other) = (report("hunter3"), report("hunter4"));
    assert_eq!(one.grant.env_chosen, ["TOKEN"]);
    assert_eq!(one.grant.stdin, tollgate::GrantedInput::Bytes(7));
    assert_eq!(one.limits, tollgate::Limits::standard());
    assert_eq!(&one.engine, tollgate.engine().fingerprint());
    let shown = serde_json::to_string(&one).expect("JSON");
    assert!(!shown.contains("hunter"), "{shown}");
    assert_ne!(one.input, other.input);
    assert_eq!(one.input, report("hunter3").input);
}

#[test]
fn a_rejected_request_is_an_event() {
    let tollgate = tollgate();
    let module = wat(&tollgate, "add");
    let mut events = tollgate.subscribe();
    let mut grant = Grant::none();
    grant.clock = true;
    let report = tollgate
        .execute_blocking(Request::call(&module, "noop", []).grant(grant))
        .expect("it is decided");
    let event = events.try_next().expect("an event");
    assert_eq!(event.module, module.digest());
    let reasons = vec!["the clock may not be granted here".to_owned()];
    let execution = report.execution;
    assert_eq!(
        event.kind,
        EventKind::ExecutionRejected { execution, reasons }
    );
    assert_eq!(events.try_next(), None);
}

#[test]
fn a_limit_above_the_ceiling_is_rejected() {
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .limits_max(Limits {
            gas: 10,
            ..Limits::standard()
        })
        .build()
        .expect("a tollgate");
    let module = wat(&tollgate, "add");
    let report = tollgate
        .execute_blocking(Request::call(&module, "noop", []))
        .expect("it is decided");
    assert!(!report.decision.is_accept());
    assert!(
        report.decision.reasons()[0].contains("gas limit"),
        "{:?}",
        report.decision
    );
}

#[test]
fn the_admission_hook_decides_after_the_ceiling() {
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .on_admission(|admission| match admission.caller {
            "friend" => Decision::accept("friends may".to_owned()),
            caller => Decision::reject(format!("`{caller}` is no friend")),
        })
        .build()
        .expect("a tollgate");
    let module = wat(&tollgate, "add");
    let ask = |caller: &str| {
        tollgate
            .execute_blocking(Request::call(&module, "noop", []).caller(caller))
            .expect("it is decided")
    };
    assert!(ask("friend").is_success());
    assert_eq!(
        ask("stranger").decision.reasons(),
        ["`stranger` is no friend"]
    );
}

#[test]
fn an_admission_hook_that_panics_has_rejected() {
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .on_admission(|_| panic!("the policy store is gone"))
        .build()
        .expect("a tollgate");
    let module = wat(&tollgate, "add");
    let report = tollgate
        .execute_blocking(Request::call(&module, "noop", []))
        .expect("it is decided");
    assert!(!report.decision.is_accept());
}

#[test]
fn a_run_that_hits_a_limit_is_settled_like_any_other() {
    let tollgate = tollgate();
    let module = wat(&tollgate, "spin");
    let limits = Limits {
        gas: 1_000_000,
        ..Limits::standard()
    };
    let report = tollgate
        .execute_blocking(Request::start(&module).limits(limits))
        .expect("it starts");
    assert_eq!(
        report
            .outcome
            .result
            .as_ref()
            .err()
            .and_then(Failure::limit),
        Some(LimitKind::Gas)
    );
    assert_eq!(report.usage().gas, 1_000_000);
    let statistics = tollgate.statistics();
    assert_eq!(
        (statistics.failed, statistics.limited, statistics.gas),
        (1, 1, 1_000_000)
    );
    assert_eq!(statistics.cost, report.cost);
}

#[test]
fn prices_are_the_builders() {
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .prices(PriceList::free())
        .build()
        .expect("a tollgate");
    let module = wat(&tollgate, "add");
    let report = tollgate
        .execute_blocking(Request::call(&module, "noop", []))
        .expect("it starts");
    assert_eq!(report.cost.micro_usd(), 0);
}

#[test]
fn the_same_bytes_are_loaded_once() {
    let tollgate = tollgate();
    let first = wat(&tollgate, "add");
    let again = wat(&tollgate, "add");
    tollgate
        .execute_blocking(Request::call(&first, "noop", []))
        .expect("it starts");
    let modules = tollgate.modules();
    assert_eq!(modules.len(), 1);
    assert_eq!((modules[0].executions, again.executions()), (1, 1));
    assert!(modules[0].last_used.is_some() && modules[0].name.ends_with("add.wat"));
    assert!(tollgate.unload(&first.digest()) && !tollgate.unload(&first.digest()));
    assert!(tollgate.modules().is_empty());
}

#[test]
fn what_is_not_a_module_says_what_it_seems_to_be() {
    let error = tollgate()
        .load_blocking(&Source::Bytes(Arc::from(&b"\x7fELF\x02\x01"[..])))
        .expect_err("it is no module");
    assert!(error.to_string().contains("ELF"), "{error}");
}

#[test]
fn host_functions_can_be_added_and_removed_while_running() {
    let tollgate = tollgate();
    let module = wat(&tollgate, "host-call");
    let square = || {
        tollgate
            .execute_blocking(Request::call(&module, "square", [Value::I64(5)]))
            .expect("it starts")
    };
    assert!(matches!(
        square().outcome.result,
        Err(Failure::MissingImport { .. })
    ));
    tollgate
        .change_host_functions(|host| {
            host.register_typed(
                "host",
                "multiply",
                tollgate::Tariff::CHEAP,
                |_, (a, b): (i64, i64)| Ok(a * b),
            )?;
            host.register_typed(
                "host",
                "log",
                tollgate::Tariff::CHEAP,
                |_, (_, _): (u32, u32)| Ok(()),
            )
        })
        .expect("the names are free");
    assert_eq!(square().values().expect("it returns"), [Value::I64(25)]);
    tollgate
        .change_host_functions(|host| {
            host.unregister("host", "multiply");
            Ok(())
        })
        .expect("removing cannot fail");
    assert!(matches!(
        square().outcome.result,
        Err(Failure::MissingImport { .. })
    ));
}

#[test]
fn a_host_function_with_a_wasi_name_is_refused_when_building() {
    let built = Tollgate::builder()
        .compile_in_process()
        .host_function_typed(
            "wasi_snapshot_preview1",
            "fd_write",
            tollgate::Tariff::CHEAP,
            |_, (_,): (i32,)| Ok(()),
        )
        .build();
    assert!(built.is_err());
}

#[tokio::test]
async fn a_subscriber_sees_an_execution_begin_and_end() {
    let tollgate = tollgate();
    let module = tollgate
        .load(Source::Bytes(Arc::from(
            &b"(module (func (export \"f\")))"[..],
        )))
        .await
        .expect("a module");
    let mut events = tollgate.subscribe();
    tollgate
        .execute(Request::call(&module, "f", []))
        .await
        .expect("it starts");
    let kinds: Vec<_> = std::iter::from_fn(|| events.try_next())
        .map(|event| event.kind)
        .collect();
    assert!(
        matches!(
            kinds[..],
            [
                EventKind::ExecutionStarted { .. },
                EventKind::ExecutionCompleted { .. }
            ]
        ),
        "{kinds:?}"
    );
}
