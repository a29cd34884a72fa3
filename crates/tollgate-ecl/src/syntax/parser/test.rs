//! `fixture name { … }`, `test "name" { … }` and `policy_evaluate { … }`.

use crate::codes::parser as codes;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::ast::{
    Case, Change, EffectExpect, Evaluate, Expect, Expr, FactInit, FieldInit, Ident, ItemKind,
    Presence, Step, StrLit, Test, ViolationExpect,
};
use crate::syntax::lexer::{TokenKind, unescape};
use crate::syntax::quote;

use super::cursor::Key;
use super::{BlockKind, Parser};

impl Parser<'_> {
    /// `fixture report { … }`, `fixture late = report with { … }`
    pub(super) fn fixture(&mut self) -> Option<ItemKind> {
        self.bump();
        if self.at(TokenKind::Str) {
            let expected = self.expected_diagnostic("the name of the fixture");
            self.report(
                expected.help("a fixture has a name without quotes: `fixture report { … }`"),
            );
            return None;
        }
        let name = self.ident("the name of the fixture")?;
        if self.eat(TokenKind::Assign) {
            let value = self.expr();
            return Some(ItemKind::Fixture { name, value });
        }
        if !self.at(TokenKind::OpenBrace) {
            self.expected("`{` and fields, or `=` and a value");
            return None;
        }
        let start = self.current().start;
        let value = self.record(None, start);
        Some(ItemKind::Fixture { name, value })
    }

    pub(super) fn test(&mut self, name: StrLit) -> Option<ItemKind> {
        let mut test = Test {
            name,
            target: None,
            lets: Vec::new(),
            input: None,
            facts: Vec::new(),
            expect: None,
            cases: None,
        };
        let before = self.diagnostics.len();
        let good = self.block(BlockKind::Lines, |p| p.test_entry(&mut test));
        // What could not be read may have been it.
        let is_read = self.diagnostics.len() == before;
        if good && is_read && test.expect.is_none() && test.cases.is_none() {
            self.missing("test", "expect", test.name.span);
        }
        good.then_some(ItemKind::Test(test))
    }

    fn test_entry(&mut self, test: &mut Test) -> bool {
        const ENTRIES: &[&str] = &[
            "policy",
            "logic_guard",
            "let",
            "input",
            "facts",
            "expect",
            "cases",
        ];
        let start = self.current().start;
        if self.at(TokenKind::Let) {
            return self.test_let(test);
        }
        if self.at_word("case") {
            let report = self.expected_diagnostic("an entry of the test");
            self.report(report.help(
                "the cases of a test stand together: `cases { \"a name\": { field: value } => accept }`",
            ));
            return false;
        }
        let Some(key) = self.key(ENTRIES, "test") else {
            return false;
        };
        match key.text {
            "policy" | "logic_guard" => self.set_string(&mut test.target, &key),
            "input" => {
                self.test_input(&mut test.input, &key);
                true
            }
            "facts" => self.facts(&mut test.facts),
            "cases" => {
                let mut cases = Vec::new();
                let good = self.block(BlockKind::Rules, |p| p.case(&mut cases));
                self.set(&mut test.cases, &key, Some(cases));
                good
            }
            _ => {
                let expect = test.expect.get_or_insert_default();
                self.expect_clause(expect, start)
            }
        }
    }

    /// `let name = value`: its type is that of the place where it is used.
    fn test_let(&mut self, test: &mut Test) -> bool {
        let start = self.bump().start;
        let Some(found) = self.let_decl(start) else {
            return false;
        };
        if let Some(ty) = &found.ty {
            let diagnostic = Diagnostic::error(codes::EXPECTED, "a `let` of a test has no type")
                .at(ty.span, "")
                .help("leave it out: the value takes the type of each place that it is used in");
            self.report(diagnostic);
        }
        test.lets.push(found);
        true
    }

    /// `{ … }`, `report`, `report with { … }`
    fn test_input(&mut self, input: &mut Option<Expr>, key: &Key<'_>) {
        let start = self.current().start;
        let value = match self.at(TokenKind::OpenBrace) {
            true => self.record(None, start),
            false => self.expr(),
        };
        self.set(input, key, Some(value));
    }

    /// `"name": { amount: 5 EUR } facts { … } => reject by large`
    fn case(&mut self, cases: &mut Vec<Case>) -> bool {
        let start = self.current().start;
        let name = self.case_name();
        if !self.at(TokenKind::OpenBrace) {
            let report = self.expected_diagnostic("`{` and what is other in this case");
            self.report(
                report.help(
                    "what is other stands in braces: `\"a name\": { field: value } => accept`",
                ),
            );
            return false;
        }
        let mut case = Case {
            name,
            changes: Vec::new(),
            changed: self.span_of(self.current()),
            facts: Vec::new(),
            expect: Expect::default(),
            span: self.span_of(self.current()),
        };
        self.changes(&mut case.changes);
        case.changed = self.span_from(case.changed.start);
        if self.at_word("facts") {
            self.bump();
            self.eat(TokenKind::Colon);
            if !self.facts(&mut case.facts) {
                return false;
            }
        }
        if !self.eat(TokenKind::FatArrow) && !self.missing_arrow() {
            return false;
        }
        let expected = self.current().start;
        let good = self.expect_clause(&mut case.expect, expected);
        case.span = self.span_from(start);
        cases.push(case);
        good
    }

    /// `"a name":`
    fn case_name(&mut self) -> Option<StrLit> {
        let first = self.current();
        let is_case = self.at_word("case") && self.peek(1).kind == TokenKind::Str;
        if is_case {
            let (name, behind) = (self.peek(1), self.peek(2));
            let colon = if behind.kind == TokenKind::Colon {
                ""
            } else {
                ":"
            };
            let written = format!("{}{colon}", self.text_of(name));
            let span = Span::new(self.file, first.start, name.end);
            let report = self.expected_diagnostic("the name of the case, or `{`");
            self.report(report.fix("a case begins with its name", span, written));
            self.bump();
        }
        if !self.at(TokenKind::Str) {
            return None;
        }
        let name = self.word();
        if !self.eat(TokenKind::Colon) && !is_case && self.at(TokenKind::OpenBrace) {
            let report = self.expected_diagnostic("`:` behind the name of the case");
            let end = Span::new(self.file, name.span.end, name.span.end);
            self.report(report.fix("write `:` behind the name", end, ":"));
        }
        Some(name)
    }

    /// Says that there is no `=>`; whether what is expected follows all the same.
    fn missing_arrow(&mut self) -> bool {
        let token = self.current();
        let report = self.expected_diagnostic("`=>` and what is expected");
        let follows = super::policy::verb(self.text_of(token)).is_some();
        self.report(match follows {
            true => {
                let before = Span::new(self.file, token.start, token.start);
                report.fix("write `=>` before it", before, "=> ")
            }
            false => report.help("write `=> accept`, or another expectation"),
        });
        follows
    }

    /// `{ amount: 5 EUR, order.lines[0].sku: "pen" }`; returns the height of the highest value.
    pub(super) fn changes(&mut self, changes: &mut Vec<Change>) -> u32 {
        let mut height = 0;
        self.block(BlockKind::Fields, |p| {
            let change = p.change();
            height = height.max(p.height);
            let good = change.is_some();
            changes.extend(change);
            good
        });
        height
    }

    fn change(&mut self) -> Option<Change> {
        let start = self.current().start;
        let place = self.place()?;
        if !self.expect(TokenKind::Colon, "`:` and the value") {
            return None;
        }
        let value = self.expr();
        let span = self.span_from(start);
        Some(Change { place, value, span })
    }

    /// `amount`, `order.lines[0]."unit price"`
    fn place(&mut self) -> Option<Vec<Step>> {
        let first = self.current().kind;
        let is_key = self.at_key();
        if !is_key && !matches!(first, TokenKind::Ident | TokenKind::Str) {
            self.expected("the name of a field");
            return None;
        }
        let mut place = vec![Step::Field(self.word())];
        loop {
            let step = match self.current().kind {
                TokenKind::Dot => self.step_to_field(),
                TokenKind::OpenBracket if self.peek(1).kind == TokenKind::Str => {
                    self.field_in_brackets()
                }
                TokenKind::OpenBracket => self.step_to_element(),
                _ => return Some(place),
            };
            place.push(step?);
        }
    }

    /// `.name`, `."a name"`
    fn step_to_field(&mut self) -> Option<Step> {
        let dot = self.bump();
        let token = self.current();
        if token.kind.is_word() || token.kind == TokenKind::Str {
            return Some(Step::Field(self.word()));
        }
        let mut report = self.expected_diagnostic("the name of a field");
        let number = self.text_of(token);
        let is_whole = number.bytes().all(|byte| byte.is_ascii_digit());
        if token.kind == TokenKind::Number && is_whole {
            let span = Span::new(self.file, dot.start, token.end);
            let help = format!("the element of a list is written `[{number}]`, without a point");
            report = report.fix(help, span, format!("[{number}]"));
        }
        self.report(report);
        None
    }

    /// `[0]`
    fn step_to_element(&mut self) -> Option<Step> {
        self.bump();
        let number = self.bound()?;
        let is_closed = self.expect(TokenKind::CloseBracket, "`]`");
        is_closed.then_some(Step::Element(number))
    }

    /// `["a name"]`, which is written `."a name"`.
    fn field_in_brackets(&mut self) -> Option<Step> {
        let open = self.current();
        let (text, close) = (self.peek(1), self.peek(2));
        let written = quote::name(&unescape(self.text_of(text)));
        let span = Span::new(self.file, open.start, close.end);
        let mut report = self.expected_diagnostic("the number of an element");
        let help = format!("a field, or the key of a map, is written `.{written}`");
        report = match close.kind {
            TokenKind::CloseBracket => report.fix(help, span, format!(".{written}")),
            _ => report.help(help),
        };
        self.report(report);
        self.bump();
        let name = self.word();
        self.eat(TokenKind::CloseBracket)
            .then_some(Step::Field(name))
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

    /// `accept by rule because "reason"`, `error E0404`, `output { … }`, `effect emit("sold")`, `no violation late`
    fn expect_clause(&mut self, expect: &mut Expect, start: u32) -> bool {
        const OTHERS: &[&str] = &["output", "effect", "violation", "no"];
        let key = Key {
            text: "expect",
            span: self.span_of(self.current()),
        };
        if self.at_word("error") {
            self.bump();
            let code = self.current();
            let follows = code.kind == TokenKind::Ident
                && !code.line_before
                && self.text_of(code).starts_with('E');
            let code = follows.then(|| self.word());
            self.decides(expect, &key);
            expect.error = Some(code);
        } else if !OTHERS.contains(&self.text_of(self.current())) {
            let Some(decision) = self.decision() else {
                return false;
            };
            self.decides(expect, &key);
            expect.decision = Some(decision);
            if self.at(TokenKind::Colon) {
                self.colon_behind_decision();
            }
        }
        while !self.at_key() {
            match self.expect_detail(expect) {
                Some(true) => {}
                Some(false) => return false,
                None => break,
            }
        }
        let first = Some(expect.span.start).filter(|_| expect.span.end > 0);
        expect.span = self.span_from(first.unwrap_or(start));
        true
    }

    /// `deny: rule`, `deny: "reason"`: says what stands between the two, and leaves what follows to be read as it is.
    fn colon_behind_decision(&mut self) {
        let (colon, behind) = (self.current(), self.peek(1));
        let (word, what) = match behind.kind {
            TokenKind::Ident => ("by", "the rule that decides"),
            TokenKind::Str => ("because", "a reason"),
            _ => return,
        };
        let blank = if behind.start == colon.end { " " } else { "" };
        let span = Span::new(self.file, self.last_end, colon.end);
        let report = self.expected_diagnostic(&format!("`{word}` and {what}"));
        self.report(report.fix(
            format!("{what} is written behind `{word}`"),
            span,
            format!(" {word}{blank}"),
        ));
        self.bump();
        self.bump();
    }

    /// Reports a second decision.
    fn decides(&mut self, expect: &Expect, key: &Key<'_>) {
        if expect.decision.is_some() || expect.error.is_some() {
            self.duplicate(key);
        }
    }

    /// One of the parts behind a decision; whether it could be read, and `None` if there is none.
    fn expect_detail(&mut self, expect: &mut Expect) -> Option<bool> {
        let start = self.current().start;
        let said = [
            ("by", expect.by.is_some()),
            ("because", expect.reason.is_some()),
            ("output", expect.output.is_some()),
        ];
        for (text, _) in said.into_iter().filter(|(_, said)| *said) {
            if self.at_word(text) {
                let span = self.span_of(self.current());
                self.duplicate(&Key { text, span });
            }
        }
        match self.text_of(self.current()) {
            "by" => {
                self.bump();
                expect.by = self.ident_or_string("the name of a rule");
                Some(expect.by.is_some())
            }
            "because" => {
                self.bump();
                expect.reason = self.string("a reason between quotes");
                Some(expect.reason.is_some())
            }
            "output" => {
                self.bump();
                self.eat(TokenKind::Colon);
                expect.output = Some(self.expr());
                Some(true)
            }
            "effect" => {
                self.bump();
                let effect = Some(self.expr());
                let span = self.span_from(start);
                expect.effects.push(EffectExpect { effect, span });
                Some(true)
            }
            "violation" => Some(self.violation(expect, (Presence::Some, start))),
            "no" => Some(self.absence(expect)),
            _ => None,
        }
    }

    /// `no effect`, `no violation late`
    fn absence(&mut self, expect: &mut Expect) -> bool {
        let start = self.bump().start;
        if self.at_word("violation") {
            return self.violation(expect, (Presence::None, start));
        }
        if !self.at_word("effect") {
            self.expected("`effect` or `violation`");
            return false;
        }
        self.bump();
        expect.effects.push(EffectExpect {
            effect: None,
            span: self.span_from(start),
        });
        true
    }

    /// `violation unlabelled because "team" for { name: "web" }`; the whole clause begins at `start`.
    fn violation(&mut self, expect: &mut Expect, (presence, start): (Presence, u32)) -> bool {
        self.bump();
        let Some(rule) = self.ident_or_string("the name of a rule") else {
            return false;
        };
        let mut violation = ViolationExpect {
            presence,
            rule,
            reason: None,
            element: None,
            span: self.span_from(start),
        };
        let mut good = true;
        while good && !self.at_key() {
            match self.text_of(self.current()) {
                "because" if violation.reason.is_none() => {
                    self.bump();
                    violation.reason = self.string("a part of the message between quotes");
                    good = violation.reason.is_some();
                }
                "for" if violation.element.is_none() => {
                    self.bump();
                    violation.element = Some(self.expr());
                }
                _ => break,
            }
        }
        violation.span = self.span_from(start);
        expect.violations.push(violation);
        good
    }

    fn ident_or_string(&mut self, what: &str) -> Option<Ident> {
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
        let key = Key {
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
