//! Whether a folder is closed to others: nobody but this user and root can place a file there, or put another folder in its place.

use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

/// What lies in a folder of a state.
const STATE: &str = "state";

/// Returns why others than this user and root could place a file beside the state at `real`, a path without links, or exchange its
/// folder, if they could; with what that user can do about it.
pub(crate) fn why_open_to_others(real: &Path) -> io::Result<Option<String>> {
    for (level, folder) in real.ancestors().skip(1).enumerate() {
        let level = match level {
            0 => Level::Own,
            _ => Level::Above(STATE),
        };
        if let Some(why) = look(folder, level)? {
            return Ok(Some(why));
        }
    }
    Ok(None)
}

/// Returns why others than this user and root could put another folder in the place of `real`, a path without links, if they
/// could; with what that user can do about it. `what` lies in the folder: `keys`. The folder itself is not looked at.
///
/// # Errors
/// When a folder above it cannot be looked at.
pub fn why_exchangeable(real: &Path, what: &'static str) -> io::Result<Option<String>> {
    for folder in real.ancestors().skip(1) {
        if let Some(why) = look(folder, Level::Above(what))? {
            return Ok(Some(why));
        }
    }
    Ok(None)
}

fn look(folder: &Path, level: Level) -> io::Result<Option<String>> {
    let found = folder.symlink_metadata()?;
    let folder = Folder {
        name: folder,
        owner: found.uid(),
        mode: found.permissions().mode(),
        level,
    };
    Ok(folder.refusal(rustix::process::geteuid().as_raw()))
}

/// What lies below the folders that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// The state itself.
    Own,
    /// A folder with what is named here, or one on the way to it.
    Above(&'static str),
}

/// A folder on the way to the file, as it is found.
struct Folder<'a> {
    name: &'a Path,
    owner: u32,
    mode: u32,
    level: Level,
}

impl Folder<'_> {
    /// Why others than the user `own` and root could place a file beside the state, or exchange the folder, if they could. What
    /// it proposes is what that user can do.
    ///
    /// A permission that an access control list gives shows in the bits of the group.
    fn refusal(&self, own: u32) -> Option<String> {
        let name = self.name.display();
        let (mode, sticky) = (self.mode & 0o7777, self.mode & STICKY != 0);
        if ![ROOT, own].contains(&self.owner) {
            let owner = self.owner;
            return Some(match self.level {
                Level::Own => format!(
                    "its folder `{name}` belongs to user {owner}, who could place a log of the state there; put the state in a folder of your own"
                ),
                Level::Above(what) => format!(
                    "`{name}`, above it, belongs to user {owner}, who could put another folder in the place of one in it; put the {what} in a folder elsewhere"
                ),
            });
        }
        if mode & 0o022 == 0 {
            return None;
        }
        let danger = match self.level {
            // Everybody can place files in a sticky folder, and nobody can move a folder that is another's.
            Level::Above(_) if sticky => return None,
            Level::Above(_) => format!(
                "others can put another folder in the place of one in `{name}`, above it (mode {mode:o})"
            ),
            Level::Own => format!(
                "others can place files in its folder `{name}` (mode {mode:o}), such as a log of the state"
            ),
        };
        let what = match self.level {
            Level::Own => STATE,
            Level::Above(what) => what,
        };
        let advice = if sticky {
            let own = self.name.join("tollgate");
            format!(
                "put the {what} in a folder of your own, which `mkdir -m 700 '{}'` makes",
                own.display()
            )
        } else if [ROOT, self.owner].contains(&own) {
            format!(
                "take that away with `chmod go-w '{name}'`, or put the {what} in a folder elsewhere"
            )
        } else {
            format!("put the {what} in a folder elsewhere")
        };
        Some(format!("{danger}; {advice}"))
    }
}

/// Who can do everything anyway.
const ROOT: u32 = 0;

/// The bit of a folder in which only its owner and the owner of a name can move or remove the name.
const STICKY: u32 = 0o1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_refused_for_its_danger_and_with_what_its_user_can_do() {
        let refusal = |owner, mode, level| {
            let name = Path::new("/volume");
            let folder = Folder {
                name,
                owner,
                mode,
                level,
            };
            folder.refusal(1000)
        };
        let (place, exchange) = (
            "place files in its folder",
            "put another folder in the place",
        );
        let chmod = "chmod go-w '/volume'";
        for (owner, mode, level, said) in [
            (1000, 0o777, Level::Own, [place, chmod]),
            (1000, 0o770, Level::Above(STATE), [exchange, chmod]),
            (ROOT, 0o777, Level::Own, [place, "in a folder elsewhere"]),
            (
                ROOT,
                0o775,
                Level::Above(STATE),
                [exchange, "in a folder elsewhere"],
            ),
            (
                ROOT,
                0o1777,
                Level::Own,
                [place, "mkdir -m 700 '/volume/tollgate'"],
            ),
            (
                1001,
                0o755,
                Level::Own,
                ["belongs to user 1001", "place a log"],
            ),
            (
                1001,
                0o755,
                Level::Above(STATE),
                ["belongs to user 1001", exchange],
            ),
        ] {
            let why = refusal(owner, mode, level).unwrap();
            assert!(said.iter().all(|said| why.contains(said)), "{why}");
            assert_eq!(why.contains("chmod"), said.contains(&chmod), "{why}");
        }
        for (owner, mode, level) in [
            (1000, 0o755, Level::Own),
            (ROOT, 0o755, Level::Above(STATE)),
            (ROOT, 0o1777, Level::Above(STATE)),
        ] {
            assert_eq!(refusal(owner, mode, level), None);
        }
    }
}
