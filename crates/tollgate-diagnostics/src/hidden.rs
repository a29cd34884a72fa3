//! Characters that a text may hold and nobody sees: one table for everything that shows texts of strangers.
//!
//! Two names that differ have to look different, and what is shown must not move what stands around it.

/// Whether a character controls how text is shown, or is not seen: controls (U+0080 to U+009F among them, of which U+009B starts a
/// sequence); what Unicode calls a format (`Cf`), as marks of direction, joiners and tags; what it lets programs ignore, as selectors
/// of variants and fillers; separators of lines and paragraphs; and the blank of Braille.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    let code = u32::from(c);
    c.is_control()
        || RANGES
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&code))
}

/// First and last of each range: `Cf` and `Default_Ignorable_Code_Point` of Unicode 16, and U+2028, U+2029, U+2800.
const RANGES: [(u32, u32); 26] = [
    (0x00ad, 0x00ad),
    (0x034f, 0x034f),
    (0x0600, 0x0605),
    (0x061c, 0x061c),
    (0x06dd, 0x06dd),
    (0x070f, 0x070f),
    (0x0890, 0x0891),
    (0x08e2, 0x08e2),
    (0x115f, 0x1160),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x200b, 0x200f),
    (0x2028, 0x202e),
    (0x2060, 0x206f),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xfffb),
    (0x110bd, 0x110bd),
    (0x110cd, 0x110cd),
    (0x13430, 0x1343f),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe0fff),
];

#[cfg(test)]
mod tests {
    use regex_automata::meta::Regex;

    use super::*;

    #[test]
    fn the_table_has_what_unicode_says() {
        let more = r"\x{2028}\x{2029}\x{2800}";
        let pattern = format!(r"[\p{{Cc}}\p{{Cf}}\p{{Default_Ignorable_Code_Point}}{more}]");
        let hidden = Regex::new(&pattern).unwrap();
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            assert_eq!(is_hidden(c), hidden.is_match(&*text), "{:x}", u32::from(c));
        }
    }
}
