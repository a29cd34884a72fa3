//! Ids that nobody can guess and no two things have.

use rand::Rng as _;
use tollgate_state::approval::CardId;

/// A new id of something of this kind.
pub(crate) fn random(kind: &str) -> String {
    let mut bytes = [0; 16];
    rand::rng().fill_bytes(&mut bytes);
    format!("{kind}_{}", hex::encode(bytes))
}

/// A new name of a card.
pub(crate) fn card() -> CardId {
    let mut bytes = [0; 8];
    rand::rng().fill_bytes(&mut bytes);
    CardId::from_random(bytes)
}
