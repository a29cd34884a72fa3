//! Did patterns: `did:example:credential:*` against `did:example:credential:driver`.
//!
//! Segments are separated by `:`. In a pattern `*` is exactly one segment with anything in it, and a last segment `**` is
//! one or more segments. Every other segment stands for itself. One pass over both, no backtracking.

/// Whether the did matches the pattern.
#[must_use]
pub fn matches(did: &[u8], pattern: &[u8]) -> bool {
    let mut did = did.split(|b| *b == b':');
    let mut pattern = pattern.split(|b| *b == b':').peekable();
    while let Some(want) = pattern.next() {
        let Some(have) = did.next() else {
            return false;
        };
        if want == b"**" && pattern.peek().is_none() {
            return true;
        }
        if want != b"*" && want != have {
            return false;
        }
    }
    did.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(did: &str, pattern: &str, expect: bool) {
        assert_eq!(
            matches(did.as_bytes(), pattern.as_bytes()),
            expect,
            "{did} against {pattern}"
        );
    }

    #[test]
    fn a_star_is_exactly_one_segment() {
        check(
            "did:e:credential:eichrecht:v1",
            "did:e:credential:eichrecht:*",
            true,
        );
        check(
            "did:e:credential:eichrecht",
            "did:e:credential:eichrecht:*",
            false,
        );
        check(
            "did:e:credential:eichrecht:v1:x",
            "did:e:credential:eichrecht:*",
            false,
        );
        check(
            "did:e:credential:eichrecht:v1",
            "did:*:credential:*:v1",
            true,
        );
    }

    #[test]
    fn two_stars_at_the_end_match_deeper_segments() {
        check("did:e:a:b:c", "did:e:**", true);
        check("did:e:a", "did:e:**", true);
        check("did:e", "did:e:**", false);
        check("did:e:a:b", "did:**:b", false);
    }

    #[test]
    fn a_segment_stands_for_itself() {
        check("did:e:a", "did:e:a", true);
        check("did:e:ab", "did:e:a", false);
        check("did:e:a*", "did:e:a*", true);
        check("did:e:ab", "did:e:a*", false);
        check("", "", true);
        check("", "*", true);
    }
}
