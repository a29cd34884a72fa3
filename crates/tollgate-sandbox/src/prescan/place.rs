//! Where in a module something is: a byte offset, and the function it lies in.

use std::fmt;

use serde::{Deserialize, Serialize};
use wasmparser::{KnownCustom, Name, Parser, Payload};

/// Bytes of a function's name in a message; the module chose the name.
const NAME_BYTES: usize = 200;

/// A place in a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Bytes from the start of the file.
    pub offset: usize,
    /// Index of the function, in its core module.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub function: Option<u32>,
    /// The function's name, if the module has a name section.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

impl Place {
    /// The place at `offset` of the file `wasm`. Walks the file, so it is for errors only.
    pub(crate) fn locate(wasm: &[u8], offset: usize) -> Self {
        let (function, name) = function_at(wasm, offset).unwrap_or_default();
        Self {
            offset,
            function,
            name,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.function, &self.name) {
            (Some(index), Some(name)) => write!(f, "in function {index} `{name}`, ")?,
            (Some(index), None) => write!(f, "in function {index}, ")?,
            (None, _) => {}
        }
        write!(f, "at offset {:#x}", self.offset)
    }
}

/// One core module on the way from the file's start to the offset.
#[derive(Default)]
struct Level {
    next_function: u32,
    found: Option<u32>,
}

/// The function around the offset, with its name. `None` as soon as the file cannot be read further.
fn function_at(wasm: &[u8], offset: usize) -> Option<(Option<u32>, Option<String>)> {
    let mut levels = vec![Level::default()];
    for payload in Parser::new(0).parse_all(wasm) {
        let Ok(payload) = payload else { break };
        let level = levels.last_mut()?;
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                levels.push(Level::default())
            }
            Payload::ImportSection(section) => level.next_function = imported_functions(section),
            Payload::CodeSectionEntry(body) => {
                if body.range().contains(&offset) {
                    level.found = Some(level.next_function);
                }
                level.next_function = level.next_function.saturating_add(1);
            }
            Payload::CustomSection(section) => {
                if let (Some(index), KnownCustom::Name(names)) = (level.found, section.as_known()) {
                    return Some((Some(index), function_name(names, index)));
                }
            }
            Payload::End(_) => {
                if let Some(index) = level.found {
                    return Some((Some(index), None));
                }
                levels.pop();
            }
            _ => {}
        }
    }
    Some((levels.last().and_then(|level| level.found), None))
}

fn imported_functions(section: wasmparser::ImportSectionReader<'_>) -> u32 {
    let functions = section
        .into_imports()
        .map_while(Result::ok)
        .filter(|import| {
            matches!(
                import.ty,
                wasmparser::TypeRef::Func(_) | wasmparser::TypeRef::FuncExact(_)
            )
        });
    u32::try_from(functions.count()).unwrap_or(u32::MAX)
}

fn function_name(names: wasmparser::NameSectionReader<'_>, index: u32) -> Option<String> {
    let mut functions = names
        .into_iter()
        .map_while(Result::ok)
        .filter_map(|name| match name {
            Name::Function(map) => Some(map),
            _ => None,
        });
    let found = functions
        .next()?
        .into_iter()
        .map_while(Result::ok)
        .find(|naming| naming.index == index)?;
    Some(shortened(found.name))
}

/// The name as it may stand in a message: bounded, without control characters.
pub(crate) fn shortened(name: &str) -> String {
    let end = name.floor_char_boundary(NAME_BYTES);
    let (kept, rest) = name.split_at_checked(end).unwrap_or((name, ""));
    let mut text: String = kept
        .chars()
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect()
            } else {
                vec![c]
            }
        })
        .collect();
    if !rest.is_empty() {
        text.push('…');
    }
    text
}
