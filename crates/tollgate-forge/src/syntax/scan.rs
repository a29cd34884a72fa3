//! Cuts text into the few kinds of tokens that tell how deep a parser will nest.
//!
//! The scan must see the same tokens as the parser, or text could hide its depth. The one place where a reader of JavaScript
//! has to know the grammar is `/`: division or regular expression. Regular expressions are not supported, so the scan takes a
//! `/` for a division where it can be nothing else, and stops at every other one.

/// What a token means for nesting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, number, string, or a whole template part: the end of an operand.
    Operand,
    /// A keyword that goes before an operand, such as `typeof`, or `!` and `~`.
    Prefix,
    /// A keyword that begins a statement with another one in it: `if`, `for`, `while`, `do`, `else`, `with`.
    Statement,
    /// Another keyword, after which an operand begins.
    Keyword,
    Open,
    Close,
    /// `;`
    End,
    /// `,`
    Comma,
    /// `+` and `-`: before an operand or between two.
    Sign,
    /// `++` and `--`
    Step,
    /// An operator that binds to the right or that types nest with: `=`, `=>`, `?`, `:`, `**`, `<`, `extends`, `is` and
    /// assignments.
    Right,
    /// Another operator between operands.
    Infix,
    /// `.` and `?.`
    Dot,
}

/// A token's kind with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// A line ends before it.
    pub(super) on_new_line: bool,
}

/// Why a scan ended before the text did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// A `/` at this place that may begin a regular expression.
    Slash(usize),
    /// Text that the parser stops at as well: an unclosed string or comment.
    Broken,
}

/// Reads tokens from the front of a text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    before: Option<Token>,
    /// Open brackets: what they are tells what follows their end.
    brackets: Vec<Bracket>,
    previous_is_dot: bool,
    /// The bracket that was closed last.
    closed: Option<Bracket>,
    /// The last token is a `!` behind an operand, which says that it is not null.
    asserts: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// `(` behind `if`, `for`, `while` or `with`: a statement follows its end.
    Head,
    /// `${`: the template goes on behind its end.
    Template,
    Brace,
    Other,
}

const PREFIXES: &[&str] = &[
    "typeof", "void", "delete", "new", "await", "yield", "keyof", "readonly", "infer", "unique",
    "async", "asserts", "throw", "return", "case", "abstract", "declare", "export", "default",
];
const STATEMENTS: &[&str] = &["if", "for", "while", "with", "do", "else"];
const INFIX_WORDS: &[&str] = &[
    "in",
    "of",
    "instanceof",
    "as",
    "satisfies",
    "implements",
    "from",
];
/// What follows these can have one of them again inside of it.
const RIGHT_WORDS: &[&str] = &["extends", "is"];

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut scanner = Self {
            text,
            at: 0,
            before: None,
            brackets: Vec::new(),
            previous_is_dot: false,
            closed: None,
            asserts: false,
        };
        let start = scanner.text.strip_prefix('\u{feff}').map_or(0, |_| 3);
        scanner.at = start;
        if scanner.rest().starts_with("#!") {
            scanner.skip_line();
        }
        scanner
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn skip_line(&mut self) {
        let ends = ['\n', '\r', '\u{2028}', '\u{2029}'];
        let length = self.rest().find(ends).unwrap_or(self.rest().len());
        self.at += length;
    }

    /// Skips spaces and comments; says whether a line ended.
    fn skip_space(&mut self) -> Result<bool, Stop> {
        let mut line_ended = false;
        loop {
            let rest = self.rest();
            let Some(c) = rest.chars().next() else {
                return Ok(line_ended);
            };
            if matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}') {
                line_ended = true;
                self.at += c.len_utf8();
            } else if c.is_whitespace() || c == '\u{feff}' {
                self.at += c.len_utf8();
            } else if rest.starts_with("//") {
                self.skip_line();
            } else if rest.starts_with("/*") {
                let length = rest
                    .get(2..)
                    .and_then(|r| r.find("*/"))
                    .ok_or(Stop::Broken)?;
                let comment = rest.get(..length + 4).unwrap_or("");
                line_ended |= comment.contains(['\n', '\r', '\u{2028}', '\u{2029}']);
                self.at += length + 4;
            } else {
                return Ok(line_ended);
            }
        }
    }

    /// Returns the next token; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token>, Stop> {
        let on_new_line = self.skip_space()?;
        let start = self.at;
        let Some(c) = self.rest().chars().next() else {
            return Ok(None);
        };
        let kind = match c {
            '"' | '\'' => self.string(c)?,
            '`' => {
                self.at += 1;
                self.template()?
            }
            '(' | '[' | '{' => self.open(c),
            ')' | ']' | '}' => self.close()?,
            '0'..='9' => self.word(),
            '.' if self
                .rest()
                .chars()
                .nth(1)
                .is_some_and(|d| d.is_ascii_digit()) =>
            {
                self.word()
            }
            c if is_word(c) => self.word(),
            _ => self.operator(c)?,
        };
        let token = Token {
            kind,
            start,
            end: self.at,
            on_new_line,
        };
        let bang = self.text.get(start..self.at) == Some("!");
        self.asserts = bang && !on_new_line && self.ends_operand();
        self.previous_is_dot = kind == Kind::Dot;
        self.before = Some(token);
        Ok(Some(token))
    }

    fn string(&mut self, quote: char) -> Result<Kind, Stop> {
        let mut escaped = false;
        for (i, c) in self.rest().char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '\n' | '\r' => return Err(Stop::Broken),
                c if c == quote => {
                    self.at += i + 1;
                    return Ok(Kind::Operand);
                }
                _ => {}
            }
        }
        Err(Stop::Broken)
    }

    /// The text of a template up to its end or the next `${`, from behind its beginning.
    fn template(&mut self) -> Result<Kind, Stop> {
        let mut escaped = false;
        let mut dollar = false;
        for (i, c) in self.rest().char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '`' => {
                    self.at += i + 1;
                    return Ok(Kind::Operand);
                }
                '{' if dollar => {
                    self.at += i + 1;
                    self.brackets.push(Bracket::Template);
                    return Ok(Kind::Open);
                }
                _ => {}
            }
            dollar = c == '$' && !escaped;
        }
        Err(Stop::Broken)
    }

    fn open(&mut self, c: char) -> Kind {
        let head = self.before.is_some_and(|t| {
            let word = self.text.get(t.start..t.end).unwrap_or("");
            t.kind == Kind::Statement || word == "await" && c == '('
        });
        self.at += 1;
        self.brackets.push(match c {
            '(' if head => Bracket::Head,
            '{' => Bracket::Brace,
            _ => Bracket::Other,
        });
        Kind::Open
    }

    /// The end of a bracket. A template goes on behind `}`; its next part is seen as the end and a new beginning.
    fn close(&mut self) -> Result<Kind, Stop> {
        self.at += 1;
        let bracket = self.brackets.pop();
        self.closed = bracket;
        if bracket == Some(Bracket::Template) {
            // Behind the end of the part stands either the template's end or another part, both as deep as this one was.
            let kind = self.template()?;
            return Ok(if kind == Kind::Open {
                Kind::Comma
            } else {
                Kind::Close
            });
        }
        Ok(Kind::Close)
    }

    fn word(&mut self) -> Kind {
        let rest = self.rest();
        if rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            self.at += number_length(rest);
            return Kind::Operand;
        }
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or("");
        self.at += length;
        if self.previous_is_dot {
            Kind::Operand
        } else if STATEMENTS.contains(&word) {
            Kind::Statement
        } else if PREFIXES.contains(&word) {
            Kind::Prefix
        } else if RIGHT_WORDS.contains(&word) {
            Kind::Right
        } else if INFIX_WORDS.contains(&word) {
            Kind::Keyword
        } else {
            Kind::Operand
        }
    }

    fn operator(&mut self, c: char) -> Result<Kind, Stop> {
        const LONGEST_FIRST: &[(&str, Kind)] = &[
            (">>>=", Kind::Right),
            ("?.", Kind::Dot),
            ("...", Kind::Prefix),
            ("===", Kind::Infix),
            ("!==", Kind::Infix),
            ("**=", Kind::Right),
            ("<<=", Kind::Right),
            (">>=", Kind::Right),
            ("&&=", Kind::Right),
            ("||=", Kind::Right),
            ("??=", Kind::Right),
            ("=>", Kind::Right),
            ("==", Kind::Infix),
            ("!=", Kind::Infix),
            ("<=", Kind::Infix),
            ("&&", Kind::Infix),
            ("||", Kind::Infix),
            ("??", Kind::Infix),
            ("**", Kind::Right),
            ("++", Kind::Step),
            ("--", Kind::Step),
            ("+=", Kind::Right),
            ("-=", Kind::Right),
            ("*=", Kind::Right),
            ("%=", Kind::Right),
            ("&=", Kind::Right),
            ("|=", Kind::Right),
            ("^=", Kind::Right),
            (";", Kind::End),
            (",", Kind::Comma),
            (".", Kind::Dot),
            ("!", Kind::Prefix),
            ("~", Kind::Prefix),
            ("+", Kind::Sign),
            ("-", Kind::Sign),
            ("?", Kind::Right),
            (":", Kind::Right),
            ("=", Kind::Right),
            ("<", Kind::Right),
            ("@", Kind::Prefix),
        ];
        if c == '/' {
            return self.slash();
        }
        for (text, kind) in LONGEST_FIRST {
            if self.rest().starts_with(text) {
                self.at += text.len();
                return Ok(*kind);
            }
        }
        self.at += c.len_utf8();
        Ok(Kind::Infix)
    }

    /// A division, when what stands before it is the end of an operand.
    fn slash(&mut self) -> Result<Kind, Stop> {
        if !self.ends_operand() {
            return Err(Stop::Slash(self.at));
        }
        self.at += if self.rest().starts_with("/=") { 2 } else { 1 };
        Ok(Kind::Infix)
    }

    /// Whether the last token can only be the end of an operand.
    fn ends_operand(&self) -> bool {
        let Some(before) = self.before else {
            return false;
        };
        let text = self.text.get(before.start..before.end).unwrap_or("");
        match before.kind {
            Kind::Operand => text != "yield" && text != "await",
            // What ends with `}` can be a block; what ends with `)` can be the head of a statement.
            Kind::Close => !text.starts_with('}') && self.closed != Some(Bracket::Head),
            Kind::Prefix => self.asserts,
            Kind::Statement
            | Kind::Keyword
            | Kind::Open
            | Kind::End
            | Kind::Comma
            | Kind::Sign
            | Kind::Step
            | Kind::Right
            | Kind::Infix
            | Kind::Dot => false,
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '\\' | '\u{200c}' | '\u{200d}')
}

/// Bytes of the number at the front: digits, letters, one dot, and a sign behind an exponent.
fn number_length(text: &str) -> usize {
    let hex = text.starts_with("0x") || text.starts_with("0X");
    let mut dots = 0;
    let mut previous = '0';
    for (i, c) in text.char_indices() {
        let exponent_sign = matches!(c, '+' | '-') && matches!(previous, 'e' | 'E') && !hex;
        let dot = c == '.'
            && dots == 0
            && !text
                .get(..i)
                .unwrap_or("")
                .contains(['e', 'E', 'x', 'X', 'n', 'o', 'b']);
        if dot {
            dots += 1;
        } else if !is_word(c) && !exponent_sign {
            return i;
        }
        previous = c;
    }
    text.len()
}
