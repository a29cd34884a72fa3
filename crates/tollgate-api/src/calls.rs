//! What can be asked of a server, one method for each route.

use std::fmt::Write as _;

use crate::client::{Client, ClientError};
use crate::money::{
    Budget, LedgerVerification, PriceLists, Quote, SetBudget, Statement, StatementBy, Transfers,
};
use crate::wire::{
    AddSignature, Approval, Approvals, AuditRecords, AuditVerification, Cast, Casts, GiveAnswer,
    Keys, MadeKey, Module, ModulePolicy, ModuleVersion, ModuleVersions, NewCast, NewKey, Prune,
    Pruned, Quota, ReceiptSigner, SetPolicy, SetTag, Signers, TrustSigner,
};

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The run has ended.
    Ended,
    /// It has begun; [`Client::show_cast`] tells how it goes on.
    Begun,
}

/// A run that was asked for.
#[derive(Debug, Clone)]
pub struct Run {
    /// How it is.
    pub cast: Cast,
    /// Whether it ran for an earlier request with the same idempotency key, and not once more.
    pub is_replay: bool,
}

impl Client {
    /// Lists the keys of the tenant.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn keys(&self) -> Result<Keys, ClientError> {
        self.get("/api/v1/keys")
    }

    /// Makes a key.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn create_key(&self, new: &NewKey) -> Result<MadeKey, ClientError> {
        self.post("/api/v1/keys", new)
    }

    /// Revokes a key.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn revoke_key(&self, prefix: &str) -> Result<(), ClientError> {
        self.delete(&format!("/api/v1/keys/{}", segment(prefix)))
    }

    /// Lists versions of all modules, from `page` on.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn modules(&self, page: Option<&str>) -> Result<ModuleVersions, ClientError> {
        self.get(&paged("/api/v1/modules", page))
    }

    /// Shows a module, with its versions from `page` on.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn module(&self, name: &str, page: Option<&str>) -> Result<Module, ClientError> {
        self.get(&paged(&format!("/api/v1/modules/{}", segment(name)), page))
    }

    /// Shows a version, or the one that a tag names.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn module_version(&self, name: &str, which: &str) -> Result<ModuleVersion, ClientError> {
        self.get(&version(name, which))
    }

    /// Pushes a version.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn push(&self, name: &str, which: &str, wasm: &[u8]) -> Result<ModuleVersion, ClientError> {
        self.put_bytes(&version(name, which), wasm)
    }

    /// Gives the bytes of a version.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn download(&self, name: &str, which: &str) -> Result<Vec<u8>, ClientError> {
        self.get_bytes(&format!("{}/content", version(name, which)))
    }

    /// Deletes a version.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn delete_version(&self, name: &str, which: &str) -> Result<(), ClientError> {
        self.delete(&version(name, which))
    }

    /// Deletes versions of a module.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn prune(&self, name: &str, wanted: &Prune) -> Result<Pruned, ClientError> {
        self.post(
            &format!("/api/v1/modules/{}/pruning", segment(name)),
            wanted,
        )
    }

    /// Lists the keys whose signatures of modules count, and those that were revoked.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn signers(&self) -> Result<Signers, ClientError> {
        self.get("/api/v1/signers")
    }

    /// Lets the signatures of a key count.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn trust_signer(&self, key: &str, name: &str) -> Result<(), ClientError> {
        let name = name.to_owned();
        self.put(&signer(key), &TrustSigner { name })
    }

    /// Lets nothing count any more that a key signed.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn revoke_signer(&self, key: &str) -> Result<(), ClientError> {
        self.delete(&signer(key))
    }

    /// Adds a signature of the bytes of a version.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn sign(
        &self,
        name: &str,
        which: &str,
        signature: &AddSignature,
    ) -> Result<ModuleVersion, ClientError> {
        self.post(&format!("{}/signatures", version(name, which)), signature)
    }

    /// Lets a tag name a version.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn set_tag(&self, name: &str, tag: &str, which: &str) -> Result<(), ClientError> {
        let version = which.to_owned();
        self.put(&tagged(name, tag), &SetTag { version })
    }

    /// Takes a tag away.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn remove_tag(&self, name: &str, tag: &str) -> Result<(), ClientError> {
        self.delete(&tagged(name, tag))
    }

    /// Lists questions about runs, from `page` on.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn approvals(&self, page: Option<&str>) -> Result<Approvals, ClientError> {
        self.get(&paged("/api/v1/approvals", page))
    }

    /// Shows a question about a run.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn approval(&self, id: &str) -> Result<Approval, ClientError> {
        self.get(&format!("/api/v1/approvals/{}", segment(id)))
    }

    /// Answers a question about a run.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn answer_approval(&self, id: &str, given: &GiveAnswer) -> Result<Approval, ClientError> {
        self.post(&format!("/api/v1/approvals/{}", segment(id)), given)
    }

    /// Shows the policy of a module.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn policy(&self, module: &str) -> Result<ModulePolicy, ClientError> {
        self.get(&policy(module))
    }

    /// Lets a policy decide about the runs of a module from now on.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn set_policy(&self, module: &str, set: &SetPolicy) -> Result<ModulePolicy, ClientError> {
        self.put_json(&policy(module), set)
    }

    /// Takes the policy of a module away.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn remove_policy(&self, module: &str) -> Result<(), ClientError> {
        self.delete(&policy(module))
    }

    /// Runs a module; with a key once, however often this is asked with it.
    ///
    /// # Errors
    /// See [`ClientError`]. A run that fails is none.
    ///
    /// # Example
    /// ```no_run
    /// use tollgate_api::{Client, ClientError, NewCast, Until};
    ///
    /// # fn main() -> Result<(), ClientError> {
    /// let client = Client::new("http://127.0.0.1:8080", "the key that `tollgate serve` printed");
    /// let new = NewCast { module: "greet@1.0.0".into(), export: None, input: None, limits: None };
    /// // However often this is sent with that key, the module runs once.
    /// let run = client.cast(&new, Some("order 17"), Until::Ended)?;
    /// println!("{:?}, replayed: {}", run.cast.status, run.is_replay);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cast(&self, new: &NewCast, key: Option<&str>, until: Until) -> Result<Run, ClientError> {
        let mut headers = Vec::new();
        headers.extend(key.map(|key| ("idempotency-key", key)));
        match until {
            Until::Ended => {}
            Until::Begun => headers.push(("prefer", "respond-async")),
        }
        let (cast, answer) = self.post_with("/api/v1/casts", &headers, new)?;
        Ok(Run {
            cast,
            is_replay: answer.is_replay,
        })
    }

    /// Stops a run.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn cancel_cast(&self, id: &str) -> Result<Cast, ClientError> {
        self.post_empty(&format!("/api/v1/casts/{}/cancellation", segment(id)))
    }

    /// Shows a run.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn show_cast(&self, id: &str) -> Result<Cast, ClientError> {
        self.get(&format!("/api/v1/casts/{}", segment(id)))
    }

    /// Gets the receipt of a run: a signed line with its end.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn receipt(&self, id: &str) -> Result<Vec<u8>, ClientError> {
        self.get_bytes(&format!("/api/v1/casts/{}/receipt", segment(id)))
    }

    /// Asks which key signs the receipts of the server.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn receipt_signer(&self) -> Result<ReceiptSigner, ClientError> {
        self.get("/api/v1/receipts/signer")
    }

    /// Lists runs, from `page` on.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn casts(&self, page: Option<&str>) -> Result<Casts, ClientError> {
        self.get(&paged("/api/v1/casts", page))
    }

    /// Shows how much of the server the tenant may have, and has.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn quota(&self) -> Result<Quota, ClientError> {
        self.get("/api/v1/quota")
    }

    /// Shows what the tenant may spend, and what became of it.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn budget(&self) -> Result<Budget, ClientError> {
        self.get("/api/v1/budget")
    }

    /// Sets what the tenant may spend in all, and returns what it has then.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn set_budget(&self, set: &SetBudget) -> Result<Budget, ClientError> {
        self.put_json("/api/v1/budget", set)
    }

    /// Lists movements of money, from `page` on.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn transfers(&self, page: Option<&str>) -> Result<Transfers, ClientError> {
        self.get(&paged("/api/v1/budget/transfers", page))
    }

    /// Shows what the runs of a month were charged, such as `2026-11`; `None`: of this one so far.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn statement(
        &self,
        month: Option<&str>,
        by: StatementBy,
    ) -> Result<Statement, ClientError> {
        let mut path = format!("/api/v1/budget/statement?by={}", by.name());
        if let Some(month) = month {
            path = format!("{path}&month={}", segment(month));
        }
        self.get(&path)
    }

    /// Shows what runs of the tenant cost from now on.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn prices(&self) -> Result<PriceLists, ClientError> {
        self.get("/api/v1/prices")
    }

    /// Asks what a run would cost, and runs nothing.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn quote(&self, new: &NewCast) -> Result<Quote, ClientError> {
        self.post("/api/v1/casts/quote", new)
    }

    /// Lets the server compute the ledger of the tenant again.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn verify_ledger(&self) -> Result<LedgerVerification, ClientError> {
        self.get("/api/v1/budget/verification")
    }

    /// Lists records of the audit log, from `page` on.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn audit(&self, page: Option<&str>) -> Result<AuditRecords, ClientError> {
        self.get(&paged("/api/v1/audit", page))
    }

    /// Lets the server check its whole audit log.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn verify_audit(&self) -> Result<AuditVerification, ClientError> {
        self.get("/api/v1/audit/verification")
    }
}

fn policy(module: &str) -> String {
    format!("/api/v1/modules/{}/policy", segment(module))
}

fn signer(key: &str) -> String {
    format!("/api/v1/signers/{}", segment(key))
}

fn version(name: &str, which: &str) -> String {
    format!(
        "/api/v1/modules/{}/versions/{}",
        segment(name),
        segment(which)
    )
}

fn tagged(name: &str, tag: &str) -> String {
    format!("/api/v1/modules/{}/tags/{}", segment(name), segment(tag))
}

fn paged(path: &str, page: Option<&str>) -> String {
    match page {
        None => path.to_owned(),
        Some(page) => format!("{path}?page={}", segment(page)),
    }
}

/// A name as one part of a path, whatever is in it ([RFC 3986 section 2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3)).
fn segment(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            text.push(char::from(byte));
        } else {
            // A `String` takes whatever is written.
            write!(text, "%{byte:02X}").ok();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_part_of_a_path_whatever_is_in_it() {
        assert_eq!(segment("word-stat_1.0~x"), "word-stat_1.0~x");
        assert_eq!(segment("a/../b?c#d%\u{e9}"), "a%2F..%2Fb%3Fc%23d%25%C3%A9");
    }
}
