//! Receipts one after the other: a line for each.

use std::io::{self, BufRead, Read as _};

use crate::limits::{RECEIPT_BYTES_MAX, RECEIPTS_MAX};

/// Reads the receipts of a file, each without its line end. What is larger than a receipt ends the reading with its beginning,
/// which is no receipt.
pub struct Lines<R> {
    input: R,
    read: u64,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    /// Reads from `input`.
    pub const fn new(input: R) -> Self {
        Self {
            input,
            read: 0,
            ended: false,
        }
    }

    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.read == RECEIPTS_MAX {
            let more = !self.input.fill_buf()?.is_empty();
            let message = format!("more than {RECEIPTS_MAX} receipts; split the file");
            return if more {
                Err(io::Error::other(message))
            } else {
                Ok(None)
            };
        }
        let mut line = Vec::new();
        // A line end, and one byte that shows that there is more.
        let bytes_max = RECEIPT_BYTES_MAX as u64 + 2;
        let mut bounded = (&mut self.input).take(bytes_max);
        if bounded.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        self.read += 1;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else {
            self.ended = true;
        }
        Ok(Some(line))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let line = self.line();
        self.ended |= line.is_err();
        line.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
        Lines::new(bytes).map(Result::unwrap).collect()
    }

    #[test]
    fn the_last_line_may_lack_its_end_and_no_other_byte_is_left_out() {
        assert_eq!(lines(b""), Vec::<Vec<u8>>::new());
        assert_eq!(lines(b"a\nb"), [b"a", b"b"]);
        assert_eq!(lines(b"a\nb\n"), [b"a", b"b"]);
        assert_eq!(lines(b"a\r\n\n"), [&b"a\r"[..], b""]);
    }

    #[test]
    fn a_line_that_never_ends_is_read_to_the_bound() {
        let input = std::io::BufReader::new(std::io::repeat(b'x'));
        let lines: Vec<_> = Lines::new(input).map(Result::unwrap).collect();
        assert_eq!(lines.len(), 1);
        assert!((RECEIPT_BYTES_MAX + 1..=RECEIPT_BYTES_MAX + 2).contains(&lines[0].len()));
    }

    #[test]
    fn there_is_a_bound_for_how_many_are_read() {
        let many = vec![b'\n'; usize::try_from(RECEIPTS_MAX).unwrap()];
        assert!(Lines::new(&*many).all(|line| line.is_ok()));
        let more = [many, vec![b'\n']].concat();
        let error = Lines::new(&*more).find_map(Result::err).unwrap();
        assert!(error.to_string().contains("split the file"), "{error}");
    }
}
