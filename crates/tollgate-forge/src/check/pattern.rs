//! Patterns as they are written: what `{ a, b: [c] }` and `[a, b = 1, ...c]` name, alike for declarations and assignments.

use oxc_ast::ast::{
    self, AssignmentTarget, AssignmentTargetMaybeDefault, BindingPattern, VariableDeclarationKind,
};
use oxc_span::{GetSpan, Span};

/// What takes a value.
pub(super) enum Pattern<'a> {
    /// A variable that is declared here.
    Declared(&'a ast::BindingIdentifier<'a>),
    /// A variable that is assigned: `({ x } = point)`.
    Named(&'a ast::IdentifierReference<'a>),
    /// Something else that is assigned.
    Assigned(&'a ast::SimpleAssignmentTarget<'a>),
    Object(Properties<'a>),
    List(Elements<'a>),
}

/// `{ a, b: c = 1, ...rest }`
pub(super) struct Properties<'a> {
    pub(super) members: Vec<(Key<'a>, Part<'a>)>,
    pub(super) rest: Option<Box<Pattern<'a>>>,
    pub(super) span: Span,
}

/// `[a, , b = 1, ...rest]`
pub(super) struct Elements<'a> {
    pub(super) parts: Vec<Option<Part<'a>>>,
    pub(super) rest: Option<Box<Pattern<'a>>>,
    pub(super) span: Span,
}

/// The name of a property.
#[derive(Clone, Copy)]
pub(super) enum Key<'a> {
    /// The variable's own name.
    Short(&'a str),
    Written(&'a ast::PropertyKey<'a>),
    /// `[name]`, which is known when the program runs.
    Computed,
}

/// A pattern inside another one, with its default.
pub(super) struct Part<'a> {
    pub(super) pattern: Pattern<'a>,
    pub(super) default: Option<&'a ast::Expression<'a>>,
    pub(super) span: Span,
}

impl<'a> Part<'a> {
    pub(super) fn declared(pattern: &'a BindingPattern<'a>) -> Self {
        let (inner, default) = match pattern {
            BindingPattern::AssignmentPattern(node) => (&node.left, Some(&node.right)),
            plain => (plain, None),
        };
        Self {
            pattern: Pattern::declared(inner),
            default,
            span: pattern.span(),
        }
    }

    fn assigned(target: &'a AssignmentTargetMaybeDefault<'a>) -> Option<Self> {
        let (inner, default) = match target {
            AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(node) => {
                (&node.binding, Some(&node.init))
            }
            plain => (plain.as_assignment_target()?, None),
        };
        Some(Self {
            pattern: Pattern::assigned(inner)?,
            default,
            span: target.span(),
        })
    }
}

impl<'a> Pattern<'a> {
    fn declared(pattern: &'a BindingPattern<'a>) -> Self {
        match pattern {
            BindingPattern::BindingIdentifier(id) => Self::Declared(id),
            BindingPattern::ObjectPattern(node) => Self::Object(Properties {
                members: node.properties.iter().map(declared_member).collect(),
                rest: rest(node.rest.as_deref()),
                span: node.span,
            }),
            BindingPattern::ArrayPattern(node) => Self::List(Elements {
                parts: node
                    .elements
                    .iter()
                    .map(|part| part.as_ref().map(Part::declared))
                    .collect(),
                rest: rest(node.rest.as_deref()),
                span: node.span,
            }),
            // The grammar has those inside of patterns only, where they are parts.
            BindingPattern::AssignmentPattern(node) => Self::declared(&node.left),
        }
    }

    /// Returns what is assigned; `None` for a form that the grammar does not have.
    pub(super) fn assigned(target: &'a AssignmentTarget<'a>) -> Option<Self> {
        Some(match target {
            AssignmentTarget::ObjectAssignmentTarget(node) => Self::Object(Properties {
                members: node
                    .properties
                    .iter()
                    .map(assigned_member)
                    .collect::<Option<_>>()?,
                rest: assigned_rest(node.rest.as_deref())?,
                span: node.span,
            }),
            AssignmentTarget::ArrayAssignmentTarget(node) => Self::List(Elements {
                parts: node
                    .elements
                    .iter()
                    .map(|part| match part {
                        Some(part) => Part::assigned(part).map(Some),
                        None => Some(None),
                    })
                    .collect::<Option<_>>()?,
                rest: assigned_rest(node.rest.as_deref())?,
                span: node.span,
            }),
            simple => Self::Assigned(simple.as_simple_assignment_target()?),
        })
    }

    /// Whether the pattern takes a value apart.
    pub(super) fn takes_apart(&self) -> bool {
        match self {
            Self::Object(_) | Self::List(_) => true,
            Self::Declared(_) | Self::Named(_) | Self::Assigned(_) => false,
        }
    }
}

fn declared_member<'a>(node: &'a ast::BindingProperty<'a>) -> (Key<'a>, Part<'a>) {
    let key = if node.computed {
        Key::Computed
    } else {
        Key::Written(&node.key)
    };
    (key, Part::declared(&node.value))
}

fn assigned_member<'a>(node: &'a ast::AssignmentTargetProperty<'a>) -> Option<(Key<'a>, Part<'a>)> {
    Some(match node {
        ast::AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(node) => {
            let part = Part {
                pattern: Pattern::Named(&node.binding),
                default: node.init.as_ref(),
                span: node.span,
            };
            (Key::Short(node.binding.name.as_str()), part)
        }
        ast::AssignmentTargetProperty::AssignmentTargetPropertyProperty(node) => {
            let key = if node.computed {
                Key::Computed
            } else {
                Key::Written(&node.name)
            };
            (key, Part::assigned(&node.binding)?)
        }
    })
}

fn rest<'a>(node: Option<&'a ast::BindingRestElement<'a>>) -> Option<Box<Pattern<'a>>> {
    node.map(|node| Box::new(Pattern::declared(&node.argument)))
}

/// The rest, if there is one; `None` for a form that the grammar does not have.
fn assigned_rest<'a>(
    node: Option<&'a ast::AssignmentTargetRest<'a>>,
) -> Option<Option<Box<Pattern<'a>>>> {
    match node {
        Some(node) => Some(Some(Box::new(Pattern::assigned(&node.target)?))),
        None => Some(None),
    }
}

/// How a pattern's names are declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// As variables of the function.
    Local(VariableDeclarationKind),
    /// As variables of the file.
    Global(VariableDeclarationKind),
    /// As parameters, or as the variable of a loop.
    Inside { constant: bool },
}
