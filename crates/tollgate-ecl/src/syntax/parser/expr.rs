//! Expressions, by precedence climbing.
//!
//! From loose to tight: OR; AND; NOT; comparisons; `else`; `+ -`; `* / %`; prefix `-`; `.` and calls. `else` binds tighter than a
//! comparison, so `trust(a).r else 0.0 >= 0.7` gives the stranger a trust of 0.0. NOT is looser than a comparison, so
//! `NOT a in b` means what it says.
//!
//! A line end does not end an expression when the next line begins with an operator other than `-`, because no entry can
//! begin with one. A word with a `:` behind it is always the next entry.

use crate::codes::parser as codes;
use crate::diagnostic::Diagnostic;
use crate::limits::EXPR_HEIGHT_MAX;
use crate::span::{Span, Spanned};
use crate::syntax::ast::{
    Arm, BinaryOp, CompareOp, Expr, ExprKind, FieldInit, Ident, LoopKind, UnaryOp,
};
use crate::syntax::lexer::{Token, TokenKind, unescape};

use super::{Block, BlockKind, Context, Parser};

const OR: u8 = 1;
const AND: u8 = 2;
const COMPARE: u8 = 4;
const ELSE: u8 = 5;
const SUM: u8 = 6;
const PRODUCT: u8 = 7;

/// Lower-case units that may stand apart from their number (`5 km`). Which units there are is the checker's matter.
const UNITS: &[&str] = &[
    "mm", "cm", "m", "km", "mg", "g", "kg", "t", "W", "kW", "MW", "Wh", "kWh", "MWh", "ns", "us",
    "ms", "s", "min", "h", "d",
];

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Expr {
        let start = self.current().start;
        let outer = std::mem::replace(&mut self.expr_start, start);
        let expr = self.nested(|p| p.binary(OR));
        self.expr_start = outer;
        expr
    }

    /// An expression in a context of its own.
    fn expr_in(&mut self, context: Context) -> Expr {
        self.within(context, Self::expr)
    }

    /// An expression before a `{` that is not its own.
    pub(super) fn expr_before_block(&mut self) -> Expr {
        let context = Context {
            no_record: true,
            ..self.context
        };
        self.expr_in(context)
    }

    /// Puts a node on top of children of the given height.
    fn node(&mut self, kind: ExprKind, start: u32, height: u32) -> Expr {
        let span = self.span_from(start);
        self.height = height + 1;
        if self.height > EXPR_HEIGHT_MAX {
            self.height = 0;
            self.too_deep(format!(
                "the expression is more than {EXPR_HEIGHT_MAX} operators high"
            ));
            return Expr {
                kind: ExprKind::Error,
                span,
            };
        }
        Expr { kind, span }
    }

    fn leaf(&mut self, kind: ExprKind, start: u32) -> Expr {
        self.node(kind, start, 0)
    }

    /// Operators that bind at least as tight as `min`.
    fn binary(&mut self, min: u8) -> Expr {
        let start = self.current().start;
        let mut left = if self.at(TokenKind::Not) {
            self.not(start)
        } else {
            self.unary()
        };
        while let Some(level) = self.infix().filter(|level| *level >= min) {
            left = match level {
                COMPARE => self.comparison(left, start),
                ELSE => self.default(left, start),
                _ => self.chain(left, start, level),
            };
        }
        left
    }

    /// How tight the current token binds as an infix operator.
    fn infix(&self) -> Option<u8> {
        use TokenKind as T;
        let token = self.current();
        let level = match token.kind {
            T::Or => OR,
            T::And => AND,
            T::Eq | T::Ne | T::Lt | T::Le | T::Gt | T::Ge => COMPARE,
            T::In | T::Matches | T::ConformsTo | T::HasCredential => COMPARE,
            T::Not if self.peek(1).kind == T::In => COMPARE,
            T::Else if !self.context.no_else => ELSE,
            T::Plus | T::PlusPlus => SUM,
            T::Minus if self.context.free_lines || !token.line_before => SUM,
            T::Star | T::Slash | T::Percent => PRODUCT,
            _ => return None,
        };
        let next = self.peek(1).kind;
        // `has_credential(a, "b")` at the start of a line is a call and begins the next entry.
        let call = matches!(token.kind, T::ConformsTo | T::HasCredential)
            && next == T::OpenParen
            && token.line_before
            && !self.context.free_lines;
        let next_entry = token.kind.is_word() && next == T::Colon;
        (!next_entry && !call).then_some(level)
    }

    /// `NOT a`
    fn not(&mut self, start: u32) -> Expr {
        self.bump();
        let expr = self.nested(|p| p.binary(COMPARE));
        let height = self.height;
        let kind = ExprKind::Unary {
            op: UnaryOp::Not,
            expr: Box::new(expr),
        };
        self.node(kind, start, height)
    }

    /// One step of a chain of operators that associate to the left.
    fn chain(&mut self, left: Expr, start: u32, level: u8) -> Expr {
        let op = match self.bump().kind {
            TokenKind::Or => BinaryOp::Or,
            TokenKind::And => BinaryOp::And,
            TokenKind::Plus => BinaryOp::Add,
            TokenKind::PlusPlus => BinaryOp::Append,
            TokenKind::Minus => BinaryOp::Sub,
            TokenKind::Star => BinaryOp::Mul,
            TokenKind::Slash => BinaryOp::Div,
            _ => BinaryOp::Rem,
        };
        self.combine(op, left, start, level + 1)
    }

    fn combine(&mut self, op: BinaryOp, left: Expr, start: u32, level: u8) -> Expr {
        let height = self.height;
        let right = self.binary(level);
        let height = height.max(self.height);
        let kind = ExprKind::Binary {
            op,
            left: Box::new(left),
            right: Box::new(right),
        };
        self.node(kind, start, height)
    }

    /// `a else b`
    fn default(&mut self, left: Expr, start: u32) -> Expr {
        let height = self.height;
        self.bump();
        let right = self.nested(|p| p.binary(ELSE));
        let height = height.max(self.height);
        let kind = ExprKind::Else {
            expr: Box::new(left),
            default: Box::new(right),
        };
        self.node(kind, start, height)
    }

    /// `a < b`, `a <= b <= c`, `a in b` and the other comparisons.
    fn comparison(&mut self, left: Expr, start: u32) -> Expr {
        let Some(op) = self.compare_op() else {
            let op = self.membership_op();
            let expr = self.combine(op, left, start, ELSE);
            if self.infix() == Some(COMPARE) {
                self.mixed();
            }
            return expr;
        };
        let mut height = self.height;
        let mut operands = vec![left];
        let mut ops = vec![op];
        self.bump();
        loop {
            operands.push(self.binary(ELSE));
            height = height.max(self.height);
            if self.infix() != Some(COMPARE) {
                break;
            }
            let next = self.compare_op();
            if !next.is_some_and(|next| ops.iter().all(|op| chains(*op, next))) {
                self.mixed();
            }
            let Some(next) = next else { break };
            ops.push(next);
            self.bump();
            if ops.len() > EXPR_HEIGHT_MAX as usize {
                // `node` reports it; reading on would only cost time.
                break;
            }
        }
        let height = height + u32::try_from(ops.len()).unwrap_or(u32::MAX / 2) - 1;
        self.node(ExprKind::Compare { operands, ops }, start, height)
    }

    fn compare_op(&self) -> Option<CompareOp> {
        Some(match self.current().kind {
            TokenKind::Eq => CompareOp::Eq,
            TokenKind::Ne => CompareOp::Ne,
            TokenKind::Lt => CompareOp::Lt,
            TokenKind::Le => CompareOp::Le,
            TokenKind::Gt => CompareOp::Gt,
            TokenKind::Ge => CompareOp::Ge,
            _ => return None,
        })
    }

    fn membership_op(&mut self) -> BinaryOp {
        match self.bump().kind {
            TokenKind::Not => {
                self.bump();
                BinaryOp::NotIn
            }
            TokenKind::Matches => BinaryOp::Matches,
            TokenKind::ConformsTo => BinaryOp::ConformsTo,
            TokenKind::HasCredential => BinaryOp::HasCredential,
            _ => BinaryOp::In,
        }
    }

    fn mixed(&mut self) {
        let token = self.current();
        let text = self.text_of(token);
        let span = self.span_of(token);
        self.report(
            Diagnostic::error(
                codes::MIXED_COMPARISON,
                format!("`{text}` cannot continue this comparison"),
            )
            .at(span, "it would not be clear what is compared with what")
            .help("put one comparison in parentheses, or join two with AND"),
        );
    }

    /// Prefix `-`, and NOT where an operand stands.
    pub(super) fn unary(&mut self) -> Expr {
        let start = self.current().start;
        match self.current().kind {
            TokenKind::Minus => {
                self.bump();
                let expr = self.nested(Self::unary);
                let height = self.height;
                let kind = ExprKind::Unary {
                    op: UnaryOp::Neg,
                    expr: Box::new(expr),
                };
                self.node(kind, start, height)
            }
            TokenKind::Not => self.not(start),
            _ => self.postfix(),
        }
    }

    /// `a.b`, `a?.b`, `a."b"`, `a["b"]`, `module.f(x)`
    fn postfix(&mut self) -> Expr {
        let start = self.current().start;
        let mut expr = self.primary();
        loop {
            let token = self.current();
            let height = self.height;
            let safe = match token.kind {
                TokenKind::Dot => false,
                TokenKind::QuestionDot => true,
                TokenKind::Question if !token.line_before => {
                    if self.at_ternary(self.last_end) {
                        return self.ternary(self.last_end);
                    }
                    self.bump();
                    expr = self.node(ExprKind::Demand(Box::new(expr)), start, height);
                    continue;
                }
                TokenKind::OpenBracket if !token.line_before => {
                    let Some(indexed) = self.index_of(expr, (start, height)) else {
                        return self.leaf(ExprKind::Error, start);
                    };
                    expr = indexed;
                    continue;
                }
                // Behind a value that is demanded it begins something else.
                TokenKind::OpenParen
                    if !token.line_before && !matches!(expr.kind, ExprKind::Demand(_)) =>
                {
                    self.bad_call();
                    return expr;
                }
                _ => return expr,
            };
            self.bump();
            let kind = self.current().kind;
            if !kind.is_word() && kind != TokenKind::Str {
                let mut diagnostic = self.expected_diagnostic("a field name");
                if matches!(expr.kind, ExprKind::Number(_)) && kind == TokenKind::Number {
                    diagnostic = diagnostic.help("write an address in quotes: \"192.0.2.1\"");
                }
                self.report(diagnostic);
                return expr;
            }
            let name = self.word();
            if kind.is_word() && self.at_call() && !safe {
                let Some(module) = module_path(&expr) else {
                    self.bad_call();
                    return expr;
                };
                expr = self.call(Some(module), name, start);
                continue;
            }
            let base = Box::new(expr);
            let field = ExprKind::Field { base, name, safe };
            expr = self.node(field, start, height);
        }
    }

    /// `["name"]` behind a value, a field; `[key]`, the value of a key.
    fn index_of(&mut self, base: Expr, (start, height): (u32, u32)) -> Option<Expr> {
        self.bump();
        if self.at(TokenKind::Str) && self.peek(1).kind == TokenKind::CloseBracket {
            let name = self.word();
            self.bump();
            let field = ExprKind::Field {
                base: Box::new(base),
                name,
                safe: false,
            };
            return Some(self.node(field, start, height));
        }
        let context = Context {
            free_lines: true,
            ..Context::default()
        };
        let key = self.expr_in(context);
        let height = height.max(self.height);
        if !self.expect(TokenKind::CloseBracket, "`]`") {
            return None;
        }
        let kind = ExprKind::Index {
            base: Box::new(base),
            key: Box::new(key),
        };
        Some(self.node(kind, start, height))
    }

    fn bad_call(&mut self) {
        let span = self.span_of(self.current());
        self.report(
            Diagnostic::error(codes::BAD_CALL, "only named functions can be called")
                .at(span, "this is not the name of a function")
                .help("values have no methods: call `f(value)`, or `module.f(value)`"),
        );
    }

    fn at_call(&self) -> bool {
        self.at(TokenKind::OpenParen) && !self.current().line_before
    }

    fn primary(&mut self) -> Expr {
        use TokenKind as T;
        let token = self.current();
        let start = token.start;
        match token.kind {
            T::True | T::False => {
                self.bump();
                self.leaf(ExprKind::Bool(token.kind == T::True), start)
            }
            T::None => {
                self.bump();
                self.leaf(ExprKind::None, start)
            }
            T::Number => self.number(),
            T::Str => {
                self.bump();
                let value = unescape(self.text_of(token));
                self.leaf(ExprKind::Str(value), start)
            }
            T::Regex => {
                self.bump();
                let text = self.text_of(token);
                let inner = text.strip_prefix('/').unwrap_or(text);
                let inner = inner.strip_suffix('/').unwrap_or(inner).to_owned();
                self.leaf(ExprKind::Regex(inner), start)
            }
            T::Ident if self.at_entry_instead() => self.no_expression(),
            T::Ident => self.name(),
            T::HasCredential | T::ConformsTo if self.peek(1).kind == T::OpenParen => {
                let name = self.word();
                self.call(None, name, start)
            }
            T::If => self.if_expr(),
            T::Match => self.match_expr(),
            T::OpenParen => self.paren(),
            T::OpenBracket => self.list(),
            T::OpenBrace if !self.context.no_record => self.record(None, start),
            T::At => self.reference(),
            _ => self.no_expression(),
        }
    }

    /// True at the beginning of a line that is the next entry: the operand before it is missing.
    fn at_entry_instead(&self) -> bool {
        let before = self.pos.checked_sub(1).and_then(|i| self.tokens.get(i));
        self.current().line_before
            && !self.context.free_lines
            && self.at_key()
            && before.is_some_and(|t| t.kind != TokenKind::In)
    }

    fn no_expression(&mut self) -> Expr {
        let token = self.current();
        let mut diagnostic = self.expected_diagnostic("an expression");
        if token.kind == TokenKind::Ident {
            diagnostic = diagnostic.help("the expression before this entry is not complete");
        } else if token.kind.is_word() {
            diagnostic = diagnostic.help(format!("`{}` is a reserved word", self.text_of(token)));
        }
        self.report(diagnostic);
        self.height = 1;
        Expr {
            kind: ExprKind::Error,
            span: self.span_of(token),
        }
    }

    /// A number, with its unit when one touches it or is a currency.
    fn number(&mut self) -> Expr {
        let token = self.bump();
        let number = self.text_of(token).to_owned();
        let next = self.current();
        if !self.is_unit(token, next) {
            return self.leaf(ExprKind::Number(number), token.start);
        }
        self.marks.units.push(self.index());
        let unit = self.word();
        self.leaf(ExprKind::Measure { number, unit }, token.start)
    }

    fn is_unit(&self, number: Token, next: Token) -> bool {
        if next.kind != TokenKind::Ident || next.line_before {
            return false;
        }
        if next.start == number.end {
            return true;
        }
        let word = self.text_of(next);
        let after = self.peek(1).kind;
        is_currency(word)
            || (UNITS.contains(&word)
                && !matches!(
                    after,
                    TokenKind::Colon | TokenKind::Assign | TokenKind::OpenParen
                ))
    }

    /// What begins with a name: the name, a call, a quantifier, a record.
    fn name(&mut self) -> Expr {
        let start = self.current().start;
        let loop_kind = loop_kind(self.text_of(self.current()));
        if let Some(kind) = loop_kind
            && self.peek(1).kind == TokenKind::Ident
            && self.peek(2).kind == TokenKind::In
        {
            return self.quantifier(kind);
        }
        let name = self.word();
        if self.at_call() {
            return self.call(None, name, start);
        }
        if !self.context.no_record && self.at_record() {
            return self.record(Some(name), start);
        }
        if !self.context.no_record && self.at_with() {
            self.bump();
            return self.with(name, start);
        }
        if !self.context.no_record && self.at_changes() {
            let brace = self.current().start;
            let report = self.expected_diagnostic("`with`");
            let help = "write `with` between the name and what is other";
            self.report(report.fix(help, Span::new(self.file, brace, brace), "with "));
            return self.with(name, start);
        }
        self.leaf(ExprKind::Name(name.node), start)
    }

    /// `{` on the same line with a field or `}` in it.
    fn at_record(&self) -> bool {
        let next = self.peek(1).kind;
        self.at(TokenKind::OpenBrace)
            && !self.current().line_before
            && (next == TokenKind::CloseBrace
                || ((next.is_word() || next == TokenKind::Str)
                    && self.peek(2).kind == TokenKind::Colon))
    }

    /// `with {` on the same line.
    fn at_with(&self) -> bool {
        self.at_word("with")
            && !self.current().line_before
            && self.peek(1).kind == TokenKind::OpenBrace
    }

    /// `{` on the same line with a place inside of something in it: `{ a.b`, `{ a[0]`.
    fn at_changes(&self) -> bool {
        let (first, behind) = (self.peek(1).kind, self.peek(2).kind);
        self.at(TokenKind::OpenBrace)
            && !self.current().line_before
            && (first.is_word() || first == TokenKind::Str)
            && matches!(behind, TokenKind::Dot | TokenKind::OpenBracket)
    }

    /// `name with { place: value … }`, the name and `with` taken.
    fn with(&mut self, base: Ident, start: u32) -> Expr {
        let mut changes = Vec::new();
        let height = self.changes(&mut changes);
        self.node(ExprKind::With { base, changes }, start, height)
    }

    fn call(&mut self, module: Option<Ident>, name: Ident, start: u32) -> Expr {
        let open = self.index();
        self.bump();
        let mut args = Vec::new();
        let mut height = 0;
        self.elements(open, TokenKind::CloseParen, "`)`", |p| {
            args.push(p.expr());
            height = height.max(p.height);
        });
        self.node(ExprKind::Call { module, name, args }, start, height)
    }

    fn paren(&mut self) -> Expr {
        let open = self.index();
        let token = self.bump();
        let context = Context {
            free_lines: true,
            ..Context::default()
        };
        let expr = self.expr_in(context);
        let height = self.height;
        self.marks.blocks.push(Block {
            open,
            close: self.index(),
            kind: BlockKind::Elements,
        });
        if self.at(TokenKind::Eof) {
            self.unclosed(self.span_of(token), "`)`");
        } else {
            self.expect(TokenKind::CloseParen, "`)`");
        }
        self.node(ExprKind::Paren(Box::new(expr)), token.start, height)
    }

    fn list(&mut self) -> Expr {
        let open = self.index();
        let start = self.bump().start;
        let mut elements = Vec::new();
        let mut height = 0;
        self.elements(open, TokenKind::CloseBracket, "`]`", |p| {
            elements.push(p.expr());
            height = height.max(p.height);
        });
        self.node(ExprKind::List(elements), start, height)
    }

    pub(super) fn record(&mut self, name: Option<Ident>, start: u32) -> Expr {
        let mut fields = Vec::new();
        let height = self.field_inits(&mut fields);
        self.node(ExprKind::Record { name, fields }, start, height)
    }

    /// `{ name: value … }`; returns the height of the highest value.
    pub(super) fn field_inits(&mut self, fields: &mut Vec<FieldInit>) -> u32 {
        let mut height = 0;
        self.block(BlockKind::Fields, |p| {
            let field = p.field_init();
            height = height.max(p.height);
            let good = field.is_some();
            fields.extend(field);
            good
        });
        height
    }

    /// `name: value`
    pub(super) fn field_init(&mut self) -> Option<FieldInit> {
        let start = self.current().start;
        let name = self.key_and_colon("a field name")?;
        let value = self.expr();
        Some(FieldInit {
            name,
            value,
            span: self.span_from(start),
        })
    }

    /// `@ref("did:…")`
    fn reference(&mut self) -> Expr {
        let start = self.bump().start;
        if !self.at_word("ref") {
            self.expected("`ref` after `@`");
        } else {
            self.bump();
            self.expect(TokenKind::OpenParen, "`(`");
            let target = self.string("a did between quotes");
            self.expect(TokenKind::CloseParen, "`)`");
            if let Some(target) = target {
                return self.leaf(ExprKind::Ref(target), start);
            }
        }
        self.leaf(ExprKind::Error, start)
    }

    /// `if c then a else b`
    fn if_expr(&mut self) -> Expr {
        let start = self.bump().start;
        let context = self.context;
        let inner = Context {
            no_else: true,
            ..context
        };
        let cond = self.expr_in(Context {
            no_else: false,
            ..context
        });
        let mut height = self.height;
        if !self.eat(TokenKind::Then) {
            let diagnostic = self
                .expected_diagnostic("`then`")
                .help("a choice between values is `if condition then a else b`");
            self.report(diagnostic);
            return self.node(ExprKind::Error, start, height);
        }
        let then = self.expr_in(inner);
        height = height.max(self.height);
        if !self.expect(TokenKind::Else, "`else`") {
            return self.node(ExprKind::Error, start, height);
        }
        let otherwise = self.expr();
        height = height.max(self.height);
        let kind = ExprKind::If {
            cond: Box::new(cond),
            then: Box::new(then),
            otherwise: Box::new(otherwise),
        };
        self.node(kind, start, height)
    }

    /// `match x { Case => a, _ => b }`
    fn match_expr(&mut self) -> Expr {
        let start = self.bump().start;
        let subject = self.expr_before_block();
        let mut height = self.height;
        let mut arms = Vec::new();
        self.block(BlockKind::Fields, |p| {
            let start = p.current().start;
            let Some(pattern) = p.pattern() else {
                return false;
            };
            let guard = p.arm_guard();
            if guard.is_some() {
                height = height.max(p.height);
            }
            if !p.expect(TokenKind::FatArrow, "`=>`") {
                return false;
            }
            let body = p.expr();
            // Each arm stands in the `else` of the one before it, and alternatives are a chain of OR.
            height = height.max(p.height).max(pattern.alternatives());
            arms.push(Arm {
                pattern,
                guard,
                body,
                span: p.span_from(start),
            });
            true
        });
        let height = height.saturating_add(u32::try_from(arms.len()).unwrap_or(u32::MAX / 2));
        let kind = ExprKind::Match {
            subject: Box::new(subject),
            arms,
        };
        self.node(kind, start, height)
    }

    /// `if condition` behind a pattern.
    pub(super) fn arm_guard(&mut self) -> Option<Expr> {
        self.eat(TokenKind::If).then(|| self.expr())
    }

    /// `any x in xs: body`
    fn quantifier(&mut self, kind: LoopKind) -> Expr {
        let start = self.bump().start;
        let var = self.word();
        self.bump();
        let context = Context {
            before_colon: true,
            ..self.context
        };
        let list = self.within(context, |p| p.nested(|p| p.binary(ELSE)));
        let height = self.height;
        if !self.expect(TokenKind::Colon, "`:`") {
            return self.node(ExprKind::Error, start, height);
        }
        let body = self.expr();
        let height = height.max(self.height);
        let kind = ExprKind::Loop {
            kind,
            var,
            list: Box::new(list),
            body: Box::new(body),
        };
        self.node(kind, start, height)
    }
}

/// True when `next` may follow `op` in a chain: equal or in the same direction.
fn chains(op: CompareOp, next: CompareOp) -> bool {
    use CompareOp as C;
    let up = |c| matches!(c, C::Lt | C::Le);
    let down = |c| matches!(c, C::Gt | C::Ge);
    match (op, next) {
        (C::Ne, _) | (_, C::Ne) => false,
        (C::Eq, _) | (_, C::Eq) => true,
        _ => (up(op) && up(next)) || (down(op) && down(next)),
    }
}

/// The three to eight capital letters of a currency, which may stand apart from its amount.
pub(crate) fn is_currency(word: &str) -> bool {
    (3..=8).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase())
}

pub(super) fn loop_kind(word: &str) -> Option<LoopKind> {
    Some(match word {
        "any" => LoopKind::Any,
        "all" => LoopKind::All,
        "count" => LoopKind::Count,
        "sum" => LoopKind::Sum,
        "min" => LoopKind::Min,
        "max" => LoopKind::Max,
        "map" => LoopKind::Map,
        "filter" => LoopKind::Filter,
        "first" => LoopKind::First,
        _ => return None,
    })
}

/// The dotted name of a module before a call: `trust`, `identity.did`.
fn module_path(expr: &Expr) -> Option<Ident> {
    let node = match &expr.kind {
        ExprKind::Name(name) => name.clone(),
        ExprKind::Field {
            base,
            name,
            safe: false,
        } => format!("{}.{}", module_path(base)?.node, name.node),
        _ => return None,
    };
    Some(Spanned {
        node,
        span: expr.span,
    })
}
