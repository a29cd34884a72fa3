//! Stopping and starting.

use tollgate::{Limits, Request, StartError, Tollgate};

use crate::support::wat;

#[tokio::test]
async fn a_stopped_tollgate_starts_nothing_until_it_is_started_again() {
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .build()
        .expect("a tollgate");
    let module = wat(&tollgate, "add");
    tollgate.stop().await;
    assert_eq!(
        tollgate
            .execute(Request::call(&module, "noop", []))
            .await
            .err(),
        Some(StartError::Stopped)
    );
    tollgate.start();
    assert!(
        tollgate
            .execute(Request::call(&module, "noop", []))
            .await
            .expect("it starts")
            .is_success()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_waits_for_executions_under_way() {
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .build()
        .expect("a tollgate");
    let module = wat(&tollgate, "spin");
    let mut events = tollgate.subscribe();
    let limits = Limits {
        gas: 50_000_000,
        ..Limits::standard()
    };
    let running = tokio::spawn({
        let tollgate = tollgate.clone();
        async move {
            tollgate
                .execute(Request::start(&module).limits(limits))
                .await
        }
    });
    // The first event says that it is under way.
    events.next().await.expect("an execution starts");
    tollgate.stop().await;
    assert!(running.is_finished() || tollgate.statistics().failed == 1);
    let report = running
        .await
        .expect("it does not panic")
        .expect("it was started before the stop");
    assert!(!report.is_success());
}

#[tokio::test]
async fn a_blocking_call_inside_a_runtime_is_refused() {
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .build()
        .expect("a tollgate");
    let module = wat(&tollgate, "add");
    assert_eq!(
        tollgate
            .execute_blocking(Request::call(&module, "noop", []))
            .err(),
        Some(StartError::InsideRuntime)
    );
}
