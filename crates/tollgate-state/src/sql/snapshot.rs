//! Answers an evaluation's questions from one moment.

use std::cell::RefCell;

use tollgate_ecl::{Answer, FactError, FactKind, Facts};

use super::Store;
use super::value::{DbResult, Optional as _, Params, Row, params};
use crate::credential::{CredentialError, Standing, Unverified};
use crate::did::{self, DidError, DocumentSource};
use crate::error::StateError;
use crate::limits;
use crate::presented::{Presented, Refusal, matches_did};

/// One read transaction: every answer is of the same moment, whatever writers do meanwhile.
///
/// Dids that have never been heard of are unknown. A credential that is not there is *not held* (false), so a policy that
/// demands one fails closed without an error.
pub struct Snapshot<'a> {
    store: &'a Store,
    source: &'a dyn DocumentSource,
    now: i64,
    presented: Presented,
    refusals: RefCell<Vec<Refusal>>,
}

impl std::fmt::Debug for Snapshot<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot")
            .field("place", &self.store.place)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Begins a snapshot at `now` (nanoseconds since 1970). `source` fetches documents of issuers whose did needs it.
    ///
    /// # Errors
    /// [`StateError::Database`].
    ///
    /// # Example
    /// ```
    /// use tollgate_ecl::{Answer, FactKind, Facts as _};
    /// use tollgate_state::Store;
    /// use tollgate_state::did::Offline;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// let mut store = Store::create(&folder.path().join("state.db"))?;
    /// store.put_member("did:example:ada", "village")?;
    /// let mut snapshot = store.snapshot(1_000, &Offline)?;
    /// let asked = snapshot.ask(FactKind::StoreGet, &["offers", "o1"]);
    /// assert_eq!(asked, Ok(Answer::Unknown));
    /// # Ok(())
    /// # }
    /// ```
    pub fn snapshot<'a>(
        &'a mut self,
        now: i64,
        source: &'a dyn DocumentSource,
    ) -> Result<Snapshot<'a>, StateError> {
        self.leave_transaction("reading")?;
        // Made before the transaction begins, so that whatever fails ends it.
        let snapshot = Snapshot {
            store: self,
            source,
            now,
            presented: Presented::default(),
            refusals: RefCell::default(),
        };
        snapshot
            .store
            .connection
            .begin_read()
            .map_err(|e| snapshot.store.failed("reading", e))?;
        Ok(snapshot)
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        // Nothing was written, so nothing is lost. A transaction that cannot be ended is left before the next one.
        self.store.leave_transaction("reading").ok();
    }
}

impl Snapshot<'_> {
    /// Credentials that did not count for the questions so far, with reasons.
    #[must_use]
    pub fn refusals(&self) -> Vec<Refusal> {
        self.refusals.borrow().clone()
    }

    /// Lets credentials count besides those that are stored. Each is verified when a question asks for its schema, and is not
    /// stored.
    pub fn present(&mut self, credentials: Presented) {
        self.presented = credentials;
    }

    fn latest<T>(
        &self,
        sql: &str,
        key: Params<'_>,
        read: impl FnOnce(&Row<'_>) -> DbResult<T>,
    ) -> Result<Option<T>, FactError> {
        let found = self.store.connection.query_row(sql, key, read).optional();
        found.map_err(|e| FactError(self.store.failed("reading", e).to_string()))
    }

    fn rows<T>(
        &self,
        sql: &str,
        key: Params<'_>,
        read: impl FnMut(&Row<'_>) -> DbResult<T>,
    ) -> Result<Vec<T>, FactError> {
        self.store
            .rows(sql, key, read)
            .map_err(|e| FactError(e.to_string()))
    }

    fn trust_of(&self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        self.latest(
            "SELECT r, i, c, p, v, omega FROM trust WHERE did = ?1 AND at <= ?2 ORDER BY at DESC, seq DESC LIMIT 1",
            params![did, self.now],
            |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?]),
        )
    }

    fn holds(&self, subject: &str, pattern: &str) -> Result<bool, FactError> {
        let stored = self.rows(
            "SELECT schema, jwt FROM credential WHERE subject = ?1 ORDER BY issuer, id LIMIT ?2",
            params![subject, limits::CREDENTIALS_PER_SUBJECT_MAX as i64 + 1],
            |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)),
        )?;
        if stored.len() > limits::CREDENTIALS_PER_SUBJECT_MAX {
            return Err(FactError(format!(
                "`{subject}` has more than {} credentials; one question looks at no more",
                limits::CREDENTIALS_PER_SUBJECT_MAX
            )));
        }
        let stored = stored
            .iter()
            .filter(|(schema, _)| matches_did(pattern, schema))
            .map(|(schema, jwt)| (Some(&**schema), &**jwt));
        let presented = self.presented.iter().map(|jwt| (None, jwt));
        let mut unknown = None;
        for (schema, jwt) in stored.chain(presented) {
            match self.counts(jwt, schema, subject, pattern) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(reason) => {
                    if reason.is_ignorance() {
                        unknown.get_or_insert_with(|| FactError(reason.to_string()));
                    }
                    self.refuse(jwt, reason);
                }
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    /// Whether a credential answers the question; false when it is of another schema. A stored row is not trusted: the
    /// signature is verified again, so a changed row cannot grant anything. Keys are fetched for trusted issuers only, so
    /// the one who shows a credential cannot have this host ask an address of their choice.
    fn counts(
        &self,
        jwt: &str,
        stored_schema: Option<&str>,
        subject: &str,
        pattern: &str,
    ) -> Result<bool, CredentialError> {
        let unverified = Unverified::read(jwt)?;
        if stored_schema.is_some_and(|schema| schema != unverified.schema()) {
            return Err(CredentialError::Malformed {
                why: "its schema is not the one it was stored under".into(),
            });
        }
        if !matches_did(pattern, unverified.schema()) {
            return Ok(false);
        }
        let credential = unverified.from_trusted(self)?.verify(self.source)?;
        let seconds = self.now.div_euclid(1_000_000_000);
        credential.check(subject, seconds, self).map(|()| true)
    }

    fn refuse(&self, jwt: &str, reason: CredentialError) {
        let refusal = Refusal {
            id: Unverified::read(jwt)
                .ok()
                .map(|read| read.id().chars().take(120).collect()),
            reason,
        };
        // A program may ask the same question twice.
        let mut refusals = self.refusals.borrow_mut();
        if !refusals.contains(&refusal) {
            refusals.push(refusal);
        }
    }

    /// Whether a did resolves. One that needs a document is unknown unless it is a trusted issuer, so a caller
    /// cannot have this host fetch an address of their choice.
    fn resolves(&self, did: &str) -> Result<Answer, FactError> {
        if did::needs_document(did) && !self.is_issuer(did)? {
            return Ok(Answer::Unknown);
        }
        match did::resolve(did, self.source) {
            Ok(_) => Ok(Answer::Bool(true)),
            Err(error @ DidError::Fetch { .. }) => Err(FactError(error.to_string())),
            Err(
                DidError::Malformed { .. }
                | DidError::Method { .. }
                | DidError::Key { .. }
                | DidError::Document { .. },
            ) => Ok(Answer::Bool(false)),
        }
    }

    fn is_issuer(&self, did: &str) -> Result<bool, FactError> {
        let found = self.latest(
            "SELECT 1 FROM issuer WHERE issuer = ?1 LIMIT 1",
            params![did],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    fn delegates(&self, owner: &str) -> Result<Answer, FactError> {
        let delegates = self.rows(
            "SELECT DISTINCT delegate FROM delegation
             WHERE owner = ?1 AND from_at <= ?2 AND (until_at IS NULL OR until_at > ?2) ORDER BY delegate LIMIT ?3",
            params![owner, self.now, limits::DELEGATES_MAX as i64 + 1],
            |row| row.get::<String>(0),
        )?;
        if delegates.len() > limits::DELEGATES_MAX {
            return Err(FactError(format!(
                "`{owner}` has more than {} delegates",
                limits::DELEGATES_MAX
            )));
        }
        Ok(Answer::Texts(delegates))
    }

    fn realm_trust(&self, did: &str, realm: &str) -> Result<Answer, FactError> {
        let Some(trust) = self.trust_of(did)? else {
            return Ok(Answer::Unknown);
        };
        let home: Option<String> = self.latest(
            "SELECT realm FROM realm_member WHERE did = ?1",
            params![did],
            |row| row.get(0),
        )?;
        let Some(home) = home else {
            return Ok(Answer::Unknown);
        };
        if home == realm {
            return Ok(Answer::Trust(trust));
        }
        let factor = self
            .latest(
                "SELECT factor FROM realm_dampening WHERE from_realm = ?1 AND to_realm = ?2",
                params![home, realm],
                |row| row.get(0),
            )?
            .unwrap_or(limits::REALM_DAMPENING_DEFAULT);
        Ok(Answer::Trust(trust.map(|dimension| dimension * factor)))
    }

    fn text(&self, sql: &str, key: Params<'_>) -> Result<Answer, FactError> {
        Ok(self
            .latest(sql, key, |row| row.get::<String>(0))?
            .map_or(Answer::Unknown, Answer::Text))
    }

    fn balance(&self, did: &str, account: &str) -> Result<Answer, FactError> {
        let amount = self.latest(
            "SELECT amount FROM balance WHERE did = ?1 AND account = ?2 AND at <= ?3 ORDER BY at DESC, seq DESC LIMIT 1",
            params![did, account, self.now],
            |row| row.get::<String>(0),
        )?;
        match amount {
            None => Ok(Answer::Unknown),
            Some(text) => text
                .parse()
                .map(Answer::Decimal)
                .map_err(|_| FactError(format!("the stored balance of `{did}` is not a number"))),
        }
    }
}

impl Facts for Snapshot<'_> {
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        self.trust_of(did)
    }

    fn has_credential(&mut self, subject: &str, pattern: &str) -> Result<Option<bool>, FactError> {
        self.holds(subject, pattern).map(Some)
    }

    fn ask(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        match (kind, args) {
            (FactKind::Trust, [did]) => Ok(self.trust_of(did)?.map_or(Answer::Unknown, Answer::Trust)),
            (FactKind::HasCredential, [subject, pattern]) => self.holds(subject, pattern).map(Answer::Bool),
            (FactKind::ResolveDid, [did]) => self.resolves(did),
            (FactKind::Delegates, [owner]) => self.delegates(owner),
            (FactKind::Blueprint, [did]) => self.text(
                "SELECT attributes FROM blueprint WHERE did = ?1 AND at <= ?2 ORDER BY at DESC, seq DESC LIMIT 1",
                params![did, self.now],
            ),
            (FactKind::ConformsTo, [attributes, schema]) => tollgate_ecl::host::providers::conforms(attributes, schema).map(Answer::Bool),
            (FactKind::ActiveSessions, [did]) => Ok(self
                .latest("SELECT count(*) FROM session WHERE did = ?1 AND ended IS NULL", params![did], |row| row.get(0))?
                .map_or(Answer::Unknown, Answer::Int)),
            (FactKind::Balance, [did, account]) => self.balance(did, account),
            (FactKind::StoreGet, [store, key]) => self.text(
                "SELECT value FROM entry WHERE store = ?1 AND key = ?2 ORDER BY seq DESC LIMIT 1",
                params![store, key],
            ),
            (FactKind::Karma, [did]) => Ok(self
                .latest(
                    "SELECT value FROM karma WHERE did = ?1 AND at <= ?2 ORDER BY at DESC, seq DESC LIMIT 1",
                    params![did, self.now],
                    |row| row.get(0),
                )?
                .map_or(Answer::Unknown, Answer::Number)),
            (FactKind::RealmTrust, [did, realm]) => self.realm_trust(did, realm),
            (kind, args) => Err(FactError(format!("`{}` takes {} arguments, not {}", kind.name(), kind.arity(), args.len()))),
        }
    }
}

impl Standing for Snapshot<'_> {
    fn is_trusted(&self, issuer: &str, schema: &str) -> Result<bool, CredentialError> {
        self.store.is_trusted(issuer, schema)
    }

    fn is_revoked(&self, issuer: &str, id: &str) -> Result<bool, CredentialError> {
        self.store.is_revoked(issuer, id)
    }
}

impl Standing for Store {
    fn is_trusted(&self, issuer: &str, schema: &str) -> Result<bool, CredentialError> {
        let patterns = self.rows(
            "SELECT schema_pattern FROM issuer WHERE issuer = ?1",
            params![issuer],
            |row| row.get::<String>(0),
        );
        let patterns = patterns.map_err(|e| unreadable(&e))?;
        Ok(patterns.iter().any(|p| matches_did(p, schema)))
    }

    fn is_revoked(&self, issuer: &str, id: &str) -> Result<bool, CredentialError> {
        let found = self.rows(
            "SELECT 1 FROM revocation WHERE issuer = ?1 AND id = ?2",
            params![issuer, id],
            |_| Ok(()),
        );
        found
            .map(|rows| !rows.is_empty())
            .map_err(|e| unreadable(&e))
    }
}

fn unreadable(error: &StateError) -> CredentialError {
    CredentialError::Standing {
        why: error.to_string(),
    }
}
