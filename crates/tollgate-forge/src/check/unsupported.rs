//! Which code and which words an expression gets that is not compiled.

use oxc_ast::ast::Expression;

use super::body::Body;
use crate::codes::{Code, unsupported as codes};

impl<'a> Body<'_, 'a> {
    /// Reports an expression that is not compiled.
    pub(super) fn unsupported(&mut self, expr: &'a Expression<'a>) {
        let span = self.place(expr);
        let (code, message, help) = words(expr);
        self.fail(code, message, span, help);
    }
}

fn words(expr: &Expression<'_>) -> (Code, &'static str, &'static str) {
    match expr {
        Expression::TaggedTemplateExpression(_) => (
            codes::STRING,
            "templates with a function before them are not supported",
            "call the function with the text",
        ),
        Expression::RegExpLiteral(_) => (
            crate::codes::syntax::UNCLEAR_SLASH,
            "regular expressions are not supported yet",
            "compare characters instead",
        ),
        Expression::BigIntLiteral(_) => (
            codes::BIGINT,
            "`bigint` is not supported",
            "write the number without `n`, in a place of type `i64` or `u64`",
        ),
        Expression::StaticMemberExpression(_) => (
            codes::OBJECT,
            "this member is not supported yet",
            "read a property of a value",
        ),
        Expression::ClassExpression(_) => (
            codes::CLASS,
            "classes stand at the top level of a file",
            "declare the class there, under a name",
        ),
        Expression::Super(_) => (
            codes::CLASS,
            "`super` is used by itself",
            "call a method of it, `super.method()`, or `super(…)` in a constructor",
        ),
        Expression::PrivateInExpression(_) => (
            codes::CLASS,
            "`#name in x` is not supported",
            "write `x instanceof C`",
        ),
        Expression::AwaitExpression(_) | Expression::YieldExpression(_) => (
            codes::ASYNC,
            "async functions and generators are not supported yet",
            "compute the result directly",
        ),
        Expression::TSInstantiationExpression(_) => (
            codes::GENERIC,
            "a function with types for its parameters is no value",
            "write a function that calls it: `(x) => f<number>(x)`",
        ),
        _ => (
            codes::DYNAMIC,
            "this looks at the program while it runs",
            "write what it is to do in the program itself",
        ),
    }
}
