//! `test "name" { … }` and `policy_evaluate { … }`.

use crate::ast::{Evaluate, Expect, FactInit, FieldInit, ItemKind, StrLit, Test};
use crate::lexer::TokenKind;

use super::{BlockKind, Parser};

impl Parser<'_> {
    pub(super) fn test(&mut self, name: StrLit) -> Option<ItemKind> {
        const ENTRIES: &[&str] = &["policy", "logic_guard", "input", "facts", "expect"];
        let mut test = Test {
            name,
            target: None,
            input: Vec::new(),
            facts: Vec::new(),
            expect: None,
        };
        let good = self.block(BlockKind::Lines, |p| {
            let start = p.current().start;
            let Some(key) = p.key(ENTRIES, "test") else {
                return false;
            };
            match key.text {
                "policy" | "logic_guard" => p.set_string(&mut test.target, &key),
                "input" => {
                    p.field_inits(&mut test.input);
                    true
                }
                "facts" => p.facts(&mut test.facts),
                _ => {
                    let value = p.expect_clause(start);
                    let good = value.is_some();
                    p.set(&mut test.expect, &key, value);
                    good
                }
            }
        });
        if good && test.expect.is_none() {
            self.missing("test", "expect", test.name.span);
        }
        good.then_some(ItemKind::Test(test))
    }

    /// `{ trust("did:x:1"): { r: 0.9 } … }`
    fn facts(&mut self, facts: &mut Vec<FactInit>) -> bool {
        self.block(BlockKind::Rules, |p| {
            let start = p.current().start;
            use TokenKind as T;
            if !matches!(
                p.current().kind,
                T::Ident | T::HasCredential | T::ConformsTo
            ) {
                p.expected("the name of a fact");
                return false;
            }
            let name = p.word();
            let mut args = Vec::new();
            if p.at(TokenKind::OpenParen) {
                let open = p.index();
                p.bump();
                p.elements(open, TokenKind::CloseParen, "`)`", |p| args.push(p.expr()));
            }
            if !p.expect(TokenKind::Colon, "`:` and the answer") {
                return false;
            }
            let value = p.expr();
            facts.push(FactInit {
                name,
                args,
                value,
                span: p.span_from(start),
            });
            true
        })
    }

    /// `accept by rule because "reason"`, `error E0404`, `output { … }`
    fn expect_clause(&mut self, start: u32) -> Option<Expect> {
        let mut expect = Expect {
            decision: None,
            error: None,
            by: None,
            output: None,
            reason: None,
            span: self.span_of(self.current()),
        };
        if self.at_word("error") {
            self.bump();
            let code = self.current();
            let follows = code.kind == TokenKind::Ident
                && !code.line_before
                && self.text_of(code).starts_with('E');
            expect.error = Some(follows.then(|| self.word()));
        } else if !self.at_word("output") {
            expect.decision = Some(self.decision()?);
        }
        loop {
            if self.at_key() {
                break;
            }
            match self.text_of(self.current()) {
                "by" if expect.by.is_none() => {
                    self.bump();
                    expect.by = Some(self.ident_or_string("the name of a rule")?);
                }
                "because" if expect.reason.is_none() => {
                    self.bump();
                    expect.reason = Some(self.string("a reason between quotes")?);
                }
                "output" if expect.output.is_none() => {
                    self.bump();
                    self.eat(TokenKind::Colon);
                    expect.output = Some(self.expr());
                }
                _ => break,
            }
        }
        expect.span = self.span_from(start);
        Some(expect)
    }

    fn ident_or_string(&mut self, what: &str) -> Option<crate::ast::Ident> {
        if matches!(self.current().kind, TokenKind::Str | TokenKind::Ident) {
            return Some(self.word());
        }
        self.expected(what);
        None
    }

    pub(super) fn evaluate(&mut self) -> Option<ItemKind> {
        let keyword = self.bump();
        let mut evaluate = Evaluate {
            policy: None,
            input: Vec::new(),
            decision: None,
            reasoning: None,
        };
        let good = self.block(BlockKind::Lines, |p| p.evaluate_entry(&mut evaluate));
        if good && evaluate.policy.is_none() {
            let span = self.span_of(keyword);
            self.missing("evaluation", "policy", span);
        }
        good.then_some(ItemKind::Evaluate(evaluate))
    }

    fn evaluate_entry(&mut self, evaluate: &mut Evaluate) -> bool {
        let start = self.current().start;
        let Some(name) = self.key_and_colon("an entry such as `policy: @ref(\"…\")`") else {
            return false;
        };
        let key = super::cursor::Key {
            text: &name.node,
            span: name.span,
        };
        match key.text {
            "policy" => {
                let value = self.expr();
                self.set(&mut evaluate.policy, &key, Some(value));
                true
            }
            "result" => self.result(evaluate),
            _ => {
                let value = self.expr();
                evaluate.input.push(FieldInit {
                    name,
                    value,
                    span: self.span_from(start),
                });
                true
            }
        }
    }

    /// `{ decision: accept  reasoning: [ "…" ] }`
    fn result(&mut self, evaluate: &mut Evaluate) -> bool {
        const ENTRIES: &[&str] = &["decision", "reasoning"];
        self.block(BlockKind::Fields, |p| {
            let Some(key) = p.key(ENTRIES, "result") else {
                return false;
            };
            if key.text == "decision" {
                let value = p.decision();
                let good = value.is_some();
                p.set(&mut evaluate.decision, &key, value);
                return good;
            }
            let value: Vec<StrLit> = p.strings();
            p.set(&mut evaluate.reasoning, &key, Some(value));
            true
        })
    }
}
