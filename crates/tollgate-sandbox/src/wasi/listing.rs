//! Listings of folders in the order of names: what the host's file system happens to return first is not something a guest
//! should depend on, and a run that is repeated should see the same.

/// Bytes of a record of preview 1 in front of its name: next cookie, inode, length of the name, type, padding.
/// See <https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#dirent>.
const HEAD: usize = 24;

/// Sorts the records of preview 1 that a whole listing holds, `.` and `..` first as they are, and numbers them anew.
/// Returns the records from number `cookie` on. What is not whole at the end is left out.
pub(super) fn sorted_from(listing: &[u8], cookie: u64) -> Vec<u8> {
    let mut records = split(listing);
    let dots = records
        .iter()
        .take_while(|record| matches!(name(record), b"." | b".."))
        .count();
    if let Some(rest) = records.get_mut(dots..) {
        rest.sort_by(|a, b| name(a).cmp(name(b)));
    }
    let wanted = (1u64..).zip(records).filter(|(next, _)| *next > cookie);
    let mut sorted = Vec::with_capacity(listing.len());
    for (next, record) in wanted {
        sorted.extend_from_slice(&next.to_le_bytes());
        sorted.extend_from_slice(record.get(8..).unwrap_or_default());
    }
    sorted
}

fn split(mut listing: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    while let Some(length) = length(listing)
        && let Some(record) = listing.split_off(..length)
    {
        records.push(record);
    }
    records
}

/// The length of the record at the start of `listing`, its name included.
fn length(listing: &[u8]) -> Option<usize> {
    let name = listing.get(16..20)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(name))
        .ok()?
        .checked_add(HEAD)
}

fn name<'a>(record: &&'a [u8]) -> &'a [u8] {
    record.get(HEAD..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(next: u64, name: &str) -> Vec<u8> {
        let mut record = next.to_le_bytes().to_vec();
        record.extend(7u64.to_le_bytes());
        record.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
        record.extend([4, 0, 0, 0]);
        record.extend(name.as_bytes());
        record
    }

    fn listing(names: &[&str]) -> Vec<u8> {
        (1..)
            .zip(names)
            .flat_map(|(next, name)| record(next, name))
            .collect()
    }

    #[test]
    fn names_are_in_order_and_numbered() {
        let unsorted = listing(&[".", "..", "b", "é", "a", ".hidden"]);
        let sorted = listing(&[".", "..", ".hidden", "a", "b", "é"]);
        assert_eq!(sorted_from(&unsorted, 0), sorted);
    }

    #[test]
    fn a_listing_goes_on_where_it_stopped() {
        let unsorted = listing(&[".", "..", "c", "b", "a"]);
        let rest = [record(4, "b"), record(5, "c")].concat();
        assert_eq!(sorted_from(&unsorted, 3), rest);
        assert_eq!(sorted_from(&unsorted, 5), b"");
        assert_eq!(sorted_from(&unsorted, u64::MAX), b"");
    }

    #[test]
    fn what_is_cut_off_is_left_out() {
        let whole = listing(&[".", ".."]);
        let cut = [whole.clone(), record(3, "a")[..25 - 2].to_vec()].concat();
        assert_eq!(sorted_from(&cut, 0), whole);
        assert_eq!(sorted_from(&[0xff; 20], 0), b"");
    }
}
