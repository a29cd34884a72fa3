//! The hash that names a program.

use sha2::{Digest as _, Sha256};

use super::Program;
use crate::data::gas::TABLE_VERSION;

impl Program {
    /// The hash of a program, in hexadecimal: its postcard form, of its places only the texts, and the version of the gas
    /// table, in SHA-256. What stands in [`Program::hash`] has no part in it.
    ///
    /// Moving a program in its file or reformatting it changes no hash; renaming a rule does, for reasons show it.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "a program in memory can be written; a hash of nothing would be the name of every program that cannot"
    )]
    pub fn identity(&self) -> Box<str> {
        let bare = Self {
            points: Vec::new(),
            hash: "".into(),
            ..self.clone()
        };
        let written = postcard::to_stdvec(&bare).expect("a program in memory can be written");
        let mut hasher = Sha256::new();
        hasher.update(TABLE_VERSION.to_le_bytes());
        hasher.update(written);
        for point in &self.points {
            hasher.update((point.text.len() as u64).to_le_bytes());
            hasher.update(point.text.as_bytes());
        }
        hex::encode(hasher.finalize()).into()
    }
}
