//! Names of functions as people read them, in a module that is about to be compiled.
//!
//! The engine keeps the names of a module's name section in the compiled code and shows them when the module traps. They
//! are a stranger's: mangled, of any length, and a few bytes of a mangled name can stand for megabytes. So they are made
//! readable and short here, in the worker, and the process that runs the code reads a table and nothing else.
//!
//! A name section keeps its size, so that nothing in the module moves: places in traces are places in the file people have.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::ops::Range;

use wasmparser::{KnownCustom, Name, NameSectionReader, Naming, Parser, Payload};

use crate::limits::{FUNCTION_NAME_BYTES, MANGLED_NAME_BYTES};

/// The subsection of the names of functions.
const FUNCTIONS: u8 = 1;
/// A subsection nobody knows, which fills what is left.
const FILLER: u8 = 0x7f;

/// Returns the module with readable, bounded names of functions. What cannot be read stays as it is: the engine passes over
/// it as well.
pub(crate) fn readable(wasm: &[u8]) -> Cow<'_, [u8]> {
    let mut edits: Vec<(Range<usize>, Vec<u8>)> = Vec::new();
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        let Payload::CustomSection(section) = payload else {
            continue;
        };
        if let KnownCustom::Name(names) = section.as_known() {
            let start = section.data_offset();
            let range = start..start + section.data().len();
            edits.extend(rewritten(names, range.len()).map(|bytes| (range, bytes)));
        }
    }
    if edits.is_empty() {
        return Cow::Borrowed(wasm);
    }
    let mut edited = wasm.to_vec();
    for (range, bytes) in edits {
        if let Some(section) = edited.get_mut(range)
            && section.len() == bytes.len()
        {
            section.copy_from_slice(&bytes);
        }
    }
    Cow::Owned(edited)
}

/// The content of a name section of `size` bytes with the names of functions only. `None` when there are none.
fn rewritten(names: NameSectionReader<'_>, size: usize) -> Option<Vec<u8>> {
    let functions = names.map_while(Result::ok).find_map(|name| match name {
        Name::Function(names) => Some(names),
        _ => None,
    })?;
    let given: Vec<Naming<'_>> = functions.into_iter().map_while(Result::ok).collect();
    let shown: Vec<String> = given.iter().map(|naming| shown(naming.name)).collect();
    content(&given, &shown, size).or_else(|| {
        // A readable name can be longer than a mangled one; then it is cut to what there is room for.
        let cut = given.iter().zip(shown);
        let cut: Vec<String> = cut
            .map(|(naming, mut name)| {
                name.truncate(name.floor_char_boundary(naming.name.len()));
                name
            })
            .collect();
        content(&given, &cut, size)
    })
}

/// The section's content, filled up to `size`; `None` when it is longer.
fn content(given: &[Naming<'_>], names: &[String], size: usize) -> Option<Vec<u8>> {
    let mut entries = leb(u32::try_from(given.len()).ok()?, 1);
    for (naming, name) in given.iter().zip(names) {
        entries.extend(leb(naming.index, 1));
        entries.extend(leb(u32::try_from(name.len()).ok()?, 1));
        entries.extend(name.as_bytes());
    }
    let length = u32::try_from(entries.len()).ok()?;
    // A single byte cannot be a subsection; a longer form of the length takes its place.
    (1..=5).find_map(|width| {
        let mut content = vec![FUNCTIONS];
        content.extend(leb(length, width));
        content.extend(&entries);
        fill(&mut content, size).then_some(content)
    })
}

/// Fills `content` up to `size`, if that is possible.
fn fill(content: &mut Vec<u8>, size: usize) -> bool {
    let Some(left) = size.checked_sub(content.len()) else {
        return false;
    };
    if left == 0 {
        return true;
    }
    let filled = (1..=5).find_map(|width| {
        let zeros = left.checked_sub(1 + width)?;
        let length = leb(u32::try_from(zeros).ok()?, width);
        (length.len() == width).then_some((zeros, length))
    });
    let Some((zeros, length)) = filled else {
        return false;
    };
    content.push(FILLER);
    content.extend(length);
    content.resize(content.len() + zeros, 0);
    true
}

/// A number in LEB128, in at least `width` bytes.
fn leb(mut number: u32, width: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 && bytes.len() + 1 >= width {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

/// The name as people read it, in [`FUNCTION_NAME_BYTES`] at most.
fn shown(name: &str) -> String {
    let mut text = Short::default();
    // What does not fit is left out; a mangled name that is none stays as it is. Every mangled name begins so, and without
    // that beginning `x` would be read as a type.
    let written = if !name.starts_with('_') || name.len() > MANGLED_NAME_BYTES {
        false
    } else if let Ok(symbol) = rustc_demangle::try_demangle(name) {
        // Without the hash at the end.
        write!(text, "{symbol:#}").is_ok() || !text.0.is_empty()
    } else if let Ok(symbol) = cpp_demangle::Symbol::new(name) {
        let options = cpp_demangle::DemangleOptions::default();
        symbol.structured_demangle(&mut text, &options).is_ok() || !text.0.is_empty()
    } else {
        false
    };
    if !written {
        text = Short::default();
        text.write_str(name).ok();
    }
    text.0
}

/// A text that takes so many bytes and then refuses, which ends the writing.
#[derive(Default)]
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = FUNCTION_NAME_BYTES.saturating_sub(self.0.len());
        let (fits, rest) = text
            .split_at_checked(text.floor_char_boundary(room))
            .unwrap_or((text, ""));
        self.0.push_str(fits);
        if rest.is_empty() {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(wasm: &[u8]) -> Vec<String> {
        let sections = Parser::new(0).parse_all(wasm).map_while(Result::ok);
        let maps = sections.filter_map(|payload| match payload {
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Name(names) => Some(names),
                _ => None,
            },
            _ => None,
        });
        maps.flat_map(|names| names.map(Result::unwrap).collect::<Vec<_>>())
            .filter_map(|name| match name {
                Name::Function(map) => Some(map),
                _ => None,
            })
            .flat_map(|map| map.into_iter().map(Result::unwrap).collect::<Vec<_>>())
            .map(|naming| naming.name.to_owned())
            .collect()
    }

    fn module(names: &[&str]) -> Vec<u8> {
        let functions: String = names
            .iter()
            .map(|name| format!("(func (@name {name:?}))"))
            .collect();
        wat::parse_str(format!("(module {functions})")).unwrap()
    }

    #[test]
    fn mangled_names_are_made_readable() {
        let wasm = module(&[
            "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE",
            "_RNvCskwGfYPst2Cb_3foo3bar",
            "_ZN3foo3barEib",
            "plain",
            "_Znonsense",
        ]);
        let readable = readable(&wasm);
        assert_eq!(
            names(&readable),
            [
                "core::fmt::Formatter::pad",
                "foo::bar",
                "foo::bar(int, bool)",
                "plain",
                "_Znonsense"
            ]
        );
        assert_eq!(readable.len(), wasm.len(), "nothing moves");
        wasmparser::validate(&readable).unwrap();
    }

    #[test]
    fn a_name_section_of_every_size_keeps_its_size() {
        for length in 0..300 {
            let long = "x".repeat(length);
            let wasm = module(&[&long, "_ZN1a1b17h0123456789abcdefE"]);
            let readable = readable(&wasm);
            assert_eq!(readable.len(), wasm.len(), "{length}");
            assert_eq!(names(&readable), [long, "a::b".to_owned()], "{length}");
        }
    }

    #[test]
    fn a_readable_name_without_room_is_cut() {
        // `i` twenty times is `int, ` twenty times.
        let mangled = format!("_Z1f{}", "i".repeat(20));
        let wasm = module(&[&mangled]);
        let readable = readable(&wasm);
        assert_eq!(readable.len(), wasm.len());
        assert_eq!(names(&readable), ["f(int, int, int, int, in"]);
    }

    #[test]
    fn long_names_are_cut() {
        let wasm = module(&[&"x".repeat(100_000)]);
        assert_eq!(names(&readable(&wasm)), ["x".repeat(FUNCTION_NAME_BYTES)]);
    }

    #[test]
    fn a_name_that_stands_for_megabytes_is_cut() {
        // Each substitution repeats everything before it.
        let mut mangled = String::from("_Z1fP1aIS_S_E");
        for index in 0..30 {
            let index = std::char::from_digit(index, 36)
                .unwrap()
                .to_ascii_uppercase();
            mangled.push_str(&format!("1aIS{index}_S{index}_E"));
        }
        assert!(shown(&mangled).len() <= FUNCTION_NAME_BYTES);
    }

    #[test]
    fn damaged_name_sections_stay_as_they_are() {
        let wasm = module(&["_ZN1a1b17h0123456789abcdefE", "plain"]);
        for index in 0..wasm.len() {
            let mut damaged = wasm.clone();
            damaged[index] ^= 0xff;
            assert_eq!(readable(&damaged).len(), damaged.len());
        }
    }
}
