//! The bytecode engine built for wasm32, run in the sandbox, does what it does on this machine.

use std::time::Duration;

use tollgate::{EngineConfig, Limits, Request, Tollgate};
use tollgate_ecl::testing::differential::bytecode::digest;

use crate::support::built;

#[test]
fn random_programs_decide_explain_and_cost_the_same_on_wasm32() {
    let limits = Limits {
        wall: Duration::from_secs(240),
        memory_bytes: 1 << 30,
        ..Limits::standard()
    };
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .engine(EngineConfig::timed())
        .limits_max(limits.clone())
        .build()
        .unwrap();
    let module = built(&tollgate, "ecl-corpus");
    let mut request = Request::start(&module).limits(limits);
    request.grant.args = ["ecl-corpus", "0", "400"].map(str::to_owned).to_vec();
    let outcome = tollgate.execute_blocking(request).unwrap().outcome;
    assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
    assert_eq!(outcome.stdout.text().trim(), digest(0..400));
}
