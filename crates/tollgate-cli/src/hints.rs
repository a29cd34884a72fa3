//! What a denial needs, as what to type so that it works.
//!
//! The sandbox names paths as the guest does. On the command line that is not always what to type: guests cannot tell
//! `docs` from `/docs`, a folder under another name is named by both, a path that is not there yet can be granted for
//! writing if its folder is there, and what is to be read under a name that this machine does not have is given by another one.
//! What comes out is quoted for a shell where that is needed.

use std::path::Path;

use tollgate::{Capability, Grant, Need, NetGrant, PathGrant, Violation};
use tollgate_diagnostics::hidden::is_hidden;

/// Stands for what the user has to choose.
const HOST: &str = "HOST";

/// Returns what to type against a denial of a run with `grant` in the current folder; nothing if nothing helps.
pub(crate) fn needs(violation: &Violation, grant: &Grant) -> Option<String> {
    Some(proposal(violation, grant)?.typed)
}

/// Returns the flag that grants a kind of thing; what needs no grant has none.
pub(crate) fn flag(capability: Capability) -> Option<&'static str> {
    match capability {
        Capability::FileRead => Some("--allow-read"),
        Capability::FileWrite => Some("--allow-write"),
        Capability::Network => Some("--allow-net"),
        Capability::Env => Some("--allow-env"),
        Capability::Clock => Some("--allow-clock"),
        Capability::Random => Some("--allow-random"),
        _ => None,
    }
}

/// Returns what to type to grant some of a kind of thing where nobody knows yet what of it: of files those of the current
/// folder, since all files have two names, which no policy takes.
pub(crate) fn typed(capability: Capability) -> Option<String> {
    let flag = flag(capability)?;
    Some(match capability {
        Capability::FileRead | Capability::FileWrite => format!("{flag}=."),
        _ => flag.to_owned(),
    })
}

/// Returns a denial in words, with what to type against it.
pub(crate) fn told(violation: &Violation, grant: &Grant) -> String {
    let bare = Violation {
        need: None,
        ..violation.clone()
    };
    match proposal(violation, grant) {
        Some(Proposal {
            typed,
            absent: None,
        }) => format!("{bare} needs `{typed}`"),
        Some(Proposal {
            typed,
            absent: Some(path),
        }) => format!(
            "{bare} needs `{typed}`, with a file or folder of yours as {HOST}: there is no `{path}` on this machine"
        ),
        None => bare.to_string(),
    }
}

/// What to type.
struct Proposal {
    typed: String,
    /// What is not on this machine, so that something else has to be given for it.
    absent: Option<String>,
}

impl Proposal {
    fn flag(flag: &str) -> Self {
        Self {
            typed: for_a_shell(flag),
            absent: None,
        }
    }
}

fn proposal(violation: &Violation, grant: &Grant) -> Option<Proposal> {
    let need = violation.need.as_ref()?;
    match need.capability {
        Capability::FileRead => Some(match wanted(need, Use::Read, grant, seen)? {
            Wanted::Here(path) => Proposal::flag(&format!("--allow-read={path}")),
            Wanted::Absent(path) => Proposal {
                typed: for_a_shell(&format!("--dir={HOST}::{}", escaped(&path))),
                absent: Some(path),
            },
        }),
        Capability::FileWrite => match wanted(need, Use::Write, grant, seen)? {
            Wanted::Here(path) => Some(Proposal::flag(&format!("--allow-write={path}"))),
            Wanted::Absent(_) => None,
        },
        // What a guest looks up may be anything, several grants or all of them included; only one address is proposed.
        Capability::Network => {
            let address = need.what.parse::<NetGrant>().ok()?;
            (address.host != "*").then(|| Proposal::flag(&format!("--allow-net={address}")))
        }
        // No flag grants anything else that a run is denied.
        _ => None,
    }
}

/// What the guest wanted with a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
}

/// What this machine has for a path of the guest.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    /// What stands behind the `=` of a grant.
    Here(String),
    /// Nothing; the path is the guest's.
    Absent(String),
}

/// What there is at a path of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    /// A link, which may lead nowhere.
    Link {
        leads: bool,
    },
    Other,
}

impl Seen {
    /// Tells whether something can be granted there.
    fn exists(self) -> bool {
        match self {
            Self::Nothing | Self::Link { leads: false } => false,
            Self::Link { leads: true } | Self::Other => true,
        }
    }
}

fn seen(path: &Path) -> Seen {
    match (path.is_symlink(), path.exists()) {
        (true, leads) => Seen::Link { leads },
        (false, true) => Seen::Other,
        (false, false) => Seen::Nothing,
    }
}

/// Returns what to grant for a need; nothing where all of this machine would have to be.
fn wanted(need: &Need, use_of: Use, grant: &Grant, seen: impl Fn(&Path) -> Seen) -> Option<Wanted> {
    let (what, entry) = (need.what.as_str(), need.entry.as_deref());
    let mapped = grant.read.iter().chain(&grant.write).filter(|granted| {
        granted.host.as_os_str() != granted.guest.as_str() && below(what, &granted.guest)
    });
    if let Some(granted) = mapped.max_by_key(|granted| granted.guest.len()) {
        let PathGrant { host, guest, .. } = granted;
        let (host, guest) = (escaped(&host.to_string_lossy()), escaped(guest));
        return Some(Wanted::Here(format!("{host}::{guest}")));
    }
    // The folder of the link that there is, where the guest has it from: the root is nobody's current folder.
    if let Some(entry) = entry
        && let Some(name) = names(entry).find(|name| seen(Path::new(name)) != Seen::Nothing)
    {
        let is_link = matches!(seen(Path::new(name)), Seen::Link { .. });
        // Only a link has to be in a folder that is granted; anything else says by its own name that it is none.
        let name = if is_link { folder(name)? } else { name };
        return Some(Wanted::Here(escaped(name)));
    }
    match use_of {
        Use::Read => {
            let path = entry.unwrap_or(what);
            if grant.write.iter().any(|made| below(path, &made.guest)) {
                // The guest makes it itself, and reads it then.
                let exists = |path: &Path| seen(path).exists();
                return Some(Wanted::Here(escaped(&to_write(path, exists))));
            }
            let here = names(path).find(|name| seen(Path::new(name)).exists());
            Some(here.map_or_else(
                || Wanted::Absent(path.to_owned()),
                |name| Wanted::Here(escaped(name)),
            ))
        }
        Use::Write => {
            let exists = |path: &Path| seen(path).exists();
            Some(Wanted::Here(escaped(&to_write(what, exists))))
        }
    }
}

/// The names that a path of the guest may have on this machine: seen from the current folder first, since most programs are
/// given names from there.
fn names(path: &str) -> impl Iterator<Item = &str> {
    [relative(path), path].into_iter()
}

fn relative(path: &str) -> &str {
    match path.trim_start_matches('/') {
        "" => ".",
        relative => relative,
    }
}

/// The folder in which a name is; nothing if that is the root.
fn folder(name: &str) -> Option<&str> {
    match name.rsplit_once('/') {
        None => Some("."),
        Some(("", _)) => None,
        Some((folder, _)) => Some(folder),
    }
}

/// Returns what is to be granted for writing at the path: what is there, or the outermost part that is to be made; with it, what
/// is below comes too.
fn to_write(path: &str, exists: impl Fn(&Path) -> bool) -> String {
    if let Some(name) = names(path).find(|name| exists(Path::new(name))) {
        return name.to_owned();
    }
    let known = |name: &str| {
        let mut folders = Path::new(name).ancestors().skip(1);
        folders.any(|folder| {
            let bare = folder.as_os_str().is_empty() || folder == Path::new("/");
            !bare && exists(folder)
        })
    };
    let relative = relative(path);
    let absolute = path.starts_with('/') && !known(relative) && known(path);
    let name = if absolute { path } else { relative };
    let made = Path::new(name)
        .ancestors()
        .take_while(|part| !part.as_os_str().is_empty() && !exists(part))
        .last();
    made.map_or_else(
        || name.to_owned(),
        |made| made.to_string_lossy().into_owned(),
    )
}

/// Tells whether a path of the guest is that of a folder or below it.
pub(crate) fn below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_matches('/').trim_start_matches("./");
    if matches!(folder, "" | ".") {
        return true;
    }
    let rest = path.trim_start_matches('/').strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Puts a backslash where a name has a comma or two colons, which mean something in a flag, or a backslash before them.
pub(crate) fn escaped(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    let mut chars = name.chars().peekable();
    let mut before = None;
    while let Some(char) = chars.next() {
        // Two colons may follow the last one, where there is another name in the guest.
        let beside_a_colon = before == Some(':') || matches!(chars.peek(), Some(':') | None);
        if matches!(char, '\\' | ',') || (char == ':' && beside_a_colon) {
            escaped.push('\\');
        }
        escaped.push(char);
        before = Some(char);
    }
    escaped
}

/// Quotes a word for a shell if it needs that. What would not be shown as it is, a control character or one that is not seen, is
/// written by its bytes, so that what is typed is the name and not what the name looks like.
pub(crate) fn for_a_shell(word: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "-_=./:@%+".contains(char);
    if word.chars().any(is_hidden) {
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
        _ if is_hidden(char) => {
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

    fn need(what: &str, entry: Option<&str>) -> Need {
        Need {
            capability: Capability::FileRead,
            what: what.to_owned(),
            entry: entry.map(str::to_owned),
        }
    }

    /// What is proposed where `there` is all that exists, names with `@` behind them as links.
    fn proposed(need: &Need, use_of: Use, there: &[&str]) -> Option<Wanted> {
        wanted(need, use_of, &Grant::none(), |path| {
            let is = |known: &&&str| Path::new(known.trim_end_matches('@')) == path;
            match there.iter().find(is) {
                None => Seen::Nothing,
                Some(link) if link.ends_with('@') => Seen::Link { leads: true },
                Some(_) => Seen::Other,
            }
        })
    }

    fn here(path: &str) -> Option<Wanted> {
        Some(Wanted::Here(path.to_owned()))
    }

    #[test]
    fn a_path_is_named_as_it_exists() {
        for (path, there, typed) in [
            ("/docs", &["/docs", "docs"][..], "docs"),
            ("/docs", &["docs"], "docs"),
            ("/docs", &["/docs"], "/docs"),
            ("/docs", &["/docs@"], "/docs"),
            ("docs/a", &["docs", "docs/a"], "docs/a"),
        ] {
            let found = proposed(&need(path, None), Use::Read, there);
            assert_eq!(found, here(typed), "{path} {there:?}");
        }
    }

    #[test]
    fn what_is_not_there_cannot_be_granted_for_reading_by_its_name() {
        for (path, there) in [
            ("/nowhere", &["/", "."][..]),
            ("/docs/new", &["docs"]),
            ("/srv/new", &["/srv"]),
        ] {
            let found = proposed(&need(path, None), Use::Read, there);
            assert_eq!(found, Some(Wanted::Absent(path.to_owned())), "{there:?}");
        }
        let link = need("/opt", Some("/opt/avr"));
        let found = proposed(&link, Use::Read, &["/opt", "."]);
        assert_eq!(found, Some(Wanted::Absent(String::from("/opt/avr"))));
    }

    #[test]
    fn the_current_folder_is_never_the_root() {
        for use_of in [Use::Read, Use::Write] {
            let found = proposed(&need("/", None), use_of, &[".", "/"]);
            assert_eq!(found, here("."));
        }
    }

    #[test]
    fn the_folder_of_a_link_is_proposed_where_the_guest_has_it() {
        for (entry, there, typed) in [
            ("/link", &[".", "/", "link@"][..], here(".")),
            ("/d/link", &["d", "d/link@"], here("d")),
            ("/d/link", &["/d", "/d/link@"], here("/d")),
            // Whatever is no link says so by its own name.
            ("/opt", &[".", "/", "/opt"], here("/opt")),
            ("/d/a", &["d", "d/a"], here("d/a")),
            // It would be all of this machine.
            ("/bin", &[".", "/", "/bin@"], None),
        ] {
            let what = folder(entry).unwrap_or("/");
            let found = proposed(&need(what, Some(entry)), Use::Read, there);
            assert_eq!(found, typed, "{entry} {there:?}");
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
            let found = proposed(&need(path, None), Use::Write, there);
            assert_eq!(found, here(typed), "{path} {there:?}");
        }
    }

    #[test]
    fn a_folder_under_another_name_is_named_by_both() {
        let mut grant = Grant::none();
        grant.read.push(PathGrant::mapped("./data", "/inside"));
        grant.read.push(PathGrant::mapped("more", "/inside/more"));
        let what = |path, grant: &Grant| {
            let need = need(path, None);
            wanted(&need, Use::Write, grant, |_| Seen::Nothing)
        };
        assert_eq!(what("/inside/new", &grant), here("./data::/inside"));
        assert_eq!(what("/inside/more/a", &grant), here("more::/inside/more"));
        assert_eq!(what("/insider", &grant), here("insider"));
        grant.read = vec![PathGrant::mapped("data", ".")];
        assert_eq!(what("new", &grant), here("data::."));
    }

    #[test]
    fn a_name_that_grants_more_than_itself_is_not_proposed() {
        let needs = |what: &str| {
            let violation = Violation {
                capability: Capability::Network,
                call: String::from("resolve-addresses"),
                detail: String::new(),
                need: Some(Box::new(Need {
                    capability: Capability::Network,
                    what: what.to_owned(),
                    entry: None,
                })),
                decision: None,
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
        let typed = |path| for_a_shell(&format!("--allow-read={}", escaped(path)));
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
