//! Tokens → syntax tree, by recursive descent.
//!
//! A parse function always returns a node and never fails: what it could not read is reported, and
//! [`ExprKind::Error`](crate::syntax::ast::ExprKind::Error) or a missing field stands in the tree. One error is reported for one token, so a mistake does not
//! echo through the callers. [`block`](Parser::block) is the one place that finds back: after an entry that left tokens over, it skips to the next entry.
//!
//! Two counters keep every later pass safe from deep trees: levels of recursion, and the height of expressions (a chain of
//! operators recurses in the tree though not in the parser). Beyond either limit the rest of the file is given up.
//!
//! For the formatter the parser notes which tokens begin an entry, which commas only separate, and what kind of block each
//! brace opens: see [`Marks`].

mod cursor;
mod expr;
mod guard;
mod item;
mod message;
mod pattern;
mod policy;
mod ternary;
mod test;
mod types;

pub(crate) use expr::is_currency;

use crate::codes::lexer::SOURCE_TOO_LARGE;
use crate::diagnostic::Diagnostic;
use crate::limits::SourceLimits;
use crate::span::Span;
use crate::syntax::ast;
use crate::syntax::lexer::{self, Comment, Lexed, Token, TokenKind};

/// What the parser made of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The tree, complete only when there are no errors.
    pub file: ast::File,
    /// The tokens; the last one is the end of the file.
    pub tokens: Vec<Token>,
    /// The comments.
    pub comments: Vec<Comment>,
    /// The structure that the formatter needs beyond the tokens.
    pub marks: Marks,
    /// Errors of lexer and parser in order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// What braces and brackets open, for the formatter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// The entries of a declaration, or statements: always one a line. Each begins with a word the grammar knows, so they
    /// may follow each other without a separator.
    Lines,
    /// Rules, facts, effects: always one a line, and always separated unless the next one has a key. A stray word behind a
    /// rule must not become a rule of its own.
    Rules,
    /// Fields, cases or arms: on one line when they fit and were written so.
    Fields,
    /// Elements, arguments, parameters: in one line when they fit.
    Elements,
    /// `body: |`: from the bar to the end of the statements, without a closing token.
    Body,
}

/// A bracketed part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Index of the token that opens it.
    pub open: u32,
    /// Index of the token that closes it; for [`BlockKind::Body`] of the token after it.
    pub close: u32,
    /// What it is.
    pub kind: BlockKind,
}

/// The structure of a file over its tokens, by token index.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Marks {
    /// Tokens that begin a declaration, an entry, a statement, an element. Ascending.
    pub entries: Vec<u32>,
    /// Commas that separate entries. Ascending.
    pub separators: Vec<u32>,
    /// Names that are the unit of the number before them. Ascending.
    pub units: Vec<u32>,
    /// The blocks, in the order of their ends.
    pub blocks: Vec<Block>,
}

/// Parses one file of a bundle with the default limits.
#[must_use]
pub fn parse(file: u32, text: &str) -> Parsed {
    parse_within(file, text, SourceLimits::default())
}

/// Parses one file of a bundle.
#[must_use]
pub fn parse_within(file: u32, text: &str, limits: SourceLimits) -> Parsed {
    if let Some(diagnostic) = too_large(file, text, limits) {
        let mut parser = Parser::new(file, "", lexer::lex(file, ""), limits);
        parser.diagnostics.push(diagnostic);
        return parser.finish(ast::File { items: Vec::new() });
    }
    let mut parser = Parser::new(file, text, lexer::lex(file, text), limits);
    let items = parser.items();
    parser.finish(ast::File { items })
}

/// Parses a text that is one expression, for a prompt.
#[must_use]
pub fn parse_expr(file: u32, text: &str) -> (ast::Expr, Vec<Diagnostic>) {
    let limits = SourceLimits::default();
    if let Some(diagnostic) = too_large(file, text, limits) {
        let expr = ast::Expr {
            kind: ast::ExprKind::Error,
            span: Span::new(file, 0, 0),
        };
        return (expr, vec![diagnostic]);
    }
    let mut parser = Parser::new(file, text, lexer::lex(file, text), limits);
    let expr = parser.expr();
    if !parser.at(TokenKind::Eof) {
        parser.expected("the end of the expression");
    }
    let parsed = parser.finish(ast::File { items: Vec::new() });
    (expr, parsed.diagnostics)
}

fn too_large(file: u32, text: &str, limits: SourceLimits) -> Option<Diagnostic> {
    // Offsets are 32 bits wide, whatever the caller allows.
    let max = limits.source_bytes_max.min(u32::MAX as usize / 2);
    (text.len() > max).then(|| {
        let message = format!("the source is {} bytes long, {max} are allowed", text.len());
        Diagnostic::error(SOURCE_TOO_LARGE, message)
            .at(Span::new(file, 0, 0), "")
            .help("split the file and `import` the parts")
    })
}

/// What surrounds an expression and changes where it ends.
#[derive(Debug, Clone, Copy, Default)]
struct Context {
    /// In parentheses or brackets, where line ends mean nothing.
    free_lines: bool,
    /// Before a `{` that belongs to a statement: `Name {` is not a record.
    no_record: bool,
    /// Between `then` and its `else`: `else` gives no default.
    no_else: bool,
    /// The list of a loop, before the `:` that ends it.
    before_colon: bool,
}

struct Parser<'a> {
    file: u32,
    text: &'a str,
    tokens: Vec<Token>,
    comments: Vec<Comment>,
    pos: usize,
    /// End of the token taken last.
    last_end: u32,
    depth: u32,
    depth_max: u32,
    /// Height of the expression parsed last.
    height: u32,
    context: Context,
    /// Where the expression begins that is being read.
    expr_start: u32,
    /// The choices that were written `a ? b : c`, as they must be written, in the order of their places.
    rewritten: Vec<ternary::Rewritten>,
    diagnostics: Vec<Diagnostic>,
    /// Start of the token the last error was about.
    last_error: Option<u32>,
    /// A limit was passed: nothing more is reported.
    gave_up: bool,
    marks: Marks,
}

impl<'a> Parser<'a> {
    fn new(file: u32, text: &'a str, lexed: Lexed, limits: SourceLimits) -> Self {
        Self {
            file,
            text,
            tokens: lexed.tokens,
            comments: lexed.comments,
            pos: 0,
            last_end: 0,
            depth: 0,
            depth_max: limits.nesting_max,
            height: 0,
            context: Context::default(),
            expr_start: 0,
            rewritten: Vec::new(),
            diagnostics: lexed.diagnostics,
            last_error: None,
            gave_up: false,
            marks: Marks::default(),
        }
    }

    fn finish(mut self, file: ast::File) -> Parsed {
        self.diagnostics.sort_by_key(|d| d.span());
        Parsed {
            file,
            tokens: self.tokens,
            comments: self.comments,
            marks: self.marks,
            diagnostics: self.diagnostics,
        }
    }
}

#[cfg(test)]
mod tests;
