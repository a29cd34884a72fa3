//! The names that functions inside of a piece of a program use, to know what they share with it.
//!
//! Names are enough: one that means another variable is shared without need, which costs a block and changes nothing.

use std::collections::HashSet;

use oxc_ast::ast::{self, Expression};
use oxc_ast_visit::{Visit, walk};
use oxc_syntax::scope::ScopeFlags;

use super::function_node::FunctionNode;
use crate::limits::DEPTH_MAX;

/// Names in a piece of a program.
#[derive(Debug, Default)]
pub(super) struct InnerNames<'a> {
    /// Those that inner functions use.
    used: HashSet<&'a str>,
    /// Those that inner functions assign.
    assigned: HashSet<&'a str>,
    /// Those that stand somewhere without being called.
    values: HashSet<&'a str>,
    /// Functions around.
    functions: u32,
    /// Those among them that have a `this` of their own.
    with_this: u32,
    depth: u32,
}

impl<'a> InnerNames<'a> {
    /// Adds what the functions inside of a function use.
    pub(super) fn of_function(node: FunctionNode<'a>) -> Self {
        let mut names = Self::default();
        names.inside(node);
        names
    }

    /// Adds what the functions in statements use.
    pub(super) fn of_statements(list: &[ast::Statement<'a>]) -> Self {
        let mut names = Self::default();
        for statement in list {
            names.visit_statement(statement);
        }
        names
    }

    /// Adds what the functions in an expression use.
    pub(super) fn of_expression(expression: &Expression<'a>) -> Self {
        let mut names = Self::default();
        names.visit_expression(expression);
        names
    }

    /// The same for several expressions.
    pub(super) fn of_expressions<'x>(list: impl Iterator<Item = &'x Expression<'a>>) -> Self
    where
        'a: 'x,
    {
        let mut names = Self::default();
        list.for_each(|expression| names.visit_expression(expression));
        names
    }

    /// Returns the names that a function itself uses, but for those that it surely declares.
    pub(super) fn used_by(node: FunctionNode<'a>) -> Vec<&'a str> {
        let mut names = Self {
            functions: 1,
            with_this: match node {
                FunctionNode::Function(_) => 1,
                FunctionNode::Arrow(_) => 0,
            },
            ..Self::default()
        };
        names.inside(node);
        let params = &node.params().items;
        // A default sees none of the names of the body.
        let plain = |param: &ast::FormalParameter<'a>| {
            let name = matches!(param.pattern, ast::BindingPattern::BindingIdentifier(_));
            name && param.initializer.is_none()
        };
        let rest = node.params().rest.as_ref().map(|rest| &rest.rest.argument);
        let plain_rest =
            rest.is_none_or(|rest| matches!(rest, ast::BindingPattern::BindingIdentifier(_)));
        let body: &[_] = if plain_rest && params.iter().all(plain) {
            node.statements()
        } else {
            &[]
        };
        let mut own: HashSet<&str> = HashSet::new();
        for pattern in params.iter().map(|param| &param.pattern).chain(rest) {
            let ids = pattern.get_binding_identifiers();
            own.extend(ids.iter().map(|id| id.name.as_str()));
        }
        for statement in body {
            match statement {
                ast::Statement::VariableDeclaration(list) => {
                    let ids = list.declarations.iter();
                    let ids = ids.flat_map(|one| one.id.get_binding_identifiers());
                    own.extend(ids.map(|id| id.name.as_str()));
                }
                ast::Statement::FunctionDeclaration(function) => {
                    own.extend(function.id.iter().map(|id| id.name.as_str()));
                }
                _ => {}
            }
        }
        let mut used: Vec<&str> = names
            .used
            .into_iter()
            .filter(|n| !own.contains(n))
            .collect();
        // The order of a set is another one each time.
        used.sort_unstable();
        used
    }

    pub(super) fn uses(&self, name: &str) -> bool {
        self.used.contains(name)
    }

    pub(super) fn assigns(&self, name: &str) -> bool {
        self.assigned.contains(name)
    }

    pub(super) fn has_value(&self, name: &str) -> bool {
        self.values.contains(name)
    }

    fn inside(&mut self, node: FunctionNode<'a>) {
        self.visit_formal_parameters(node.params());
        for statement in node.statements() {
            self.visit_statement(statement);
        }
        if let Some(expression) = node.expression() {
            self.visit_expression(expression);
        }
    }

    /// An arrow function shares `this` with the function around it, under this name.
    fn this(&mut self) {
        if self.functions > 0 && self.with_this == 0 {
            self.used.insert("this");
        }
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

impl<'a> Visit<'a> for InnerNames<'a> {
    fn visit_statement(&mut self, it: &ast::Statement<'a>) {
        self.down(|names| walk::walk_statement(names, it));
    }

    fn visit_expression(&mut self, it: &Expression<'a>) {
        self.down(|names| walk::walk_expression(names, it));
    }

    fn visit_ts_type(&mut self, _: &ast::TSType<'a>) {}

    fn visit_function(&mut self, it: &ast::Function<'a>, flags: ScopeFlags) {
        self.functions += 1;
        self.with_this += 1;
        walk::walk_function(self, it, flags);
        self.with_this -= 1;
        self.functions -= 1;
    }

    fn visit_arrow_function_expression(&mut self, it: &ast::ArrowFunctionExpression<'a>) {
        self.functions += 1;
        walk::walk_arrow_function_expression(self, it);
        self.functions -= 1;
    }

    fn visit_this_expression(&mut self, _: &ast::ThisExpression) {
        self.this();
    }

    fn visit_super(&mut self, _: &ast::Super) {
        self.this();
    }

    fn visit_identifier_reference(&mut self, it: &ast::IdentifierReference<'a>) {
        let name = it.name.as_str();
        if self.functions > 0 {
            self.used.insert(name);
        }
        self.values.insert(name);
    }

    fn visit_call_expression(&mut self, it: &ast::CallExpression<'a>) {
        if let Expression::Identifier(id) = it.callee.get_inner_expression() {
            if self.functions > 0 {
                self.used.insert(id.name.as_str());
            }
        } else {
            self.visit_expression(&it.callee);
        }
        for argument in &it.arguments {
            self.visit_argument(argument);
        }
    }

    fn visit_assignment_target_property_identifier(
        &mut self,
        it: &ast::AssignmentTargetPropertyIdentifier<'a>,
    ) {
        if self.functions > 0 {
            self.assigned.insert(it.binding.name.as_str());
        }
        walk::walk_assignment_target_property_identifier(self, it);
    }

    fn visit_simple_assignment_target(&mut self, it: &ast::SimpleAssignmentTarget<'a>) {
        let id = match it {
            ast::SimpleAssignmentTarget::AssignmentTargetIdentifier(id) => Some(id),
            // `x! = 1`
            other => match other.get_expression().map(Expression::get_inner_expression) {
                Some(Expression::Identifier(id)) => Some(id),
                _ => None,
            },
        };
        if let Some(id) = id.filter(|_| self.functions > 0) {
            self.assigned.insert(id.name.as_str());
        }
        walk::walk_simple_assignment_target(self, it);
    }
}
