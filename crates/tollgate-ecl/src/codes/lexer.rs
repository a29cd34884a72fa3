//! E01xx: characters that form no token.

super::codes! {
    UNEXPECTED_CHARACTER = 101, "unexpected character",
        cause: "A character stands outside strings and comments that no token of ECL begins with. Quotes from a word processor (“ ”) and single quotes are the usual ones.",
        example: "let a = $5",
        fix: "Remove the character. Strings are written between double quotes.";
    UNTERMINATED_STRING = 102, "unterminated string",
        cause: "A string has no closing quote on its line. A string cannot go on over the end of a line.",
        example: "let a = \"did:example:1",
        fix: "Close the string with `\"`. A line break inside a string is written `\\n`.";
    UNKNOWN_ESCAPE = 103, "unknown escape",
        cause: "After a backslash in a string stands a character that no escape begins with, or a `\\u{…}` that names no character.",
        example: "let a = \"C:\\path\"",
        fix: "Use one of `\\\"`, `\\\\`, `\\/`, `\\n`, `\\r`, `\\t`, `\\u{1F4A1}`. A backslash itself is written `\\\\`.";
    UNTERMINATED_REGEX = 104, "unterminated regular expression",
        cause: "After `matches` a `/` opens a regular expression, and its line has no closing `/`.",
        example: "let a = name matches /^[a-z]+$",
        fix: "Close it with `/`. A `/` inside is written `\\/`.";
    TOKEN_TOO_LONG = 105, "token too long",
        cause: "A name, a number or a string is longer than the front end reads: 128 bytes for a name, 64 for a number, 65,536 for a string.",
        example: "let a = 10000000000000000000000000000000000000000000000000000000000000000",
        fix: "Shorten it. Large sets of values belong into the input or into facts.";
    BAD_NUMBER = 106, "malformed number",
        cause: "A number has a form that ECL does not know: a dot without digits after it, two exponents, a doubled or final `_`, hexadecimal digits.",
        example: "let a = 0x10",
        fix: "Write digits, optionally `.` and digits, optionally an exponent: `1_000`, `0.50`, `1e3`.";
    HIDDEN_CHARACTER = 107, "invisible control character",
        cause: "A comment or string holds a control character, or a character that changes the direction of text. They make a policy look different from what it means.",
        example: "let a = \"\u{202e}tpecca\"",
        fix: "Remove it, or write it as an escape: `\\u{202E}`.";
    SOURCE_TOO_LARGE = 108, "source too large",
        cause: "A source file is larger than the limit, 1 MiB unless the caller chose another.",
        example: "a file of more than 1,048,576 bytes",
        fix: "Split the file and `import` the parts, or move large sets of values into the input or into facts.";
    NOT_UTF8 = 109, "source is not UTF-8",
        cause: "A source file holds bytes that are not UTF-8 text.",
        example: "a file saved as Latin-1 or UTF-16, or a binary file",
        fix: "Save the file as UTF-8.";
}
