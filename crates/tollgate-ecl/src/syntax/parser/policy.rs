//! `policy "name" { … }`.

use crate::codes::parser as codes;
use crate::span::Spanned;
use crate::syntax::ast::{
    Combine, Fields, GroupDecl, ItemKind, OnDecision, Otherwise, Policy, RuleDecl, StrLit, Verb,
};
use crate::syntax::lexer::TokenKind;

use super::cursor::Key;
use super::{BlockKind, Parser};

/// The words of the three decisions, for advice.
pub(super) const VERBS: &[&str] = &["accept", "allow", "reject", "deny", "escalate", "ask"];

const ENTRIES: &[&str] = &[
    "id",
    "version",
    "description",
    "gas_limit",
    "environment",
    "constraints",
    "order",
    "input",
    "let",
    "auto_reject",
    "auto_accept",
    "reject",
    "deny",
    "accept",
    "allow",
    "escalate",
    "ask",
    "otherwise",
    "on",
];

/// The decision a word stands for, in either vocabulary; `auto_` before it changes nothing.
pub(super) fn verb(word: &str) -> Option<Verb> {
    Some(match word.strip_prefix("auto_").unwrap_or(word) {
        "accept" | "allow" => Verb::Accept,
        "reject" | "deny" => Verb::Reject,
        "escalate" | "ask" => Verb::Escalate,
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn policy(&mut self, name: StrLit) -> Option<ItemKind> {
        let mut policy = Policy {
            name,
            id: None,
            version: None,
            description: None,
            gas_limit: None,
            environment: None,
            constraints: Vec::new(),
            order: None,
            input: Fields::default(),
            lets: Vec::new(),
            groups: Vec::new(),
            otherwise: None,
            effects: Vec::new(),
        };
        let good = self.block(BlockKind::Lines, |p| p.policy_entry(&mut policy));
        good.then_some(ItemKind::Policy(policy))
    }

    fn policy_entry(&mut self, policy: &mut Policy) -> bool {
        let start = self.current().start;
        let Some(key) = self.key(ENTRIES, "policy") else {
            return false;
        };
        match key.text {
            "id" => self.set_string(&mut policy.id, &key),
            "version" => self.set_string(&mut policy.version, &key),
            "description" => self.set_string(&mut policy.description, &key),
            "environment" => self.set_string(&mut policy.environment, &key),
            "gas_limit" => {
                let value = self.bound();
                let good = value.is_some();
                self.set(&mut policy.gas_limit, &key, value);
                good
            }
            "constraints" => {
                let names = self.strings();
                policy.constraints.extend(names);
                true
            }
            "order" => self.order(policy, &key),
            "input" => self.fields(&mut policy.input),
            "let" => {
                let found = self.let_decl(start);
                let good = found.is_some();
                policy.lets.extend(found);
                good
            }
            "otherwise" => self.otherwise(policy, &key, start),
            "on" => self.on_decision(policy, start),
            word => self.group(policy, verb(word), start),
        }
    }

    /// `order: reject, escalate, accept`. A comma before something else ends the entry.
    fn order(&mut self, policy: &mut Policy, key: &Key<'_>) -> bool {
        let mut order = Vec::new();
        if self.at(TokenKind::OpenBracket) {
            let open = self.index();
            self.bump();
            self.elements(open, TokenKind::CloseBracket, "`]`", |p| {
                order.extend(p.decision())
            });
        } else {
            order.extend(self.decision());
            while self.at(TokenKind::Comma) && self.verb_follows() {
                self.bump();
                order.extend(self.decision());
            }
        }
        let good = !order.is_empty();
        self.set(&mut policy.order, key, Some(order));
        good
    }

    /// True when behind the current token stands a decision that does not open a group.
    fn verb_follows(&self) -> bool {
        let next = self.peek(1);
        let is_verb = next.kind.is_word() && verb(self.text_of(next)).is_some();
        let after = self.peek(2);
        let opens_group = matches!(after.kind, TokenKind::OpenBrace | TokenKind::Colon)
            || (after.kind == TokenKind::Ident && matches!(self.text_of(after), "any" | "all"));
        is_verb && (!opens_group || after.line_before)
    }

    /// Takes `accept`, `deny` and the like.
    pub(super) fn decision(&mut self) -> Option<Spanned<Verb>> {
        let token = self.current();
        let found = verb(self.text_of(token)).filter(|_| token.kind.is_word());
        let Some(node) = found else {
            if token.kind.is_word() {
                self.unknown_word(codes::UNKNOWN_WORD, "decision", VERBS);
            } else {
                self.expected("a decision");
            }
            return None;
        };
        let span = self.word().span;
        Some(Spanned { node, span })
    }

    /// `auto_accept all { name: condition, "message" … }`, the first word taken.
    fn group(&mut self, policy: &mut Policy, verb: Option<Verb>, start: u32) -> bool {
        let combine = match self.text_of(self.current()) {
            "any" => Some(Combine::Any),
            "all" => Some(Combine::All),
            _ => None,
        };
        if combine.is_some() {
            self.bump();
            self.eat(TokenKind::Colon);
        }
        let mut rules = Vec::new();
        let good = self.block(BlockKind::Rules, |p| {
            rules.push(p.rule());
            true
        });
        if let Some(verb) = verb.filter(|_| good) {
            policy.groups.push(GroupDecl {
                verb,
                combine,
                rules,
                span: self.span_from(start),
            });
        }
        good
    }

    fn rule(&mut self) -> RuleDecl {
        let start = self.current().start;
        let named = self.current().kind.is_word() && self.peek(1).kind == TokenKind::Colon;
        let name = named.then(|| {
            let name = self.word();
            self.bump();
            name
        });
        let cond = self.expr();
        let message = self.message().map(|text| self.template(text));
        RuleDecl {
            name,
            cond,
            message,
            span: self.span_from(start),
        }
    }

    /// `, "message"`, all on the line of what is before it.
    pub(super) fn message(&mut self) -> Option<StrLit> {
        let comma = self.current();
        let text = self.peek(1);
        let follows = comma.kind == TokenKind::Comma
            && !comma.line_before
            && text.kind == TokenKind::Str
            && !text.line_before;
        follows.then(|| {
            self.bump();
            self.word()
        })
    }

    fn otherwise(&mut self, policy: &mut Policy, key: &Key<'_>, start: u32) -> bool {
        let Some(verb) = self.decision() else {
            return false;
        };
        let reason = self.reason().map(|text| self.template(text));
        let otherwise = Otherwise {
            verb: verb.node,
            reason,
            span: self.span_from(start),
        };
        self.set(&mut policy.otherwise, key, Some(otherwise));
        true
    }

    /// A string on the same line.
    pub(super) fn reason(&mut self) -> Option<StrLit> {
        let token = self.current();
        (token.kind == TokenKind::Str && !token.line_before).then(|| self.word())
    }

    /// `accept { emit("type", payload) … }` behind `on`.
    fn on_decision(&mut self, policy: &mut Policy, start: u32) -> bool {
        let Some(verb) = self.decision() else {
            return false;
        };
        self.eat(TokenKind::Colon);
        let mut effects = Vec::new();
        let good = self.block(BlockKind::Rules, |p| {
            effects.push(p.expr());
            true
        });
        if good {
            policy.effects.push(OnDecision {
                verb: verb.node,
                effects,
                span: self.span_from(start),
            });
        }
        good
    }
}
