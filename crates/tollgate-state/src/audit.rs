//! The audit log: who did what, when, from where. Each record carries the hash of the one before it.
//!
//! A record is written in the transaction of what it is about: if it cannot be written, nothing happens. The hash covers
//! every field with its length, so no two records look alike to it. Who can write the database can rewrite a chain from
//! some record on; the last hash, kept elsewhere, is what shows that.

use sha2::{Digest as _, Sha256};

/// Begins what is hashed, so that no other hash of ours can be taken for one of these.
const DOMAIN: &[u8] = b"tollgate audit record 1\0";

/// Who does something, when and from where.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// Whom it is done for.
    pub tenant: &'a str,
    /// The prefix of the key, `operator` for a user who has the file, or `server` for what nobody asked for.
    pub actor: &'a str,
    /// The address it came from, or `local`.
    pub origin: &'a str,
    /// The id of the request.
    pub request: &'a str,
    /// Nanoseconds since 1970.
    pub at: i64,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// From 1, without gaps.
    pub seq: i64,
    /// Nanoseconds since 1970.
    pub at: i64,
    /// Whom it was done for.
    pub tenant: String,
    /// Who did it.
    pub actor: String,
    /// From where.
    pub origin: String,
    /// The id of the request.
    pub request: String,
    /// What was done, such as `module.push`.
    pub action: String,
    /// To what.
    pub object: String,
    /// More about it, as JSON; never a secret.
    pub detail: String,
    /// The hash of the record before it; of the first, zeros.
    pub previous: [u8; 32],
    /// The hash of this record.
    pub hash: [u8; 32],
}

impl AuditRecord {
    /// The hash that its fields have.
    #[must_use]
    pub fn computed_hash(&self) -> [u8; 32] {
        let Self {
            seq,
            at,
            tenant,
            actor,
            origin,
            request,
            action,
            object,
            detail,
            previous,
            hash: _,
        } = self;
        let mut hasher = Sha256::new();
        hasher.update(DOMAIN);
        hasher.update(previous);
        hasher.update(seq.to_be_bytes());
        hasher.update(at.to_be_bytes());
        for text in [tenant, actor, origin, request, action, object, detail] {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.finalize().into()
    }
}

/// A record that the log had at some moment, as it is kept outside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditAnchor {
    /// Its number.
    pub seq: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// What a check of the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditVerdict {
    /// Every record follows the one before it.
    Whole {
        /// How many there are.
        records: i64,
        /// The hash of the last one; zeros when there is none.
        last: [u8; 32],
    },
    /// The first record that does not.
    Broken {
        /// Its number.
        seq: i64,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// Checks records one after another, as they come from the database.
#[derive(Debug)]
pub(crate) struct Chain {
    records: i64,
    last: [u8; 32],
    /// A record that there has to be.
    anchor: Option<AuditAnchor>,
}

impl Chain {
    pub(crate) fn new(anchor: Option<AuditAnchor>) -> Self {
        Self {
            records: 0,
            last: [0; 32],
            anchor,
        }
    }

    /// Adds the next record; `Some`: what is wrong with it.
    pub(crate) fn follow(&mut self, record: &AuditRecord) -> Option<&'static str> {
        if record.seq != self.records + 1 {
            return Some("a record before it is missing");
        }
        if record.previous != self.last {
            return Some("it does not carry the hash of the record before it");
        }
        if record.hash != record.computed_hash() {
            return Some("its hash is not that of its fields");
        }
        let is_other =
            |anchor: &AuditAnchor| anchor.seq == record.seq && anchor.hash != record.hash;
        if self.anchor.as_ref().is_some_and(is_other) {
            return Some(
                "it is another one than was there before: it or one before it was written anew",
            );
        }
        self.records = record.seq;
        self.last = record.hash;
        None
    }

    /// What there is to say when that was the last record.
    pub(crate) fn end(self) -> AuditVerdict {
        if self.anchor.is_some_and(|anchor| anchor.seq > self.records) {
            return AuditVerdict::Broken {
                seq: self.records + 1,
                why: "it was there, and is missing, perhaps with others after it",
            };
        }
        AuditVerdict::Whole {
            records: self.records,
            last: self.last,
        }
    }
}
