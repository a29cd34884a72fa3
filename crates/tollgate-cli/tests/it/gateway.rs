//! `tollgate gateway`: what it prints and ends with.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use crate::command::{Ran, tollgate};
use crate::issuer::Issuer;

const ADA: &str = "did:example:ada";
const IDENTITY: &str = "did:erynoa:credential:identity:person:v1";
/// 2025-01-28T10:15:00Z, in seconds.
const NOW: i64 = 1_738_059_300;

/// A state with an issuer that is trusted, and Ada, who is at home in `village`.
struct World {
    folder: TempDir,
    issuers: [Issuer; 2],
}

impl World {
    fn new() -> Self {
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
            issuers: [Issuer::p256(3), Issuer::ed25519(3)],
        };
        let facts = serde_json::json!({
            "trust": { ADA: [1, 1, 1, 1, 1, 1] },
            "members": { ADA: "village" },
            "dampening": [{ "from": "village", "to": "finance", "factor": 0.75 }],
            "issuers": {
                world.issuers[0].did(): ["did:erynoa:credential:identity:**"],
                world.issuers[1].did(): ["did:erynoa:credential:identity:**"],
            },
            "stores": { "realm:invitations": { ADA: "invited" } },
            "mana": { ADA: { "capacity": 1_000_000, "per_second": 0 } },
        });
        let state = world.state();
        tollgate([
            "gateway",
            "facts",
            "load",
            "facts.json",
            "--state",
            &state,
            "--now",
            "2025-01-28T10:00:00Z",
        ])
        .file("facts.json", facts.to_string())
        .ends_with(0);
        world
    }

    fn state(&self) -> String {
        self.folder.path().join("state.db").display().to_string()
    }

    fn credential(&self, issuer: usize, subject: &str, valid: (i64, i64)) -> String {
        let valid = (NOW + valid.0, NOW + valid.1);
        let issuer = &self.issuers[issuer];
        issuer.issue(&issuer.claims(subject, IDENTITY, "urn:identity:1", valid))
    }

    fn decide(&self, code: i32, more: &[&str]) -> Ran {
        self.decide_as(ADA, code, more)
    }

    fn decide_as(&self, subject: &str, code: i32, more: &[&str]) -> Ran {
        let state = self.state();
        let fixed = [
            "gateway",
            "decide",
            "--state",
            &state,
            "--subject",
            subject,
            "--from",
            "village",
            "--now",
            "2025-01-28T10:15:00Z",
        ];
        tollgate(fixed.into_iter().chain(more.iter().copied())).ends_with(code)
    }
}

#[test]
fn the_exit_code_is_the_decision_and_reasons_are_told() {
    let world = World::new();
    let jwt = world.credential(0, ADA, (-60, 60));
    let finance = |code, amount| {
        let more = [
            "--to",
            "finance",
            "--policy",
            "finance",
            "--credential",
            &jwt,
            "--amount",
            amount,
        ];
        world.decide(code, &more).stdout
    };
    let accepted = finance(0, "250 EUR");
    assert!(
        accepted.starts_with("accept by usual of realm-finance\n"),
        "{accepted}"
    );
    assert!(accepted.contains("(0.75) >= min (0.6): PASS"), "{accepted}");
    assert!(finance(2, "25000 EUR").starts_with("escalate by large"));
    assert!(finance(1, "-5 EUR").starts_with("reject by negative"));
    let unknown = world.decide_as(
        "did:example:eve",
        3,
        &["--to", "x", "--policy", "high-trust"],
    );
    assert!(
        unknown.stdout.contains("`realm_trust` is unknown"),
        "{}",
        unknown.stdout
    );
}

#[test]
fn credentials_that_do_not_count_are_refused_with_reasons() {
    let world = World::new();
    for (jwt, reason) in [
        (world.credential(0, ADA, (-60, -1)), "expired at"),
        (
            world.credential(1, "did:example:bob", (-60, 60)),
            "is about `did:example:bob`",
        ),
    ] {
        let more = [
            "--to",
            "club",
            "--policy",
            "verified-users",
            "--credential",
            &jwt,
        ];
        let shown = world.decide(1, &more).stdout;
        assert!(shown.starts_with("reject by unverified"), "{shown}");
        assert!(
            shown.contains("credential refused: `urn:identity:1`"),
            "{shown}"
        );
        assert!(shown.contains(reason), "{shown}");
    }
}

#[test]
fn programs_read_json() {
    let world = World::new();
    let more = [
        "--to",
        "club",
        "--policy",
        "invite-only",
        "--format",
        "json",
        "--pay",
        "--id",
        "v1",
    ];
    let first: serde_json::Value = serde_json::from_str(&world.decide(0, &more).stdout).unwrap();
    assert_eq!(first["ruling"], "accept");
    assert_eq!(first["rule"], "invited");
    assert_eq!(first["repeated"], false);
    let used = first["budget"]["gas_used"]["storage"].as_u64().unwrap();
    assert_eq!(first["budget"]["mana_used"]["storage"], used * 1_000);
    let again: serde_json::Value = serde_json::from_str(&world.decide(0, &more).stdout).unwrap();
    assert_eq!(again["repeated"], true);
    assert_eq!(again["budget"], first["budget"]);
}

#[test]
fn a_quota_holds_over_runs_of_the_command() {
    let world = World::new();
    let more = [
        "--to", "square", "--policy", "public", "--action", "read", "--quota", "2/1h",
    ];
    world.decide(0, &more);
    world.decide(0, &more);
    let third = world.decide(1, &more).stdout;
    assert!(third.starts_with("reject by quota"), "{third}");
}

#[test]
fn a_policy_may_come_from_a_file() {
    let world = World::new();
    let source = r#"import "crossing.ecl"
        policy "tea" { input { crossing: Crossing } auto_accept { tea: crossing.action == "tea" } }"#;
    let path = world.folder.path().join("tea.ecl");
    std::fs::write(&path, source).unwrap();
    let path = path.display().to_string();
    world.decide(
        0,
        &["--to", "tea house", "--policy", &path, "--action", "tea"],
    );
    std::fs::write(&path, "policy \"tea\" {").unwrap();
    let broken = world.decide(65, &["--to", "tea house", "--policy", &path]);
    assert!(broken.stderr.contains("error[E0"), "{}", broken.stderr);
}

#[test]
fn what_is_wrong_has_its_exit_code() {
    let world = World::new();
    let enter = ["--to", "club", "--policy"];
    let cases: [(i32, &[&str], &str); 6] = [
        (64, &["open"], "no standard policy `open`"),
        (66, &["missing.ecl"], "cannot read `missing.ecl`"),
        (65, &["finance", "--amount", "12 USD"], "crossing.amount"),
        (64, &["public", "--quota", "many"], "write it as `100/1h`"),
        (64, &["public", "--quota", "1/0s"], "its time is zero"),
        (
            66,
            &["public", "--credential", "@missing.jwt"],
            "cannot read `missing.jwt`",
        ),
    ];
    for (code, more, says) in cases {
        let ran = world.decide(code, &[&enter, more].concat());
        assert!(ran.stderr.contains(says), "{says}: {}", ran.stderr);
    }
    let subject = ["--subject", ADA, "--from", "a", "--to", "b"];
    let decide = ["gateway", "decide", "--state", "nowhere.db"];
    let missing = tollgate(decide.into_iter().chain(subject)).ends_with(66);
    assert!(
        missing.stderr.contains("there is no state at `nowhere.db`"),
        "{}",
        missing.stderr
    );
    let text = tollgate(
        ["gateway", "decide", "--state", "text.db"]
            .into_iter()
            .chain(subject),
    );
    let text = text.file("text.db", "this is no database at all, but a text");
    let path = text.folder.path().join("text.db");
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let text = text.ends_with(78);
    assert!(
        text.stderr.contains("chmod 600 'text.db'"),
        "{}",
        text.stderr
    );
    let text = tollgate(
        ["gateway", "decide", "--state", "text.db"]
            .into_iter()
            .chain(subject),
    );
    let text = text.file("text.db", "this is no database at all, but a text");
    let path = text.folder.path().join("text.db");
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let text = text.ends_with(78);
    assert!(
        text.stderr.contains("`text.db` is not a state of Tollgate"),
        "{}",
        text.stderr
    );
    // Not a URI of a state that is gone when the command ends.
    let learn = [
        "gateway",
        "facts",
        "load",
        "facts.json",
        "--state",
        "file:s.db?mode=memory",
    ];
    let learnt = tollgate(learn).file("facts.json", "{}").ends_with(0);
    assert!(learnt.files().iter().any(|file| file == learn[5]));
    let learn = tollgate(["gateway", "facts", "load", "facts.json", "--state", "s.db"]);
    let unknown = learn.file("facts.json", r#"{"truts": {}}"#).ends_with(65);
    assert!(unknown.stderr.contains("truts"), "{}", unknown.stderr);
    let learn = tollgate(["gateway", "facts", "load", "facts.json", "--state", "s.db"]);
    let list = learn.file("facts.json", "[]").ends_with(65);
    assert!(
        list.stderr.contains("an object of sections"),
        "{}",
        list.stderr
    );
}

#[test]
fn loading_says_what_was_loaded() {
    let learn = |facts: &str| {
        let learn = tollgate(["gateway", "facts", "load", "facts.json", "--state", "s.db"]);
        learn.file("facts.json", facts).ends_with(0).stdout
    };
    let facts =
        r#"{ "members": { "did:e:a": "home" }, "stores": { "s": { "a": "1", "b": "2" } } }"#;
    assert_eq!(learn(facts), "loaded members 1, stores 2\n");
    assert_eq!(learn("{}"), "nothing to load\n");
    let old = tollgate(["gateway", "learn", "facts.json", "--state", "s.db"]);
    let old = old.file("facts.json", "{}").ends_with(0);
    assert!(
        old.stderr.contains("`tollgate gateway facts load`"),
        "{}",
        old.stderr
    );
    assert_eq!(old.stdout, "nothing to load\n");
}

#[test]
fn the_standard_policies_are_listed_and_shown() {
    let listed = tollgate(["gateway", "policies"]).ends_with(0).stdout;
    assert_eq!(listed.lines().count(), 6, "{listed}");
    let shown = tollgate(["gateway", "policies", "finance"])
        .ends_with(0)
        .stdout;
    assert!(shown.contains("policy \"realm-finance\""), "{shown}");
    let json = tollgate(["gateway", "policies", "--format", "json"])
        .ends_with(0)
        .stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 6);
}

/// `tollgate` in a folder, which stays.
fn within(folder: &TempDir, arguments: &[&str]) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// What it prints when it succeeds.
fn said(folder: &TempDir, arguments: &[&str]) -> String {
    let output = within(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_credential_that_is_issued_by_hand_opens_a_gate() {
    for algorithm in ["ed25519", "es256"] {
        let folder = tempfile::tempdir().unwrap();
        let new = [
            "gateway",
            "issuer",
            "city.pem",
            "--new",
            "--algorithm",
            algorithm,
        ];
        let did = said(&folder, &new);
        assert_eq!(said(&folder, &["gateway", "issuer", "city.pem"]), did);
        let facts = serde_json::json!({
            "issuers": { did.trim(): ["did:erynoa:credential:identity:**"] },
            "members": { ADA: "village" },
        });
        std::fs::write(folder.path().join("facts.json"), facts.to_string()).unwrap();
        said(
            &folder,
            &["gateway", "learn", "facts.json", "--state", "realms.db"],
        );
        let issue = [
            "gateway",
            "issue",
            "--key",
            "city.pem",
            "--subject",
            ADA,
            "--schema",
            IDENTITY,
            "--claims",
            r#"{"age": 36}"#,
        ];
        let jwt = said(&folder, &issue);
        std::fs::write(folder.path().join("ada.jwt"), &jwt).unwrap();
        let decide = |credential: &[&str]| {
            let mut arguments = vec![
                "gateway",
                "decide",
                "--state",
                "realms.db",
                "--subject",
                ADA,
                "--from",
                "village",
                "--to",
                "club",
                "--policy",
                "verified-users",
            ];
            arguments.extend(credential);
            within(&folder, &arguments).status.code()
        };
        assert_eq!(decide(&[]), Some(1));
        assert_eq!(decide(&["--credential", "@ada.jwt"]), Some(0));
    }
}

#[test]
fn a_key_is_made_for_its_user_alone_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let new = ["gateway", "issuer", "city.pem", "--new"];
    said(&folder, &new);
    let path = folder.path().join("city.pem");
    let key = std::fs::read(&path).unwrap();
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let again = within(&folder, &new);
    assert_eq!(again.status.code(), Some(74));
    let told = String::from_utf8_lossy(&again.stderr);
    assert!(
        told.contains("the key `city.pem` is there already"),
        "{told}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), key);
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let open = within(&folder, &["gateway", "issuer", "city.pem"]);
    assert_eq!(open.status.code(), Some(78));
    assert!(
        String::from_utf8_lossy(&open.stderr).contains("chmod 600"),
        "{open:?}"
    );
}

#[test]
fn what_cannot_be_issued_says_why() {
    let folder = tempfile::tempdir().unwrap();
    said(&folder, &["gateway", "issuer", "city.pem", "--new"]);
    std::fs::write(folder.path().join("text.pem"), "secret words").unwrap();
    std::fs::set_permissions(
        folder.path().join("text.pem"),
        Permissions::from_mode(0o600),
    )
    .unwrap();
    let refused = |key: &str, more: &[&str]| {
        let mut arguments = vec!["gateway", "issue", "--key", key, "--schema", IDENTITY];
        arguments.extend(more);
        let output = within(&folder, &arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("secret words"), "{said}");
        (output.status.code().unwrap(), said)
    };
    let subject = ["--subject", ADA];
    let (code, said) = refused("no.pem", &subject);
    assert!(
        code == 66 && said.contains("tollgate gateway issuer no.pem --new"),
        "{said}"
    );
    let (code, said) = refused("a b.pem", &subject);
    assert!(
        code == 66 && said.contains("tollgate gateway issuer 'a b.pem' --new"),
        "{said}"
    );
    let (code, said) = refused("text.pem", &subject);
    assert!(code == 78 && said.contains("BEGIN PRIVATE KEY"), "{said}");
    let (code, said) = refused("city.pem", &["--subject", "ada"]);
    assert!(code == 64 && said.contains("`sub`"), "{said}");
    let (code, said) = refused("city.pem", &["--subject", ADA, "--claims", "[1]"]);
    assert!(code == 65 && said.contains(r#"{"age": 36}"#), "{said}");
    let (code, said) = refused("city.pem", &["--subject", ADA, "--valid-for", "0s"]);
    assert!(code == 64 && said.contains("would expire"), "{said}");
}
