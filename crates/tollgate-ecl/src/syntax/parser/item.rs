//! Declarations at the top of a file, and the smaller of them in full.

use crate::codes::parser as codes;
use crate::span::Spanned;
use crate::syntax::ast::{
    AttributeDecl, Blueprint, Constraint, Environment, Fields, FnDecl, Ident, Item, ItemKind,
    LetDecl, ObjectKind, Severity, StrLit, TypeExpr, TypeExprKind,
};
use crate::syntax::lexer::TokenKind;

use super::cursor::Key;
use super::{BlockKind, Parser};

/// The words that begin a declaration.
pub(super) const DECLARATIONS: &[&str] = &[
    "import",
    "enum",
    "record",
    "blueprint",
    "constraint",
    "environment",
    "policy",
    "logic_guard",
    "fn",
    "fixture",
    "test",
    "policy_evaluate",
    "amo",
    "agent",
    "intent",
    "identity",
    "offer",
];

impl<'a> Parser<'a> {
    pub(super) fn items(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        while !self.at(TokenKind::Eof) {
            let before = self.pos;
            self.marks.entries.push(self.index());
            let start = self.current().start;
            match self.item() {
                Some(kind) => items.push(Item {
                    kind,
                    span: self.span_from(start),
                }),
                None => self.skip_item(before),
            }
        }
        items
    }

    /// Skips to the next word at the start of a line that begins a declaration.
    fn skip_item(&mut self, before: usize) {
        let mut open = 0_u32;
        while !self.at(TokenKind::Eof) {
            let token = self.current();
            let declares = DECLARATIONS.contains(&self.text_of(token));
            if self.pos > before
                && token.line_before
                && declares
                && (open == 0 || self.at_next_declaration())
            {
                return;
            }
            match token.kind {
                TokenKind::OpenBrace => open += 1,
                TokenKind::CloseBrace => open = open.saturating_sub(1),
                _ => {}
            }
            self.bump();
        }
    }

    fn item(&mut self) -> Option<ItemKind> {
        let token = self.current();
        let word = self.text_of(token);
        if !token.kind.is_word() {
            self.expected("a declaration");
            return None;
        }
        match word {
            "import" => {
                self.bump();
                self.string("the name of a file between quotes")
                    .map(ItemKind::Import)
            }
            "enum" => self.enum_decl(),
            "record" => self.record_decl(),
            "fn" => self.fn_decl(),
            "fixture" => self.fixture(),
            "policy_evaluate" => self.evaluate(),
            "blueprint" => self.named(Self::blueprint),
            "constraint" => self.named(Self::constraint),
            "environment" => self.named(Self::environment),
            "policy" => self.named(Self::policy),
            "logic_guard" => self.named(Self::guard),
            "test" => self.named(Self::test),
            "amo" => self.named(|p, name| p.object(ObjectKind::Amo, name)),
            "agent" => self.named(|p, name| p.object(ObjectKind::Agent, name)),
            "intent" => self.named(|p, name| p.object(ObjectKind::Intent, name)),
            "identity" => self.named(|p, name| p.object(ObjectKind::Identity, name)),
            "offer" => self.named(|p, name| p.object(ObjectKind::Offer, name)),
            _ => {
                self.unknown_word(codes::UNKNOWN_DECLARATION, "declaration", DECLARATIONS);
                None
            }
        }
    }

    /// `keyword "name" { … }`
    fn named(
        &mut self,
        parse: impl FnOnce(&mut Self, StrLit) -> Option<ItemKind>,
    ) -> Option<ItemKind> {
        self.bump();
        let name = self.string("a name between quotes")?;
        parse(self, name)
    }

    /// Takes the key of an entry and a `:` behind it, if there is one.
    pub(super) fn key(&mut self, known: &[&str], what: &str) -> Option<Key<'a>> {
        let token = self.current();
        if !token.kind.is_word() {
            self.expected(&format!("an entry of the {what}"));
            return None;
        }
        let text = self.text_of(token);
        if !known.contains(&text) {
            let owner = format!(" of a {what}");
            self.unknown_word_of(codes::UNKNOWN_ENTRY, "entry", &owner, known);
            return None;
        }
        self.bump();
        let colon = self.eat(TokenKind::Colon);
        let block = self.at(TokenKind::OpenBrace);
        let free = matches!(
            text,
            "let" | "otherwise" | "expect" | "input" | "on" | "policy" | "logic_guard"
        ) || verb_like(text);
        if !colon && !block && !free {
            self.expected("`:`");
            return None;
        }
        Some(Key {
            text,
            span: self.span_of(token),
        })
    }

    /// `name: type = value` behind `let`.
    pub(super) fn let_decl(&mut self, start: u32) -> Option<LetDecl> {
        let name = self.ident("a name")?;
        let ty = self.eat(TokenKind::Colon).then(|| self.type_expr());
        if !self.expect(TokenKind::Assign, "`=`") {
            return None;
        }
        let value = self.expr();
        Some(LetDecl {
            name,
            ty,
            value,
            span: self.span_from(start),
        })
    }

    /// `["a", "b"]`, or one string.
    pub(super) fn strings(&mut self) -> Vec<StrLit> {
        let mut strings = Vec::new();
        if !self.at(TokenKind::OpenBracket) {
            strings.extend(self.string("a list of strings"));
            return strings;
        }
        let open = self.index();
        self.bump();
        self.elements(open, TokenKind::CloseBracket, "`]`", |p| {
            strings.extend(p.string("a string"));
        });
        strings
    }

    fn enum_decl(&mut self) -> Option<ItemKind> {
        self.bump();
        let name = self.ident("the name of the enum")?;
        let mut cases: Vec<Ident> = Vec::new();
        let good = self.block(BlockKind::Fields, |p| {
            let case = p.ident("the name of a case");
            let good = case.is_some();
            cases.extend(case);
            good
        });
        good.then_some(ItemKind::Enum { name, cases })
    }

    fn record_decl(&mut self) -> Option<ItemKind> {
        self.bump();
        let name = self.ident("the name of the record")?;
        let mut fields = Fields::default();
        let good = self.fields(&mut fields);
        good.then_some(ItemKind::Record { name, fields })
    }

    fn fn_decl(&mut self) -> Option<ItemKind> {
        let start = self.bump().start;
        let name = self.ident("the name of the function")?;
        let open = self.index();
        if !self.expect(TokenKind::OpenParen, "`(`") {
            return None;
        }
        let mut params = Vec::new();
        self.elements(open, TokenKind::CloseParen, "`)`", |p| {
            params.extend(p.field_decl())
        });
        let ret = if self.expect(TokenKind::Arrow, "`->` and the type of the result") {
            self.type_expr()
        } else {
            TypeExpr {
                kind: TypeExprKind::Error,
                span: self.span_of(self.current()),
            }
        };
        let mut lets = Vec::new();
        let mut body = None;
        let good = self.block(BlockKind::Lines, |p| {
            let start = p.current().start;
            if body.is_some() {
                p.expected("`}` after the result of the function");
                false
            } else if p.eat(TokenKind::Let) {
                let found = p.let_decl(start);
                let good = found.is_some();
                lets.extend(found);
                good
            } else {
                body = Some(p.expr());
                true
            }
        });
        if !good {
            return None;
        }
        let body = body.unwrap_or_else(|| {
            let span = self.span_from(start);
            self.missing_result(span)
        });
        Some(ItemKind::Fn(FnDecl {
            name,
            params,
            ret,
            lets,
            body,
        }))
    }

    fn missing_result(&mut self, span: crate::span::Span) -> crate::syntax::ast::Expr {
        if !self.gave_up {
            self.diagnostics.push(
                crate::diagnostic::Diagnostic::error(
                    codes::MISSING_ENTRY,
                    "this function has no result",
                )
                .at(span, "")
                .help("end its body with an expression"),
            );
        }
        crate::syntax::ast::Expr {
            kind: crate::syntax::ast::ExprKind::Error,
            span,
        }
    }

    fn blueprint(&mut self, name: StrLit) -> Option<ItemKind> {
        const ENTRIES: &[&str] = &["id", "version", "attributes"];
        let mut blueprint = Blueprint {
            name,
            id: None,
            version: None,
            attributes: Vec::new(),
        };
        let good = self.block(BlockKind::Lines, |p| {
            let Some(key) = p.key(ENTRIES, "blueprint") else {
                return false;
            };
            match key.text {
                "id" => p.set_string(&mut blueprint.id, &key),
                "version" => p.set_string(&mut blueprint.version, &key),
                _ => p.attributes(&mut blueprint.attributes),
            }
        });
        good.then_some(ItemKind::Blueprint(blueprint))
    }

    /// `{ name: type … }` or `{ name: { type: T, min: a } … }`
    fn attributes(&mut self, attributes: &mut Vec<AttributeDecl>) -> bool {
        self.block(BlockKind::Fields, |p| {
            let start = p.current().start;
            let Some(name) = p.key_and_colon("the name of an attribute") else {
                return false;
            };
            let mut attribute = AttributeDecl {
                ty: TypeExpr {
                    kind: TypeExprKind::Error,
                    span: name.span,
                },
                name,
                min: None,
                max: None,
                one_of: None,
                span: crate::span::Span::default(),
            };
            if p.at(TokenKind::OpenBrace) {
                p.refinements(&mut attribute);
            } else {
                attribute.ty = p.type_expr();
            }
            attribute.span = p.span_from(start);
            attributes.push(attribute);
            true
        })
    }

    fn refinements(&mut self, attribute: &mut AttributeDecl) {
        const ENTRIES: &[&str] = &["type", "min", "max", "one_of"];
        let mut ty = None;
        self.block(BlockKind::Fields, |p| {
            let Some(key) = p.key(ENTRIES, "attribute") else {
                return false;
            };
            match key.text {
                "type" => {
                    let value = p.type_expr();
                    p.set(&mut ty, &key, Some(value));
                }
                "min" => {
                    let value = p.expr();
                    p.set(&mut attribute.min, &key, Some(value));
                }
                "max" => {
                    let value = p.expr();
                    p.set(&mut attribute.max, &key, Some(value));
                }
                _ => {
                    let value = p.expr();
                    p.set(&mut attribute.one_of, &key, Some(value));
                }
            }
            true
        });
        match ty {
            Some(ty) => attribute.ty = ty,
            None => self.missing("attribute", "type", attribute.name.span),
        }
    }

    fn constraint(&mut self, name: StrLit) -> Option<ItemKind> {
        const ENTRIES: &[&str] = &["severity", "input", "rule", "message"];
        let mut constraint = Constraint {
            name,
            severity: None,
            input: Vec::new(),
            rule: None,
            message: None,
        };
        let good = self.block(BlockKind::Lines, |p| {
            let Some(key) = p.key(ENTRIES, "constraint") else {
                return false;
            };
            match key.text {
                "severity" => {
                    let value = p.severity();
                    let good = value.is_some();
                    p.set(&mut constraint.severity, &key, value);
                    good
                }
                "input" => p.field_decls(&mut constraint.input),
                "rule" => {
                    let value = p.expr();
                    p.set(&mut constraint.rule, &key, Some(value));
                    true
                }
                _ => {
                    let value = p.string("a string").map(|text| p.template(text));
                    let good = value.is_some();
                    p.set(&mut constraint.message, &key, value);
                    good
                }
            }
        });
        if good && constraint.rule.is_none() {
            self.missing("constraint", "rule", constraint.name.span);
        }
        good.then_some(ItemKind::Constraint(constraint))
    }

    fn severity(&mut self) -> Option<Spanned<Severity>> {
        let node = match self.text_of(self.current()) {
            "mandatory" => Severity::Mandatory,
            "warning" => Severity::Warning,
            "info" => Severity::Info,
            _ => {
                let known = ["mandatory", "warning", "info"];
                self.unknown_word(codes::UNKNOWN_WORD, "severity", &known);
                return None;
            }
        };
        let span = self.word().span;
        Some(Spanned { node, span })
    }

    fn environment(&mut self, name: StrLit) -> Option<ItemKind> {
        const ENTRIES: &[&str] = &["parent", "constraints"];
        let mut environment = Environment {
            name,
            parent: None,
            constraints: Vec::new(),
        };
        let good = self.block(BlockKind::Lines, |p| {
            let Some(key) = p.key(ENTRIES, "environment") else {
                return false;
            };
            if key.text == "parent" {
                return p.set_string(&mut environment.parent, &key);
            }
            environment.constraints.extend(p.strings());
            true
        });
        good.then_some(ItemKind::Environment(environment))
    }

    fn object(&mut self, kind: ObjectKind, name: StrLit) -> Option<ItemKind> {
        let mut fields = Vec::new();
        let good = self.block(BlockKind::Fields, |p| {
            let field = p.field_init();
            let good = field.is_some();
            fields.extend(field);
            good
        });
        good.then_some(ItemKind::Object { kind, name, fields })
    }

    pub(super) fn set_string(&mut self, slot: &mut Option<StrLit>, key: &Key<'_>) -> bool {
        let value = self.string("a string");
        let good = value.is_some();
        self.set(slot, key, value);
        good
    }
}

/// The words of decisions and rule groups, which need no `:`.
fn verb_like(word: &str) -> bool {
    super::policy::verb(word).is_some()
}
