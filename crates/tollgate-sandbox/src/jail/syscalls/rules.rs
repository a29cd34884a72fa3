//! Calls with what their arguments must be, and the programs for the system that come of them.
//!
//! The library takes an empty list of conditions for "any arguments", so that a list which became empty would open what it
//! was to close. Here "any" is a case of its own, and an empty list is an error.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};

/// A list cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListError {
    /// The library refuses it.
    #[error(transparent)]
    Library(#[from] BackendError),
    /// No arguments are left with which the call matches.
    #[error("no condition is left for the system call {call}")]
    Empty {
        /// The number of the call.
        call: c_long,
    },
}

/// The arguments with which a call matches.
#[derive(Debug, Clone)]
enum Arguments {
    Any,
    /// Those that fit one of these; never none.
    OneOf(Vec<SeccompRule>),
}

/// Calls, each with the arguments it matches with.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules(BTreeMap<c_long, Arguments>);

impl Rules {
    /// Adds calls that match whatever their arguments are.
    pub(super) fn plain(mut self, calls: &[c_long]) -> Self {
        self.0
            .extend(calls.iter().map(|call| (*call, Arguments::Any)));
        self
    }

    /// Adds a call that matches when one of the rules does, in place of what was said about it before.
    pub(super) fn when(
        mut self,
        call: c_long,
        rules: impl IntoIterator<Item = SeccompRule>,
    ) -> Result<Self, ListError> {
        let rules: Vec<_> = rules.into_iter().collect();
        if rules.is_empty() {
            return Err(ListError::Empty { call });
        }
        self.0.insert(call, Arguments::OneOf(rules));
        Ok(self)
    }

    /// Adds what `other` says, in place of what was said about the same calls before.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The program that answers with `matched` to these calls and with `otherwise` to all others.
    pub(super) fn program(
        self,
        otherwise: SeccompAction,
        matched: SeccompAction,
    ) -> Result<BpfProgram, ListError> {
        let here = TargetArch::try_from(std::env::consts::ARCH)?;
        let rules = self.0.into_iter().map(|(call, arguments)| match arguments {
            Arguments::Any => (call, Vec::new()),
            Arguments::OneOf(rules) => (call, rules),
        });
        let filter = SeccompFilter::new(rules.collect(), otherwise, matched, here)?;
        Ok(filter.try_into()?)
    }

    /// Whether the call matches whatever its arguments are.
    #[cfg(test)]
    pub(super) fn is_plain(&self, call: c_long) -> bool {
        matches!(self.0.get(&call), Some(Arguments::Any))
    }

    /// Whether the call matches with some arguments.
    #[cfg(test)]
    pub(super) fn is_conditional(&self, call: c_long) -> bool {
        matches!(self.0.get(&call), Some(Arguments::OneOf(_)))
    }
}

/// A rule for which all conditions must hold.
pub(super) fn rule(
    conditions: impl IntoIterator<Item = Result<SeccompCondition, BackendError>>,
) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions.into_iter().collect::<Result<_, _>>()?)
}

/// A rule for each value that argument `index` may have.
pub(super) fn one_of(index: u8, values: &[u32]) -> Result<Vec<SeccompRule>, BackendError> {
    values
        .iter()
        .map(|value| rule([is(index, *value)]))
        .collect()
}

/// The rule that argument `index` has none of these values.
pub(super) fn none_of(index: u8, values: &[u32]) -> Result<SeccompRule, BackendError> {
    rule(values.iter().map(|value| is_not(index, *value)))
}

pub(super) fn is(index: u8, value: u32) -> Result<SeccompCondition, BackendError> {
    compare(index, SeccompCmpOp::Eq, value)
}

pub(super) fn is_not(index: u8, value: u32) -> Result<SeccompCondition, BackendError> {
    compare(index, SeccompCmpOp::Ne, value)
}

/// Argument `index` is an empty pointer.
pub(super) fn is_null(index: u8) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)
}

pub(super) fn masked(index: u8, mask: u32, value: u32) -> Result<SeccompCondition, BackendError> {
    compare(index, SeccompCmpOp::MaskedEq(mask.into()), value)
}

pub(super) fn without(index: u8, flag: u32) -> Result<SeccompCondition, BackendError> {
    masked(index, flag, 0)
}

fn compare(index: u8, how: SeccompCmpOp, value: u32) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, how, value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_without_a_condition_left_is_an_error_and_not_allowed_with_any_arguments() {
        let none = one_of(0, &[]).unwrap();
        let made = Rules::default().when(libc::SYS_prctl, none);
        assert!(matches!(made, Err(ListError::Empty { call }) if call == libc::SYS_prctl));
    }

    #[test]
    fn a_rule_without_conditions_is_an_error() {
        assert!(none_of(0, &[]).is_err());
    }
}
