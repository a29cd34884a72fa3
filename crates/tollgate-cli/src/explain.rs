//! What a code of a diagnostic means. Two languages have codes; who asks the wrong command is told the right one.

use serde_json::json;
use tollgate_diagnostics::codes::Entry;
use tollgate_diagnostics::document;

use crate::arguments::Format;
use crate::error::{CliError, CliResult};
use crate::escapes::json_text;
use crate::exit::Exit;
use crate::output::answer;

/// A language whose diagnostics have codes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// Policies: `E0101`, and `W0101` of their lints.
    Policy,
    /// TypeScript: `F0101`.
    TypeScript,
}

impl Language {
    fn find(self, text: &str) -> Option<&'static Entry> {
        match self {
            Self::Policy => tollgate_ecl::codes::find(text).ok(),
            Self::TypeScript => tollgate_forge::codes::find(text).ok(),
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Policy => Self::TypeScript,
            Self::TypeScript => Self::Policy,
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Policy => "tollgate ecl explain",
            Self::TypeScript => "tollgate build explain",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Policy => "E0310",
            Self::TypeScript => "F0303",
        }
    }
}

/// Whether a text has the form of a code of some language: its letter and digits.
pub(crate) fn is_code(text: &str) -> bool {
    let digits = text.strip_prefix(['E', 'e', 'W', 'w', 'F', 'f']);
    digits.is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()))
}

/// Prints what a code of a language means.
pub(crate) fn explain(language: Language, text: &str, format: Format) -> CliResult<Exit> {
    let Some(entry) = language.find(text) else {
        return Err(CliError::message(Exit::Usage, unknown(language, text)));
    };
    let text = match format {
        Format::Human => document::text(entry),
        Format::Json => {
            let value = json!({
                "code": entry.code.to_string(),
                "title": entry.title,
                "cause": entry.cause,
                "example": entry.example,
                "fix": entry.fix,
            });
            json_text(&value)
        }
    };
    answer(text.as_bytes())?;
    Ok(Exit::Success)
}

fn unknown(language: Language, text: &str) -> String {
    let shown: String = text.chars().take(32).collect();
    let other = language.other();
    if is_code(text) && other.find(text).is_some() {
        let command = other.command();
        return format!("`{shown}` is a code of the other language: `{command} {shown}`");
    }
    let (command, example) = (language.command(), language.example());
    format!("there is no diagnostic with the code `{shown}`; a code is like `{command} {example}`")
}
