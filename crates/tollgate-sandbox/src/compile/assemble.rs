//! The text form of a module, turned into the binary form.

use super::job::Refusal;

/// Bytes of a message of the assembler; the text is quoted in it.
const MESSAGE_BYTES: usize = 2_000;

/// Assembles `text`; the result may have `bytes_max` bytes.
pub(super) fn binary(text: &[u8], bytes_max: u64) -> Result<Vec<u8>, Refusal> {
    let text = std::str::from_utf8(text).map_err(|error| Refusal::Text {
        line: 1,
        column: error.valid_up_to() + 1,
        message: String::from("it is not UTF-8"),
    })?;
    let bytes = assemble(text).map_err(|error| refusal(text, &error))?;
    if bytes.len() as u64 > bytes_max {
        return Err(Refusal::TooLarge { bytes_max });
    }
    Ok(bytes)
}

fn assemble(text: &str) -> Result<Vec<u8>, wast::Error> {
    let buffer = wast::parser::ParseBuffer::new(text)?;
    wast::parser::parse::<wast::Wat<'_>>(&buffer)?.encode()
}

fn refusal(text: &str, error: &wast::Error) -> Refusal {
    let (line, column) = error.span().linecol_in(text);
    let mut message = error.message();
    message.truncate(message.floor_char_boundary(MESSAGE_BYTES));
    Refusal::Text {
        line: line + 1,
        column: column + 1,
        message,
    }
}
