//! The SQLite file: opening it safely, its schema, and writing facts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use crate::credential::{Credential, CredentialError};
use crate::did::DocumentSource;
use crate::file::StateFile;
use crate::limits;

/// Version of `schema.sql`; a file with another one is not opened.
const SCHEMA_VERSION: i64 = 1;

/// `PRAGMA application_id` of our files, `toll` in ASCII: another program's file is left alone.
const APPLICATION_ID: i64 = 0x746f_6c6c;

/// Why the state could not be read or written. Nothing is half-written: every write is one transaction.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// There is no file and creating one was not asked for.
    #[error("there is no state at `{}`; make one first", path.display())]
    Missing { path: PathBuf },
    /// Another writer held the file for longer than the busy timeout.
    #[error("the state at `{}` was locked for {} ms by another writer; try again", path.display(), waited.as_millis())]
    Busy { path: PathBuf, waited: Duration },
    /// There is no folder for it.
    #[error("there is no folder for the state at `{}`; make it first", path.display())]
    Folder { path: PathBuf },
    /// The file could not be opened or made.
    #[error("the state at `{}` cannot be opened", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The file is a link, somebody else's, or open to others.
    #[error("the state at `{}` is not used: {why}", path.display())]
    NotUsed { path: PathBuf, why: String },
    /// Something else: a database of another program, or no database.
    #[error("`{}` is not a state of Tollgate; name one, or a file that does not exist yet", path.display())]
    Foreign { path: PathBuf },
    /// The file is of another version of the schema.
    #[error("the state at `{}` has schema version {found}; this build reads version {expected}", path.display())]
    Version {
        path: PathBuf,
        found: i64,
        expected: i64,
    },
    /// The file would lose acknowledged commits.
    #[error("the state at `{}` does not run with {setting}, so a power cut could lose commits", path.display())]
    Durability {
        path: PathBuf,
        setting: &'static str,
    },
    /// A value that breaks a rule of the schema.
    #[error("`{value}` is not a valid {what}: {rule}")]
    Invalid {
        what: &'static str,
        value: String,
        rule: &'static str,
    },
    /// A credential that does not verify is not stored.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// SQLite failed.
    #[error("{action} the state at `{}` failed", path.display())]
    Database {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
}

/// One connection to the state. Open one for each thread; writers wait for each other.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    busy_timeout: Duration,
    /// Whether [`Store::all_or_nothing`] has a transaction open, which single writes are part of.
    nested: bool,
}

impl Store {
    /// Opens the state at `path`, which must exist.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn open(path: &Path) -> Result<Self, StateError> {
        Self::connect(path, &StateFile::find(path)?)
    }

    /// Opens the state at `path`, and makes it when there is none: for this user alone, with mode 0600.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn create(path: &Path) -> Result<Self, StateError> {
        Self::connect(path, &StateFile::find_or_make(path)?)
    }

    fn connect(path: &Path, file: &StateFile) -> Result<Self, StateError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        // Absolute, so that SQLite takes it for a path and neither for a URI nor for `:memory:`.
        let connection = Connection::open_with_flags(&file.real, flags);
        let mut store = Self {
            connection: connection.map_err(|source| StateError::Database {
                action: "opening",
                path: path.to_owned(),
                source,
            })?,
            path: path.to_owned(),
            busy_timeout: limits::BUSY_TIMEOUT_DEFAULT,
            nested: false,
        };
        file.check_again(path)?;
        store.configure()?;
        store.migrate()?;
        Ok(store)
    }

    /// Another bound on waiting for other writers. Default: [`limits::BUSY_TIMEOUT_DEFAULT`].
    ///
    /// # Errors
    /// When SQLite refuses it.
    pub fn set_busy_timeout(&mut self, timeout: Duration) -> Result<(), StateError> {
        self.busy_timeout = timeout;
        self.connection
            .busy_timeout(timeout)
            .map_err(|e| self.failed("configuring", e))
    }

    fn configure(&mut self) -> Result<(), StateError> {
        let fail = |store: &Self, e| store.failed("configuring", e);
        self.connection
            .busy_timeout(self.busy_timeout)
            .map_err(|e| fail(self, e))?;
        let mode: String = self
            .connection
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
            .map_err(|e| fail(self, e))?;
        self.connection
            .execute_batch(
                "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
            )
            .map_err(|e| fail(self, e))?;
        let synchronous: i64 = self
            .connection
            .query_row("PRAGMA synchronous", [], |row| row.get(0))
            .map_err(|e| fail(self, e))?;
        let durability = |setting| StateError::Durability {
            path: self.path.clone(),
            setting,
        };
        if mode != "wal" {
            return Err(durability("journal_mode=WAL"));
        }
        if synchronous != 2 {
            return Err(durability("synchronous=FULL"));
        }
        Ok(())
    }

    fn migrate(&mut self) -> Result<(), StateError> {
        self.write("migrating", |tx| {
            let number = |sql| tx.query_row(sql, [], |row| row.get::<_, i64>(0));
            if number("SELECT count(*) FROM sqlite_schema")? == 0 {
                tx.execute_batch(include_str!("schema.sql"))?;
                tx.pragma_update(None, "application_id", APPLICATION_ID)?;
                tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            }
            let ours = number("PRAGMA application_id")? == APPLICATION_ID;
            Ok((ours, number("PRAGMA user_version")?))
        })
        .and_then(|found| match found {
            (true, SCHEMA_VERSION) => Ok(()),
            (false, _) => Err(StateError::Foreign {
                path: self.path.clone(),
            }),
            (true, found) => Err(StateError::Version {
                path: self.path.clone(),
                found,
                expected: SCHEMA_VERSION,
            }),
        })
    }

    /// Runs `work` in one immediate transaction: it commits when `work` succeeds and leaves nothing behind otherwise.
    pub(crate) fn write<T>(
        &mut self,
        action: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StateError> {
        if self.nested {
            // A part of `all_or_nothing`, which ends the transaction.
            return work(&self.connection).map_err(|e| self.failed(action, e));
        }
        self.leave_transaction(action)?;
        let run = |connection: &mut Connection| {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&tx)?;
            tx.commit()?;
            Ok(value)
        };
        run(&mut self.connection).map_err(|e| self.failed(action, e))
    }

    /// Many writes as one: an error in `work` undoes all of them.
    pub(crate) fn all_or_nothing<T>(
        &mut self,
        action: &'static str,
        work: impl FnOnce(&mut Self) -> Result<T, StateError>,
    ) -> Result<T, StateError> {
        self.leave_transaction(action)?;
        self.connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(|e| self.failed(action, e))?;
        self.nested = true;
        let done = work(self).and_then(|value| {
            let committed = self.connection.execute_batch("COMMIT");
            committed
                .map_err(|e| self.failed(action, e))
                .map(|()| value)
        });
        self.nested = false;
        if done.is_err() {
            // What this leaves behind is left before the next transaction.
            self.leave_transaction(action).ok();
        }
        done
    }

    /// Tells whether no transaction is open. One that could not be ended keeps others from writing until this connection is
    /// closed.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Rolls back a transaction that could not be ended: a write that joined it would be told to have been committed and
    /// never be.
    pub(crate) fn leave_transaction(&self, action: &'static str) -> Result<(), StateError> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.connection
            .execute_batch("ROLLBACK")
            .map_err(|e| self.failed(action, e))
    }

    /// Every row of a query.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        key: &[&dyn rusqlite::ToSql],
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StateError> {
        let query = || -> rusqlite::Result<Vec<T>> {
            self.connection
                .prepare_cached(sql)?
                .query_map(key, read)?
                .collect()
        };
        query().map_err(|e| self.failed("reading", e))
    }

    pub(crate) fn failed(&self, action: &'static str, source: rusqlite::Error) -> StateError {
        match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                StateError::Busy {
                    path: self.path.clone(),
                    waited: self.busy_timeout,
                }
            }
            Some(rusqlite::ErrorCode::NotADatabase) => StateError::Foreign {
                path: self.path.clone(),
            },
            _ => StateError::Database {
                action,
                path: self.path.clone(),
                source,
            },
        }
    }

    /// Records the trust vector of a did from `at` on; earlier ones stay as history.
    ///
    /// # Errors
    /// [`StateError::Invalid`] when a dimension is not in 0..=1.
    pub fn put_trust(&mut self, did: &str, trust: [f64; 6], at: i64) -> Result<(), StateError> {
        check_did(did)?;
        if let Some(bad) = trust.iter().find(|d| !(0.0..=1.0).contains(*d)) {
            return Err(invalid(
                "trust dimension",
                bad.to_string(),
                "each is between 0 and 1",
            ));
        }
        let [r, i, c, p, v, omega] = trust;
        self.write("writing trust to", |tx| {
            tx.execute(
                "INSERT INTO trust (did, r, i, c, p, v, omega, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![did, r, i, c, p, v, omega, at],
            )
        })?;
        Ok(())
    }

    /// Every trust vector a did has had, oldest first, with the time it counts from.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn trust_history(&self, did: &str) -> Result<Vec<(i64, [f64; 6])>, StateError> {
        self.rows(
            "SELECT at, r, i, c, p, v, omega FROM trust WHERE did = ?1 ORDER BY at, seq",
            params![did],
            |row| {
                Ok((
                    row.get(0)?,
                    [
                        row.get(1)?,
                        row.get(2)?,
                        row.get(3)?,
                        row.get(4)?,
                        row.get(5)?,
                        row.get(6)?,
                    ],
                ))
            },
        )
    }

    /// Verifies a credential and stores it. What cannot be verified is refused here; whether it *counts* (validity, trusted
    /// issuer, revocation) is decided when it is asked for. A document is fetched for a trusted issuer only.
    ///
    /// # Errors
    /// [`StateError::Credential`].
    pub fn put_credential(
        &mut self,
        jwt: &str,
        source: &dyn DocumentSource,
    ) -> Result<Credential, StateError> {
        let credential = Credential::verify_to_store(jwt, source, self)?;
        self.put_verified(&credential, jwt)?;
        Ok(credential)
    }

    /// Stores a credential that was verified.
    pub(crate) fn put_verified(
        &mut self,
        credential: &Credential,
        jwt: &str,
    ) -> Result<(), StateError> {
        self.write("writing a credential to", |tx| {
            tx.execute(
                "INSERT INTO credential (issuer, id, subject, schema, jwt) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET subject = ?3, schema = ?4, jwt = ?5",
                params![credential.issuer, credential.id, credential.subject, credential.schema, jwt],
            )
        })?;
        Ok(())
    }

    /// Trusts `issuer` for the schemas that match the did pattern.
    ///
    /// # Errors
    /// [`StateError::Invalid`] for a bad did.
    pub fn trust_issuer(&mut self, issuer: &str, schema_pattern: &str) -> Result<(), StateError> {
        check_did(issuer)?;
        self.write("writing an issuer to", |tx| {
            tx.execute(
                "INSERT OR IGNORE INTO issuer (issuer, schema_pattern) VALUES (?1, ?2)",
                params![issuer, schema_pattern],
            )
        })?;
        Ok(())
    }

    /// Revokes a credential. It has no effect for any snapshot taken afterwards.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn revoke(&mut self, issuer: &str, id: &str, at: i64) -> Result<(), StateError> {
        self.write("writing a revocation to", |tx| {
            tx.execute(
                "INSERT OR IGNORE INTO revocation (issuer, id, at) VALUES (?1, ?2, ?3)",
                params![issuer, id, at],
            )
        })?;
        Ok(())
    }

    /// Lets `delegate` act for `owner` from `from` until `until` (none: until it is ended).
    ///
    /// # Errors
    /// [`StateError::Invalid`] for a bad did.
    pub fn delegate(
        &mut self,
        owner: &str,
        delegate: &str,
        from: i64,
        until: Option<i64>,
    ) -> Result<(), StateError> {
        check_did(owner)?;
        check_did(delegate)?;
        self.write("writing a delegation to", |tx| {
            tx.execute(
                "INSERT INTO delegation (owner, delegate, from_at, until_at) VALUES (?1, ?2, ?3, ?4)",
                params![owner, delegate, from, until],
            )
        })?;
        Ok(())
    }

    /// Ends every delegation from `owner` to `delegate` at `at`.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn end_delegation(
        &mut self,
        owner: &str,
        delegate: &str,
        at: i64,
    ) -> Result<(), StateError> {
        self.write("ending a delegation in", |tx| {
            tx.execute(
                "UPDATE delegation SET until_at = ?3 WHERE owner = ?1 AND delegate = ?2 AND (until_at IS NULL OR until_at > ?3)",
                params![owner, delegate, at],
            )
        })?;
        Ok(())
    }

    /// Records a blueprint's attribute schema (a JSON object) from `at` on.
    ///
    /// # Errors
    /// [`StateError::Invalid`] when it is not a JSON object.
    pub fn put_blueprint(
        &mut self,
        did: &str,
        attributes: &serde_json::Value,
        at: i64,
    ) -> Result<(), StateError> {
        check_did(did)?;
        if !attributes.is_object() {
            return Err(invalid(
                "blueprint",
                attributes.to_string(),
                "its attributes are a JSON object",
            ));
        }
        self.write("writing a blueprint to", |tx| {
            tx.execute(
                "INSERT INTO blueprint (did, attributes, at) VALUES (?1, ?2, ?3)",
                params![did, attributes.to_string(), at],
            )
        })?;
        Ok(())
    }

    /// Records the balance of an account from `at` on, as a decimal scaled by 10^18.
    ///
    /// # Errors
    /// [`StateError::Invalid`] for a bad did.
    pub fn put_balance(
        &mut self,
        did: &str,
        account: &str,
        amount: i128,
        at: i64,
    ) -> Result<(), StateError> {
        check_did(did)?;
        self.write("writing a balance to", |tx| {
            tx.execute(
                "INSERT INTO balance (did, account, amount, at) VALUES (?1, ?2, ?3, ?4)",
                params![did, account, amount.to_string(), at],
            )
        })?;
        Ok(())
    }

    /// Records karma from `at` on.
    ///
    /// # Errors
    /// [`StateError::Invalid`] when it is not finite.
    pub fn put_karma(&mut self, did: &str, value: f64, at: i64) -> Result<(), StateError> {
        check_did(did)?;
        if !value.is_finite() {
            return Err(invalid("karma", value.to_string(), "it is a finite number"));
        }
        self.write("writing karma to", |tx| {
            tx.execute(
                "INSERT INTO karma (did, value, at) VALUES (?1, ?2, ?3)",
                params![did, value, at],
            )
        })?;
        Ok(())
    }

    /// Opens a session of a did.
    ///
    /// # Errors
    /// [`StateError::Database`] when the id is taken.
    pub fn open_session(&mut self, id: &str, did: &str) -> Result<(), StateError> {
        check_did(did)?;
        self.write("opening a session in", |tx| {
            tx.execute(
                "INSERT INTO session (id, did) VALUES (?1, ?2)",
                params![id, did],
            )
        })?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn end_session(&mut self, id: &str, at: i64) -> Result<(), StateError> {
        self.write("ending a session in", |tx| {
            tx.execute(
                "UPDATE session SET ended = ?2 WHERE id = ?1 AND ended IS NULL",
                params![id, at],
            )
        })?;
        Ok(())
    }

    /// Says which realm a did is at home in.
    ///
    /// # Errors
    /// [`StateError::Invalid`] for a bad did.
    pub fn put_member(&mut self, did: &str, realm: &str) -> Result<(), StateError> {
        check_did(did)?;
        self.write("writing a realm member to", |tx| {
            tx.execute(
                "INSERT INTO realm_member (did, realm) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET realm = ?2",
                params![did, realm],
            )
        })?;
        Ok(())
    }

    /// Says what is left of trust that crosses from one realm to another. Default:
    /// [`limits::REALM_DAMPENING_DEFAULT`]; within a realm all of it.
    ///
    /// # Errors
    /// [`StateError::Invalid`] when the factor is not in 0..=1.
    pub fn put_dampening(&mut self, from: &str, to: &str, factor: f64) -> Result<(), StateError> {
        if !(0.0..=1.0).contains(&factor) {
            return Err(invalid(
                "dampening factor",
                factor.to_string(),
                "it is between 0 and 1",
            ));
        }
        self.write("writing a dampening factor to", |tx| {
            tx.execute(
                "INSERT INTO realm_dampening (from_realm, to_realm, factor) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET factor = ?3",
                params![from, to, factor],
            )
        })?;
        Ok(())
    }
}

fn check_did(did: &str) -> Result<(), StateError> {
    crate::did::parse(did).map(|_| ()).map_err(|_| {
        invalid(
            "did",
            did.chars().take(80).collect(),
            "a did is `did:METHOD:ID`",
        )
    })
}

pub(crate) fn invalid(what: &'static str, value: String, rule: &'static str) -> StateError {
    StateError::Invalid { what, value, rule }
}
