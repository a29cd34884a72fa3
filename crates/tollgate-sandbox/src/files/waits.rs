//! What a call may have to wait for: [`waits`] is the only place that says which calls those are.

use super::{
    Files,
    handle::OpenFile,
    slow::Waits,
    space::{Folder, Place},
};

/// What a call touches.
#[derive(Clone, Copy)]
pub(crate) enum Touched<'a> {
    /// What names below a folder lead to; that may be any granted folder.
    Names(&'a Files, &'a Folder),
    /// A folder itself.
    Folder(&'a Folder),
    /// What was found.
    Place(&'a Place),
    /// Two things that were found.
    Places(&'a Place, &'a Place),
    /// An open file.
    File(&'a OpenFile),
}

/// Says whether a call that touches this may have to wait.
pub(crate) fn waits(touched: Touched<'_>) -> Waits {
    Waits(match touched {
        Touched::Names(files, folder) => {
            folder.is_slow() || folder.has_granted_names() && files.space.has_slow()
        }
        Touched::Folder(folder) => folder.is_slow(),
        Touched::Place(place) => place.is_slow(),
        Touched::Places(one, other) => one.is_slow() || other.is_slow(),
        Touched::File(file) => file.is_slow(),
    })
}
