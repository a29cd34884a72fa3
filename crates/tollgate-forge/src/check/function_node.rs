//! Functions as they are written: with `function`, as arrows.

use oxc_ast::ast::{self, Expression, Statement};
use oxc_span::{GetSpan, Span};

/// A function as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum FunctionNode<'a> {
    Function(&'a ast::Function<'a>),
    Arrow(&'a ast::ArrowFunctionExpression<'a>),
}

impl<'a> FunctionNode<'a> {
    pub(super) fn params(self) -> &'a ast::FormalParameters<'a> {
        match self {
            Self::Function(node) => &node.params,
            Self::Arrow(node) => &node.params,
        }
    }

    /// Returns the type that is written for the result.
    pub(super) fn result(self) -> Option<&'a ast::TSTypeAnnotation<'a>> {
        match self {
            Self::Function(node) => node.return_type.as_deref(),
            Self::Arrow(node) => node.return_type.as_deref(),
        }
    }

    pub(super) fn statements(self) -> &'a [Statement<'a>] {
        match self {
            Self::Function(node) => node.body.as_ref().map_or(&[], |body| &body.statements),
            Self::Arrow(node) => match &node.body {
                ast::ArrowFunctionBody::FunctionBody(body) => &body.statements,
                _ => &[],
            },
        }
    }

    /// Returns the body, if it is an expression.
    pub(super) fn expression(self) -> Option<&'a Expression<'a>> {
        match self {
            Self::Function(_) => None,
            Self::Arrow(node) => node.body.as_expression(),
        }
    }

    /// Whether there is a body: a function that the host gives has none.
    pub(super) fn has_body(self) -> bool {
        match self {
            Self::Function(node) => node.body.is_some(),
            Self::Arrow(_) => true,
        }
    }

    pub(super) fn waits(self) -> bool {
        match self {
            Self::Function(node) => node.r#async || node.generator,
            Self::Arrow(node) => node.r#async,
        }
    }

    pub(super) fn type_parameters(self) -> Option<&'a ast::TSTypeParameterDeclaration<'a>> {
        match self {
            Self::Function(node) => node.type_parameters.as_deref(),
            Self::Arrow(node) => node.type_parameters.as_deref(),
        }
    }

    /// Returns the place of a parameter that is called `this`.
    pub(super) fn this_parameter(self) -> Option<Span> {
        match self {
            Self::Function(node) => node.this_param.as_ref().map(|this| this.span),
            Self::Arrow(_) => None,
        }
    }

    /// Returns the name that the function has inside of itself, or for others.
    pub(super) fn id(self) -> Option<&'a ast::BindingIdentifier<'a>> {
        match self {
            Self::Function(node) => node.id.as_ref(),
            Self::Arrow(_) => None,
        }
    }
}

impl GetSpan for FunctionNode<'_> {
    fn span(&self) -> Span {
        match self {
            Self::Function(node) => node.span,
            Self::Arrow(node) => node.span,
        }
    }
}
