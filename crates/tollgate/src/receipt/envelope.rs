//! The envelope of a receipt: what was signed, as bytes, beside its signature.
//!
//! It is a DSSE envelope (<https://github.com/secure-systems-lab/dsse>, version 1): the payload is carried as base64, and the
//! signature covers the payload's type and exactly those bytes, so nothing has to be written again to be verified. Of the
//! many envelopes that say the same, one is accepted: one signature, standard base64 with padding, and canonical JSON
//! (RFC 8785). What is accepted has no byte that could be another.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use canon_json::CanonicalFormatter;
use serde::{Deserialize, Serialize};

use super::error::ReceiptError;
use super::key::{PublicKey, SecretKey};
use crate::limits::RECEIPT_BYTES_MAX;

/// The type of what is signed.
const PAYLOAD_TYPE: &str = "application/vnd.tollgate.receipt+json";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeSignature {
    keyid: PublicKey,
    sig: String,
}

/// A payload whose signature is that of the key.
pub(super) struct Signed {
    pub(super) payload: Vec<u8>,
    pub(super) key: PublicKey,
}

/// Writes a value as canonical JSON.
pub(super) fn canonical(value: &impl Serialize) -> Result<Vec<u8>, ReceiptError> {
    let mut bytes = Vec::new();
    let mut serializer =
        serde_json::Serializer::with_formatter(&mut bytes, CanonicalFormatter::new());
    value
        .serialize(&mut serializer)
        .map_err(ReceiptError::Unwritable)?;
    Ok(bytes)
}

/// Returns the envelope of a payload, signed.
pub(super) fn seal(payload: &[u8], key: &SecretKey) -> Result<Vec<u8>, ReceiptError> {
    let envelope = Envelope {
        payload: STANDARD.encode(payload),
        payload_type: PAYLOAD_TYPE.to_owned(),
        signatures: vec![EnvelopeSignature {
            keyid: key.public(),
            sig: STANDARD.encode(key.sign(&message(payload))),
        }],
    };
    let bytes = canonical(&envelope)?;
    check_size(&bytes)?;
    Ok(bytes)
}

/// Reads an envelope and verifies its signature with the key it names.
pub(super) fn open(bytes: &[u8]) -> Result<Signed, ReceiptError> {
    check_size(bytes)?;
    let envelope: Envelope = serde_json::from_slice(bytes).map_err(ReceiptError::Envelope)?;
    if canonical(&envelope)? != bytes {
        return Err(ReceiptError::NotCanonical { part: "envelope" });
    }
    let Envelope {
        payload,
        payload_type,
        signatures,
    } = envelope;
    if payload_type != PAYLOAD_TYPE {
        return Err(ReceiptError::PayloadType {
            found: payload_type,
        });
    }
    let [EnvelopeSignature { keyid, sig }] =
        <[_; 1]>::try_from(signatures).map_err(|signatures| ReceiptError::Signatures {
            count: signatures.len(),
        })?;
    let payload = base64(&payload, "payload")?;
    let signature = base64(&sig, "sig")?;
    let signature = signature
        .try_into()
        .map_err(|_| ReceiptError::Signature { signer: keyid })?;
    if !keyid.signed(&message(&payload), &signature) {
        return Err(ReceiptError::Signature { signer: keyid });
    }
    Ok(Signed {
        payload,
        key: keyid,
    })
}

fn check_size(bytes: &[u8]) -> Result<(), ReceiptError> {
    if bytes.len() > RECEIPT_BYTES_MAX {
        return Err(ReceiptError::Large { bytes: bytes.len() });
    }
    Ok(())
}

/// Decodes the one text that stands for some bytes: with padding, and nothing in the bits that it does not need.
fn base64(text: &str, field: &'static str) -> Result<Vec<u8>, ReceiptError> {
    STANDARD
        .decode(text)
        .map_err(|_| ReceiptError::Base64 { field })
}

/// What is signed for a payload: DSSE's pre-authentication encoding.
fn message(payload: &[u8]) -> Vec<u8> {
    let (type_bytes, bytes) = (PAYLOAD_TYPE.len(), payload.len());
    let head = format!("DSSEv1 {type_bytes} {PAYLOAD_TYPE} {bytes} ");
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_dsses_encoding() {
        assert_eq!(
            message(b"{}"),
            b"DSSEv1 37 application/vnd.tollgate.receipt+json 2 {}"
        );
    }

    #[test]
    fn canonical_json_is_that_of_the_rfc() {
        // RFC 8785, section 3.2.3: names by their UTF-16 units.
        let value: serde_json::Value = serde_json::from_str(
            r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#,
        )
        .unwrap();
        let text = String::from_utf8(canonical(&value).unwrap()).unwrap();
        assert_eq!(
            text,
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\",\"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
        );
        // Section 3.2.2.2: what is escaped, and how.
        let value = "\u{20ac}$\u{f}\nA'B\"\\\"/\u{7f}\u{8}\u{c}";
        assert_eq!(
            String::from_utf8(canonical(&value).unwrap()).unwrap(),
            "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\"/\u{7f}\\b\\f\""
        );
    }

    #[test]
    fn what_is_too_large_is_neither_read_nor_made() {
        let key = SecretKey::from_random(&[1; 32]);
        let large = vec![b' '; RECEIPT_BYTES_MAX];
        for made in [
            seal(&large, &key).map(drop),
            open(&[large, vec![0]].concat()).map(drop),
        ] {
            assert!(matches!(made, Err(ReceiptError::Large { .. })));
        }
    }
}
