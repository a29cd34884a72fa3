//! Printing a tree of entries.
//!
//! An entry stands on one line when it fits and nothing in it must be broken. Otherwise lines are broken before AND and
//! OR, and where that is not enough in the widest bracket; what is inside follows the same rule.

use crate::syntax::lexer::{Comment, TokenKind};
use crate::syntax::parser::{BlockKind, Parsed};

use super::spacing::{Role, Source, blank, is_logic};
use super::tree::{Block, Entry, Line, Node, is_type_args, nodes_broken};
use super::{INDENT, LINE_WIDTH};

/// Prints a file.
pub(super) fn print(text: &str, parsed: &Parsed, root: &Block) -> String {
    let mut printer = Printer {
        source: Source {
            text,
            tokens: &parsed.tokens,
        },
        comments: &parsed.comments,
        out: String::with_capacity(text.len() + text.len() / 4),
        line_start: 0,
        role: Role::Start,
    };
    printer.file(root);
    printer.out
}

struct Printer<'a> {
    source: Source<'a>,
    comments: &'a [Comment],
    out: String,
    /// Where the current line begins in `out`.
    line_start: usize,
    /// What was printed last on this line.
    role: Role,
}

/// Whether an empty line stands above comments.
#[derive(Debug, Clone, Copy)]
enum Gap {
    Never,
    /// If one is written there.
    AsWritten,
    Always,
}

impl Gap {
    /// Below these entries: nothing stands above the first one of a block.
    fn below(entries: &[Entry]) -> Self {
        match entries {
            [] => Self::Never,
            _ => Self::AsWritten,
        }
    }
}

/// True when an empty line stands before the entry or before the comments that belong to it.
fn separate(entry: &Entry) -> bool {
    entry.blank_before || entry.leading.iter().any(|line| line.blank_before)
}

impl Printer<'_> {
    fn file(&mut self, root: &Block) {
        let mut was_long = false;
        for (i, entry) in root.entries.iter().enumerate() {
            let long = entry.broken()
                || self
                    .flat_width(&entry.nodes, Role::Start)
                    .is_none_or(|w| w > LINE_WIDTH);
            let apart = i > 0 && (was_long || long);
            let gap = match (i, apart) {
                (0, _) => Gap::Never,
                (_, true) => Gap::Always,
                (_, false) => Gap::AsWritten,
            };
            self.lines(&entry.leading, 0, gap);
            let blank = if entry.leading.is_empty() {
                apart || entry.blank_before
            } else {
                entry.blank_before
            };
            if blank && (i > 0 || !entry.leading.is_empty()) {
                self.empty_line();
            }
            self.begin_line(0);
            self.nodes(&entry.nodes, 0);
            self.trailing(entry);
            was_long = long;
        }
        self.lines(&root.dangling, 0, Gap::below(&root.entries));
        self.end_line();
    }

    /// Comments on lines of their own; `gap` is above the first.
    fn lines(&mut self, lines: &[Line], indent: usize, gap: Gap) {
        let mut gap = gap;
        for line in lines {
            let empty = match gap {
                Gap::Never => false,
                Gap::AsWritten => line.blank_before,
                Gap::Always => true,
            };
            if empty {
                self.empty_line();
            }
            self.begin_line(indent);
            self.comment(line.comment);
            gap = Gap::AsWritten;
        }
    }

    /// Ends the current line and leaves an empty one, but not at the beginning of the text.
    fn empty_line(&mut self) {
        self.end_line();
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.line_start = self.out.len();
    }

    fn begin_line(&mut self, indent: usize) {
        self.end_line();
        self.line_start = self.out.len();
        self.out.extend(std::iter::repeat_n(' ', indent * INDENT));
        self.role = Role::Start;
    }

    /// Ends the current line. One on which nothing stands, as after a comment that nothing follows, is taken back.
    fn end_line(&mut self) {
        let line = self.out.get(self.line_start..).unwrap_or("");
        if line.trim_start_matches(' ').is_empty() {
            self.out.truncate(self.line_start);
        } else {
            self.out.push('\n');
        }
    }

    fn comment(&mut self, index: usize) {
        let comment = self.comments.get(index);
        let text = comment.and_then(|c| self.source.text.get(c.start as usize..c.end as usize));
        self.out.push_str(text.unwrap_or(""));
    }

    fn column(&self) -> usize {
        self.out
            .get(self.line_start..)
            .unwrap_or("")
            .chars()
            .count()
    }

    fn push(&mut self, text: &str, role: Role) {
        if blank(self.role, role) {
            self.out.push(' ');
        }
        self.out.push_str(text);
        self.role = role;
    }

    fn token(&mut self, index: usize) {
        let role = self.source.role(index, self.role);
        self.push(self.source.written(index), role);
    }

    /// The unit of the number before it.
    fn unit(&mut self, index: usize) {
        let role = self.source.unit_role(index, self.role);
        self.push(self.source.written(index), role);
    }

    /// The comment behind an entry, on its line.
    fn trailing(&mut self, entry: &Entry) {
        if let Some(comment) = entry.trailing {
            self.out.push_str("  ");
            self.comment(comment);
        }
    }

    /// Prints the nodes of one entry.
    fn nodes(&mut self, nodes: &[Node], indent: usize) {
        let fits = |p: &Self, nodes: &[Node]| {
            p.flat_width(nodes, p.role)
                .is_some_and(|width| p.column() + width <= LINE_WIDTH)
        };
        if fits(self, nodes) {
            return self.flat(nodes);
        }
        let split = !nodes_broken(nodes) && nodes.iter().any(|n| is_logic(self.source.tokens, n));
        if !split {
            return self.segment(nodes, indent);
        }
        let mut rest = nodes;
        let mut first = true;
        while !rest.is_empty() {
            let end = rest
                .iter()
                .skip(1)
                .position(|n| is_logic(self.source.tokens, n))
                .map_or(rest.len(), |i| i + 1);
            let (segment, after) = rest.split_at(end);
            if !first {
                self.begin_line(indent + 1);
            }
            if fits(self, segment) {
                self.flat(segment);
            } else {
                self.segment(segment, indent + usize::from(!first));
            }
            first = false;
            rest = after;
        }
    }

    /// Prints nodes that do not fit on one line, without a break before AND or OR.
    fn segment(&mut self, nodes: &[Node], indent: usize) {
        // When something must be broken anyway that is enough, as long as the rest fits.
        let widest = if nodes_broken(nodes) {
            None
        } else {
            self.widest(nodes)
        };
        for (i, node) in nodes.iter().enumerate() {
            match node {
                Node::Token { index, unit: true } => self.unit(*index),
                Node::Token { index, unit: false } => self.token(*index),
                Node::Comment { index, own_line } => {
                    if *own_line {
                        self.begin_line(indent + 1);
                    } else {
                        self.out.push_str("  ");
                    }
                    self.comment(*index);
                    self.begin_line(indent + 1);
                }
                Node::Block(block) if block.broken || widest == Some(i) => {
                    self.block(block, indent)
                }
                Node::Block(_) => self.flat(std::slice::from_ref(node)),
            }
        }
    }

    /// The index of the widest block.
    fn widest(&self, nodes: &[Node]) -> Option<usize> {
        let width = |node: &Node| match node {
            Node::Block(block)
                if !block.entries.is_empty() && !is_type_args(block, self.source.tokens) =>
            {
                self.flat_width(std::slice::from_ref(node), Role::Start)
                    .unwrap_or(0)
            }
            _ => 0,
        };
        let widths = nodes.iter().map(width).enumerate();
        widths
            .max_by_key(|(_, w)| *w)
            .filter(|(_, w)| *w > 0)
            .map(|(i, _)| i)
    }

    fn open(&mut self, block: &Block) {
        let Some(open) = block.open else { return };
        let type_args = is_type_args(block, self.source.tokens);
        let text = self.source.written(open);
        let role = match self.source.tokens.get(open) {
            _ if type_args => Role::TypeOpen,
            Some(token) => Role::Kind(token.kind),
            None => Role::Start,
        };
        self.push(text, role);
    }

    fn close(&mut self, block: &Block) {
        let Some(close) = block.close else { return };
        let text = self.source.written(close);
        let role = match self.source.tokens.get(close) {
            _ if is_type_args(block, self.source.tokens) => Role::TypeClose,
            Some(token) => Role::Kind(token.kind),
            None => Role::Start,
        };
        self.push(text, role);
    }

    /// Prints a block over several lines.
    fn block(&mut self, block: &Block, indent: usize) {
        self.open(block);
        if !block.commented && self.keeps_inside(block) {
            return self.hug(block, indent);
        }
        if let Some(comment) = block.after_open {
            self.out.push_str("  ");
            self.comment(comment);
        }
        let commas = block.kind == BlockKind::Elements && !block.paren;
        let pads = self.pads(block, indent + 1);
        for (i, entry) in block.entries.iter().enumerate() {
            let gap = Gap::below(block.entries.get(..i).unwrap_or_default());
            self.lines(&entry.leading, indent + 1, gap);
            if entry.blank_before && !(i == 0 && entry.leading.is_empty()) {
                self.empty_line();
            }
            self.begin_line(indent + 1);
            let comma = commas
                || block
                    .entries
                    .get(i + 1)
                    .is_some_and(|next| self.begins_with_minus(next));
            match pads.get(i) {
                Some(Some(pad)) => self.padded(&entry.nodes, *pad),
                _ => self.nodes(&entry.nodes, indent + 1),
            }
            if comma {
                self.out.push(',');
            }
            self.trailing(entry);
        }
        self.lines(&block.dangling, indent + 1, Gap::below(&block.entries));
        if block.close.is_some() {
            self.begin_line(indent);
            self.close(block);
        }
    }

    /// How many blanks more each `key:` needs so that the values of neighbours stand in one column. Neighbours are entries
    /// of one line each without an empty line between them. Only widths without padding decide, so that a second run finds the same.
    fn pads(&self, block: &Block, indent: usize) -> Vec<Option<usize>> {
        let mut pads = vec![None; block.entries.len()];
        if !matches!(block.kind, BlockKind::Fields | BlockKind::Rules) {
            return pads;
        }
        let widths: Vec<Option<(usize, usize)>> = block
            .entries
            .iter()
            .map(|e| self.key_width(e, indent))
            .collect();
        let mut start = 0;
        while start < widths.len() {
            let rest = widths.iter().zip(&block.entries).skip(start);
            let run = rest
                .enumerate()
                .take_while(|(i, (width, entry))| width.is_some() && (*i == 0 || !separate(entry)))
                .count();
            let keys = widths
                .iter()
                .skip(start)
                .take(run)
                .flatten()
                .map(|(key, _)| *key);
            let widest = keys.max().unwrap_or(0);
            for (pad, width) in pads.iter_mut().zip(&widths).skip(start).take(run) {
                let blanks = |(key, all): (usize, usize)| {
                    let blanks = widest - key;
                    (all + blanks <= LINE_WIDTH).then_some(blanks)
                };
                *pad = width.and_then(blanks);
            }
            start += run.max(1);
        }
        pads
    }

    /// Width of the key of an entry, and of the whole entry with its indentation; none when it has no key or needs several lines.
    fn key_width(&self, entry: &Entry, indent: usize) -> Option<(usize, usize)> {
        let [
            Node::Token { index: key, .. },
            Node::Token { index: colon, .. },
            ..,
        ] = entry.nodes.as_slice()
        else {
            return None;
        };
        self.source
            .tokens
            .get(*colon)
            .filter(|t| t.kind == TokenKind::Colon)?;
        let key = self.source.written(*key).chars().count();
        let all = indent * INDENT + self.flat_width(&entry.nodes, Role::Start)?;
        (all <= LINE_WIDTH).then_some((key, all))
    }

    /// Prints `key: value` with so many blanks more before the value.
    fn padded(&mut self, nodes: &[Node], pad: usize) {
        let (key, value) = nodes.split_at(nodes.len().min(2));
        self.flat(key);
        self.out.extend(std::iter::repeat_n(' ', pad));
        self.flat(value);
    }

    /// A line that begins with `-` would go on with the line before it.
    fn begins_with_minus(&self, entry: &Entry) -> bool {
        let Some(Node::Token { index, .. }) = entry.nodes.first() else {
            return false;
        };
        self.source
            .tokens
            .get(*index)
            .is_some_and(|t| t.kind == TokenKind::Minus)
    }

    /// True when brackets stay at their contents: parentheses around an expression always, others when only something inside
    /// must be broken.
    fn keeps_inside(&self, block: &Block) -> bool {
        if block.kind != BlockKind::Elements {
            return false;
        }
        let inner_broken = block.entries.iter().any(Entry::broken);
        let first = block.entries.first().and_then(|e| e.nodes.first());
        let written_on_a_line = match first {
            Some(Node::Token { index, .. }) => Some(*index),
            Some(Node::Block(block)) => block.open,
            _ => None,
        }
        .and_then(|index| self.source.tokens.get(index))
        .is_some_and(|t| !t.line_before);
        block.paren
            || is_type_args(block, self.source.tokens)
            || (inner_broken && written_on_a_line)
    }

    fn hug(&mut self, block: &Block, indent: usize) {
        for (i, entry) in block.entries.iter().enumerate() {
            if i > 0 {
                self.push(",", Role::Kind(TokenKind::Comma));
            }
            self.nodes(&entry.nodes, indent);
        }
        self.close(block);
    }

    /// Prints nodes on the current line.
    fn flat(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Token { index, unit: true } => self.unit(*index),
                Node::Token { index, unit: false } => self.token(*index),
                Node::Block(block) => self.flat_block(block),
                Node::Comment { .. } => {}
            }
        }
    }

    fn flat_block(&mut self, block: &Block) {
        self.open(block);
        if block.entries.is_empty() && self.role == Role::Kind(TokenKind::OpenBrace) {
            self.out.push('}');
            self.role = Role::Kind(TokenKind::CloseBrace);
            return;
        }
        for (i, entry) in block.entries.iter().enumerate() {
            if i > 0 {
                self.push(",", Role::Kind(TokenKind::Comma));
            }
            self.flat(&entry.nodes);
        }
        self.close(block);
    }

    /// Width of the nodes on one line; none when they cannot stand on one.
    fn flat_width(&self, nodes: &[Node], before: Role) -> Option<usize> {
        if nodes_broken(nodes) {
            return None;
        }
        let mut scratch = Printer {
            source: self.source,
            comments: self.comments,
            out: String::new(),
            line_start: 0,
            role: before,
        };
        scratch.flat(nodes);
        Some(scratch.out.chars().count())
    }
}
