//! Signatures of modules: whose count, and what a policy knows of them.

use serde_json::{Value, json};
use tollgate::Digest;
use tollgate::receipt::SecretKey;
use tollgate::signature::ModuleSignature;

use crate::command::{Tollgate, tollgate};
use crate::host::{Answer, Ask, Host, add, add_request, echo};

const SIGNATURES: &str = "/api/v1/modules/add/versions/1.0.0/signatures";

/// Runs what `ci` signed and nothing else.
const SIGNED: &str = "import \"run.ecl\"\npolicy \"signed\" { input { run: Run } auto_accept any { a: \"ci\" in run.signers } otherwise reject \"ci did not sign it\" }";

/// A key that signs.
pub(crate) fn signer() -> SecretKey {
    SecretKey::from_random(&[7; 32])
}

/// What that key says of these bytes.
pub(crate) fn signature_of(bytes: &[u8]) -> Value {
    let signature = ModuleSignature::sign(&Digest::of(bytes), &signer());
    json!({ "key": signature.key(), "signature": signature.to_string() })
}

fn path() -> String {
    format!("/api/v1/signers/{}", signer().public())
}

fn trust(host: &Host, name: &str) -> Answer {
    host.ask(Ask::new("PUT", &path(), &host.key).json(&json!({ "name": name })))
}

fn revoke(host: &Host) -> Answer {
    host.ask(Ask::new("DELETE", &path(), &host.key))
}

#[test]
fn a_policy_lets_run_what_a_trusted_key_signed_and_not_once_it_is_revoked() {
    let host = Host::start().with_guests();
    let policy = Ask::new("PUT", "/api/v1/modules/add/policy", &host.key);
    let set = host.ask(policy.json(&json!({ "text": SIGNED })));
    assert_eq!(set.status, 200, "{set:?}");
    let status = || host.add().json()["status"].clone();
    assert_eq!(status(), "denied");
    assert_eq!(trust(&host, "ci").status, 204);
    assert_eq!(status(), "denied");
    let signed = host.post(SIGNATURES, &signature_of(&add()));
    assert_eq!(signed.status, 201, "{signed:?}");
    let shown = &signed.json()["signatures"][0];
    assert_eq!(
        (&shown["name"], &shown["counts"]),
        (&json!("ci"), &json!(true))
    );
    assert_eq!(host.post(SIGNATURES, &signature_of(&add())).status, 200);
    assert_eq!(status(), "succeeded");
    assert_eq!(trust(&host, "laptop").status, 204);
    assert_eq!(status(), "denied");
    assert_eq!(trust(&host, "ci").status, 204);
    assert_eq!(status(), "succeeded");
    assert_eq!(revoke(&host).status, 204);
    assert_eq!(status(), "denied");
    let shown = host.get("/api/v1/modules/add/versions/1.0.0").json();
    assert_eq!(shown["signatures"][0]["counts"], false);
    trust(&host, "ci").refuses(400, "bad_request");
    host.post(SIGNATURES, &signature_of(&add()))
        .refuses(400, "bad_request");
}

#[test]
fn what_is_no_signature_of_these_bytes_by_a_trusted_key_is_refused() {
    let host = Host::start().with_guests();
    let said = host
        .post(SIGNATURES, &signature_of(&add()))
        .refuses(400, "bad_request");
    assert!(said.contains("not among the signers"), "{said}");
    assert_eq!(trust(&host, "ci").status, 204);
    let said = host
        .post(SIGNATURES, &signature_of(&echo()))
        .refuses(422, "invalid_signature");
    assert!(said.contains("for the bytes with the digest"), "{said}");
    let other = SecretKey::from_random(&[8; 32]).public();
    let good = signature_of(&add());
    for (field, value) in [
        ("key", json!("ed25519:00")),
        ("key", json!(format!("ed25519:{}", "00".repeat(32)))),
        ("signature", json!("")),
        ("signature", json!("AAAA")),
        ("more", json!(1)),
    ] {
        let mut body = good.clone();
        body[field] = value;
        host.post(SIGNATURES, &body).refuses(400, "bad_request");
    }
    let mut forged = good.clone();
    forged["key"] = json!(other);
    host.post(SIGNATURES, &forged)
        .refuses(422, "invalid_signature");
    let absent = SIGNATURES.replace("1.0.0", "9.0.0");
    host.post(&absent, &good).refuses(404, "not_found");
    for name in ["", "Two Words", "a/b"] {
        trust(&host, name).refuses(400, "bad_request");
    }
    let shown = host.get("/api/v1/modules/add/versions/1.0.0").json();
    assert_eq!(shown["signatures"], json!([]));
}

#[test]
fn what_is_asked_of_a_signed_module_is_another_question_once_nobody_signed_it() {
    let host = Host::start().with_guests();
    let policy = "import \"run.ecl\"\npolicy \"asks\" { input { run: Run } escalate { any_run: run.gas > 0 } otherwise reject \"no\" }";
    let set = Ask::new("PUT", "/api/v1/modules/add/policy", &host.key);
    assert_eq!(host.ask(set.json(&json!({ "text": policy }))).status, 200);
    assert_eq!(trust(&host, "ci").status, 204);
    assert_eq!(host.post(SIGNATURES, &signature_of(&add())).status, 201);
    let card = || {
        let cast = Ask::new("POST", "/api/v1/casts", &host.key).json(&add_request());
        let waiting = host.ask(cast.header("prefer", "respond-async")).json();
        assert_eq!(waiting["status"], "waiting", "{waiting}");
        waiting["card"].clone()
    };
    let signed = card();
    assert_eq!(card(), signed);
    assert_eq!(revoke(&host).status, 204);
    let unsigned = card();
    assert_ne!(unsigned, signed);
    assert_eq!(card(), unsigned);
}

#[test]
fn keys_are_trusted_listed_and_revoked_and_a_push_signs_with_the_command() {
    let host = Host::start();
    let at = |line: &str| -> Tollgate {
        tollgate(line.split_whitespace())
            .env("TOLLGATE_SERVER", &format!("http://{}", host.address))
            .env("TOLLGATE_KEY", &host.key)
    };
    let made = tollgate(["key", "new", "ci", "--keys", "keys"]).ends_with(0);
    let folder = made.folder.path().join("keys");
    let folder = folder.to_str().expect("a path");
    let push = format!("module push add.wasm add@1.0.0 --sign ci --keys {folder}");
    let untrusted = at(&push).file("add.wasm", add()).ends_with(65).stderr;
    assert!(
        untrusted.contains("`add@1.0.0` is pushed, and not signed"),
        "{untrusted}"
    );
    let trust = |line: &str| at("module signers trust keys").file("keys", line);
    trust(&made.stdout).ends_with(0);
    assert_eq!(at("module signers list").ends_with(0).stdout, made.stdout);
    at(&push).file("add.wasm", add()).ends_with(0);
    let (key, _) = made.stdout.split_once(' ').expect("a key");
    let shown = at("module show add").ends_with(0).stdout;
    assert!(
        shown.contains(&format!("signed by  ci  {key}\n")),
        "{shown}"
    );
    trust("ed25519:00 ci").ends_with(78);
    at("module signers revoke ed25519:00").ends_with(64);
    trust(&format!("revoked {}", made.stdout)).ends_with(0);
    at(&format!("module signers revoke {key}")).ends_with(0);
    let listed = at("module signers list").ends_with(0).stdout;
    assert_eq!(listed, format!("revoked {}", made.stdout));
    let shown = at("module show add").ends_with(0).stdout;
    assert!(shown.contains(&format!("{key}  (revoked)\n")), "{shown}");
    let unknown = format!("module signers revoke {}", signer().public());
    at(&unknown).ends_with(66);
    // A key that is revoked before the server has heard of it is so from then on.
    let other = format!("{} other\n", signer().public());
    trust(&format!("revoked {other}")).ends_with(0);
    let told = trust(&other).ends_with(65).stderr;
    assert!(told.contains("it is revoked"), "{told}");
    let none = at(&push.replace("--sign ci", "--sign other")).file("add.wasm", add());
    let said = none.ends_with(66).stderr;
    assert!(said.contains("other"), "{said}");
}
