use super::*;
use crate::testing::generate::Random;
use crate::testing::oracle::globs as reference;

fn holds(text: &str, glob: &str) -> bool {
    let found = matches(text, glob);
    assert_eq!(
        found,
        reference::matches(text, glob),
        "{glob:?} and {text:?}"
    );
    found.unwrap_or_else(|| panic!("{glob:?} can be read"))
}

/// Globs that others publish for their own engines, as far as a wildcard means the same there: of Kyverno (`*`, `?`), Gatekeeper (`*` at
/// the ends), Casbin (`keyMatch`), Rego (`glob.match` without separators), Cedar (`like`, whose `\*` is a star).
#[test]
fn what_other_engines_say_of_a_glob_holds_here() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        // Kyverno.
        ("*", &["s3:GetObject", ""], &[]),
        ("", &[""], &["s3:GetObject"]),
        ("s3:*", &["s3:ListMultipartUploadParts"], &["ec2:Run"]),
        (
            "s3:ListBucket",
            &["s3:ListBucket"],
            &["s3:ListBucketMultipartUploads"],
        ),
        ("my-bucket/oo*", &["my-bucket/oo"], &["my-bucket/odo"]),
        (
            "my-bucket/In*",
            &["my-bucket/India/Karnataka/"],
            &["my-bucket/Karnataka/India/"],
        ),
        (
            "my-bucket/In*/Ka*/Ban",
            &[
                "my-bucket/India/Karnataka/Ban",
                "my-bucket/India/Karnataka/Ban/Ban/Ban/Ban/Ban",
                "my-bucket/India/State1/State2/Karnataka/Area1/Area2/Area3/Ban",
            ],
            &["my-bucket/India/Karnataka/Bangalore"],
        ),
        ("my-bucket?/abc*", &["my-bucket1/abc"], &["mybucket/abc"]),
        (
            "my-?-bucket/abc*",
            &["my-1-bucket/abc", "my-k-bucket/abc"],
            &["my--bucket/abc"],
        ),
        ("my??bucket/abc*", &["my4abucket/abc"], &["mybucket/abc"]),
        (
            "my-bucket/abc?efg",
            &["my-bucket/abcdefg", "my-bucket/abc/efg"],
            &[],
        ),
        (
            "my-bucket/abc????",
            &["my-bucket/abcdefg"],
            &["my-bucket/abc", "my-bucket/abcde"],
        ),
        (
            "my-bucket/mnop*?",
            &["my-bucket/mnopq", "my-bucket/mnopqrst/mnopqr"],
            &["my-bucket/mnop", "my-bucket/mn"],
        ),
        (
            "my-bucket/mnop*??",
            &["my-bucket/mnopqrst"],
            &["my-bucket/mnopq"],
        ),
        (
            "my-bucket/mnop*?and",
            &["my-bucket/mnopqand"],
            &["my-bucket/mnopand", "my-bucket/mnopqanda"],
        ),
        // Gatekeeper.
        ("kube-*", &["kube-system"], &["gatekeeper-system"]),
        ("*-system", &["kube-system"], &["kube-public"]),
        ("kube-", &[], &["kube-system"]),
        (
            "*-kube-*",
            &["test-kube-test", "test-dev-kube-dev-test"],
            &["my-kub-controller", "my-controller-manager"],
        ),
        // Casbin.
        ("/foo", &["/foo"], &["/foo/bar", "/foobar"]),
        ("/foo*", &["/foo", "/foo/bar", "/foobar"], &[]),
        ("/foo/*", &["/foo/bar"], &["/foo", "/foobar"]),
        // Rego, without separators.
        ("*hub.com", &["api.cdn.github.com"], &["github.org"]),
        (
            "api.**.com",
            &["api.github.com", "api.cdn.github.com"],
            &["api.com"],
        ),
        ("?at", &["cat"], &["at"]),
        // Cedar.
        ("foo*", &["foo bar"], &["a foo"]),
        ("*bar", &["foo bar"], &["bar foo"]),
        ("*o b*", &["foo bar"], &["foobar"]),
        ("f**r", &["foo bar"], &["foo bar "]),
        ("*f***", &["foo bar"], &["o"]),
        ("*bo*", &[], &["foo bar"]),
        ("f*br", &[], &["foo bar"]),
        (r"\*", &["*"], &["\0", "a", ""]),
        ("y*", &["y\u{306}"], &["e\u{330}x"]),
        ("*p*", &["e\u{330}xamp\u{337}le\u{327}"], &["y\u{306}"]),
    ];
    for (glob, matched, others) in cases {
        for text in *matched {
            assert!(holds(text, glob), "{glob} matches {text}");
        }
        for text in *others {
            assert!(!holds(text, glob), "{glob} does not match {text}");
        }
    }
}

#[test]
fn a_question_mark_is_one_character_however_many_bytes_it_has() {
    for character in ["a", "é", "Ω", "語", "🦀", "\u{10FFFF}"] {
        assert!(holds(character, "?"));
        assert!(holds(&format!("{character}{character}"), "??"));
        assert!(!holds(&format!("{character}{character}"), "?"));
        assert!(holds(&format!("<{character}>"), "<?>"));
        assert!(holds(&format!("x{character}"), "*?"));
        assert!(holds(character, &format!("\\{character}")));
    }
    // Two characters with the same last byte, and a character that is two.
    assert!(!holds("é", "©"));
    assert!(!holds("e\u{301}", "?"));
}

#[test]
fn what_stands_behind_a_backslash_stands_for_itself() {
    assert!(holds("a*b", r"a\*b") && !holds("axb", r"a\*b"));
    assert!(holds("a?", r"a\?") && !holds("ab", r"a\?"));
    assert!(holds(r"a\b", r"a\\b") && holds("ab", r"a\b"));
    assert!(holds("[a-z]", "[a-z]") && !holds("b", "[a-z]"));
}

#[test]
fn a_glob_that_ends_with_a_backslash_cannot_be_read() {
    for glob in [r"\", r"a\", r"*\", r"a\\\"] {
        assert_eq!(matches("", glob), None, "{glob}");
        assert_eq!(reference::matches("", glob), None, "{glob}");
    }
    assert!(holds(r"a\", r"a\\"));
    // Nor is the one before it taken in its place.
    let mut matcher = Matcher::default();
    assert_eq!(matcher.learn(1, "*"), Ok(()));
    assert_eq!(matcher.learn(2, "*\\"), Err(Unfinished));
    assert!(!matcher.knows(1) && !matcher.knows(2));
    assert_eq!(matcher.matches(b""), None);
}

#[test]
fn places_beyond_the_first_word_are_places_like_others() {
    for length in [1, 31, 62, 63, 64, 65, 127, 128, 129, 200] {
        let text = "ab".repeat(length);
        assert!(holds(&text, &text), "{length}");
        assert!(!holds(&text, &format!("{text}?")), "{length}");
        assert!(holds(&text, &"?".repeat(text.len())), "{length}");
        assert!(
            holds(&text, &format!("*{}*", &text[..text.len() - 1])),
            "{length}"
        );
        assert!(!holds(&text[1..], &text), "{length}");
    }
}

#[test]
fn stars_do_not_multiply_the_time() {
    let text = "a".repeat(65_535) + "b";
    let glob = "*a".repeat(PATTERN_SOURCE_BYTES_MAX / 2);
    assert_eq!(matches(&text, &glob), Some(false));
    let glob = "*a".repeat(PATTERN_SOURCE_BYTES_MAX / 2 - 1) + "*b";
    assert_eq!(matches(&text, &glob), Some(true));
    assert_eq!(
        matches(&text, &"*".repeat(PATTERN_SOURCE_BYTES_MAX)),
        Some(true)
    );
    assert_eq!(
        matches(&text, &"*".repeat(PATTERN_SOURCE_BYTES_MAX + 1)),
        None
    );
}

#[test]
fn random_globs_match_what_the_reference_says() {
    let mut random = Random::new(11);
    let mut matched = 0;
    for _ in 0..200_000 {
        let glob = random_text(
            &mut random,
            &[
                "*", "*", "?", "a", "b", "é", "語", "\\*", "\\é", "\\\\", "aab", "\\",
            ],
        );
        let text = random_text(&mut random, &["a", "b", "é", "語", "*", "\\", "?", "aab"]);
        let found = matches(&text, &glob);
        assert_eq!(
            found,
            reference::matches(&text, &glob),
            "{glob:?} and {text:?}"
        );
        matched += usize::from(found == Some(true));
    }
    assert!((10_000..190_000).contains(&matched), "{matched} match");
}

fn random_text(random: &mut Random, parts: &[&str]) -> String {
    let longest = if random.once_in(50) { 150 } else { 8 };
    (0..random.below(longest))
        .map(|_| *random.pick(parts))
        .collect()
}
