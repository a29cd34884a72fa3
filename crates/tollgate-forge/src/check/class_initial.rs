//! How an object comes to its values: which fields may be looked at before they have one, and where `super(…)` stands.
//!
//! A walk over the first values of fields and the constructor, in the order in which they run. Once `this` is used for more than
//! its fields, whatever runs may look at any of them: those without a value are looked at when they are read, from then on. The same
//! holds for all fields of the classes that extend this one. JavaScript has `undefined` there.

use std::collections::HashSet;

use oxc_ast::ast::{self, AssignmentOperator, ClassElement, Expression, Statement};
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan, Span};
use oxc_syntax::scope::ScopeFlags;

use super::checker::Checker;
use super::known::class::{Field, Member};
use super::types::ClassId;
use crate::limits::DEPTH_MAX;

/// What a class is looked at with.
pub(super) struct Initial<'c, 'f, 'a> {
    pub(super) checker: &'c Checker<'a>,
    pub(super) id: ClassId,
    pub(super) fields: &'f [Field<'a>],
}

/// What is found.
#[derive(Default)]
pub(super) struct Found<'a> {
    /// Fields that may be looked at before they have a value.
    pub(super) early: HashSet<&'a str>,
    /// Fields that nothing gives a value.
    pub(super) unset: HashSet<&'a str>,
    pub(super) leaks: bool,
    /// What cannot be where it is, and what to do.
    pub(super) wrong: Vec<(Span, &'static str, &'static str)>,
}

impl<'a> Initial<'_, '_, 'a> {
    /// Looks at a class.
    pub(super) fn analysed(self, class: &'a ast::Class<'a>) -> Found<'a> {
        let parent = self
            .checker
            .classes
            .get(self.id)
            .and_then(|class| class.parent);
        let above = parent.and_then(|parent| self.checker.classes.get(parent));
        let leaks = above.is_some_and(|above| above.leaks);
        let constructor = class.body.body.iter().find_map(|element| match element {
            ClassElement::MethodDefinition(method)
                if method.kind == ast::MethodDefinitionKind::Constructor && !method.r#static =>
            {
                Some(method.value.as_ref())
            }
            _ => None,
        });
        let mut walk = Walk {
            of: &self,
            assigned: self
                .fields
                .iter()
                .filter(|field| field.again)
                .map(|field| field.name)
                .collect(),
            own: self.fields.iter().map(|field| field.name).collect(),
            touched: HashSet::new(),
            leaked: false,
            carriers: HashSet::new(),
            found: Found {
                leaks,
                ..Found::default()
            },
            inherits: class.heritage.is_some(),
            before_super: false,
            returned: false,
            depth: 0,
        };
        if leaks {
            walk.leak();
        }
        match (walk.inherits, constructor) {
            (true, Some(constructor)) => walk.derived(constructor),
            (false, Some(constructor)) => {
                walk.fields();
                walk.visit_formal_parameters(&constructor.params);
                walk.parameters();
                for statement in statements(constructor) {
                    walk.root(statement);
                }
            }
            (_, None) => {
                walk.fields();
            }
        }
        let Walk {
            assigned,
            touched,
            mut found,
            ..
        } = walk;
        for field in self.fields {
            if !assigned.contains(field.name) {
                found.early.insert(field.name);
                if !touched.contains(field.name) {
                    found.unset.insert(field.name);
                }
            }
        }
        found
    }

    /// Whether a name is that of a field of a class that this one extends.
    fn is_inherited(&self, name: &str) -> bool {
        let parent = self
            .checker
            .classes
            .get(self.id)
            .and_then(|class| class.parent);
        let member = parent.and_then(|parent| self.checker.classes.member(parent, name));
        let member = member.map(|found| found.member);
        matches!(member, Some(Member::Field(_))) && !name.starts_with('#')
    }
}

fn statements<'a>(function: &'a ast::Function<'a>) -> &'a [Statement<'a>] {
    function.body.as_ref().map_or(&[], |body| &body.statements)
}

/// A root-level `super(…)`.
fn super_call<'a>(statement: &'a Statement<'a>) -> Option<&'a ast::CallExpression<'a>> {
    let Statement::ExpressionStatement(statement) = statement else {
        return None;
    };
    match &statement.expression {
        Expression::CallExpression(call) if matches!(call.callee, Expression::Super(_)) => {
            Some(call)
        }
        _ => None,
    }
}

struct Walk<'w, 'c, 'f, 'a> {
    of: &'w Initial<'c, 'f, 'a>,
    own: HashSet<&'a str>,
    /// Fields that surely have a value here.
    assigned: HashSet<&'a str>,
    /// Fields that are assigned somewhere.
    touched: HashSet<&'a str>,
    /// Fields whose value is a function that has `this`.
    carriers: HashSet<&'a str>,
    found: Found<'a>,
    inherits: bool,
    before_super: bool,
    /// Something has seen the object already.
    leaked: bool,
    /// The constructor may have returned.
    returned: bool,
    depth: u32,
}

impl<'a> Walk<'_, '_, '_, 'a> {
    /// The constructor of a class that extends another one.
    fn derived(&mut self, constructor: &'a ast::Function<'a>) {
        let list = statements(constructor);
        let Some(at) = list
            .iter()
            .position(|statement| super_call(statement).is_some())
        else {
            let span = constructor.span;
            let help = "call `super(…)` as a statement of its own at the top level of the constructor, before `this` is used";
            self.found
                .wrong
                .push((span, "the constructor does not call `super`", help));
            return;
        };
        self.before_super = true;
        self.visit_formal_parameters(&constructor.params);
        for statement in list.iter().take(at) {
            self.visit_statement(statement);
        }
        if self.returned {
            let span = constructor.span;
            let help = "return behind `super(…)`: before that there is no object";
            let message = "the constructor may return before `super(…)` was called";
            self.found.wrong.push((span, message, help));
        }
        if let Some(call) = list.get(at).and_then(super_call) {
            for argument in &call.arguments {
                self.visit_argument(argument);
            }
        }
        self.before_super = false;
        self.fields();
        self.parameters();
        for statement in list.iter().skip(at + 1) {
            self.root(statement);
        }
    }

    /// Fields get their first values.
    fn fields(&mut self) {
        for field in self.of.fields {
            let Some(value) = field.value else { continue };
            let carried = match value.without_parentheses() {
                Expression::ArrowFunctionExpression(arrow) => {
                    let mut uses = UsesThis::default();
                    uses.visit_arrow_function_expression(arrow);
                    uses.found
                }
                _ => false,
            };
            if carried {
                self.carriers.insert(field.name);
            } else {
                self.visit_expression(value);
            }
            self.assigned.insert(field.name);
            self.touched.insert(field.name);
        }
    }

    /// Fields that parameters declare get theirs.
    fn parameters(&mut self) {
        let names = self
            .of
            .fields
            .iter()
            .filter(|field| field.parameter.is_some());
        for name in names.map(|field| field.name) {
            self.assigned.insert(name);
            self.touched.insert(name);
        }
    }

    /// A statement at the top level of the constructor.
    fn root(&mut self, statement: &'a Statement<'a>) {
        if let Statement::ExpressionStatement(statement) = statement
            && let Expression::AssignmentExpression(assignment) = &statement.expression
            && assignment.operator == AssignmentOperator::Assign
            && let Some(name) = self.assigned_field(&assignment.left)
        {
            self.visit_expression(&assignment.right);
            self.touched.insert(name);
            if !self.returned {
                self.assigned.insert(name);
            }
            return;
        }
        self.visit_statement(statement);
    }

    /// The field of `this` that is assigned.
    fn assigned_field(&self, target: &ast::AssignmentTarget<'a>) -> Option<&'a str> {
        let name = match target {
            ast::AssignmentTarget::StaticMemberExpression(member)
                if matches!(member.object, Expression::ThisExpression(_)) =>
            {
                member.property.name.as_str()
            }
            ast::AssignmentTarget::PrivateFieldExpression(member)
                if matches!(member.object, Expression::ThisExpression(_)) =>
            {
                self.of.checker.private_name(member.field.name.as_str())
            }
            _ => return None,
        };
        self.is_field(name).then_some(name)
    }

    fn is_field(&self, name: &str) -> bool {
        self.own.contains(name) || self.of.is_inherited(name)
    }

    /// Whatever runs now may look at all fields.
    fn leak(&mut self) {
        self.found.leaks = true;
        // What has a value keeps it: those that lack one later lacked it then.
        if std::mem::replace(&mut self.leaked, true) {
            return;
        }
        for field in self.of.fields {
            if !self.assigned.contains(field.name) {
                self.found.early.insert(field.name);
            }
        }
    }

    /// A member of `this` is looked at.
    fn read(&mut self, name: &'a str) {
        if self.carriers.contains(name) || !self.is_field(name) {
            self.leak();
        } else if !self.assigned.contains(name) && self.own.contains(name) {
            self.found.early.insert(name);
        }
    }

    fn this(&mut self, span: Span) {
        if self.before_super {
            let help = "call `super(…)` first: before that there is no object";
            self.found
                .wrong
                .push((span, "`this` is used before `super(…)` was called", help));
        }
    }

    fn down(&mut self, work: impl FnOnce(&mut Self)) {
        if self.depth > DEPTH_MAX {
            return;
        }
        self.depth += 1;
        work(self);
        self.depth -= 1;
    }
}

impl<'a> Visit<'a> for Walk<'_, '_, '_, 'a> {
    fn visit_statement(&mut self, it: &Statement<'a>) {
        self.down(|walker| walk::walk_statement(walker, it));
    }

    fn visit_expression(&mut self, it: &Expression<'a>) {
        self.down(|walker| walk::walk_expression(walker, it));
    }

    fn visit_ts_type(&mut self, _: &ast::TSType<'a>) {}

    fn visit_return_statement(&mut self, it: &ast::ReturnStatement<'a>) {
        self.returned = true;
        walk::walk_return_statement(self, it);
    }

    fn visit_this_expression(&mut self, it: &ast::ThisExpression) {
        self.this(it.span);
        self.leak();
    }

    fn visit_super(&mut self, it: &ast::Super) {
        self.this(it.span);
        self.leak();
    }

    fn visit_static_member_expression(&mut self, it: &ast::StaticMemberExpression<'a>) {
        match &it.object {
            Expression::ThisExpression(this) => {
                self.this(this.span);
                self.read(it.property.name.as_str());
            }
            _ => walk::walk_static_member_expression(self, it),
        }
    }

    fn visit_private_field_expression(&mut self, it: &ast::PrivateFieldExpression<'a>) {
        match &it.object {
            Expression::ThisExpression(this) => {
                self.this(this.span);
                let name = self.of.checker.private_name(it.field.name.as_str());
                self.read(name);
            }
            _ => walk::walk_private_field_expression(self, it),
        }
    }

    fn visit_assignment_expression(&mut self, it: &ast::AssignmentExpression<'a>) {
        let Some(name) = self.assigned_field(&it.left) else {
            return walk::walk_assignment_expression(self, it);
        };
        self.this(it.left.span());
        if it.operator != AssignmentOperator::Assign {
            self.read(name);
        }
        self.visit_expression(&it.right);
        self.touched.insert(name);
    }

    fn visit_call_expression(&mut self, it: &ast::CallExpression<'a>) {
        if let Expression::Super(callee) = &it.callee {
            let (message, help) = if self.inherits {
                (
                    "`super(…)` is called in another place",
                    "call it once, as a statement of its own at the top level of the constructor",
                )
            } else {
                (
                    "`super(…)` is called in a class that extends none",
                    "remove it, or write what the class extends",
                )
            };
            self.found.wrong.push((callee.span, message, help));
            return;
        }
        walk::walk_call_expression(self, it);
    }

    fn visit_arrow_function_expression(&mut self, it: &ast::ArrowFunctionExpression<'a>) {
        let mut uses = UsesThis::default();
        uses.visit_arrow_function_expression(it);
        if uses.found {
            self.this(it.span);
            self.leak();
        }
    }

    // Other functions have no `this` of this object.
    fn visit_function(&mut self, _: &ast::Function<'a>, _: ScopeFlags) {}

    fn visit_class(&mut self, _: &ast::Class<'a>) {}
}

/// Whether something uses the `this` around it.
#[derive(Default)]
pub(super) struct UsesThis {
    pub(super) found: bool,
    depth: u32,
}

impl<'a> Visit<'a> for UsesThis {
    fn visit_statement(&mut self, it: &Statement<'a>) {
        if self.depth <= DEPTH_MAX {
            self.depth += 1;
            walk::walk_statement(self, it);
            self.depth -= 1;
        }
    }

    fn visit_expression(&mut self, it: &Expression<'a>) {
        if self.depth <= DEPTH_MAX {
            self.depth += 1;
            walk::walk_expression(self, it);
            self.depth -= 1;
        }
    }

    fn visit_ts_type(&mut self, _: &ast::TSType<'a>) {}

    fn visit_this_expression(&mut self, _: &ast::ThisExpression) {
        self.found = true;
    }

    fn visit_super(&mut self, _: &ast::Super) {
        self.found = true;
    }

    fn visit_function(&mut self, _: &ast::Function<'a>, _: ScopeFlags) {}

    fn visit_class(&mut self, _: &ast::Class<'a>) {}
}
