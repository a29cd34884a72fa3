//! How a text that is known lies in the data: as `std/text.ts` says.

/// The block that a text is, before its units.
const HEADER: i32 = 16;

/// What a block is, in its first word.
const TEXT: i32 = 1;

/// The bytes of a text at an address.
pub(crate) fn text_block(address: i32, units: &[u16]) -> Vec<u8> {
    let length = i32::try_from(units.len()).unwrap_or(i32::MAX);
    let words = [TEXT, length, address.saturating_add(HEADER), 0];
    let header = words.iter().flat_map(|word| word.to_le_bytes());
    header
        .chain(units.iter().flat_map(|unit| unit.to_le_bytes()))
        .collect()
}
