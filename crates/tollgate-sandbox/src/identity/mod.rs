//! What a path of the host leads to: opened by name once, known by identity from then on.

mod judge;
mod opened;

pub use self::opened::OpenPath;
pub(crate) use self::{
    judge::{Id, Kind, Seen, Sort, file_system, look, prepare},
    opened::{FOLDER, NAME},
};
