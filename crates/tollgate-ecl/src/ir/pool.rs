//! Constants of a program under construction: texts, lists, records and automaton tables, each stored once.
//!
//! Equal texts get equal handles and equal blobs equal addresses, so a constant can be compared by its word. Addresses are
//! final the moment they are handed out: the pool only grows.

use std::collections::HashMap;

use super::{Handle, Pool};
use crate::data::types::WORD;

/// The pool under construction.
#[derive(Debug)]
pub(crate) struct PoolBuilder {
    bytes: Vec<u8>,
    texts: HashMap<Box<str>, Handle>,
    order: Vec<Handle>,
    words: HashMap<Box<[u64]>, u32>,
}

impl PoolBuilder {
    pub(crate) fn new() -> Self {
        Self {
            // No text but the empty one has address 0.
            bytes: vec![0; 16],
            texts: HashMap::new(),
            order: Vec::new(),
            words: HashMap::new(),
        }
    }

    /// The handle of a text.
    pub(crate) fn text(&mut self, text: &str) -> Handle {
        if text.is_empty() {
            return Handle(0);
        }
        if let Some(handle) = self.texts.get(text) {
            return *handle;
        }
        let address = self.append(text.as_bytes());
        let handle = Handle::new(address, u32::try_from(text.len()).unwrap_or(u32::MAX));
        self.texts.insert(text.into(), handle);
        self.order.push(handle);
        handle
    }

    /// The address of these words.
    pub(crate) fn words(&mut self, words: &[u64]) -> u32 {
        if words.is_empty() {
            return 0;
        }
        if let Some(address) = self.words.get(words) {
            return *address;
        }
        let address = self.end();
        for word in words {
            self.bytes.extend_from_slice(&word.to_le_bytes());
        }
        self.words.insert(words.into(), address);
        address
    }

    /// Appends bytes, padded with zeros to a word.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> u32 {
        let address = self.end();
        self.bytes.extend_from_slice(bytes);
        let padded = self.bytes.len().next_multiple_of(WORD as usize);
        self.bytes.resize(padded, 0);
        address
    }

    /// The words at an address; missing ones are zero.
    pub(crate) fn read(&self, address: u32, words: u32) -> Vec<u64> {
        let read = |i: u32| {
            let at = (address + i * WORD) as usize;
            let bytes = self.bytes.get(at..at + WORD as usize);
            let bytes = bytes.and_then(|b| <[u8; 8]>::try_from(b).ok());
            bytes.map_or(0, u64::from_le_bytes)
        };
        (0..words).map(read).collect()
    }

    /// The text of a handle of this pool.
    pub(crate) fn get(&self, handle: Handle) -> &str {
        let start = handle.address() as usize;
        let bytes = self.bytes.get(start..start + handle.length() as usize);
        bytes.map_or("", |b| std::str::from_utf8(b).unwrap_or(""))
    }

    /// The constants so far, from address 0.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn finish(self) -> Pool {
        Pool {
            bytes: self.bytes,
            texts: self.order,
        }
    }

    fn end(&self) -> u32 {
        // INVARIANT: the checker stops adding constants before POOL_BYTES_MAX, see `Unit::finish`.
        u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_handle_and_start_on_words() {
        let mut pool = PoolBuilder::new();
        let (a, b) = (pool.text("accept"), pool.text("reject it"));
        assert_eq!(a, pool.text("accept"));
        assert_ne!(a, b);
        assert_eq!(a.address() % 8, 0);
        assert_eq!(b.address() % 8, 0);
        assert_eq!(pool.get(b), "reject it");
        assert_eq!(pool.text(""), Handle(0));
        assert_eq!(pool.finish().texts, vec![a, b]);
    }

    #[test]
    fn equal_words_have_one_address() {
        let mut pool = PoolBuilder::new();
        let a = pool.words(&[1, 2]);
        assert_eq!(a, pool.words(&[1, 2]));
        assert_eq!(pool.read(a, 2), vec![1, 2]);
    }
}
