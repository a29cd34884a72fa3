//! Policies of modules: what decides about the calls of their runs. Whether a text is a policy is known where it is compiled.

use crate::error::{StateError, invalid};
use crate::limits::POLICY_BYTES_MAX;
use crate::names::check_name;

/// A policy to keep.
#[derive(Debug, Clone, Copy)]
pub struct NewPolicy<'a> {
    /// The module's name; it need not have a version yet.
    pub module: &'a str,
    /// The source, at most [`POLICY_BYTES_MAX`].
    pub text: &'a str,
    /// What the policy calls itself.
    pub name: &'a str,
    /// The hash of the compiled policy, in hexadecimal digits.
    pub hash: &'a str,
}

impl NewPolicy<'_> {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        check_name("module", self.module)?;
        if self.text.len() > POLICY_BYTES_MAX {
            return Err(invalid(
                "policy",
                format!("{} bytes", self.text.len()),
                format!("it has at most {POLICY_BYTES_MAX} bytes"),
            ));
        }
        Ok(())
    }
}

/// A policy that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyEntry {
    /// The source.
    pub text: String,
    /// What the policy calls itself.
    pub name: String,
    /// The hash of the compiled policy, in hexadecimal digits.
    pub hash: String,
    /// The prefix of the key that set it.
    pub set_by: String,
    /// When, nanoseconds since 1970.
    pub set_at: i64,
}
