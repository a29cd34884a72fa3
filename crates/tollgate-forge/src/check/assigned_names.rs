//! The names that a piece of a program assigns, to forget what is known of them where it may run more than once.
//!
//! Names are enough: one that means another variable is forgotten without need.

use std::collections::HashSet;

use oxc_ast::ast;
use oxc_ast_visit::{Visit, walk};

use crate::limits::DEPTH_MAX;

/// Variables and properties that are assigned, by their names.
#[derive(Debug, Default)]
pub(super) struct AssignedNames<'a> {
    names: HashSet<&'a str>,
    depth: u32,
}

impl<'a> AssignedNames<'a> {
    pub(super) fn with_statement(mut self, statement: &ast::Statement<'a>) -> Self {
        self.visit_statement(statement);
        self
    }

    pub(super) fn with_expression(mut self, expr: Option<&ast::Expression<'a>>) -> Self {
        if let Some(expr) = expr {
            self.visit_expression(expr);
        }
        self
    }

    pub(super) fn add_statements(&mut self, list: &[ast::Statement<'a>]) {
        list.iter()
            .for_each(|statement| self.visit_statement(statement));
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Goes one level down. What is deeper than the checker goes is an error anyway.
    fn down(&mut self, work: impl FnOnce(&mut Self)) {
        if self.depth > DEPTH_MAX {
            return;
        }
        self.depth += 1;
        work(self);
        self.depth -= 1;
    }
}

impl<'a> Visit<'a> for AssignedNames<'a> {
    fn visit_statement(&mut self, it: &ast::Statement<'a>) {
        self.down(|names| walk::walk_statement(names, it));
    }

    fn visit_expression(&mut self, it: &ast::Expression<'a>) {
        self.down(|names| walk::walk_expression(names, it));
    }

    fn visit_ts_type(&mut self, _: &ast::TSType<'a>) {}

    fn visit_binding_identifier(&mut self, it: &ast::BindingIdentifier<'a>) {
        self.names.insert(it.name.as_str());
    }

    fn visit_assignment_target_property_identifier(
        &mut self,
        it: &ast::AssignmentTargetPropertyIdentifier<'a>,
    ) {
        self.names.insert(it.binding.name.as_str());
        walk::walk_assignment_target_property_identifier(self, it);
    }

    fn visit_simple_assignment_target(&mut self, it: &ast::SimpleAssignmentTarget<'a>) {
        match it {
            ast::SimpleAssignmentTarget::AssignmentTargetIdentifier(id) => {
                self.names.insert(id.name.as_str());
            }
            ast::SimpleAssignmentTarget::StaticMemberExpression(member) => {
                self.names.insert(member.property.name.as_str());
            }
            ast::SimpleAssignmentTarget::PrivateFieldExpression(member) => {
                self.names.insert(member.field.name.as_str());
            }
            // `x! = 1`
            other => {
                if let Some(ast::Expression::Identifier(id)) = other.get_expression() {
                    self.names.insert(id.name.as_str());
                }
            }
        }
        walk::walk_simple_assignment_target(self, it);
    }
}
