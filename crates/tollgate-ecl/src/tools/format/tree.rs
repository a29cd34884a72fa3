//! Tokens and comments as blocks of entries.
//!
//! Every comment finds one place: behind an entry on its line, on lines of its own before an entry, before the end of a
//! block, behind the opening of one, or between two tokens of an entry.

use crate::syntax::lexer::{Comment, Token, TokenKind};
use crate::syntax::parser::{BlockKind, Parsed};

/// A part of an entry.
#[derive(Debug)]
pub(super) enum Node {
    /// A token by index, and whether it is a unit.
    Token { index: usize, unit: bool },
    /// A bracketed part.
    Block(Block),
    /// A comment between two tokens; on a line of its own or behind the token before it.
    Comment { index: usize, own_line: bool },
}

/// A bracketed part, or the whole file.
#[derive(Debug)]
pub(super) struct Block {
    /// The opening token; none for the file.
    pub(super) open: Option<usize>,
    /// The closing token; none for the file and for a body.
    pub(super) close: Option<usize>,
    /// What it is; for the file [`BlockKind::Lines`].
    pub(super) kind: BlockKind,
    /// What is in it.
    pub(super) entries: Vec<Entry>,
    /// A comment behind the opening token.
    pub(super) after_open: Option<usize>,
    /// Comments before the closing token.
    pub(super) dangling: Vec<Line>,
    /// It cannot stand on one line.
    pub(super) broken: bool,
    /// A comment is in it.
    pub(super) commented: bool,
    /// Parentheses around an expression.
    pub(super) paren: bool,
}

/// A comment on a line of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) comment: usize,
    pub(super) blank_before: bool,
}

/// An entry with the comments that belong to it.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) leading: Vec<Line>,
    pub(super) blank_before: bool,
    pub(super) nodes: Vec<Node>,
    pub(super) trailing: Option<usize>,
}

impl Entry {
    fn commented(&self) -> bool {
        !self.leading.is_empty()
            || self.trailing.is_some()
            || self.nodes.iter().any(|n| match n {
                Node::Token { .. } => false,
                Node::Comment { .. } => true,
                Node::Block(block) => block.commented,
            })
    }

    /// True when a part of it cannot stand on one line.
    pub(super) fn broken(&self) -> bool {
        nodes_broken(&self.nodes)
    }
}

/// True when one of the nodes cannot stand on one line.
pub(super) fn nodes_broken(nodes: &[Node]) -> bool {
    nodes.iter().any(|n| match n {
        Node::Token { .. } => false,
        Node::Comment { .. } => true,
        Node::Block(block) => block.broken,
    })
}

/// Arranges a file.
pub(super) fn build(text: &str, parsed: &Parsed) -> Block {
    let count = parsed.tokens.len();
    let mut builder = Builder {
        text,
        tokens: &parsed.tokens,
        comments: &parsed.comments,
        entry_at: flags(count, &parsed.marks.entries),
        separator_at: flags(count, &parsed.marks.separators),
        unit_at: flags(count, &parsed.marks.units),
        block_at: vec![None; count],
        next_comment: 0,
        last_end: 0,
    };
    for block in &parsed.marks.blocks {
        if let Some(slot) = builder.block_at.get_mut(block.open as usize) {
            *slot = Some((block.close as usize, block.kind));
        }
    }
    // The last token is the end of the file.
    builder.block(None, 0, count.saturating_sub(1), BlockKind::Lines)
}

fn flags(count: usize, indexes: &[u32]) -> Vec<bool> {
    let mut flags = vec![false; count];
    for index in indexes {
        if let Some(flag) = flags.get_mut(*index as usize) {
            *flag = true;
        }
    }
    flags
}

struct Builder<'a> {
    text: &'a str,
    tokens: &'a [Token],
    comments: &'a [Comment],
    entry_at: Vec<bool>,
    separator_at: Vec<bool>,
    unit_at: Vec<bool>,
    block_at: Vec<Option<(usize, BlockKind)>>,
    next_comment: usize,
    /// End of the token or comment taken last.
    last_end: u32,
}

impl Builder<'_> {
    /// The block behind token `open`: tokens `start..end`.
    fn block(&mut self, open: Option<usize>, start: usize, end: usize, kind: BlockKind) -> Block {
        let written_broken = kind_breaks_as_written(kind) && self.line_before(start);
        let mut block = Block {
            open,
            close: Some(end).filter(|_| kind != BlockKind::Body && open.is_some()),
            kind,
            entries: Vec::new(),
            after_open: None,
            dangling: Vec::new(),
            broken: false,
            commented: false,
            paren: kind == BlockKind::Elements
                && !self.entry_at.get(start).copied().unwrap_or(false)
                && start < end,
        };
        let mut pending = Vec::new();
        let mut entry_end = None;
        let mut index = start;
        while index < end {
            let separator = self.separator_at.get(index).copied().unwrap_or(false);
            let begins =
                block.entries.is_empty() || self.entry_at.get(index).copied().unwrap_or(false);
            if separator || begins {
                self.boundary(index, &mut block, &mut pending, entry_end);
            }
            if separator {
                self.last_end = self.end_of(index);
                index += 1;
                continue;
            }
            if begins {
                block.entries.push(Entry {
                    leading: std::mem::take(&mut pending),
                    blank_before: self.blank_before(index),
                    ..Entry::default()
                });
            }
            let nodes = block.entries.last_mut().map(|e| &mut e.nodes);
            let mut none = Vec::new();
            index = self.node(index, nodes.unwrap_or(&mut none));
            entry_end = Some(self.last_end);
        }
        self.finish(&mut block, pending, entry_end, end);
        block.commented = block.after_open.is_some()
            || !block.dangling.is_empty()
            || block.entries.iter().any(Entry::commented);
        block.broken = block.commented
            || block.entries.iter().any(Entry::broken)
            || must_break(&block)
            || (written_broken && stays_broken(&block));
        block
    }

    /// Takes the comments before the closing token. Those before the end of a body belong to what follows it.
    fn finish(
        &mut self,
        block: &mut Block,
        mut pending: Vec<Line>,
        entry_end: Option<u32>,
        end: usize,
    ) {
        if block.kind == BlockKind::Body {
            let comment = self.comments.get(self.next_comment);
            let behind = comment
                .is_some_and(|c| self.same_line(entry_end.unwrap_or(self.last_end), c.start));
            if behind && self.next_comment_before(end) {
                self.attach(block, &mut pending, entry_end);
            }
        } else {
            self.boundary(end, block, &mut pending, entry_end);
        }
        block.dangling = pending;
    }

    /// Takes the token at `index`, or the block it opens; returns the next index.
    fn node(&mut self, index: usize, nodes: &mut Vec<Node>) -> usize {
        while self.next_comment_before(index) {
            if nodes.is_empty() {
                break;
            }
            let comment = self.take_comment();
            nodes.push(Node::Comment {
                index: comment.0,
                own_line: comment.1,
            });
        }
        self.last_end = self.end_of(index);
        let Some((close, kind)) = self.block_at.get(index).copied().flatten() else {
            let unit = self.unit_at.get(index).copied().unwrap_or(false);
            nodes.push(Node::Token { index, unit });
            return index + 1;
        };
        let block = self.block(Some(index), index + 1, close, kind);
        let next = if kind == BlockKind::Body {
            close
        } else {
            close + 1
        };
        if kind != BlockKind::Body {
            self.last_end = self.end_of(close);
        }
        nodes.push(Node::Block(block));
        next
    }

    /// Takes the comments between an entry and what begins at token `index`.
    fn boundary(
        &mut self,
        index: usize,
        block: &mut Block,
        pending: &mut Vec<Line>,
        entry_end: Option<u32>,
    ) {
        while self.next_comment_before(index) {
            self.attach(block, pending, entry_end);
        }
    }

    /// Puts the next comment behind the entry, behind the opening token, or on a line of its own.
    fn attach(&mut self, block: &mut Block, pending: &mut Vec<Line>, entry_end: Option<u32>) {
        let start = self.comments.get(self.next_comment).map_or(0, |c| c.start);
        let behind_entry = entry_end.is_some_and(|end| self.same_line(end, start));
        let open_end = block.open.map(|open| self.end_of(open));
        let behind_open =
            block.entries.is_empty() && open_end.is_some_and(|end| self.same_line(end, start));
        let blank_before = self.has_blank_line(self.last_end, start);
        let (comment, _) = self.take_comment();
        match block.entries.last_mut() {
            Some(entry) if behind_entry && entry.trailing.is_none() && pending.is_empty() => {
                entry.trailing = Some(comment);
            }
            _ if behind_open && block.after_open.is_none() => block.after_open = Some(comment),
            _ => pending.push(Line {
                comment,
                blank_before,
            }),
        }
    }

    /// The next comment's index, and whether it stands on a line of its own.
    fn take_comment(&mut self) -> (usize, bool) {
        let index = self.next_comment;
        let comment = self.comments.get(index);
        let own_line = comment.is_some_and(|c| !self.same_line(self.last_end, c.start));
        self.last_end = comment.map_or(self.last_end, |c| c.end);
        self.next_comment += 1;
        (index, own_line)
    }

    fn next_comment_before(&self, index: usize) -> bool {
        let token = self.tokens.get(index).map_or(u32::MAX, |t| t.start);
        self.comments
            .get(self.next_comment)
            .is_some_and(|c| c.start < token)
    }

    fn line_before(&self, index: usize) -> bool {
        self.tokens.get(index).is_some_and(|t| t.line_before)
    }

    fn blank_before(&self, index: usize) -> bool {
        let start = self.tokens.get(index).map_or(0, |t| t.start);
        self.has_blank_line(self.last_end, start)
    }

    fn end_of(&self, index: usize) -> u32 {
        self.tokens.get(index).map_or(0, |t| t.end)
    }

    // Both look no further than they must: a block may have a hundred thousand comments behind one token.

    fn same_line(&self, end: u32, start: u32) -> bool {
        !self.between(end, start).contains('\n')
    }

    fn has_blank_line(&self, end: u32, start: u32) -> bool {
        self.between(end, start)
            .match_indices('\n')
            .nth(1)
            .is_some()
    }

    fn between(&self, end: u32, start: u32) -> &str {
        self.text.get(end as usize..start as usize).unwrap_or("")
    }
}

fn kind_breaks_as_written(kind: BlockKind) -> bool {
    match kind {
        BlockKind::Lines | BlockKind::Rules | BlockKind::Fields | BlockKind::Elements => true,
        BlockKind::Body => false,
    }
}

/// True when the block has its entries on lines of their own also where one line would hold them.
fn must_break(block: &Block) -> bool {
    match block.kind {
        BlockKind::Body => true,
        BlockKind::Lines | BlockKind::Rules => block.entries.len() > 1,
        BlockKind::Fields | BlockKind::Elements => false,
    }
}

/// True when the block stays broken where it was.
fn stays_broken(block: &Block) -> bool {
    let parentheses = block.kind == BlockKind::Elements && block.paren;
    !parentheses && !block.entries.is_empty()
}

/// True for the brackets of type arguments.
pub(super) fn is_type_args(block: &Block, tokens: &[Token]) -> bool {
    let open = block.open.and_then(|open| tokens.get(open));
    open.is_some_and(|t| t.kind == TokenKind::Lt)
}
