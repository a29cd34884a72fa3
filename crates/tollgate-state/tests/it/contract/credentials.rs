use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use serde_json::{Value, json};
use tollgate_ecl::{Answer, FactKind, Facts as _};
use tollgate_state::credential::{Credential, CredentialError};
use tollgate_state::did::{DocumentSource, Offline};
use tollgate_state::{Import, Presented, StateError, Store};

use super::fresh;
use crate::issuer::Issuer;
use crate::{NOW, SECOND};

pub(in super::super) const SUBJECT: &str = "did:example:charger-1";
pub(in super::super) const SCHEMA: &str = "did:erynoa:credential:eichrecht:v1";
pub(in super::super) const PATTERN: &str = "did:erynoa:credential:eichrecht:*";

/// The claims of a credential that counts.
pub(in super::super) fn claims(issuer: &Issuer) -> Value {
    let now = NOW / SECOND;
    issuer.claims(SUBJECT, SCHEMA, "urn:credential:1", (now - 60, now + 60))
}

/// Stores the credential with its issuer trusted, asks for it, and returns the answer with the first refusal.
fn ask(issuer: &Issuer, jwt: &str, subject: &str, at: i64) -> (bool, Option<CredentialError>) {
    let (_place, mut store) = fresh();
    store.put_credential(jwt, &Offline).unwrap();
    store.trust_issuer(&issuer.did(), PATTERN).unwrap();
    let mut snapshot = store.snapshot(at, &Offline).unwrap();
    let held = snapshot.has_credential(subject, PATTERN).unwrap().unwrap();
    (
        held,
        snapshot.refusals().into_iter().next().map(|r| r.reason),
    )
}

#[test]
fn a_valid_credential_is_held_with_either_algorithm() {
    for issuer in [Issuer::ed25519(7), Issuer::p256(7)] {
        assert_eq!(
            ask(&issuer, &issuer.issue(&claims(&issuer)), SUBJECT, NOW),
            (true, None)
        );
    }
}

#[test]
fn the_validity_interval_is_half_open() {
    let issuer = Issuer::ed25519(7);
    let jwt = issuer.issue(&claims(&issuer));
    let at = |offset: i64| ask(&issuer, &jwt, SUBJECT, NOW + offset * SECOND);
    assert!(at(-60).0);
    assert!(at(59).0);
    assert!(matches!(
        at(-61),
        (false, Some(CredentialError::NotYetValid { .. }))
    ));
    assert!(matches!(
        at(60),
        (false, Some(CredentialError::Expired { .. }))
    ));
}

#[test]
fn a_credential_about_somebody_else_does_not_help() {
    let issuer = Issuer::ed25519(7);
    let jwt = issuer.issue(&claims(&issuer));
    assert!(!ask(&issuer, &jwt, "did:example:charger-2", NOW).0);
    let credential = Credential::verify(&jwt, &Offline).unwrap();
    struct Everything;
    impl tollgate_state::credential::Standing for Everything {
        fn is_trusted(&self, _: &str, _: &str) -> Result<bool, CredentialError> {
            Ok(true)
        }
        fn is_revoked(&self, _: &str, _: &str) -> Result<bool, CredentialError> {
            Ok(false)
        }
    }
    let err = credential
        .check("did:example:charger-2", NOW / SECOND, &Everything)
        .unwrap_err();
    assert_eq!(
        err,
        CredentialError::WrongSubject {
            subject: SUBJECT.into()
        }
    );
}

#[test]
fn an_issuer_that_is_not_trusted_for_the_schema_does_not_help() {
    let issuer = Issuer::ed25519(7);
    let (_place, mut store) = fresh();
    store
        .put_credential(&issuer.issue(&claims(&issuer)), &Offline)
        .unwrap();
    store
        .trust_issuer(&issuer.did(), "did:erynoa:credential:iso15118:*")
        .unwrap();
    let mut snapshot = store.snapshot(NOW, &Offline).unwrap();
    assert_eq!(snapshot.has_credential(SUBJECT, PATTERN), Ok(Some(false)));
    assert!(matches!(
        snapshot.refusals()[0].reason,
        CredentialError::UntrustedIssuer { .. }
    ));
    assert_eq!(
        snapshot.refusals()[0].id.as_deref(),
        Some("urn:credential:1")
    );
}

#[test]
fn a_revoked_credential_does_not_help_any_later_snapshot() {
    let issuer = Issuer::ed25519(7);
    let (_place, mut store) = fresh();
    store
        .put_credential(&issuer.issue(&claims(&issuer)), &Offline)
        .unwrap();
    store.trust_issuer(&issuer.did(), PATTERN).unwrap();
    assert_eq!(
        store
            .snapshot(NOW, &Offline)
            .unwrap()
            .has_credential(SUBJECT, PATTERN),
        Ok(Some(true))
    );
    store
        .revoke(&issuer.did(), "urn:credential:1", NOW)
        .unwrap();
    let mut snapshot = store.snapshot(NOW, &Offline).unwrap();
    assert_eq!(snapshot.has_credential(SUBJECT, PATTERN), Ok(Some(false)));
    assert_eq!(
        snapshot.refusals()[0].reason,
        CredentialError::Revoked {
            id: "urn:credential:1".into()
        }
    );
}

#[test]
fn every_changed_byte_of_a_credential_is_refused() {
    let issuer = Issuer::ed25519(7);
    let jwt = issuer.issue(&claims(&issuer));
    for at in 0..jwt.len() {
        let mut bytes = jwt.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(
            Credential::verify(&changed, &Offline).is_err(),
            "byte {at} was changed and it still verifies"
        );
    }
}

#[test]
fn the_header_does_not_choose_the_algorithm() {
    let issuer = Issuer::ed25519(7);
    let claims = claims(&issuer);
    let verify = |header: Value| Credential::verify(&issuer.sign(&header, &claims), &Offline);
    for alg in ["none", "HS256", "RS256", "eddsa", ""] {
        assert!(
            matches!(
                verify(json!({"alg": alg})),
                Err(CredentialError::Algorithm { .. })
            ),
            "{alg}"
        );
    }
    assert!(matches!(
        verify(json!({"alg": "ES256"})),
        Err(CredentialError::Signature { .. })
    ));
    assert!(matches!(
        verify(json!({"alg": "EdDSA", "crit": ["b64"]})),
        Err(CredentialError::Malformed { .. })
    ));
    assert!(matches!(
        verify(json!({"alg": "EdDSA", "kid": "#other"})),
        Err(CredentialError::Signature { .. })
    ));
    let unsigned = issuer.issue(&claims).rsplit_once('.').unwrap().0.to_owned() + ".";
    assert!(matches!(
        Credential::verify(&unsigned, &Offline),
        Err(CredentialError::Signature { .. })
    ));
}

#[test]
fn a_credential_signed_by_somebody_else_in_the_issuers_name_is_refused() {
    let (issuer, forger) = (Issuer::ed25519(7), Issuer::ed25519(8));
    let forged = forger.issue(&claims(&issuer));
    let (_place, mut store) = fresh();
    let err = store.put_credential(&forged, &Offline).unwrap_err();
    assert!(
        matches!(
            err,
            StateError::Credential(CredentialError::Signature { .. })
        ),
        "{err}"
    );
}

#[test]
fn malformed_credentials_are_errors_that_say_why() {
    let issuer = Issuer::ed25519(7);
    let mut without_type = claims(&issuer);
    without_type["vc"]["type"] = json!(["Other"]);
    let mut two_subjects = claims(&issuer);
    two_subjects["vc"]["credentialSubject"]["id"] = json!("did:example:other");
    let mut no_schema = claims(&issuer);
    no_schema["vc"]
        .as_object_mut()
        .unwrap()
        .remove("credentialSchema");
    for jwt in [
        String::new(),
        "a.b".into(),
        "a.b.c".into(),
        "....".into(),
        "x".repeat(20_000),
        issuer.issue(&without_type),
        issuer.issue(&two_subjects),
        issuer.issue(&no_schema),
    ] {
        let err = Credential::verify(&jwt, &Offline).unwrap_err();
        assert!(matches!(err, CredentialError::Malformed { .. }), "{err}");
    }
}

#[test]
fn a_web_issuer_is_resolved_through_its_document() {
    struct Site(String);
    impl DocumentSource for Site {
        fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
            assert_eq!(url, "https://issuer.example/.well-known/did.json");
            Ok(self.0.clone().into_bytes())
        }
    }
    let Issuer::P256(key) = Issuer::p256(9) else {
        panic!("it is of P-256")
    };
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = (
        URL_SAFE_NO_PAD.encode(point.x().unwrap()),
        URL_SAFE_NO_PAD.encode(point.y().unwrap()),
    );
    let document = json!({
        "id": "did:web:issuer.example",
        "verificationMethod": [{"id": "#k", "type": "JsonWebKey2020", "controller": "did:web:issuer.example",
            "publicKeyJwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}}],
        "assertionMethod": ["did:web:issuer.example#k"],
    });
    let issuer = Issuer::P256(key);
    let mut claims = claims(&issuer);
    claims["iss"] = json!("did:web:issuer.example");
    let jwt = issuer.sign(
        &json!({"alg": "ES256", "kid": "did:web:issuer.example#k"}),
        &claims,
    );
    let site = Site(document.to_string());
    assert_eq!(
        Credential::verify(&jwt, &site).unwrap().issuer,
        "did:web:issuer.example"
    );
    assert!(matches!(
        Credential::verify(&jwt, &Offline),
        Err(CredentialError::Issuer(_))
    ));
}

#[test]
fn nothing_is_fetched_for_an_issuer_that_is_not_trusted() {
    struct Counted(AtomicUsize);
    impl DocumentSource for Counted {
        fn fetch(&self, _url: &str) -> Result<Vec<u8>, String> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Err("unreachable".into())
        }
    }
    let issuer = Issuer::ed25519(7);
    let mut claims = claims(&issuer);
    claims["iss"] = json!("did:web:attacker.example");
    let jwt = issuer.issue(&claims);
    let (_place, mut store) = fresh();
    let source = Counted(AtomicUsize::new(0));
    let ask = |store: &mut Store| {
        let mut snapshot = store.snapshot(NOW, &source).unwrap();
        snapshot.present(Presented::new(&[&jwt]).unwrap());
        let held = snapshot.has_credential(SUBJECT, PATTERN);
        let resolves = snapshot.ask(FactKind::ResolveDid, &["did:web:attacker.example"]);
        (held, resolves, snapshot.refusals()[0].reason.clone())
    };
    let (held, resolves, reason) = ask(&mut store);
    assert_eq!((held, resolves), (Ok(Some(false)), Ok(Answer::Unknown)));
    assert!(
        matches!(reason, CredentialError::UntrustedIssuer { .. }),
        "{reason}"
    );
    let stored = store.put_credential(&jwt, &source).unwrap_err();
    assert!(
        matches!(
            stored,
            StateError::Credential(CredentialError::UntrustedIssuer { .. })
        ),
        "{stored}"
    );
    assert_eq!(source.0.load(Ordering::Relaxed), 0);
    store
        .trust_issuer("did:web:attacker.example", PATTERN)
        .unwrap();
    // Whether it counts is not known now: neither yes nor no is an answer.
    let (held, resolves, reason) = ask(&mut store);
    assert!(held.unwrap_err().0.contains("unreachable"));
    assert!(resolves.unwrap_err().0.contains("unreachable"));
    assert!(reason.is_ignorance(), "{reason}");
    assert_eq!(source.0.load(Ordering::Relaxed), 2);
}

#[test]
fn an_imported_credential_is_fetched_for_when_the_import_trusts_its_issuer() {
    let issuer = Issuer::ed25519(7);
    let mut claims = claims(&issuer);
    claims["iss"] = json!("did:web:issuer.example");
    let jwt = issuer.issue(&claims);
    let (_place, mut store) = fresh();
    let mut import = |trusted: Value| {
        let facts = json!({"credentials": [jwt], "issuers": trusted});
        let facts: Import = serde_json::from_value(facts).unwrap();
        match store.import(&facts, &Offline, NOW).unwrap_err() {
            StateError::Credential(error) => error,
            other => panic!("{other}"),
        }
    };
    let untrusted = import(json!({"did:web:issuer.example": ["did:erynoa:other:*"]}));
    assert!(matches!(untrusted, CredentialError::UntrustedIssuer { .. }));
    let trusted = import(json!({"did:web:issuer.example": [PATTERN]}));
    assert!(matches!(trusted, CredentialError::Issuer(_)), "{trusted}");
}

#[test]
fn documents_are_noted_first_and_fetched_later_and_only_so_many() {
    use tollgate_state::did::{Documents, needs_document};
    use tollgate_state::limits::DOCUMENTS_PER_DECISION_MAX;

    struct Echo;
    impl DocumentSource for Echo {
        fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
            Ok(url.as_bytes().to_vec())
        }
    }
    let documents = Documents::default();
    assert!(!documents.fetch_wanted(&Echo), "nothing was asked for");
    for n in 0..DOCUMENTS_PER_DECISION_MAX {
        for _ in 0..2 {
            assert!(
                documents
                    .fetch(&format!("https://{n}"))
                    .unwrap_err()
                    .contains("yet")
            );
        }
    }
    let beyond = documents.fetch("https://beyond").unwrap_err();
    assert!(beyond.contains("at most 4"), "{beyond}");
    assert!(documents.fetch_wanted(&Echo));
    assert!(!documents.fetch_wanted(&Echo), "all of them are here");
    assert_eq!(documents.fetch("https://3"), Ok(b"https://3".to_vec()));
    assert!(documents.fetch("https://beyond").is_err());
    assert!(needs_document("did:web:a.example"));
    assert!(!needs_document("did:key:z6Mk") && !needs_document("web"));
}

/// Presents the credential without storing it, asks, and returns the answer with the reasons of those refused.
fn present(
    issuer: &Issuer,
    jwt: &str,
    pattern: &str,
    revoked: bool,
) -> (bool, Vec<CredentialError>) {
    let (_place, mut store) = fresh();
    store.trust_issuer(&issuer.did(), PATTERN).unwrap();
    if revoked {
        store
            .revoke(&issuer.did(), "urn:credential:1", NOW - SECOND)
            .unwrap();
    }
    let mut snapshot = store.snapshot(NOW, &Offline).unwrap();
    snapshot.present(Presented::new(&[jwt]).unwrap());
    let held = snapshot.has_credential(SUBJECT, pattern).unwrap().unwrap();
    let again = snapshot.has_credential(SUBJECT, pattern).unwrap().unwrap();
    assert_eq!(held, again);
    let reasons = snapshot.refusals().into_iter().map(|r| r.reason);
    (held, reasons.collect())
}

#[test]
fn a_presented_credential_counts_for_its_schema_without_being_stored() {
    for issuer in [Issuer::ed25519(7), Issuer::p256(7)] {
        let jwt = issuer.issue(&claims(&issuer));
        assert_eq!(present(&issuer, &jwt, PATTERN, false), (true, vec![]));
        let other = "did:erynoa:credential:other:*";
        assert_eq!(present(&issuer, &jwt, other, false), (false, vec![]));
    }
}

#[test]
fn a_presented_credential_that_does_not_count_is_refused_once_with_its_reason() {
    let issuer = Issuer::ed25519(7);
    let now = NOW / SECOND;
    let mut expired = claims(&issuer);
    expired["exp"] = json!(now - 1);
    let reason = CredentialError::Expired { expired: now - 1 };
    assert_eq!(
        present(&issuer, &issuer.issue(&expired), PATTERN, false),
        (false, vec![reason])
    );

    let mut somebody = claims(&issuer);
    somebody["sub"] = json!("did:example:somebody");
    somebody["vc"]["credentialSubject"]["id"] = json!("did:example:somebody");
    let reason = CredentialError::WrongSubject {
        subject: "did:example:somebody".into(),
    };
    assert_eq!(
        present(&issuer, &issuer.issue(&somebody), PATTERN, false),
        (false, vec![reason])
    );

    let jwt = issuer.issue(&claims(&issuer));
    let reason = CredentialError::Revoked {
        id: "urn:credential:1".into(),
    };
    assert_eq!(present(&issuer, &jwt, PATTERN, true), (false, vec![reason]));

    let (held, reasons) = present(&issuer, "not a token", PATTERN, false);
    assert!(
        !held && matches!(&reasons[..], [CredentialError::Malformed { .. }]),
        "{reasons:?}"
    );
}

#[test]
fn so_many_credentials_of_so_many_bytes_may_be_presented() {
    use tollgate_state::limits::{CREDENTIAL_BYTES_MAX, PRESENTED_MAX};

    let longest = "x".repeat(CREDENTIAL_BYTES_MAX);
    assert!(Presented::new(&vec![&longest; PRESENTED_MAX]).is_ok());
    assert!(matches!(
        Presented::new(&["x"; PRESENTED_MAX + 1]),
        Err(StateError::Invalid { .. })
    ));
    assert!(matches!(
        Presented::new(&[longest + "x"]),
        Err(StateError::Credential(CredentialError::Malformed { .. }))
    ));
}

#[test]
fn a_credential_names_its_key_in_full_or_by_its_fragment_or_not_at_all() {
    let issuer = Issuer::ed25519(7);
    let did = issuer.did();
    let fragment = did.replace("did:key:", "#");
    let verify = |kid: &str| {
        let header = json!({"alg": "EdDSA", "kid": kid});
        Credential::verify(&issuer.sign(&header, &claims(&issuer)), &Offline)
    };
    assert!(verify(&fragment).is_ok());
    assert!(verify(&format!("{did}{fragment}")).is_ok());
    for other in [String::new(), did.clone(), format!("{did}#other")] {
        let refused = verify(&other);
        assert!(
            matches!(refused, Err(CredentialError::Signature { .. })),
            "{other}: {refused:?}"
        );
    }
}

#[test]
fn a_credential_may_repeat_inside_what_its_token_says() {
    let issuer = Issuer::ed25519(7);
    let mut repeated = claims(&issuer);
    repeated["vc"]["id"] = repeated["jti"].clone();
    repeated["vc"]["issuer"] = repeated["iss"].clone();
    repeated["vc"]["expirationDate"] = json!("2100-01-01T00:00:00Z");
    assert!(Credential::verify(&issuer.issue(&repeated), &Offline).is_ok());
    repeated["vc"]["issuer"] = json!({"id": repeated["iss"]});
    assert!(Credential::verify(&issuer.issue(&repeated), &Offline).is_ok());
    let mut endless = claims(&issuer);
    endless.as_object_mut().unwrap().remove("exp");
    let endless = Credential::verify(&issuer.issue(&endless), &Offline).unwrap();
    assert_eq!(endless.expires, None);
}
