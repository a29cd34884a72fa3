//! Realms: their policies and quotas.

use std::str::FromStr;
use std::time::Duration;

use tollgate_ecl::{GasLimits, Program};

use super::GatewayError;
use crate::limits::QUOTA_UNIT;
use crate::policy::source::{NamedSource, SourceError, only_policy};

/// The source that every realm's policy imports as `crossing.ecl`.
const CROSSING: &str = include_str!("../../../../examples/ecl/realms/crossing.ecl");

macro_rules! standard_policies {
    ($($variant:ident $name:literal $file:literal $doc:literal;)*) => {
        /// The standard policies.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum StandardPolicy {
            $(#[doc = $doc] $variant,)*
        }

        impl StandardPolicy {
            /// Every standard policy.
            pub const ALL: [Self; 6] = [$(Self::$variant),*];

            /// Its name on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it does, in one line.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }

            /// Its source.
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../../../../examples/ecl/realms/", $file)),)*
                }
            }
        }
    };
}

standard_policies! {
    DefaultEntry "default-entry" "default_entry.ecl"
        "Known and not distrusted comes in, the uncertain are asked about, strangers stay outside.";
    Public "public" "public.ecl"
        "Everybody comes in to read; changing something needs a did that resolves.";
    VerifiedUsers "verified-users" "verified_users.ecl"
        "Only who holds an identity credential comes in.";
    HighTrust "high-trust" "high_trust.ecl"
        "Only high trust comes in, as this realm sees it, and no dimension may be weak.";
    Finance "finance" "finance_realm.ecl"
        "Verified, trusted in the finance context, and large amounts only with a person's word.";
    InviteOnly "invite-only" "invite_only.ecl"
        "Only who is on the realm's list comes in.";
}

impl FromStr for StandardPolicy {
    type Err = GatewayError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|policy| policy.name() == name);
        found.ok_or_else(|| GatewayError::UnknownPolicy {
            name: name.into(),
            known: Self::ALL
                .map(|policy| format!("`{}`", policy.name()))
                .join(", "),
        })
    }
}

/// What decides at a realm's gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RealmPolicy {
    /// One of the standard policies.
    Standard(StandardPolicy),
    /// A source with one policy, whose input is `{ crossing: Crossing }`. It may import `crossing.ecl`.
    Source {
        /// Its name in messages.
        name: String,
        /// Its text.
        text: String,
    },
}

/// So many crossings are accepted in a period.
///
/// The quota is a bucket that refills evenly: after a period without crossings it is full, and it never holds more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RealmQuota {
    /// How many.
    pub crossings: u32,
    /// In how much time.
    pub period: Duration,
}

impl RealmQuota {
    /// Capacity and refill a second of its bucket, in billionths of a crossing; `None` when it would hardly ever refill.
    pub(super) fn bucket(self) -> Option<(u64, u64)> {
        let capacity = u64::from(self.crossings).saturating_mul(QUOTA_UNIT);
        let nanos = self.period.as_nanos().max(1);
        let per_second = u128::from(capacity) * 1_000_000_000 / nanos;
        // Faster than all of it in a second is the same as that.
        let per_second = u64::try_from(per_second).unwrap_or(capacity).min(capacity);
        (per_second > 0 || capacity == 0).then_some((capacity, per_second))
    }
}

/// A realm with its gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Realm {
    /// Its name, as crossings and facts have it.
    pub name: Box<str>,
    /// What decides.
    pub policy: RealmPolicy,
    /// How many crossings are accepted; `None`: any number.
    pub quota: Option<RealmQuota>,
    /// Gas of one decision; `None`: the policy's own limits.
    pub limits: Option<GasLimits>,
}

impl Realm {
    /// A realm with a standard policy and no quota.
    #[must_use]
    pub fn standard(name: &str, policy: StandardPolicy) -> Self {
        Self {
            name: name.into(),
            policy: RealmPolicy::Standard(policy),
            quota: None,
            limits: None,
        }
    }

    /// A realm with a policy of its own and no quota.
    #[must_use]
    pub fn with_source(name: &str, file: &str, text: &str) -> Self {
        Self {
            name: name.into(),
            policy: RealmPolicy::Source {
                name: file.to_owned(),
                text: text.to_owned(),
            },
            quota: None,
            limits: None,
        }
    }

    /// The same realm with a quota.
    #[must_use]
    pub fn quota(mut self, crossings: u32, period: Duration) -> Self {
        self.quota = Some(RealmQuota { crossings, period });
        self
    }

    /// Compiles its policy.
    pub(super) fn compile(&self) -> Result<Program, GatewayError> {
        let (name, text) = match &self.policy {
            RealmPolicy::Standard(policy) => (policy.name(), policy.source()),
            RealmPolicy::Source { name, text } => (&**name, &**text),
        };
        let source = NamedSource { name, text };
        let ours = NamedSource {
            name: "crossing.ecl",
            text: CROSSING,
        };
        let compiled = only_policy(source, ours).map_err(|error| match error {
            SourceError::Compile(diagnostics) => GatewayError::Compile {
                realm: self.name.clone(),
                diagnostics,
            },
            SourceError::Count(count) => GatewayError::NotOnePolicy {
                realm: self.name.clone(),
                count,
            },
        })?;
        Ok(compiled.program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_policies_compile_and_are_found_by_name() {
        for policy in StandardPolicy::ALL {
            let program = Realm::standard("a", policy).compile().unwrap();
            assert!(program.name.starts_with("realm-"), "{}", program.name);
            assert_eq!(policy.name().parse::<StandardPolicy>().unwrap(), policy);
        }
        let unknown = "open".parse::<StandardPolicy>().unwrap_err();
        assert!(unknown.to_string().contains("`invite-only`"), "{unknown}");
    }

    #[test]
    fn a_quota_refills_over_its_period() {
        let quota = |crossings, seconds| RealmQuota {
            crossings,
            period: Duration::from_secs(seconds),
        };
        assert_eq!(
            quota(60, 60).bucket(),
            Some((60_000_000_000, 1_000_000_000))
        );
        assert_eq!(quota(1, 720 * 3_600).bucket(), Some((1_000_000_000, 385)));
        assert_eq!(quota(5, 0).bucket(), Some((5_000_000_000, 5_000_000_000)));
        assert_eq!(quota(0, 60).bucket(), Some((0, 0)));
        assert_eq!(quota(1, 2_000_000_000).bucket(), None);
    }

    #[test]
    fn a_source_with_errors_or_without_a_policy_is_refused() {
        let broken = Realm::with_source("a", "a.ecl", "policy \"a\" { input { x: nothing } }");
        let error = broken.compile().unwrap_err();
        assert!(error.to_string().contains("nothing"), "{error}");
        let empty = Realm::with_source("a", "a.ecl", "enum A { B }").compile();
        assert!(matches!(
            empty,
            Err(GatewayError::NotOnePolicy { count: 0, .. })
        ));
    }
}
