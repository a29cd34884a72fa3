//! Issuers of credentials with real keys: they sign what a test says.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer as _;
use serde_json::{Value, json};

/// An issuer with a real key.
pub(crate) enum Issuer {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
}

impl Issuer {
    pub(crate) fn ed25519(seed: u8) -> Self {
        Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
    }

    pub(crate) fn p256(seed: u8) -> Self {
        Self::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub(crate) fn did(&self) -> String {
        let mut bytes = Vec::new();
        match self {
            Self::Ed25519(key) => {
                bytes.extend([0xed, 0x01]);
                bytes.extend(key.verifying_key().to_bytes());
            }
            Self::P256(key) => {
                bytes.extend([0x80, 0x24]);
                bytes.extend(key.verifying_key().to_sec1_point(true).as_bytes());
            }
        }
        format!("did:key:z{}", bs58::encode(bytes).into_string())
    }

    pub(crate) fn alg(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::P256(_) => "ES256",
        }
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_texts(&header.to_string(), &claims.to_string())
    }

    /// Signs what may not be JSON.
    pub(crate) fn sign_texts(&self, header: &str, claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", part(header), part(claims));
        let signature = match self {
            Self::Ed25519(key) => key.sign(message.as_bytes()).to_bytes().to_vec(),
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message.as_bytes());
                signature.normalize_s().to_bytes().to_vec()
            }
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub(crate) fn issue(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": self.alg(), "typ": "JWT"}), claims)
    }

    /// The claims of a credential that is valid in an interval, in seconds since 1970.
    pub(crate) fn claims(
        &self,
        subject: &str,
        schema: &str,
        id: &str,
        (not_before, expires): (i64, i64),
    ) -> Value {
        json!({
            "iss": self.did(), "sub": subject, "jti": id, "nbf": not_before, "exp": expires,
            "vc": {
                "type": ["VerifiableCredential"],
                "credentialSchema": {"id": schema, "type": "JsonSchema"},
                "credentialSubject": {"id": subject},
            },
        })
    }
}
