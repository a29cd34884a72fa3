//! Where a user's own data lies, as the XDG base directory specification says.

use std::path::PathBuf;

/// The folder `tollgate` in the user's data folder; nothing when the environment names none with an absolute path.
pub(crate) fn folder() -> Option<PathBuf> {
    let variable = |name| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let data = variable("XDG_DATA_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".local").join("share")));
    data.map(|data| data.join("tollgate"))
}
