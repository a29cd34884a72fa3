//! What lies in memory when the module begins.

use std::collections::HashMap;

use crate::check::letters::Table;

/// What lies in memory when the module begins.
#[derive(Debug, Default)]
pub(crate) struct Data {
    pub(crate) bytes: Vec<u8>,
    pub(crate) texts: HashMap<Vec<u16>, i32>,
    pub(crate) tables: HashMap<Table, i32>,
}

impl Data {
    pub(crate) fn word(&mut self, value: i32) {
        self.bytes.extend(value.to_le_bytes());
    }

    pub(crate) fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
    }
}
