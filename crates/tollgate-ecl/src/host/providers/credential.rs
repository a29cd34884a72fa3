//! Credentials a provider holds, and when one counts.

use crate::data::did;

/// A verifiable credential of a subject, as far as policies look at it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credential {
    /// Did of the schema: what patterns are matched against.
    pub schema: Box<str>,
    /// Who issued it.
    pub issuer: Option<Box<str>>,
    /// First instant it is valid, in nanoseconds since 1970.
    pub valid_from: Option<i64>,
    /// First instant it is no longer valid.
    pub valid_until: Option<i64>,
    /// Withdrawn by its issuer.
    pub revoked: bool,
}

impl Credential {
    /// A credential of a schema that is valid for ever.
    #[must_use]
    pub fn of(schema: &str) -> Self {
        Self {
            schema: schema.into(),
            ..Self::default()
        }
    }

    /// Whether it matches the pattern, is of a trusted issuer, valid at the snapshot's time, and not revoked. Without a
    /// snapshot time a credential with an end does not count: whether it has passed is not known.
    pub(super) fn counts(
        &self,
        pattern: &str,
        issuers: Option<&[Box<str>]>,
        now: Option<i64>,
    ) -> bool {
        let trusted = match (issuers, &self.issuer) {
            (None, _) => true,
            (Some(issuers), Some(issuer)) => issuers.contains(issuer),
            (Some(_), None) => false,
        };
        let valid = match now {
            Some(now) => {
                self.valid_from.is_none_or(|from| from <= now)
                    && self.valid_until.is_none_or(|until| now < until)
            }
            None => self.valid_from.is_none() && self.valid_until.is_none(),
        };
        let matches = did::matches(self.schema.as_bytes(), pattern.as_bytes());
        matches && trusted && valid && !self.revoked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATTERN: &str = "did:e:credential:*";

    fn credential() -> Credential {
        Credential {
            issuer: Some("did:e:issuer".into()),
            valid_from: Some(100),
            valid_until: Some(200),
            ..Credential::of("did:e:credential:driver")
        }
    }

    #[test]
    fn it_counts_within_its_validity_only() {
        assert!(credential().counts(PATTERN, None, Some(100)));
        assert!(credential().counts(PATTERN, None, Some(199)));
        assert!(!credential().counts(PATTERN, None, Some(99)));
        assert!(!credential().counts(PATTERN, None, Some(200)));
        assert!(!credential().counts(PATTERN, None, None));
    }

    #[test]
    fn revoked_and_foreign_ones_do_not_count() {
        let revoked = Credential {
            revoked: true,
            ..credential()
        };
        assert!(!revoked.counts(PATTERN, None, Some(150)));
        let issuers = ["did:e:other".into()];
        assert!(!credential().counts(PATTERN, Some(&issuers), Some(150)));
        let issuers = ["did:e:issuer".into()];
        assert!(credential().counts(PATTERN, Some(&issuers), Some(150)));
        assert!(!Credential::of("did:e:credential:x").counts(PATTERN, Some(&issuers), None));
        assert!(!credential().counts("did:e:licence:*", None, Some(150)));
    }
}
