//! `logic_guard "name" { … }` and its statements.

use crate::codes::parser as codes;
use crate::syntax::ast::{
    Expr, Fields, Guard, ItemKind, MatchPattern, Message, Stmt, StmtArm, StmtKind, StrLit,
};
use crate::syntax::lexer::TokenKind;

use super::{Block, BlockKind, Parser};

const ENTRIES: &[&str] = &["address", "id", "input", "output", "body", "gas_limit"];
const STATEMENTS: &[&str] = &[
    "let", "assert", "require", "reject", "return", "match", "if",
];

impl Parser<'_> {
    pub(super) fn guard(&mut self, name: StrLit) -> Option<ItemKind> {
        let mut guard = Guard {
            name,
            address: None,
            id: None,
            input: Fields::default(),
            output: Vec::new(),
            body: Vec::new(),
            gas_limit: None,
        };
        let mut has_body = false;
        let good = self.block(BlockKind::Lines, |p| {
            let Some(key) = p.key(ENTRIES, "guard") else {
                return false;
            };
            match key.text {
                "address" => p.set_string(&mut guard.address, &key),
                "id" => p.set_string(&mut guard.id, &key),
                "input" => p.fields(&mut guard.input),
                "output" => p.field_decls(&mut guard.output),
                "gas_limit" => {
                    let value = p.bound();
                    let good = value.is_some();
                    p.set(&mut guard.gas_limit, &key, value);
                    good
                }
                _ => {
                    if std::mem::replace(&mut has_body, true) {
                        p.duplicate(&key);
                    }
                    p.body(&mut guard.body)
                }
            }
        });
        if good && !has_body {
            self.missing("guard", "body", guard.name.span);
        }
        good.then_some(ItemKind::Guard(guard))
    }

    /// `{ … }`, or `|` and statements up to the next entry of the guard or its end.
    fn body(&mut self, body: &mut Vec<Stmt>) -> bool {
        let open = self.index();
        if !self.eat(TokenKind::Pipe) {
            if !self.at(TokenKind::OpenBrace) {
                self.expected("`|` or `{`");
                return false;
            }
            return self.statements(body);
        }
        self.nested(|p| {
            while !p.at(TokenKind::CloseBrace)
                && !p.at(TokenKind::Eof)
                && !p.at_key()
                && !p.at_next_declaration()
            {
                if p.at(TokenKind::Comma) {
                    p.marks.separators.push(p.index());
                    p.bump();
                    continue;
                }
                p.entry(BlockKind::Lines, &mut |p| p.push_statement(body));
            }
        });
        self.marks.blocks.push(Block {
            open,
            close: self.index(),
            kind: BlockKind::Body,
        });
        true
    }

    fn statements(&mut self, statements: &mut Vec<Stmt>) -> bool {
        self.block(BlockKind::Lines, |p| p.push_statement(statements))
    }

    fn push_statement(&mut self, statements: &mut Vec<Stmt>) -> bool {
        let statement = self.statement();
        let good = statement.is_some();
        statements.extend(statement);
        good
    }

    fn statement(&mut self) -> Option<Stmt> {
        let token = self.current();
        let word = self.text_of(token);
        if !token.kind.is_word() {
            self.expected("a statement");
            return None;
        }
        if !STATEMENTS.contains(&word) {
            self.unknown_word(codes::UNKNOWN_WORD, "statement", STATEMENTS);
            return None;
        }
        self.bump();
        let kind = match word {
            "let" => self.let_decl(token.start).map(StmtKind::Let),
            "assert" => self.assert(),
            "require" => Some(self.require()),
            "reject" => self.reject(),
            "return" => Some(self.return_statement()),
            "match" => Some(self.match_statement()),
            _ => self.if_statement(),
        }?;
        Some(Stmt {
            kind,
            span: self.span_from(token.start),
        })
    }

    /// `(condition)` or `(condition, "message")`
    fn assert(&mut self) -> Option<StmtKind> {
        let (cond, message) = self.condition_in_parens()?;
        Some(StmtKind::Assert { cond, message })
    }

    fn condition_in_parens(&mut self) -> Option<(Expr, Option<Message>)> {
        let open = self.index();
        if !self.expect(TokenKind::OpenParen, "`(`") {
            return None;
        }
        let mut cond = None;
        let mut message = None;
        self.elements(open, TokenKind::CloseParen, "`)`", |p| {
            if cond.is_none() {
                cond = Some(p.expr());
            } else if message.is_none() && p.at(TokenKind::Str) {
                let text = p.word();
                message = Some(p.template(text));
            } else {
                p.expected("`)`");
            }
        });
        if cond.is_none() {
            self.expected("a condition");
        }
        cond.map(|cond| (cond, message))
    }

    /// `condition, "message"`, also with both in parentheses.
    fn require(&mut self) -> StmtKind {
        if self.parens_hold_message()
            && let Some((cond, message)) = self.condition_in_parens()
        {
            return StmtKind::Require { cond, message };
        }
        let cond = self.expr();
        let message = self.message().map(|text| self.template(text));
        StmtKind::Require { cond, message }
    }

    /// True before `( … , "text" )`.
    fn parens_hold_message(&self) -> bool {
        if !self.at(TokenKind::OpenParen) {
            return false;
        }
        let mut open = 0_u32;
        let rest = self.tokens.get(self.pos..).unwrap_or_default();
        for (i, token) in rest.iter().enumerate() {
            match token.kind {
                TokenKind::OpenParen => open += 1,
                TokenKind::CloseParen => open -= 1,
                TokenKind::OpenBrace | TokenKind::CloseBrace | TokenKind::Eof => return false,
                _ => {}
            }
            if open == 0 {
                let kind = |back: usize| {
                    i.checked_sub(back)
                        .and_then(|i| rest.get(i))
                        .map(|t| t.kind)
                };
                return kind(1) == Some(TokenKind::Str) && kind(2) == Some(TokenKind::Comma);
            }
        }
        false
    }

    /// `("reason")`, `"reason"` or nothing.
    fn reject(&mut self) -> Option<StmtKind> {
        let open = self.index();
        let token = self.current();
        if token.kind != TokenKind::OpenParen || token.line_before {
            let reason = self.reason().map(|text| self.template(text));
            return Some(StmtKind::Reject { reason });
        }
        self.bump();
        let mut reason = None;
        self.elements(open, TokenKind::CloseParen, "`)`", |p| {
            if reason.is_some() {
                p.expected("`)`");
            } else {
                let text = p.string("a reason between quotes");
                reason = text.map(|text| p.template(text));
            }
        });
        Some(StmtKind::Reject { reason })
    }

    fn return_statement(&mut self) -> StmtKind {
        let token = self.current();
        let ends = token.line_before
            || matches!(
                token.kind,
                TokenKind::CloseBrace | TokenKind::Comma | TokenKind::Eof
            );
        StmtKind::Return((!ends).then(|| self.expr()))
    }

    /// `subject { pattern => statement … }`
    fn match_statement(&mut self) -> StmtKind {
        let subject = self.expr_before_block();
        let mut arms = Vec::new();
        self.block(BlockKind::Lines, |p| {
            let start = p.current().start;
            let Some(pattern) = p.pattern() else {
                return false;
            };
            let arm = p.arm(pattern, start);
            let good = arm.is_some();
            arms.extend(arm);
            good
        });
        StmtKind::Match { subject, arms }
    }

    fn arm(&mut self, pattern: MatchPattern, start: u32) -> Option<StmtArm> {
        let guard = self.arm_guard();
        if !self.expect(TokenKind::FatArrow, "`=>`") {
            return None;
        }
        let mut body = Vec::new();
        let good = if self.at(TokenKind::OpenBrace) {
            self.statements(&mut body)
        } else {
            self.nested(|p| p.push_statement(&mut body))
        };
        good.then(|| StmtArm {
            pattern,
            guard,
            body,
            span: self.span_from(start),
        })
    }

    /// `condition { … } else { … }`
    fn if_statement(&mut self) -> Option<StmtKind> {
        let cond = self.expr_before_block();
        let mut then = Vec::new();
        if !self.statements(&mut then) {
            return None;
        }
        let mut otherwise = Vec::new();
        if self.at(TokenKind::Else) && self.peek(1).kind != TokenKind::Colon {
            self.bump();
            let good = if self.at_word("if") {
                self.nested(|p| p.push_statement(&mut otherwise))
            } else {
                self.statements(&mut otherwise)
            };
            if !good {
                return None;
            }
        }
        Some(StmtKind::If {
            cond,
            then,
            otherwise,
        })
    }
}
