//! Other policy engines on the benchmark's policies, each asked with a request it has already taken in.
//!
//! They do not do the same work: Cedar names the policies that decided and never stops early, CEL is one expression without
//! a policy around it, none of them meters. P6 cannot be written in Cedar, P2 to P6 not in casbin's model.
//!
//! One line of JSON in, one out: `{"case": "P5", "rules": 10, "request": …}` makes the engines ready and answers with their
//! names; `{"engine": 0, "calls": 1000}` answers with the nanoseconds of processor time that so many decisions took.

#[cfg(feature = "casbin")]
mod casbin;
#[cfg(feature = "cedar")]
mod cedar;
#[cfg(feature = "cel")]
mod cel;
#[cfg(feature = "cel-interpreter")]
mod cel_interpreter;
mod expressions;
#[cfg(feature = "regorus")]
mod regorus;

use std::io::{BufRead as _, Write as _};

use anyhow::{Context as _, Result};
use bench_measure::{Clock, Subject};
use serde_json::{Value, json};

/// A request to one of the policies.
pub struct Case<'a> {
    pub name: &'a str,
    pub request: &'a Value,
}

/// Decides the request of a case; tells whether it was accepted.
pub type Decide = Box<dyn FnMut() -> bool>;

/// An engine with its policy compiled and its request taken in.
struct Peer {
    engine: &'static str,
    subject: Subject<'static>,
}

fn main() -> Result<()> {
    let mut peers: Vec<Peer> = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let answer = match asked["case"].as_str() {
            Some(name) => {
                let case = Case {
                    name,
                    request: &asked["request"],
                };
                let rules = usize::try_from(asked["rules"].as_u64().context("no `rules`")?)?;
                peers = all(&case, rules)?;
                json!(peers.iter().map(|peer| peer.engine).collect::<Vec<_>>())
            }
            None => {
                let engine = usize::try_from(asked["engine"].as_u64().context("no `engine`")?)?;
                let calls = asked["calls"].as_u64().context("no `calls`")?;
                let peer = peers.get_mut(engine).context("no such engine")?;
                json!(peer.subject.nanoseconds(Clock::Thread, calls))
            }
        };
        println!("{answer}");
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// Every engine that was built, ready for a case of so many rules (1 but for P5).
fn all(case: &Case<'_>, rules: usize) -> Result<Vec<Peer>> {
    let mut peers = Vec::new();
    let mut add = |engine: &'static str, decide: Option<Decide>| {
        peers.extend(decide.map(|decide| Peer {
            engine,
            subject: Subject::new(decide),
        }));
    };
    #[cfg(feature = "cel")]
    add("cel", cel::run(case, rules)?);
    #[cfg(feature = "cel-interpreter")]
    add("cel-interpreter", cel_interpreter::run(case, rules)?);
    #[cfg(feature = "cedar")]
    add("Cedar", cedar::run(case, rules)?);
    #[cfg(feature = "regorus")]
    add("regorus", regorus::run(case, rules)?);
    #[cfg(feature = "casbin")]
    add("casbin", casbin::run(case, rules)?);
    let _unused = (&mut add, case, rules);
    Ok(peers)
}
