//! Policies of modules, compiled once for each text.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};
use tollgate::gate::{CallPolicyError, RunPolicy};

use crate::limits::POLICIES_COMPILED_MAX;

/// How a policy is called in what is said of it.
const FILE: &str = "policy.ecl";

/// Those that were compiled, by SHA-256 of their texts.
#[derive(Default)]
pub(crate) struct Policies(Mutex<HashMap<[u8; 32], RunPolicy>>);

impl Policies {
    /// The policy of this text. Blocking: compiling takes a while.
    pub(crate) fn compiled(&self, text: &str) -> Result<RunPolicy, Box<CallPolicyError>> {
        let key: [u8; 32] = Sha256::digest(text).into();
        if let Some(policy) = self.lock().get(&key) {
            return Ok(policy.clone());
        }
        let policy = RunPolicy::compile(FILE, text)?;
        let mut all = self.lock();
        if all.len() >= POLICIES_COMPILED_MAX {
            // Those that are in use come back with the next run.
            all.clear();
        }
        all.insert(key, policy.clone());
        Ok(policy)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], RunPolicy>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: usize) -> String {
        format!(
            "import \"run.ecl\"\npolicy \"p{number}\" {{ input {{ run: Run }} otherwise reject \"no\" }}"
        )
    }

    #[test]
    fn there_is_a_bound_for_those_that_are_kept() {
        let policies = Policies::default();
        for number in 0..=POLICIES_COMPILED_MAX {
            let policy = policies.compiled(&text(number)).unwrap();
            assert_eq!(policy.name(), format!("p{number}"));
        }
        assert_eq!(policies.lock().len(), 1);
        assert_eq!(policies.compiled(&text(0)).unwrap().name(), "p0");
        assert!(policies.compiled("policy").is_err());
    }
}
