//! The end of the audit log, kept outside of its table: a log whose last records were taken away, or all of them, is whole to
//! a reader of the table alone.
//!
//! The file says how far the log was at some moment. It moves on while the server works and when it stops, and never from a
//! place that the log does not have any more: what it has found stays until somebody removes the file. Who can write the
//! folder can write the file too, and the records since it last moved are covered by nothing; the hash that `audit verify`
//! prints, kept elsewhere, is what shows that.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use tempfile::NamedTempFile;
use tollgate_state::audit::AuditAnchor;
use tollgate_state::{StateError, Store};

use crate::folder::Folder;

pub(crate) struct Anchor {
    folder: PathBuf,
    file: PathBuf,
}

/// What the file says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// There is none: the log never had one, or somebody removed it.
    Nothing,
    /// The log had this record.
    Record(AuditAnchor),
    /// It is not what a server wrote.
    Unreadable,
}

impl Anchor {
    pub(crate) fn of(folder: &Folder) -> Self {
        Self {
            folder: folder.path().to_owned(),
            file: folder.path().join("audit.anchor"),
        }
    }

    /// Reads the file. Blocking.
    pub(crate) fn read(&self) -> io::Result<Said> {
        match fs::read(&self.file) {
            Ok(bytes) => Ok(parse(&bytes).map_or(Said::Unreadable, Said::Record)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Said::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Moves it on to the last record, if the log has the one where it was. Blocking.
    pub(crate) fn advance(&self, store: &Store) -> Result<(), AnchorError> {
        let before = self.read()?;
        let Some(last) = store.last_record()? else {
            return Ok(());
        };
        let may_move = match &before {
            Said::Nothing => true,
            Said::Record(before) => before.seq < last.seq && store.has_record(before)?,
            Said::Unreadable => false,
        };
        if may_move {
            self.write(&last)?;
        }
        Ok(())
    }

    fn write(&self, anchor: &AuditAnchor) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(&self.folder)?;
        let AuditAnchor { seq, hash } = anchor;
        writeln!(file, "{seq} {}", hex::encode(hash))?;
        file.as_file().sync_all()?;
        file.persist(&self.file)?;
        Ok(())
    }
}

/// Why it could not move on. It does so the next time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnchorError {
    #[error("the anchor of the audit log cannot be written")]
    File(#[from] io::Error),
    #[error(transparent)]
    State(#[from] StateError),
}

fn parse(bytes: &[u8]) -> Option<AuditAnchor> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let (seq, hash) = text.split_once(' ')?;
    Some(AuditAnchor {
        seq: seq.parse().ok().filter(|seq| *seq > 0)?,
        hash: hex::decode(hash).ok()?.try_into().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::act;

    fn place() -> (tempfile::TempDir, Anchor, Store) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("data")).unwrap();
        let store = Store::create(&folder.state()).unwrap();
        (place, Anchor::of(&folder), store)
    }

    #[test]
    fn it_follows_the_log_and_is_read_as_it_was_written() {
        let (_place, anchor, mut store) = place();
        anchor.advance(&store).unwrap();
        assert_eq!(anchor.read().unwrap(), Said::Nothing);
        for tenant in ["a", "b"] {
            store.create_tenant(&act(tenant, "r"), tenant).unwrap();
            anchor.advance(&store).unwrap();
            let last = store.last_record().unwrap().unwrap();
            assert_eq!(anchor.read().unwrap(), Said::Record(last));
        }
    }

    #[test]
    fn it_never_leaves_a_record_that_the_log_does_not_have() {
        let (_place, anchor, mut store) = place();
        store.create_tenant(&act("a", "r"), "a").unwrap();
        let other = AuditAnchor {
            seq: 1,
            hash: [7; 32],
        };
        let later = AuditAnchor {
            seq: 9,
            hash: [7; 32],
        };
        for found in [other, later] {
            anchor.write(&found).unwrap();
            store.note(&act("a", "r"), "x", "y").unwrap();
            anchor.advance(&store).unwrap();
            assert_eq!(anchor.read().unwrap(), Said::Record(found));
        }
    }

    #[test]
    fn what_no_server_wrote_is_told_from_nothing() {
        let (_place, anchor, mut store) = place();
        store.create_tenant(&act("a", "r"), "a").unwrap();
        let zeros = "0".repeat(64);
        for bad in [
            "",
            "1",
            "0 00",
            "1 00\n",
            &format!("1 {zeros}"),
            &format!("0 {zeros}\n"),
        ] {
            fs::write(&anchor.file, bad).unwrap();
            anchor.advance(&store).unwrap();
            assert_eq!(anchor.read().unwrap(), Said::Unreadable, "{bad:?}");
        }
    }
}
