//! Receipts of real runs, and forgers at work on them.
//!
//! The envelopes of forgers are made here with the library of signatures alone, so what is refused is refused by what the format
//! says and not by what our own writer cannot write.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value as Json, json};
use tollgate::receipt::{
    ChainError, Chains, Link, Place, Receipt, ReceiptError, Record, SecretKey, Status, TrustedKeys,
    VerifyError, sign,
};
use tollgate::sandbox::Journal;
use tollgate::{
    Cost, Digest, EngineConfig, Grant, Limits, NetGrant, PathGrant, Report, Request, Stdin,
    Tollgate, Value,
};

use crate::support::wat;

const OURS: [u8; 32] = [7; 32];
const FORGERS: [u8; 32] = [66; 32];
const PAYLOAD_TYPE: &str = "application/vnd.tollgate.receipt+json";

fn tollgate() -> Tollgate {
    Tollgate::builder()
        .engine(EngineConfig {
            allocation: tollgate::sandbox::Allocation::OnDemand,
            ..EngineConfig::metered()
        })
        .compile_in_process()
        .may_grant(Grant {
            clock: true,
            ..Grant::none()
        })
        .build()
        .unwrap()
}

fn added() -> Report {
    let tollgate = tollgate();
    let module = wat(&tollgate, "add");
    let values = [Value::I32(2), Value::I32(3)];
    tollgate
        .execute_blocking(Request::call(&module, "add", values))
        .unwrap()
}

/// Receipts of our key, one after the other.
fn receipts(count: usize) -> Vec<Vec<u8>> {
    let (record, key) = (Record::of(&added()), SecretKey::from_random(&OURS));
    let mut place = Place::FIRST;
    (0..count)
        .map(|_| {
            let signed = sign(&record, &key, place).unwrap();
            place = signed.next;
            signed.bytes
        })
        .collect()
}

fn receipt() -> Vec<u8> {
    receipts(1).remove(0)
}

fn trusted() -> TrustedKeys {
    let mut trusted = TrustedKeys::default();
    let ours = SecretKey::from_random(&OURS).public();
    trusted.read(&format!("{ours} ours")).unwrap();
    trusted
}

fn verify(bytes: &[u8]) -> Result<Receipt, VerifyError> {
    Receipt::verify(bytes, &trusted())
}

/// What is wrong with what is no receipt.
#[track_caller]
fn invalid(bytes: &[u8]) -> ReceiptError {
    match verify(bytes) {
        Err(VerifyError::Invalid(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn envelope(bytes: &[u8]) -> Json {
    serde_json::from_slice(bytes).unwrap()
}

fn payload(bytes: &[u8]) -> Vec<u8> {
    let payload = envelope(bytes)["payload"].as_str().unwrap().to_owned();
    STANDARD.decode(payload).unwrap()
}

/// An envelope in canonical form, of parts that a forger chooses.
fn sealed(payload: &[u8], keyid: &SigningKey, signer: &SigningKey) -> Vec<u8> {
    let head = format!(
        "DSSEv1 {} {PAYLOAD_TYPE} {} ",
        PAYLOAD_TYPE.len(),
        payload.len()
    );
    let message = [head.as_bytes(), payload].concat();
    let signature = STANDARD.encode(signer.sign(&message).to_bytes());
    let payload = STANDARD.encode(payload);
    let keyid = SecretKey::from_random(&keyid.to_bytes()).public();
    format!(
        r#"{{"payload":"{payload}","payloadType":"{PAYLOAD_TYPE}","signatures":[{{"keyid":"{keyid}","sig":"{signature}"}}]}}"#
    )
    .into_bytes()
}

/// What our own key signs, whatever it is.
fn signed_by_us(payload: &[u8]) -> Vec<u8> {
    let ours = SigningKey::from_bytes(&OURS);
    sealed(payload, &ours, &ours)
}

/// Our receipt with other JSON in it, signed by us.
fn changed(change: impl FnOnce(&mut Json)) -> Vec<u8> {
    let mut statement: Json = serde_json::from_slice(&payload(&receipt())).unwrap();
    change(&mut statement);
    // The names of a receipt are in order, and stay so when one is added at the end.
    signed_by_us(statement.to_string().as_bytes())
}

#[test]
fn a_receipt_says_what_the_report_said() {
    let report = added();
    let key = SecretKey::from_random(&OURS);
    let signed = sign(&Record::of(&report), &key, Place::FIRST).unwrap();
    let receipt = verify(&signed.bytes).unwrap();
    assert_eq!(receipt.record(), &Record::of(&report));
    assert_eq!(receipt.signer(), key.public());
    assert_eq!(receipt.digest(), Digest::of(&payload(&signed.bytes)));
    let record = receipt.record();
    assert_eq!(record.outcome.status, Status::Returned);
    assert_eq!(record.usage.gas.0, report.usage().gas);
    assert_eq!(record.input, report.input);
    let result = record.output.result.as_ref().unwrap();
    // `tollgate values 1`, a zero byte; one value, an i32, 5 in zigzag.
    assert_eq!(
        result.digest,
        Digest::of(b"tollgate values 1\0\x01\x00\x0a")
    );
}

#[test]
fn what_others_sign_by_the_format_alone_is_a_receipt() {
    let ours = receipt();
    assert_eq!(signed_by_us(&payload(&ours)), ours);
}

#[test]
fn a_receipt_of_the_first_version_is_read_by_every_later_one() {
    let kept = include_bytes!("receipts/receipt-1.json");
    let receipt = verify(kept.strip_suffix(b"\n").unwrap()).unwrap();
    assert_eq!(receipt.place(), Place::FIRST);
    let record = receipt.record();
    assert_eq!(record.output.stdout.digest, Digest::of(b"hello, world\n"));
    assert_eq!(record.outcome.exit_code, Some(0));
}

/// A report in which everything is chosen here.
fn fixed() -> Report {
    let mut report = added();
    report.started = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_750_000_000_123_456_789);
    report.execution.0 = 1;
    report.outcome.usage.wall = Duration::from_micros(17);
    report.outcome.usage.cpu = Duration::from_micros(16);
    report.outcome.usage.gas = u64::MAX;
    report.outcome.stdout.bytes = b"hello".to_vec();
    report.caller = String::from("a \"caller\"");
    report.metered = Cost::from_micro_usd(1);
    report
}

#[test]
fn the_form_of_a_record_is_that_of_the_first_version() {
    let mut record = serde_json::to_value(Record::of(&fixed())).unwrap();
    let fingerprint = record["engine"]["fingerprint"].take();
    assert_eq!(fingerprint.as_str().map(str::len), Some(64));
    for cut in ["module", "input"] {
        assert_eq!(record[cut].take().as_str().map(str::len), Some(71));
    }
    let expected: Json = serde_json::from_str(include_str!("receipts/record-1.json")).unwrap();
    assert_eq!(record, expected, "{record:#}");
}

#[test]
fn a_grant_is_told_without_its_secrets() {
    let mut grant = Grant::none();
    grant.read.push(PathGrant::mapped("/data", "/in"));
    let bytes = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"/\xff");
    grant.write.push(PathGrant::mapped(bytes, "/out"));
    grant.env_value("TOKEN", "swordfish").unwrap();
    grant.args = vec![String::from("swordfish")];
    grant.stdin = Stdin::Bytes(b"swordfish".to_vec());
    grant.net.push(NetGrant {
        host: String::from("example.org"),
        port: Some(443),
    });
    let tollgate = tollgate();
    let module = wat(&tollgate, "add");
    let run = |grant: &Grant| {
        let values = [Value::I32(2), Value::I32(3)];
        let request = Request::call(&module, "add", values).grant(grant.clone());
        Record::of(&tollgate.execute_blocking(request).unwrap())
    };
    let record = run(&grant);
    // It asks for more than may be had; what was asked for in vain is told as well.
    assert_eq!(record.outcome.status, Status::Failed);
    let json = serde_json::to_value(&record).unwrap();
    assert_eq!(
        json["grant"],
        json!({
            "read": [{"host": {"text": "/data"}, "guest": "/in", "mounts": "stay"}],
            "write": [{"host": {"base64": "L/8="}, "guest": "/out", "mounts": "stay"}],
            "env_inherited": [],
            "env_chosen": ["TOKEN"],
            "stdin": {"bytes": "9"},
            "net": ["example.org:443"],
            "clock": false,
            "random": false,
            "exit": true,
        })
    );
    assert!(!json.to_string().contains("swordfish"), "{json:#}");
    // The input's digest covers the value of a variable.
    let mut other = grant.clone();
    other.env_value("TOKEN", "swordfisk").unwrap();
    assert_ne!(run(&other).input, record.input);
}

#[test]
fn every_way_to_end_has_a_receipt() {
    let tollgate = tollgate();
    let spin = wat(&tollgate, "spin");
    let little = Limits {
        gas: 1_000,
        ..Limits::standard()
    };
    let ended = tollgate
        .execute_blocking(Request::start(&spin).limits(little))
        .unwrap();
    let mut grant = Grant::none();
    grant.random = true;
    let rejected = tollgate
        .execute_blocking(Request::start(&spin).grant(grant))
        .unwrap();
    for (report, kind) in [(ended, "limit-exceeded"), (rejected, "denied")] {
        let key = SecretKey::from_random(&OURS);
        let signed = sign(&Record::of(&report), &key, Place::FIRST).unwrap();
        let receipt = verify(&signed.bytes).unwrap();
        let failure = receipt.record().outcome.failure.as_ref().unwrap();
        assert_eq!(failure.kind, kind);
    }
}

#[test]
fn the_digest_of_the_calls_is_in_the_receipt() {
    let tollgate = tollgate();
    let module = wat(&tollgate, "add");
    let journal = std::sync::Arc::new(Journal::default());
    let values = [Value::I32(2), Value::I32(3)];
    let request = Request::call(&module, "add", values).record(journal);
    let report = tollgate.execute_blocking(request).unwrap();
    let calls = report.outcome.calls.unwrap();
    assert_eq!(Record::of(&report).calls.unwrap().digest, calls.digest);
    assert_eq!(Record::of(&added()).calls, None);
}

#[test]
fn ten_thousand_edits_make_no_receipt() {
    let good = receipt();
    let mut edits = 0;
    let mut refused = |edited: &[u8], what: &str, at: usize| {
        edits += 1;
        assert!(verify(edited).is_err(), "{what} at {at}");
    };
    for at in 0..good.len() {
        let mut edited = good.clone();
        // Another bit at each place.
        edited[at] ^= 1 << (at % 8);
        refused(&edited, "flip", at);
        edited = good.clone();
        edited.remove(at);
        refused(&edited, "removal", at);
        edited = good.clone();
        edited.insert(at, good[at]);
        refused(&edited, "doubling", at);
        refused(&good[..at], "cut", at);
    }
    assert!(edits >= 10_000, "{edits}");
    assert!(verify(&good).is_ok());
}

#[test]
fn what_was_signed_is_the_only_way_to_write_it() {
    let good = String::from_utf8(receipt()).unwrap();
    let indented = format!("{:#}", envelope(good.as_bytes()));
    for other in [
        format!("{good}\n"),
        format!(" {good}"),
        format!("{good} "),
        format!("{good}{good}"),
        indented,
        good.replace("\"payloadType\"", "\"payload\\u0054ype\""),
        good.replace("{\"payload\"", "{\"payload\":\"\",\"payload\""),
        good.replace("{\"payload\"", "{\"note\":1,\"payload\""),
        good.replace("\"keyid\"", "\"cert\":\"\",\"keyid\""),
    ] {
        invalid(other.as_bytes());
    }
    // Other texts of base64 for the same bytes.
    for engine in [&URL_SAFE, &STANDARD_NO_PAD] {
        let mut other = envelope(good.as_bytes());
        let text = other["signatures"][0]["sig"].as_str().unwrap();
        let bytes = STANDARD.decode(text).unwrap();
        if engine.encode(&bytes) == text {
            continue;
        }
        other["signatures"][0]["sig"] = json!(engine.encode(bytes));
        invalid(other.to_string().as_bytes());
    }
    // A signature has 64 bytes, so its text ends with two letters of which the last has bits that mean nothing.
    let spare = good.replace("==\"}]}", "=\"}]}");
    invalid(spare.as_bytes());
}

#[test]
fn a_payload_does_not_go_with_the_signature_of_another() {
    let both = receipts(2);
    let (mut one, two) = (envelope(&both[0]), envelope(&both[1]));
    one["payload"] = two["payload"].clone();
    let error = invalid(one.to_string().as_bytes());
    assert!(matches!(error, ReceiptError::Signature { .. }), "{error}");
}

#[test]
fn a_receipt_has_one_signature() {
    let good = envelope(&receipt());
    let signature = good["signatures"][0].clone();
    for signatures in [json!([]), json!([signature, signature])] {
        let mut other = good.clone();
        other["signatures"] = signatures;
        let error = invalid(other.to_string().as_bytes());
        assert!(matches!(error, ReceiptError::Signatures { .. }), "{error}");
    }
}

#[test]
fn another_payload_type_is_no_receipt() {
    let mut other = envelope(&receipt());
    other["payloadType"] = json!("application/vnd.in-toto+json");
    let error = invalid(other.to_string().as_bytes());
    assert!(matches!(error, ReceiptError::PayloadType { .. }), "{error}");
}

#[test]
fn a_forger_with_a_key_of_his_own_is_unknown() {
    let forger = SigningKey::from_bytes(&FORGERS);
    let ours = SigningKey::from_bytes(&OURS);
    let record = Record::of(&added());
    let own = sign(&record, &SecretKey::from_random(&FORGERS), Place::FIRST).unwrap();
    let verified = verify(&own.bytes);
    assert!(
        matches!(verified, Err(VerifyError::UnknownSigner { signer }) if signer == SecretKey::from_random(&FORGERS).public()),
        "{verified:?}"
    );
    // His signature under our key's id.
    let error = invalid(&sealed(&payload(&receipt()), &ours, &forger));
    assert!(matches!(error, ReceiptError::Signature { .. }), "{error}");
    // A receipt that names us, under his own.
    let error = invalid(&sealed(&payload(&receipt()), &forger, &forger));
    assert!(matches!(error, ReceiptError::Signer { .. }), "{error}");
}

#[test]
fn a_revoked_key_proves_nothing() {
    let mut trusted = trusted();
    let ours = SecretKey::from_random(&OURS).public();
    trusted.read(&format!("revoked {ours} ours")).unwrap();
    let verified = Receipt::verify(&receipt(), &trusted);
    assert!(
        matches!(verified, Err(VerifyError::Revoked { ref name, .. }) if name == "ours"),
        "{verified:?}"
    );
}

/// The order of the group of Ed25519's base point, lowest byte first.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

#[test]
fn a_signature_has_no_second_form() {
    let mut other = envelope(&receipt());
    let text = other["signatures"][0]["sig"].as_str().unwrap();
    let mut signature = STANDARD.decode(text).unwrap();
    // The same number modulo the order.
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    other["signatures"][0]["sig"] = json!(STANDARD.encode(signature));
    let error = invalid(other.to_string().as_bytes());
    assert!(matches!(error, ReceiptError::Signature { .. }), "{error}");
}

#[test]
fn a_version_that_is_not_known_is_named() {
    for version in [0_u64, 2, u64::MAX] {
        let error = invalid(&changed(|statement| statement["version"] = json!(version)));
        assert!(
            matches!(error, ReceiptError::Version { version: found } if found == version),
            "{error}"
        );
    }
    let error = invalid(&changed(|statement| statement["version"] = json!("1")));
    assert!(matches!(error, ReceiptError::Payload { .. }), "{error}");
    // What a later version adds is no reason to misread it.
    let later = changed(|statement| {
        statement["version"] = json!(2);
        statement["what"] = json!("is new");
    });
    let error = invalid(&later);
    assert!(
        matches!(error, ReceiptError::Version { version: 2 }),
        "{error}"
    );
}

#[test]
fn what_our_own_key_signed_is_refused_when_it_is_not_a_receipt() {
    let good = String::from_utf8(payload(&receipt())).unwrap();
    let payloads = [
        String::new(),
        String::from("{}"),
        String::from("[1]"),
        format!("{good} "),
        good.replace("\"version\":1", "\"version\":1,\"wersion\":1"),
        good.replace("\"version\":1", "\"version\":1,\"version\":1"),
        good.replace("\"clock\":false", "\"clock\":true,\"clock\":false"),
        good.replace("\"clock\":false", "\"clock\":null"),
        good.replace("\"clock\":false,", ""),
        good.replace("\"count\"", "\"c\\u006funt\""),
        good.replace("\"seed\":\"0\"", "\"seed\":\"00\""),
        good.replace("\"seed\":\"0\"", "\"seed\":\"+0\""),
        good.replace("\"seed\":\"0\"", "\"seed\":0"),
        good.replace("\"profile\":\"metered\"", "\"profile\":\"unmetered\""),
        good.replace("{\"place\"", "{ \"place\""),
    ];
    let mut changed = 0;
    for payload in payloads.iter().filter(|payload| **payload != good) {
        changed += 1;
        let error = invalid(&signed_by_us(payload.as_bytes()));
        assert!(
            matches!(
                error,
                ReceiptError::Payload { .. } | ReceiptError::NotCanonical { .. }
            ),
            "{payload}: {error}"
        );
    }
    // The calls were not recorded, so there is no count to write in another way.
    assert_eq!(changed, payloads.len() - 1);
}

#[test]
fn only_the_first_receipt_follows_nothing() {
    let second = Digest::of(b"another");
    for (sequence, previous) in [
        ("0", second.to_string()),
        ("1", Place::FIRST.previous.to_string()),
    ] {
        let error = invalid(&changed(|statement| {
            statement["place"] = json!({"previous": previous, "sequence": sequence});
        }));
        assert!(matches!(error, ReceiptError::Place { .. }), "{error}");
    }
}

#[test]
fn a_chain_that_was_cut_turned_or_doubled_breaks_where_it_was() {
    let all: Vec<Receipt> = receipts(5)
        .iter()
        .map(|bytes| verify(bytes).unwrap())
        .collect();
    let follow = |order: &[usize]| {
        let mut chains = Chains::default();
        let links: Vec<Result<Link, ChainError>> =
            order.iter().map(|at| chains.add(&all[*at])).collect();
        links
    };
    let broken = |order: &[usize]| -> Vec<usize> {
        let links = follow(order);
        (0..links.len()).filter(|at| links[*at].is_err()).collect()
    };
    assert!(broken(&[0, 1, 2, 3, 4]).is_empty());
    assert_eq!(follow(&[0])[0], Ok(Link::First));
    assert_eq!(follow(&[3, 4])[0], Ok(Link::Begins));
    assert_eq!(broken(&[0, 1, 3, 4]), [2], "one is missing");
    assert_eq!(broken(&[0, 2, 1, 3]), [1, 2, 3], "two are turned");
    assert_eq!(broken(&[0, 1, 1, 2]), [2], "one is there twice");
    let error = follow(&[0, 2])[1].clone().unwrap_err();
    assert_eq!((error.expected, error.found), (1, 2));
    assert_eq!(error.last, all[0].digest());
}

#[test]
fn receipts_with_one_place_are_a_break() {
    let key = SecretKey::from_random(&OURS);
    let first = sign(&Record::of(&added()), &key, Place::FIRST).unwrap();
    let other = sign(&Record::of(&added()), &key, Place::FIRST).unwrap();
    let mut chains = Chains::default();
    chains.add(&verify(&first.bytes).unwrap()).unwrap();
    assert!(chains.add(&verify(&other.bytes).unwrap()).is_err());
}

#[test]
fn each_signer_has_a_chain_of_its_own() {
    let record = Record::of(&added());
    let mut chains = Chains::default();
    for random in [[1; 32], [2; 32]] {
        let key = SecretKey::from_random(&random);
        let first = sign(&record, &key, Place::FIRST).unwrap();
        let second = sign(&record, &key, first.next).unwrap();
        for (bytes, link) in [(first, Link::First), (second, Link::Follows)] {
            let receipt = Receipt::read(&bytes.bytes).unwrap();
            assert_eq!(chains.add(&receipt), Ok(link));
        }
    }
}

#[test]
fn a_record_that_is_too_large_is_not_signed() {
    let mut report = added();
    report.caller = "x".repeat(tollgate::limits::RECEIPT_BYTES_MAX);
    let signed = sign(
        &Record::of(&report),
        &SecretKey::from_random(&OURS),
        Place::FIRST,
    );
    assert!(
        matches!(signed, Err(ReceiptError::Large { .. })),
        "{signed:?}"
    );
}
