//! Whether what was printed is what the page shows.
//!
//! What nobody can foretell is left out on both sides: ids, digests and keys (12 and more hexadecimal digits that are no fraction), moments, and the wall
//! time in JSON. Everything else is equal, or the page shows `…`, which stands for any part of one line; a line with `…` alone stands
//! for any number of lines.

/// What stands before a time that was measured.
const WALL: &str = "\"wall_us\":";

/// Whether a text is what is shown.
pub(super) fn is_shown(shown: &str, printed: &str) -> bool {
    let lines = |text: &str| -> Vec<String> { plain(text).lines().map(str::to_owned).collect() };
    lines_fit(&lines(shown), &lines(printed))
}

fn lines_fit(shown: &[String], printed: &[String]) -> bool {
    match shown {
        [] => printed.is_empty(),
        [any, rest @ ..] if any == "…" => {
            (0..=printed.len()).any(|skipped| lines_fit(rest, &printed[skipped..]))
        }
        [line, rest @ ..] => printed
            .split_first()
            .is_some_and(|(first, others)| fits(line, first) && lines_fit(rest, others)),
    }
}

/// Whether a line is what is shown, where `…` stands for anything.
fn fits(shown: &str, printed: &str) -> bool {
    let Some((before, after)) = shown.split_once('…') else {
        return shown == printed;
    };
    let Some(rest) = printed.strip_prefix(before) else {
        return false;
    };
    let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    ends.into_iter().any(|at| fits(after, &rest[at..]))
}

/// The text without what differs from run to run.
pub(super) fn plain(text: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = rest.find(|c| !is_digit(c)).unwrap_or(rest.len());
        let time = rest
            .find('Z')
            .map(|end| &rest[..=end])
            .filter(|time| is_time(time));
        if let Some(after) = rest.strip_prefix(WALL) {
            plain.push_str("[wall time]");
            rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        } else if let Some(time) = time {
            plain.push_str("[time]");
            rest = &rest[time.len()..];
        } else if digits >= 12 && !plain.ends_with('.') {
            plain.push_str("[id]");
            rest = &rest[digits..];
        } else {
            let taken = digits.max(first.len_utf8());
            plain.push_str(&rest[..taken]);
            rest = &rest[taken..];
        }
    }
    plain
}

/// Whether it is like `2026-11-29T10:53:17.5Z`.
fn is_time(text: &str) -> bool {
    let form = "dddd-dd-ddTdd:dd:dd";
    let fits = |(c, f): (char, char)| if f == 'd' { c.is_ascii_digit() } else { c == f };
    (form.len() + 1..=form.len() + 11).contains(&text.len())
        && text.is_ascii()
        && text.chars().zip(form.chars()).all(fits)
        && text[form.len()..text.len() - 1]
            .chars()
            .all(|c| c.is_ascii_digit() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_left_out() {
        let text = "tgk_0f3a92c41b7d_ab at 2026-11-29T10:53:17.512Z: face, 2026-1";
        assert_eq!(plain(text), "tgk_[id]_ab at [time]: face, 2026-1");
        assert_eq!(plain("0.8100000000000001"), "0.8100000000000001");
    }

    #[test]
    fn every_other_difference_counts() {
        assert!(is_shown("gas 28\n", "gas 28\n"));
        assert!(!is_shown("gas 28\n", "gas 29\n"));
        assert!(!is_shown("gas 28\n", "gas 28\ngas 28\n"));
        assert!(!is_shown("gas 28\nmore\n", "gas 28\n"));
    }

    #[test]
    fn an_ellipsis_is_a_part_of_a_line() {
        assert!(is_shown("did:key:z6Mk…\n", "did:key:z6Mkfoo\n"));
        assert!(is_shown("wall … ms, gas 3", "wall 0.42 ms, gas 3"));
        assert!(!is_shown("wall … ms, gas 3", "wall 0.42 ms, gas 4"));
        assert!(!is_shown("a … b", "a\nb"));
        // A program may print one.
        assert!(is_shown("needs …", "needs …"));
    }

    #[test]
    fn a_line_with_an_ellipsis_alone_is_any_number_of_lines() {
        assert!(is_shown("first\n…\nlast\n", "first\nlast\n"));
        assert!(is_shown("first\n…\nlast\n", "first\na\nb\nlast\n"));
        assert!(!is_shown("first\n…\nlast\n", "first\na\n"));
    }
}
