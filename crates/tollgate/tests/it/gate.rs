//! Calls of components are decided like all others, those over the network and of interfaces too.

use std::net::{TcpListener, UdpSocket};
use std::sync::Arc;

use tollgate::sandbox::{Answer, CallDecision, CallTarget, DecidedBy, Journal, Target, Verdict};
use tollgate::{EngineConfig, Gate, GateCall, Grant, Report, Request, Tollgate};

use crate::support::built;

/// Says this about the network, and nothing against anything else.
struct Says(Verdict, Verdict);

impl Gate for Says {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        match call.target {
            Target::Address(_) | Target::Host(_) => self.0.clone(),
            _ => Verdict::Allow,
        }
    }

    fn may_ask(&self) -> bool {
        true
    }

    fn ask<'a>(&'a self, _: &GateCall<'_>) -> Answer<'a> {
        Box::pin(async {
            tokio::task::yield_now().await;
            self.1.clone().into()
        })
    }
}

fn deny(reason: &str) -> Verdict {
    let reason = reason.to_owned();
    Verdict::Deny { reason }
}

/// Lets the guest connect to `server` under a gate.
fn asks(server: &str, gate: Says, journal: &Arc<Journal>) -> Report {
    let mut grant = Grant::none();
    grant.net = vec![server.parse().unwrap()];
    grant.args = ["greet", "--ask", server].map(String::from).into();
    let tollgate = Tollgate::builder()
        .engine(EngineConfig {
            allocation: tollgate::sandbox::Allocation::OnDemand,
            ..EngineConfig::metered()
        })
        .compile_in_process()
        .may_grant(grant.clone())
        .build()
        .unwrap();
    let module = built(&tollgate, "greet-component");
    let request = Request::start(&module)
        .grant(grant)
        .gate(Arc::new(gate))
        .record(journal.clone());
    tollgate.execute_blocking(request).unwrap()
}

/// Denies what the guest receives and nothing else.
struct Deaf;

impl Gate for Deaf {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        match call.name {
            "receive" => deny("nothing is received"),
            _ => Verdict::Allow,
        }
    }
}

#[test]
fn a_datagram_that_comes_is_decided_like_one_that_goes() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let mut grant = Grant::none();
    grant.net = vec![format!("127.0.0.1:{port}").parse().unwrap()];
    grant.args = ["calls", "udp talk", "0", "0", &port.to_string()]
        .map(String::from)
        .into();
    let tollgate = Tollgate::builder()
        .engine(EngineConfig {
            allocation: tollgate::sandbox::Allocation::OnDemand,
            ..EngineConfig::metered()
        })
        .compile_in_process()
        .may_grant(grant.clone())
        .build()
        .unwrap();
    let module = built(&tollgate, "wasi-calls-component");
    let journal = Arc::new(Journal::default());
    let request = Request::start(&module)
        .grant(grant)
        .gate(Arc::new(Deaf))
        .record(journal.clone());
    let report = tollgate.execute_blocking(request).unwrap();
    // A socket that may not receive from its partner has none.
    let text = report.outcome.stdout.text();
    assert!(text.contains("streams: access-denied"), "{text}");
    let denied = CallDecision::Denied {
        by: DecidedBy::Gate,
        reason: String::from("nothing is received"),
    };
    let records = journal.drain();
    let received = records.iter().find(|record| record.name == "receive");
    assert_eq!(received.map(|record| &record.decision), Some(&denied));
}

#[test]
fn the_reason_of_a_denied_connection_reaches_the_embedder() {
    // It listens, so that only the gate can be in the way.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    for (gate, by, reason) in [
        (
            Says(deny("not today"), Verdict::Allow),
            DecidedBy::Gate,
            "not today",
        ),
        (
            Says(Verdict::Ask, deny("she said no")),
            DecidedBy::Answer,
            "she said no",
        ),
    ] {
        let journal = Arc::new(Journal::default());
        let report = asks(&address.to_string(), gate, &journal);
        assert_eq!(report.outcome.exit_code, Some(1), "{report:?}");
        let details: Vec<_> = report
            .outcome
            .violations
            .listed
            .iter()
            .map(|violation| violation.detail.clone())
            .collect();
        assert_eq!(details, [format!("`{address}`: {reason}")]);
        let records = journal.drain();
        let record = records
            .iter()
            // The last one: what was proposed before is no decision.
            .rfind(|record| record.target == CallTarget::Address(address))
            .unwrap();
        let reason = reason.to_owned();
        assert_eq!(record.decision, CallDecision::Denied { by, reason });
    }
}

#[test]
fn a_name_is_looked_up_only_if_the_gate_lets_it() {
    let says = |verdict| Says(verdict, Verdict::Allow);
    for (gate, reason) in [
        (says(deny("no names")), "no names"),
        (
            says(Verdict::Ask),
            "somebody has to be asked, and this call cannot wait for an answer",
        ),
    ] {
        let report = asks("localhost:1", gate, &Arc::new(Journal::default()));
        let violations = &report.outcome.violations.listed;
        assert_eq!(violations.len(), 1, "{report:?}");
        assert_eq!(violations[0].call, "resolve-addresses");
        assert_eq!(violations[0].detail, format!("`localhost`: {reason}"));
    }
}
