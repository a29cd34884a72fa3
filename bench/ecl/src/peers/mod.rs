//! Other policy engines on the same policies, each asked with a request it has already taken in.
//!
//! They do not do the same work: Cedar names the policies that decided and never stops early, CEL is one expression without
//! a policy around it, none of them meters. P6 cannot be written in Cedar, P2 to P6 not in casbin's model.

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

/// A measured peer.
pub struct Peer {
    pub engine: &'static str,
    pub nanoseconds: f64,
}

/// Every engine that was built, on a case of a name and, for P5, a number of rules.
pub fn run(case: &crate::policies::Case, rules: usize) -> anyhow::Result<Vec<Peer>> {
    let mut peers = Vec::new();
    let mut add = |engine: &'static str, measured: Option<f64>| {
        peers.extend(measured.map(|nanoseconds| Peer { engine, nanoseconds }));
    };
    #[cfg(feature = "cel")]
    add("cel 0.15", cel::run(case, rules)?);
    #[cfg(feature = "cel-interpreter")]
    add("cel-interpreter 0.10", cel_interpreter::run(case, rules)?);
    #[cfg(feature = "cedar")]
    add("cedar-policy 4.14", cedar::run(case, rules)?);
    #[cfg(feature = "regorus")]
    add("regorus 0.14 (RVM)", regorus::run(case, rules)?);
    #[cfg(feature = "casbin")]
    add("casbin 2.20", casbin::run(case, rules)?);
    let _unused = (&mut add, case, rules);
    Ok(peers)
}
