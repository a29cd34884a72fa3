//! Answers an evaluation's questions from one moment.

use std::cell::RefCell;

use rusqlite::{OptionalExtension, params};
use tollgate_ecl::facts::{Answer, FactError, Facts};
use tollgate_ecl::ir::FactKind;

use crate::credential::{CredentialError, Standing, Unverified};
use crate::did::DocumentSource;
use crate::limits;
use crate::store::{StateError, Store, invalid};

/// A credential that was looked at for a question and did not count, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The credential's id, when it could be read.
    pub id: Option<String>,
    /// Why.
    pub reason: CredentialError,
}

/// One read transaction: every answer is of the same moment, whatever writers do meanwhile.
///
/// Dids that have never been heard of are unknown. A credential that is not there is *not held* (false), so a policy that
/// demands one fails closed without an error.
pub struct Snapshot<'a> {
    store: &'a Store,
    source: &'a dyn DocumentSource,
    now: i64,
    presented: Vec<String>,
    refusals: RefCell<Vec<Refusal>>,
}

impl std::fmt::Debug for Snapshot<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot")
            .field("path", &self.store.path)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Begins a snapshot at `now` (nanoseconds since 1970). `source` fetches documents of issuers whose did needs it.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn snapshot<'a>(
        &'a mut self,
        now: i64,
        source: &'a dyn DocumentSource,
    ) -> Result<Snapshot<'a>, StateError> {
        // A deferred transaction begins reading at its first read; the read here fixes the moment.
        self.connection
            .execute_batch("BEGIN DEFERRED; SELECT count(*) FROM sqlite_schema;")
            .map_err(|e| self.failed("reading", e))?;
        Ok(Snapshot {
            store: self,
            source,
            now,
            presented: Vec::new(),
            refusals: RefCell::default(),
        })
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        // Nothing was written, so a failure to end the transaction has nothing to lose; the connection reports it next time.
        let _ended = self.store.connection.execute_batch("COMMIT");
    }
}

impl Snapshot<'_> {
    /// Credentials that did not count for the questions so far, with reasons.
    #[must_use]
    pub fn refusals(&self) -> Vec<Refusal> {
        self.refusals.borrow().clone()
    }

    /// Lets a credential in JWT form count besides those that are stored. It is verified when a question asks for its
    /// schema, and is not stored.
    ///
    /// # Errors
    /// [`StateError::Invalid`] when there are [`limits::PRESENTED_MAX`] already.
    pub fn present(&mut self, jwt: &str) -> Result<(), StateError> {
        if self.presented.len() >= limits::PRESENTED_MAX {
            return Err(invalid(
                "presentation",
                format!("{} credentials", self.presented.len() + 1),
                "at most 32 are looked at",
            ));
        }
        self.presented.push(jwt.to_owned());
        Ok(())
    }

    fn latest<T>(
        &self,
        sql: &str,
        key: &[&dyn rusqlite::ToSql],
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, FactError> {
        let query = || {
            self.store
                .connection
                .prepare_cached(sql)?
                .query_row(key, read)
                .optional()
        };
        query().map_err(|e| FactError(self.store.failed("reading", e).to_string()))
    }

    fn rows<T>(
        &self,
        sql: &str,
        key: &[&dyn rusqlite::ToSql],
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
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
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
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
        let presented = self.presented.iter().map(|jwt| (None, &**jwt));
        let counts = |(schema, jwt): (Option<&str>, &str)| match self
            .counts(jwt, schema, subject, pattern)
        {
            Ok(counts) => counts,
            Err(reason) => {
                self.refuse(jwt, reason);
                false
            }
        };
        Ok(stored.chain(presented).any(counts))
    }

    /// Whether a credential answers the question; false when it is of another schema. A stored row is not trusted: the
    /// signature is verified again, so a changed row cannot grant anything. Keys are fetched for trusted issuers only, so
    /// whoever shows a credential cannot have this host ask an address of their choice.
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
            id: unverified_id(jwt),
            reason,
        };
        // A program may ask the same question twice.
        let mut refusals = self.refusals.borrow_mut();
        if !refusals.contains(&refusal) {
            refusals.push(refusal);
        }
    }

    fn delegates(&self, owner: &str) -> Result<Answer, FactError> {
        let delegates = self.rows(
            "SELECT DISTINCT delegate FROM delegation
             WHERE owner = ?1 AND from_at <= ?2 AND (until_at IS NULL OR until_at > ?2) ORDER BY delegate LIMIT ?3",
            params![owner, self.now, limits::DELEGATES_MAX as i64 + 1],
            |row| row.get::<_, String>(0),
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

    fn text(&self, sql: &str, key: &[&dyn rusqlite::ToSql]) -> Result<Answer, FactError> {
        Ok(self
            .latest(sql, key, |row| row.get::<_, String>(0))?
            .map_or(Answer::Unknown, Answer::Text))
    }

    fn balance(&self, did: &str, account: &str) -> Result<Answer, FactError> {
        let amount = self.latest(
            "SELECT amount FROM balance WHERE did = ?1 AND account = ?2 AND at <= ?3 ORDER BY at DESC, seq DESC LIMIT 1",
            params![did, account, self.now],
            |row| row.get::<_, String>(0),
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
            (FactKind::ResolveDid, [did]) => Ok(Answer::Bool(crate::did::resolve(did, self.source).is_ok())),
            (FactKind::Delegates, [owner]) => self.delegates(owner),
            (FactKind::Blueprint, [did]) => self.text(
                "SELECT attributes FROM blueprint WHERE did = ?1 AND at <= ?2 ORDER BY at DESC, seq DESC LIMIT 1",
                params![did, self.now],
            ),
            (FactKind::ConformsTo, [attributes, schema]) => tollgate_ecl::providers::conforms(attributes, schema).map(Answer::Bool),
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
    fn is_trusted(&self, issuer: &str, schema: &str) -> bool {
        let patterns = self.rows(
            "SELECT schema_pattern FROM issuer WHERE issuer = ?1",
            params![issuer],
            |row| row.get::<_, String>(0),
        );
        // A failure to read the list means nobody is on it: fail closed.
        patterns.is_ok_and(|patterns| patterns.iter().any(|p| matches_did(p, schema)))
    }

    fn is_revoked(&self, issuer: &str, id: &str) -> bool {
        let read = self.latest(
            "SELECT 1 FROM revocation WHERE issuer = ?1 AND id = ?2",
            params![issuer, id],
            |_| Ok(()),
        );
        // A list that cannot be read revokes everything: fail closed.
        !matches!(read, Ok(None))
    }
}

/// Did patterns as in the language: `*` is exactly one segment, a trailing `**` one or more.
fn matches_did(pattern: &str, did: &str) -> bool {
    tollgate_ecl::did::matches(did.as_bytes(), pattern.as_bytes())
}

/// The `jti` of a JWT, for a report about one that did not verify.
fn unverified_id(jwt: &str) -> Option<String> {
    use base64::Engine as _;
    let claims = jwt.split('.').nth(1)?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(claims)
        .ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    Some(claims.get("jti")?.as_str()?.chars().take(120).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_one_segment_and_two_are_any_deeper() {
        assert!(matches_did(
            "did:a:credential:eichrecht:*",
            "did:a:credential:eichrecht:v1"
        ));
        assert!(!matches_did(
            "did:a:credential:eichrecht:*",
            "did:a:credential:eichrecht:v1:de"
        ));
        assert!(!matches_did(
            "did:a:credential:eichrecht:*",
            "did:a:credential:eichrecht"
        ));
        assert!(matches_did(
            "did:a:credential:**",
            "did:a:credential:eichrecht:v1:de"
        ));
        assert!(!matches_did("did:a:credential:**", "did:a:credential"));
        assert!(!matches_did("did:a:**:x", "did:a:b:c:x"));
    }
}
