//! Short expressions as they are written, for help that repeats them.

use oxc_ast::ast::{self, Expression, SimpleAssignmentTarget};

/// An expression, if it is short.
pub(super) fn shown(expr: &Expression<'_>) -> Option<String> {
    match expr {
        Expression::Identifier(id) => Some(id.name.to_string()),
        Expression::ThisExpression(_) => Some("this".to_owned()),
        Expression::NumericLiteral(number) => Some(number.value.to_string()),
        Expression::StringLiteral(text) => text.raw.as_ref().map(|raw| raw.as_str().to_owned()),
        Expression::StaticMemberExpression(member) => shown_member(member),
        Expression::ComputedMemberExpression(member) if !member.optional => {
            let (object, index) = (shown(&member.object)?, shown(&member.expression)?);
            Some(format!("{object}[{index}]"))
        }
        _ => None,
    }
}

fn shown_member(member: &ast::StaticMemberExpression<'_>) -> Option<String> {
    let object = shown(&member.object).filter(|_| !member.optional)?;
    Some(format!("{object}.{}", member.property.name))
}

/// An element; what is long in it has a name that stands for it.
pub(super) fn shown_element(member: &ast::ComputedMemberExpression<'_>) -> String {
    let object = shown(&member.object).unwrap_or("list".to_owned());
    let index = shown(&member.expression).unwrap_or("i".to_owned());
    format!("{object}[{index}]")
}

/// What is assigned.
pub(super) fn shown_target(target: &SimpleAssignmentTarget<'_>) -> Option<String> {
    match target {
        SimpleAssignmentTarget::AssignmentTargetIdentifier(id) => Some(id.name.to_string()),
        SimpleAssignmentTarget::ComputedMemberExpression(member) => Some(shown_element(member)),
        SimpleAssignmentTarget::StaticMemberExpression(member) => shown_member(member),
        _ => None,
    }
}
