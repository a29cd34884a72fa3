//! Tokens that are almost in the form of RFC 7515 and RFC 7519.

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tollgate_state::credential::{Credential, CredentialError};
use tollgate_state::did::{DidError, Offline, resolve};

use crate::issuer::Issuer;
use crate::{NOW, SECOND};

const SUBJECT: &str = "did:example:charger-1";
const SCHEMA: &str = "did:erynoa:credential:eichrecht:v1";

fn issuer() -> Issuer {
    Issuer::ed25519(7)
}

fn claims() -> Value {
    let now = NOW / SECOND;
    issuer().claims(SUBJECT, SCHEMA, "urn:credential:1", (now - 60, now + 60))
}

fn verify(header: &str, claims: &str) -> Result<Credential, CredentialError> {
    Credential::verify(&issuer().sign_texts(header, claims), &Offline)
}

/// Why a token with this header, its claims as they should be, is malformed.
fn header(header: &str) -> String {
    malformed(verify(header, &claims().to_string()))
}

fn malformed(read: Result<Credential, CredentialError>) -> String {
    match read {
        Err(CredentialError::Malformed { why }) => why,
        other => panic!("{other:?}"),
    }
}

/// The credential with changed claims.
fn changed(change: impl FnOnce(&mut Value)) -> Result<Credential, CredentialError> {
    let mut claims = claims();
    change(&mut claims);
    verify(r#"{"alg":"EdDSA"}"#, &claims.to_string())
}

#[test]
fn what_would_change_how_the_rest_is_read_is_refused() {
    for (text, why) in [
        (r#"{"alg":"EdDSA","crit":["exp"]}"#, "critical extensions"),
        (r#"{"alg":"EdDSA","crit":[]}"#, "critical extensions"),
        (r#"{"alg":"EdDSA","crit":null}"#, "critical extensions"),
        (r#"{"alg":"EdDSA","b64":false}"#, "b64"),
        (r#"{"alg":"EdDSA","b64":true}"#, "b64"),
        (r#"{"alg":"EdDSA","cty":"JWT"}"#, "cty"),
        (r#"{"alg":"EdDSA","typ":"vp"}"#, "`vp`, not `JWT`"),
        (r#"{"alg":"EdDSA","typ":null}"#, "`typ` is null"),
        (r#"{"alg":"EdDSA","kid":null}"#, "`kid` is null"),
        (r#"{"alg":"EdDSA","kid":7}"#, "`kid` is a number"),
        (r#"{"alg":["EdDSA"]}"#, "`alg` is an array"),
        (r#"{"typ":"JWT"}"#, "`alg` is missing"),
        (
            r#"{"alg":"none","alg":"EdDSA"}"#,
            "`alg` stands there twice",
        ),
        (r#"["EdDSA"]"#, "an array, not an object"),
        (r#""EdDSA""#, "a text, not an object"),
    ] {
        let found = header(text);
        assert!(found.contains(why), "{text}: {found}");
    }
}

#[test]
fn what_does_not_concern_the_reader_is_left_alone() {
    for header in [
        r#"{"alg":"EdDSA","typ":"jwt"}"#,
        r#"{"alg":"EdDSA","jku":"https://attacker.example/keys","jwk":{"kty":"oct"},"x5c":[1]}"#,
    ] {
        assert!(verify(header, &claims().to_string()).is_ok(), "{header}");
    }
    let more = changed(|claims| {
        claims["name"] = json!(["Ada", null]);
        claims["iat"] = json!(NOW / SECOND);
        claims["vc"]["id"] = json!("urn:credential:1");
        claims["vc"]["issuer"] = json!({"id": issuer().did(), "name": "An issuer"});
    });
    assert!(more.is_ok(), "{more:?}");
}

#[test]
fn claims_of_another_form_are_refused() {
    let did = issuer().did();
    let cases: [(&str, Value); 14] = [
        ("/nbf", json!("1738059240")),
        ("/nbf", Value::Null),
        ("/nbf", json!(-1)),
        ("/exp", Value::Null),
        ("/exp", json!("never")),
        ("/exp", json!(1e18)),
        ("/iss", json!([did])),
        ("/iss", json!("issuer")),
        ("/sub", json!("charger-1")),
        ("/jti", json!(1)),
        ("/vc", json!([["VerifiableCredential"], [SCHEMA], null])),
        ("/vc/type", json!("VerifiableCredential")),
        ("/vc/credentialSchema", json!([SCHEMA])),
        ("/vc/credentialSubject", json!([{"id": SUBJECT}])),
    ];
    for (at, value) in cases {
        let read = changed(|claims| *claims.pointer_mut(at).unwrap() = value.clone());
        malformed(read);
    }
    for name in ["iss", "sub", "jti", "nbf", "vc"] {
        let why = malformed(changed(|claims| {
            claims.as_object_mut().unwrap().remove(name);
        }));
        assert!(why.contains(&format!("`{name}` is missing")), "{why}");
    }
    for (name, value) in [("aud", json!("did:example:shop")), ("iat", json!("now"))] {
        let why = malformed(changed(|claims| claims[name] = value));
        assert!(why.contains(&format!("`{name}`")), "{why}");
    }
}

#[test]
fn a_name_that_stands_twice_anywhere_is_refused() {
    let text = claims().to_string();
    for (once, twice) in [
        (r#""jti":"#, r#""jti":"urn:other","jti":"#),
        (r#""type":["#, r#""type":[],"type":["#),
        (
            r#""credentialSubject":{"#,
            r#""credentialSubject":{"role":"a","role":"b","#,
        ),
    ] {
        assert!(text.contains(once));
        let why = malformed(verify(r#"{"alg":"EdDSA"}"#, &text.replacen(once, twice, 1)));
        assert!(why.contains("twice"), "{why}");
    }
}

#[test]
fn the_token_and_the_credential_inside_say_the_same() {
    for (name, value, why) in [
        ("id", json!("urn:credential:2"), "`jti` and `vc.id` differ"),
        (
            "issuer",
            json!("did:example:other"),
            "`iss` and `vc.issuer` differ",
        ),
        (
            "issuer",
            json!({"id": "did:example:other"}),
            "`iss` and `vc.issuer` differ",
        ),
        ("issuer", json!(7), "`issuer`"),
    ] {
        let found = malformed(changed(|claims| claims["vc"][name] = value));
        assert!(found.contains(why), "{found}");
    }
    let endless = changed(|claims| {
        claims.as_object_mut().unwrap().remove("exp");
        claims["vc"]["expirationDate"] = json!("2026-01-01T00:00:00Z");
    });
    assert!(malformed(endless).contains("expirationDate"));
}

#[test]
fn a_fraction_of_a_second_counts_against_the_holder() {
    let now = NOW / SECOND;
    let credential = changed(|claims| {
        claims["nbf"] = json!(now as f64 + 0.25);
        claims["exp"] = json!(now as f64 + 9.75);
    });
    let credential = credential.unwrap();
    assert_eq!(credential.not_before, now + 1);
    assert_eq!(credential.expires, Some(now + 9));
}

#[test]
fn there_are_three_parts_in_unpadded_base64url() {
    let jwt = issuer().issue(&claims());
    let mut parts: Vec<&str> = jwt.split('.').collect();
    let bytes = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    let padded = URL_SAFE.encode(&bytes);
    assert!(padded.ends_with('='));
    parts[2] = &padded;
    for other in [
        parts.join("."),
        format!("{jwt}."),
        format!(".{jwt}"),
        format!("{jwt}\n"),
        format!(" {jwt}"),
        jwt.replacen('.', "..", 1),
        // The same bytes with other bits behind them.
        format!(
            "{}{}",
            &jwt[..jwt.len() - 1],
            after(jwt.as_bytes()[jwt.len() - 1])
        ),
    ] {
        assert!(Credential::verify(&other, &Offline).is_err(), "{other:?}");
    }
}

/// The letter after this one in the alphabet of base64url: it differs in the last bit.
fn after(letter: u8) -> char {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = ALPHABET.iter().position(|l| *l == letter).unwrap();
    ALPHABET[at ^ 1].into()
}

#[test]
fn of_two_signatures_that_are_one_only_the_lower_counts() {
    let issuer = Issuer::p256(7);
    let now = NOW / SECOND;
    let claims = issuer.claims(SUBJECT, SCHEMA, "urn:credential:1", (now - 60, now + 60));
    let jwt = issuer.issue(&claims);
    assert!(Credential::verify(&jwt, &Offline).is_ok());
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let signature = p256::ecdsa::Signature::from_slice(&signature).unwrap();
    let (r, s) = signature.split_scalars();
    let high = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    assert_ne!(high, signature);
    assert_eq!(high.normalize_s(), signature);
    let jwt = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(high.to_bytes()));
    assert!(matches!(
        Credential::verify(&jwt, &Offline),
        Err(CredentialError::Signature { .. })
    ));
}

/// What comes of a document of `did:web:a.example` with this key.
fn document(method: &Value) -> Result<usize, DidError> {
    struct Fixed(String);
    impl tollgate_state::did::DocumentSource for Fixed {
        fn fetch(&self, _: &str) -> Result<Vec<u8>, String> {
            Ok(self.0.clone().into_bytes())
        }
    }
    let mut method = method.clone();
    method["id"] = json!("#k");
    method["controller"] = json!("did:web:a.example");
    let document = json!({
        "id": "did:web:a.example", "verificationMethod": [method], "assertionMethod": ["#k"],
    });
    resolve("did:web:a.example", &Fixed(document.to_string())).map(|keys| keys.len())
}

#[test]
fn a_key_in_a_document_has_one_form_and_one_purpose() {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
    assert_eq!(document(&json!({"publicKeyJwk": jwk})), Ok(1));
    let with_use = |value: Value| {
        let mut jwk = jwk.clone();
        jwk["use"] = value;
        document(&json!({"publicKeyJwk": jwk}))
    };
    assert_eq!(with_use(json!("sig")), Ok(1));
    assert!(with_use(json!("enc")).is_err());
    assert!(with_use(json!(["sig"])).is_err());
    let multibase = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    assert_eq!(document(&json!({"publicKeyMultibase": multibase})), Ok(1));
    let both = json!({"publicKeyJwk": jwk, "publicKeyMultibase": multibase});
    assert!(
        document(&both)
            .unwrap_err()
            .to_string()
            .contains("two keys")
    );
    assert!(document(&json!({"publicKeyPem": "…"})).is_err());
    assert!(document(&json!({"publicKeyJwk": ["OKP", "Ed25519", x]})).is_err());
    // A coordinate that lends a byte to the other one.
    let Issuer::P256(key) = Issuer::p256(9) else {
        panic!("it is of P-256")
    };
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = (point.x().unwrap().to_vec(), point.y().unwrap().to_vec());
    let ec = |x: &[u8], y: &[u8]| {
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        document(&json!({"publicKeyJwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}}))
    };
    assert_eq!(ec(&x, &y), Ok(1));
    let (head, rest) = y.split_first().unwrap();
    assert!(ec(&[&x[..], &[*head]].concat(), rest).is_err());
}
