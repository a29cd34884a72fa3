//! Receipts: what an execution did, signed, so that somebody else can check it.
//!
//! ```
//! use tollgate::receipt::{Chains, Link, Place, Receipt, Record, SecretKey, TrustedKeys, sign};
//! use tollgate::{Request, Source, Tollgate, Value};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tollgate = Tollgate::builder().compile_in_process().build()?;
//! let wat = r#"(module (func (export "add") (param i32 i32) (result i32)
//!     (i32.add (local.get 0) (local.get 1))))"#;
//! let module = tollgate.load_blocking(&Source::Bytes(wat.as_bytes().into()))?;
//! let report = tollgate.execute_blocking(Request::call(&module, "add", [Value::I32(2), Value::I32(3)]))?;
//!
//! // The one who ran it signs what happened …
//! let key = SecretKey::from_random(&[7; 32]); // of a source of randomness
//! let signed = sign(&Record::of(&report), &key, Place::FIRST)?;
//!
//! // … and anyone who trusts that key reads it.
//! let mut trusted = TrustedKeys::default();
//! trusted.read(&format!("{} ci", key.public()))?;
//! let receipt = Receipt::verify(&signed.bytes, &trusted)?;
//! assert_eq!(receipt.record().module, module.digest());
//! assert_eq!(Chains::default().add(&receipt)?, Link::First);
//! # Ok(())
//! # }
//! ```
//!
//! A [`Record`] says it, an envelope carries it with its signature, and the receipts of a key are a chain ([`Place`]). Nobody
//! is trusted by default: [`Receipt::verify`] wants the keys that count. The format stands in `docs/receipts.md`.

mod chain;
mod envelope;
mod error;
mod key;
mod lines;
mod number;
mod record;
mod trust;

use serde::{Deserialize, Serialize};
use tollgate_sandbox::Digest;

pub use self::chain::{ChainError, Chains, Link, NOTHING, Place, PlaceError};
pub use self::error::{ReceiptError, VerifyError};
pub use self::key::{KeyError, PublicKey, SecretKey};
pub use self::lines::Lines;
pub use self::number::{Count, Moment};
pub use self::record::{
    CallsRecord, CostRecord, DecisionRecord, EmbedderRecord, EngineRecord, EntryRecord,
    FailureRecord, GrantRecord, HostPath, LimitsRecord, OutcomeRecord, OutputRecord, PathRecord,
    Record, ResultKind, ResultRecord, Status, StdinRecord, StreamRecord, UsageRecord, Verdict,
    WorldRecord,
};
pub use self::trust::{KeyName, KeyNameError, KnownKey, Standing, TrustError, TrustedKeys};

/// The version of the format that is written here, and the only one that is read.
const VERSION: u64 = 1;

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    version: u64,
    signer: PublicKey,
    place: Place,
    record: Record,
}

/// What is read before it is known how to read the rest.
#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

/// A receipt whose form and signature are right. Whether its signer is somebody to believe is another question, which
/// [`Receipt::verify`] asks as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    statement: Statement,
    digest: Digest,
}

/// A receipt that was signed just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The receipt: one line of JSON, without a line end.
    pub bytes: Vec<u8>,
    /// Where the next receipt of this key stands.
    pub next: Place,
}

/// Signs a record at its place in the chain of the key. The caller looks after the chain: no two receipts of a key have one
/// place.
///
/// # Errors
/// [`ReceiptError::Large`] when the record is larger than a receipt can be, [`ReceiptError::ChainFull`] at the last place.
pub fn sign(record: &Record, key: &SecretKey, place: Place) -> Result<Signed, ReceiptError> {
    place.check()?;
    let statement = Statement {
        version: VERSION,
        signer: key.public(),
        place,
        record: record.clone(),
    };
    let payload = envelope::canonical(&statement)?;
    Ok(Signed {
        bytes: envelope::seal(&payload, key)?,
        next: place.next(Digest::of(&payload))?,
    })
}

impl Receipt {
    /// Reads a receipt, a line without its end, and verifies that the key it names signed it. Anybody can make one of those.
    ///
    /// # Errors
    /// [`ReceiptError`], for everything but the bytes that were signed.
    pub fn read(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let envelope::Signed { payload, key } = envelope::open(bytes)?;
        let unread = |source| ReceiptError::Payload {
            signer: key,
            source,
        };
        let Versioned { version } = serde_json::from_slice(&payload).map_err(unread)?;
        if version != VERSION {
            return Err(ReceiptError::Version { version });
        }
        let statement: Statement = serde_json::from_slice(&payload).map_err(unread)?;
        if envelope::canonical(&statement)? != payload {
            return Err(ReceiptError::NotCanonical { part: "payload" });
        }
        if statement.signer != key {
            return Err(ReceiptError::Signer {
                said: statement.signer,
                signer: key,
            });
        }
        statement.place.check()?;
        Ok(Self {
            statement,
            digest: Digest::of(&payload),
        })
    }

    /// As [`Receipt::read`], and the signer has to be among the keys that count.
    ///
    /// # Errors
    /// [`VerifyError::Invalid`] for what is no receipt, [`VerifyError::UnknownSigner`] and [`VerifyError::Revoked`] for one that
    /// proves nothing here.
    pub fn verify(bytes: &[u8], trusted: &TrustedKeys) -> Result<Self, VerifyError> {
        let receipt = Self::read(bytes)?;
        let signer = receipt.signer();
        let known = trusted
            .get(&signer)
            .ok_or(VerifyError::UnknownSigner { signer })?;
        match known.standing {
            Standing::Good => Ok(receipt),
            Standing::Revoked => Err(VerifyError::Revoked {
                signer,
                name: known.name.to_string(),
            }),
        }
    }

    /// Returns who signed it.
    pub fn signer(&self) -> PublicKey {
        self.statement.signer
    }

    /// Returns where it stands in the chain of its signer.
    pub fn place(&self) -> Place {
        self.statement.place
    }

    /// Returns what it says.
    pub fn record(&self) -> &Record {
        &self.statement.record
    }

    /// Returns the SHA-256 of what was signed. The next receipt of the signer names it.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}
