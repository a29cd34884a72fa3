//! The syntax of dids and did patterns, as [DID Core] section 3.1 gives it.
//!
//! [DID Core]: https://www.w3.org/TR/did-core/#did-syntax

/// Whether a text is `did:method:id`, with at least one segment that is not empty behind the method.
#[must_use]
pub(crate) fn is_did(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let (Some("did"), Some(method), Some(id)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    is_method(method) && !id.ends_with(':') && is_id(id.as_bytes())
}

fn is_method(method: &str) -> bool {
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    !method.is_empty() && method.bytes().all(lower)
}

/// Characters of an identifier: letters, digits, `.`, `-`, `_`, `:` and percent-encoded bytes.
fn is_id(mut id: &[u8]) -> bool {
    if id.is_empty() {
        return false;
    }
    loop {
        id = match id {
            [] => return true,
            [b'%', a, b, rest @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => rest,
            [b'.' | b'-' | b'_' | b':', rest @ ..] => rest,
            [b, rest @ ..] if b.is_ascii_alphanumeric() => rest,
            _ => return false,
        };
    }
}

/// Whether a text is a did pattern: a did in which any segment behind `did` may be `*`, and the last one `**`.
#[must_use]
pub(crate) fn is_pattern(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("did:") else {
        return false;
    };
    let mut segments = rest.split(':').peekable();
    let mut first = true;
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        let valid = match segment {
            "*" => true,
            "**" => last,
            "" => !first && !last,
            _ if first => is_method(segment),
            _ => is_id(segment.as_bytes()),
        };
        if !valid {
            return false;
        }
        first = false;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dids_have_a_method_and_an_id() {
        for did in [
            "did:example:alice",
            "did:web:a.b:c%20d:e_f-1",
            "did:key:z6Mk",
        ] {
            assert!(is_did(did), "{did}");
        }
        for text in [
            "",
            "did",
            "did:",
            "did:example",
            "did:example:",
            "did:Example:a",
            "did::a",
            "alice",
            "did:a:b c",
            "did:a:b%2",
            "did:a:b\n",
            "did:a:b:",
            "DID:a:b",
            "did:a:*",
        ] {
            assert!(!is_did(text), "{text}");
        }
    }

    #[test]
    fn patterns_have_stars_for_whole_segments() {
        for text in [
            "did:e:credential:*",
            "did:e:**",
            "did:*:a",
            "did:e:a",
            "did:**",
        ] {
            assert!(is_pattern(text), "{text}");
        }
        for text in [
            "did:e:a*",
            "did:**:a",
            "*",
            "",
            "did:",
            "did:e:",
            "did:e:a b",
            "x:e:*",
        ] {
            assert!(!is_pattern(text), "{text}");
        }
    }
}
