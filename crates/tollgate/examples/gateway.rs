//! Gates between realms: standard policies, credentials signed here and now, trust that is dampened on the way, a quota.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use tollgate::gateway::{Crossing, CrossingDecision, Gateway, Realm, StandardPolicy, Visit};

#[path = "../../tollgate-state/tests/it/issuer.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "shared with the tests")]
mod issuer;
use issuer::Issuer;

const ADA: &str = "did:example:ada";
const BOB: &str = "did:example:bob";

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?;
    let hour = Duration::from_secs(3_600);
    let gateway = Gateway::builder(&folder.path().join("state.db"))
        .realm(Realm::standard(
            "verified-users",
            StandardPolicy::VerifiedUsers,
        ))
        .realm(Realm::standard("finance", StandardPolicy::Finance))
        .realm(Realm::standard("square", StandardPolicy::Public).quota(2, hour))
        .open(now)?;

    // Ada is at home in `village`, and trusted there; finance sees nine tenths of that.
    let authority = Issuer::ed25519(7);
    gateway.with_state(|state| {
        state.put_member(ADA, "village")?;
        state.put_trust(ADA, [0.9; 6], now)?;
        state.put_dampening("village", "finance", 0.9)?;
        Ok(state.trust_issuer(&authority.did(), "did:erynoa:credential:identity:**")?)
    })?;
    let seconds = now / 1_000_000_000;
    let claims = authority.claims(
        ADA,
        "did:erynoa:credential:identity:person:v1",
        "urn:identity:ada",
        (seconds - 60, seconds + 60),
    );
    let credential = authority.issue(&claims);

    let mut number = 0;
    let mut cross = |subject: &str, to: &str, action: &str, amount: Option<&str>| {
        number += 1;
        let crossing = Crossing {
            subject: subject.to_owned(),
            from: "village".to_owned(),
            to: to.to_owned(),
            action: action.to_owned(),
            amount: amount.map(str::to_owned),
        };
        let visit = Visit {
            id: &format!("visit {number}"),
            now,
            credentials: &[&credential],
        };
        gateway.decide_crossing(&crossing, &visit)
    };
    show(&cross(ADA, "verified-users", "enter", None)?);
    // Bob shows Ada's credential.
    show(&cross(BOB, "verified-users", "enter", None)?);
    show(&cross(ADA, "finance", "transfer", Some("250 EUR"))?);
    show(&cross(ADA, "finance", "transfer", Some("25000 EUR"))?);
    for _ in 0..3 {
        show(&cross(BOB, "square", "read", None)?);
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example")]
fn show(decision: &CrossingDecision) {
    println!(
        "{}: {} by {}",
        decision.crossing.to,
        format!("{:?}", decision.ruling).to_lowercase(),
        decision.rule.as_deref().unwrap_or("otherwise")
    );
    for line in decision.reasons.iter().chain(&decision.refusals) {
        println!("    {line}");
    }
}
