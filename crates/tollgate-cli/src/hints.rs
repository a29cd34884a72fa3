//! What a denial needs, as what to type so that it works.
//!
//! The sandbox names paths as the guest does. On the command line that is not always what to type: guests cannot tell
//! `docs` from `/docs`, a folder under another name is named by both, and a path that is not there yet can be granted for
//! writing if its folder is there. What comes out is quoted for a shell where that is needed.

use std::path::Path;

use tollgate::{Capability, Grant, Need, NetGrant, PathGrant, Violation};

use crate::escapes::controls;

/// Returns what to type against a denial of a run with `grant` in the current folder; nothing if nothing helps.
pub(crate) fn needs(violation: &Violation, grant: &Grant) -> Option<String> {
    let Need { capability, what } = violation.need.as_ref()?;
    let flag = match capability {
        Capability::FileRead => {
            let path = typed(what, Use::Read, grant, |path| path.exists());
            format!("--allow-read={path}")
        }
        Capability::FileWrite => {
            let path = typed(what, Use::Write, grant, |path| path.exists());
            format!("--allow-write={path}")
        }
        // What a guest looks up may be anything, several grants or all of them included; only one address is proposed.
        Capability::Network => {
            let address = what.parse::<NetGrant>().ok()?;
            (address.host != "*").then(|| format!("--allow-net={address}"))?
        }
        // No flag grants anything else that a run is denied.
        _ => return None,
    };
    Some(for_a_shell(&flag))
}

/// Returns a denial in words, with what to type against it.
pub(crate) fn told(violation: &Violation, grant: &Grant) -> String {
    let bare = Violation {
        need: None,
        ..violation.clone()
    };
    match needs(violation, grant) {
        Some(needs) => format!("{bare} needs `{needs}`"),
        None => bare.to_string(),
    }
}

/// What the guest wanted with a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
}

/// What to type for the guest's `path`.
fn typed(path: &str, use_of: Use, grant: &Grant, exists: impl Fn(&Path) -> bool) -> String {
    let mapped = grant.read.iter().chain(&grant.write).filter(|granted| {
        granted.host.as_os_str() != granted.guest.as_str() && below(path, &granted.guest)
    });
    if let Some(granted) = mapped.max_by_key(|granted| granted.guest.len()) {
        let PathGrant { host, guest, .. } = granted;
        return format!("{}::{}", escaped(&host.to_string_lossy()), escaped(guest));
    }
    let relative = match path.trim_start_matches('/') {
        "" => ".",
        relative => relative,
    };
    escaped(&there(path, relative, use_of, exists))
}

/// Returns the path as it is on the host: seen from the current folder if that can be, since most programs are given names
/// from there.
fn there(path: &str, relative: &str, use_of: Use, exists: impl Fn(&Path) -> bool) -> String {
    for name in [relative, path] {
        if exists(Path::new(name)) {
            return name.to_owned();
        }
    }
    let known = |name: &str| {
        let mut folders = Path::new(name).ancestors().skip(1);
        folders.any(|folder| {
            let bare = folder.as_os_str().is_empty() || folder == Path::new("/");
            !bare && exists(folder)
        })
    };
    let absolute = path.starts_with('/') && !known(relative) && known(path);
    let name = if absolute { path } else { relative };
    if use_of == Use::Read {
        return name.to_owned();
    }
    // The outermost part that is to be made: with it, what is below comes too.
    let made = Path::new(name)
        .ancestors()
        .take_while(|part| !part.as_os_str().is_empty() && !exists(part))
        .last();
    made.map_or_else(
        || name.to_owned(),
        |made| made.to_string_lossy().into_owned(),
    )
}

fn below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_matches('/').trim_start_matches("./");
    if matches!(folder, "" | ".") {
        return true;
    }
    let rest = path.trim_start_matches('/').strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Puts a backslash where a name has a comma or two colons, which mean something in a flag, or a backslash before them.
fn escaped(name: &str) -> String {
    let name = name.replace('\\', "\\\\");
    name.replace(',', "\\,").replace("::", "\\:\\:")
}

/// Quotes a word for a shell if it needs that. What would not be shown as it is, a control character or a mark of direction, is
/// written by its bytes, so that what is typed is the name and not what the name looks like.
pub(crate) fn for_a_shell(word: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "-_=./:@%+".contains(char);
    if word.chars().any(controls) {
        format!("$'{}'", word.chars().map(in_bytes).collect::<String>())
    } else if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A character between the quotes of `$'…'`.
fn in_bytes(char: char) -> String {
    match char {
        '\'' | '\\' => format!("\\{char}"),
        _ if controls(char) => {
            let mut bytes = [0; 4];
            let bytes = char.encode_utf8(&mut bytes).bytes();
            bytes.map(|byte| format!("\\{byte:03o}")).collect()
        }
        _ => char.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(path: &str, use_of: Use, there: &[&str]) -> String {
        let nothing = Grant::none();
        typed(path, use_of, &nothing, |path| {
            there.iter().any(|known| Path::new(known) == path)
        })
    }

    #[test]
    fn a_path_is_named_as_it_exists() {
        for (path, there, typed) in [
            ("/docs", &["/docs", "docs"][..], "docs"),
            ("/docs", &["docs"], "docs"),
            ("/docs", &["/docs"], "/docs"),
            ("docs/a", &["docs", "docs/a"], "docs/a"),
            ("/nowhere", &[], "nowhere"),
            ("/docs/new", &["docs"], "docs/new"),
            ("/srv/new", &["/srv"], "/srv/new"),
        ] {
            assert_eq!(what(path, Use::Read, there), typed, "{path} {there:?}");
        }
    }

    #[test]
    fn the_current_folder_is_never_the_root() {
        for use_of in [Use::Read, Use::Write] {
            assert_eq!(what("/", use_of, &[".", "/"]), ".");
        }
    }

    #[test]
    fn what_is_to_be_made_is_named_by_its_outermost_part() {
        for (path, there, typed) in [
            ("/new", &["/", "."][..], "new"),
            ("docs/new", &["docs"], "docs/new"),
            ("/docs/new/deep", &["docs"], "docs/new"),
            ("/srv/data/new", &["/srv", "/srv/data"], "/srv/data/new"),
            ("/a/b/c", &[], "a"),
        ] {
            assert_eq!(what(path, Use::Write, there), typed, "{path} {there:?}");
        }
    }

    #[test]
    fn a_folder_under_another_name_is_named_by_both() {
        let mut grant = Grant::none();
        grant.read.push(PathGrant::mapped("./data", "/inside"));
        grant.read.push(PathGrant::mapped("more", "/inside/more"));
        let what = |path, grant: &Grant| typed(path, Use::Write, grant, |_| false);
        assert_eq!(what("/inside/new", &grant), "./data::/inside");
        assert_eq!(what("/inside/more/a", &grant), "more::/inside/more");
        assert_eq!(what("/insider", &grant), "insider");
        grant.read = vec![PathGrant::mapped("data", ".")];
        assert_eq!(what("new", &grant), "data::.");
    }

    #[test]
    fn a_name_that_grants_more_than_itself_is_not_proposed() {
        let needs = |what: &str| {
            let violation = Violation {
                capability: Capability::Network,
                call: String::from("resolve-addresses"),
                detail: String::new(),
                need: Some(Need {
                    capability: Capability::Network,
                    what: what.to_owned(),
                }),
            };
            needs(&violation, &Grant::none())
        };
        assert_eq!(
            needs("example.com").as_deref(),
            Some("--allow-net=example.com")
        );
        for name in ["example.com,*", "*", "a b", ""] {
            assert_eq!(needs(name), None, "{name:?}");
        }
    }

    #[test]
    fn what_is_typed_survives_the_shell_and_the_flag() {
        let typed = |path| for_a_shell(&format!("--allow-read={}", what(path, Use::Read, &[path])));
        assert_eq!(typed("docs/a"), "--allow-read=docs/a");
        assert_eq!(typed("a b"), "'--allow-read=a b'");
        assert_eq!(typed("a,b"), r"'--allow-read=a\,b'");
        assert_eq!(typed("a::b"), r"'--allow-read=a\:\:b'");
        assert_eq!(typed("it's"), r"'--allow-read=it'\''s'");
        assert_eq!(typed("a\u{1b}b"), r"$'--allow-read=a\033b'");
        assert_eq!(typed("a\n'"), r"$'--allow-read=a\012\''");
        assert_eq!(typed("\u{202e}a"), r"$'--allow-read=\342\200\256a'");
    }
}
