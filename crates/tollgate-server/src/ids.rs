//! Ids that nobody can guess and no two things have.

use rand::Rng as _;

/// A new id of something of this kind.
pub(crate) fn random(kind: &str) -> String {
    let mut bytes = [0; 16];
    rand::rng().fill_bytes(&mut bytes);
    format!("{kind}_{}", hex::encode(bytes))
}
