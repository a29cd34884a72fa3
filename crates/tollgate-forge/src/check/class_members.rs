//! The members of a class: they enter the tables of functions, of variables of files, and of the fields of the class.

use std::collections::HashMap;

use oxc_ast::ast::{self, ClassElement, MethodDefinitionKind, PropertyKey};
use oxc_ast_visit::{Visit, walk};
use oxc_syntax::scope::ScopeFlags;
use tollgate_diagnostics::span::Span;

use super::checker::Checker;
use super::class_initial::Initial;
use super::function_node::FunctionNode;
use super::known::class::{Field, FieldType, HEADER, InClass, Member, Role, Static};
use super::known::entry::{GlobalEntry, State};
use super::known::file::NewFunction;
use super::report::{error, place, place_of};
use super::scope::Outer;
use super::types::ClassId;
use crate::codes::{Code, program, types as codes, unsupported};
use crate::limits::{DEPTH_MAX, PROPERTIES_MAX};

/// Names that JavaScript itself looks for in an object.
const TAKEN: &[&str] = &["__proto__", "valueOf", "constructor"];

/// What a class declares, so far.
#[derive(Default)]
struct Own<'a> {
    members: HashMap<&'a str, Member>,
    statics: HashMap<&'a str, Static>,
    fields: Vec<Field<'a>>,
    constructor: Option<usize>,
    broken: bool,
}

/// A name in front of a member, as it is written.
#[derive(Clone, Copy)]
struct Key<'a> {
    name: &'a PropertyKey<'a>,
    /// It stands in brackets.
    computed: bool,
}

/// What a class has of its declaration: the members of the class itself belong to the one that has type parameters, those of
/// objects to its instances.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    Statics,
    Objects,
}

impl Part {
    fn has(self, element: &ClassElement<'_>) -> bool {
        let is_static = match element {
            ClassElement::MethodDefinition(method) => method.r#static,
            ClassElement::PropertyDefinition(field) => field.r#static,
            ClassElement::StaticBlock(_) => true,
            ClassElement::AccessorProperty(_) | ClassElement::TSIndexSignature(_) => false,
        };
        match self {
            Self::Whole => true,
            Self::Statics => is_static,
            Self::Objects => !is_static,
        }
    }
}

/// A member in the making.
#[derive(Clone, Copy)]
struct At<'a> {
    id: ClassId,
    file: u32,
    class: &'a str,
    span: Span,
}

impl<'a> Checker<'a> {
    /// Enters what a class declares. Those that it extends were entered before.
    pub(super) fn enter_members(&mut self, id: ClassId) {
        let Some(class) = self.classes.get(id) else {
            return;
        };
        let (file, node, name, span) = (class.file, class.node, class.name, class.span);
        let generic = match (&node.type_parameters, &class.instance) {
            (None, _) => Part::Whole,
            (Some(_), None) => Part::Statics,
            (Some(_), Some(_)) => Part::Objects,
        };
        let parent = class.parent.and_then(|parent| self.classes.get(parent));
        let start = parent.map_or(HEADER, |parent| parent.bytes);
        let parent_broken = parent.is_some_and(|parent| parent.broken);
        let parent_early = parent.is_some_and(|parent| parent.is_early);
        let mut own = Own::default();
        for element in node.body.body.iter().filter(|element| generic.has(element)) {
            let at = At {
                id,
                file,
                class: name,
                span: place(file, element),
            };
            match element {
                ClassElement::MethodDefinition(method) => self.enter_method(at, method, &mut own),
                ClassElement::PropertyDefinition(field) => self.enter_field(at, field, &mut own),
                // They run where the file's statements do.
                ClassElement::StaticBlock(_) => {}
                ClassElement::AccessorProperty(_) => {
                    let help = "write a getter and a setter";
                    self.no_member_form(at.span, "`accessor` is not supported", help, &mut own);
                }
                ClassElement::TSIndexSignature(_) => {
                    let help = "write the names of the fields";
                    self.no_member_form(
                        at.span,
                        "fields of any name are not supported",
                        help,
                        &mut own,
                    );
                }
            }
        }
        if own.fields.len() > PROPERTIES_MAX {
            let message = format!("a class has more than {PROPERTIES_MAX} fields");
            self.report(
                error(program::PROGRAM_TOO_LARGE, message)
                    .at(span, "")
                    .help("use an array, or objects inside of it"),
            );
            own.broken = true;
            own.fields.truncate(PROPERTIES_MAX);
        }
        self.overriding(id, &mut own);
        let initial = Initial {
            checker: self,
            id,
            fields: &own.fields,
        };
        let found = match generic {
            Part::Statics => Default::default(),
            Part::Whole | Part::Objects => initial.analysed(node),
        };
        for (at, message, help) in found.wrong {
            own.broken = true;
            let span = place_of(file, at);
            self.report(error(codes::BEFORE_SUPER, message).at(span, "").help(help));
        }
        let mut end = start;
        for field in &mut own.fields {
            if !field.again {
                field.early = found.early.contains(field.name);
                field.offset = end;
                end = end.saturating_add(field.bytes());
            }
            field.unset = found.unset.contains(field.name);
        }
        let acts = |field: &Field<'_>| field.value.is_some() || field.parameter.is_none();
        let initial = own
            .fields
            .iter()
            .any(acts)
            .then(|| self.reserve(format!("{name}.fields")));
        let Some(class) = self.classes.get_mut(id) else {
            return;
        };
        class.is_early = parent_early || own.fields.iter().any(|field| field.early);
        class.members = own.members;
        class.statics = own.statics;
        class.fields = own.fields;
        class.constructor = own.constructor;
        class.broken |= own.broken || parent_broken;
        class.leaks = found.leaks;
        class.initial = initial;
        class.bytes = end;
    }

    fn no_member_form(&mut self, span: Span, message: &str, help: &str, own: &mut Own<'a>) {
        own.broken = true;
        self.report(error(unsupported::CLASS, message).at(span, "").help(help));
    }

    /// The name of a member.
    fn member_name(&mut self, at: At<'a>, key: Key<'a>) -> Option<&'a str> {
        let name = match key.name {
            PropertyKey::StaticIdentifier(id) => id.name.as_str(),
            PropertyKey::StringLiteral(text) if !key.computed && !text.lone_surrogates => {
                text.value.as_str()
            }
            PropertyKey::PrivateIdentifier(id) => self.private_name(id.name.as_str()),
            _ => {
                let help = "write a name: `size() { … }`";
                let message = "this name of a member is not supported";
                self.report(
                    error(unsupported::CLASS, message)
                        .at(at.span, "")
                        .help(help),
                );
                return None;
            }
        };
        self.name_fits(name, at.span)?;
        if TAKEN.contains(&name) {
            let message = format!("`{name}` has a meaning of its own in JavaScript");
            self.report(
                error(unsupported::DYNAMIC, message)
                    .at(at.span, "")
                    .help("rename the member"),
            );
            return None;
        }
        Some(name)
    }

    /// The name of a private member: no other name begins with `#`.
    pub(super) fn private_name(&self, name: &str) -> &'a str {
        self.allocator.alloc_str(&format!("#{name}"))
    }

    fn enter_method(&mut self, at: At<'a>, node: &'a ast::MethodDefinition<'a>, own: &mut Own<'a>) {
        let refused: Option<(Code, &str, &str)> = if !node.decorators.is_empty() {
            Some((
                unsupported::CLASS,
                "decorators are not supported",
                "write in the method itself what it is to do",
            ))
        } else if node.optional {
            Some((
                unsupported::CLASS,
                "methods that may be missing are not supported",
                "write the method, or a field `f: (() => void) | null`",
            ))
        } else if node.value.body.is_none()
            && node.r#type == ast::MethodDefinitionType::MethodDefinition
        {
            Some((
                unsupported::GENERIC,
                "overloads are not supported yet",
                "write one method for each form, under its own name",
            ))
        } else {
            None
        };
        if let Some((code, message, help)) = refused {
            own.broken = true;
            self.report(error(code, message).at(at.span, "").help(help));
            return;
        }
        let constructor = node.kind == MethodDefinitionKind::Constructor && !node.r#static;
        let (name, role) = if constructor {
            ("constructor", Role::Constructor)
        } else {
            let key = Key {
                name: &node.key,
                computed: node.computed,
            };
            let Some(name) = self.member_name(at, key) else {
                own.broken = true;
                return;
            };
            let role = match (node.kind, node.r#static) {
                (MethodDefinitionKind::Set, true) => Role::StaticSetter,
                (_, true) => Role::Static,
                (MethodDefinitionKind::Get, false) => Role::Getter,
                (MethodDefinitionKind::Set, false) => Role::Setter,
                (MethodDefinitionKind::Method | MethodDefinitionKind::Constructor, false) => {
                    Role::Method
                }
            };
            (name, role)
        };
        let class = at.class;
        let shown = match (node.kind, constructor) {
            (_, true) => format!("new {class}"),
            (MethodDefinitionKind::Get, _) => format!("get {class}.{name}"),
            (MethodDefinitionKind::Set, _) => format!("set {class}.{name}"),
            (MethodDefinitionKind::Method | MethodDefinitionKind::Constructor, _) => {
                format!("{class}.{name}")
            }
        };
        let index = self.enter(NewFunction {
            file: at.file,
            node: FunctionNode::Function(&node.value),
            name: self.allocator.alloc_str(&shown),
            outer: match self.classes.get(at.id) {
                Some(class) => class.outer.clone(),
                None => Outer::default(),
            },
            class: Some(InClass { id: at.id, role }),
        });
        if node.value.body.is_none()
            && let Some(entry) = self.functions.get_mut(index)
        {
            // Nothing calls it but through the table, which has none.
            entry.state = State::Done;
            let id = entry.ir;
            let statements = vec![crate::ir::Stmt::Unreachable];
            self.set_body(
                id,
                crate::ir::Body {
                    locals: Vec::new(),
                    statements,
                },
            );
        }
        if role == Role::Method && returns_this(&node.value) {
            self.classes.fluent.insert(index);
        }
        if constructor {
            self.parameter_fields(at, node, own);
            if own.constructor.replace(index).is_some() {
                own.broken = true;
                self.duplicate(name, at.span, None);
            }
            return;
        }
        let (get, set) = match node.kind {
            MethodDefinitionKind::Get => (Some(index), None),
            MethodDefinitionKind::Set => (None, Some(index)),
            MethodDefinitionKind::Method | MethodDefinitionKind::Constructor => (None, None),
        };
        let twice = match (get.or(set), node.r#static) {
            (None, true) => own.statics.insert(name, Static::Method(index)).is_some(),
            (None, false) => own.members.insert(name, Member::Method(index)).is_some(),
            (Some(_), true) => match own.statics.get_mut(name) {
                None => own
                    .statics
                    .insert(name, Static::Accessor { get, set })
                    .is_some(),
                Some(Static::Accessor { get: g, set: s }) => !joined((g, s), (get, set)),
                Some(_) => true,
            },
            (Some(_), false) => match own.members.get_mut(name) {
                None => own
                    .members
                    .insert(name, Member::Accessor { get, set })
                    .is_some(),
                Some(Member::Accessor { get: g, set: s }) => !joined((g, s), (get, set)),
                Some(_) => true,
            },
        };
        if twice {
            own.broken = true;
            self.duplicate(name, at.span, None);
        }
    }

    /// The fields that parameters of the constructor declare: `constructor(private size: number)`.
    fn parameter_fields(
        &mut self,
        at: At<'a>,
        node: &'a ast::MethodDefinition<'a>,
        own: &mut Own<'a>,
    ) {
        for (place, item) in node.value.params.items.iter().enumerate() {
            if item.accessibility.is_none() && !item.readonly && !item.r#override {
                continue;
            }
            let span = super::report::place(at.file, item);
            let ast::BindingPattern::BindingIdentifier(id) = &item.pattern else {
                let help = "give the parameter a name, and take it apart in the body";
                self.no_member_form(span, "a field cannot be declared by a pattern", help, own);
                continue;
            };
            let field = Field {
                name: id.name.as_str(),
                span,
                written: None,
                optional: false,
                value: None,
                parameter: Some(place),
                offset: 0,
                early: false,
                unset: false,
                definite: false,
                again: false,
                ty: FieldType::Waiting,
            };
            self.add_field(field, own);
        }
    }

    fn add_field(&mut self, field: Field<'a>, own: &mut Own<'a>) {
        let (name, span) = (field.name, field.span);
        let member = Member::Field(own.fields.len());
        if own.members.insert(name, member).is_some() {
            own.broken = true;
            self.duplicate(name, span, None);
            return;
        }
        own.fields.push(field);
    }

    fn enter_field(
        &mut self,
        at: At<'a>,
        node: &'a ast::PropertyDefinition<'a>,
        own: &mut Own<'a>,
    ) {
        let refused = if !node.decorators.is_empty() {
            Some((
                "decorators are not supported",
                "write the value of the field",
            ))
        } else if node.r#type == ast::PropertyDefinitionType::TSAbstractPropertyDefinition {
            Some((
                "abstract fields are not supported",
                "write `abstract get size(): number`, and a getter in each class; or take the value in the constructor",
            ))
        } else if node.declare {
            Some((
                "`declare` of a field is not supported",
                "remove it: a field that is inherited is there",
            ))
        } else {
            None
        };
        if let Some((message, help)) = refused {
            self.no_member_form(at.span, message, help, own);
            return;
        }
        let key = Key {
            name: &node.key,
            computed: node.computed,
        };
        let Some(name) = self.member_name(at, key) else {
            own.broken = true;
            return;
        };
        if node.r#static {
            self.globals.push(GlobalEntry {
                name: self.allocator.alloc_str(&format!("{}.{name}", at.class)),
                file: at.file,
                span: at.span,
                constant: node.readonly,
                ty: None,
                literal: None,
                state: State::Waiting,
                ir: None,
                computed: true,
                function: None,
            });
            let field = Static::Field(self.globals.len() - 1);
            if name == "prototype" || own.statics.insert(name, field).is_some() {
                own.broken = true;
                self.duplicate(name, at.span, None);
            }
            return;
        }
        let field = Field {
            name,
            span: at.span,
            written: node.type_annotation.as_deref(),
            optional: node.optional,
            value: node.value.as_ref(),
            parameter: None,
            offset: 0,
            early: false,
            unset: false,
            definite: node.definite,
            again: false,
            ty: FieldType::Waiting,
        };
        self.add_field(field, own);
    }

    /// Looks at what is declared again, and notes it in the classes that are extended.
    fn overriding(&mut self, id: ClassId, own: &mut Own<'a>) {
        let above: Vec<ClassId> = self.classes.line(id).skip(1).collect();
        let names: Vec<(&'a str, Member)> = own
            .members
            .iter()
            .map(|(name, member)| (*name, *member))
            .collect();
        let Some(parent) = above.first().copied() else {
            return;
        };
        for (name, member) in names {
            if name.starts_with('#') {
                continue;
            }
            let Some(found) = self.classes.member(parent, name) else {
                continue;
            };
            let (owner, before) = (found.owner, found.member);
            let wrong = match (before, member) {
                (Member::Method(_), Member::Method(_)) => None,
                (
                    Member::Accessor {
                        get: Some(_),
                        set: Some(_),
                    },
                    Member::Accessor { get, set },
                ) if get.is_none() || set.is_none() => Some(
                    "write both the getter and the setter: in JavaScript the one alone hides the other",
                ),
                (
                    Member::Accessor { get, set },
                    Member::Accessor {
                        get: own_get,
                        set: own_set,
                    },
                ) if get.is_some() && own_get.is_none() || set.is_some() && own_set.is_none() => {
                    Some(
                        "write the accessor that the other class has: in JavaScript the one alone hides it",
                    )
                }
                (Member::Accessor { .. }, Member::Accessor { .. }) => None,
                (Member::Field(at), Member::Field(own_at)) => {
                    let known = self
                        .classes
                        .field(owner, at)
                        .map(|field| (field.offset, field.early));
                    match (known, own.fields.get_mut(own_at)) {
                        (Some((offset, early)), Some(field)) if field.value.is_some() => {
                            field.again = true;
                            field.offset = offset;
                            field.early = early;
                            None
                        }
                        _ => Some(
                            "remove it: the field is inherited; give it its value in the constructor",
                        ),
                    }
                }
                _ => Some("rename it, or declare the same: a method, an accessor or a field"),
            };
            if let Some(help) = wrong {
                own.broken = true;
                let span = self.span_of_member(member, own);
                let other = self.classes.get(owner).map_or("", |class| class.name);
                let message = format!("`{name}` is something else in `{other}`");
                self.report(
                    error(codes::OVERRIDE, message)
                        .at(span, "declared again here")
                        .help(help),
                );
            }
            for id in &above {
                self.note_override(*id, name);
                if *id == owner {
                    break;
                }
            }
        }
    }

    fn note_override(&mut self, id: ClassId, name: &'a str) {
        self.spend(1);
        if let Some(class) = self.classes.get_mut(id) {
            class.overridden.insert(name);
        }
    }

    fn span_of_member(&self, member: Member, own: &Own<'a>) -> Span {
        let index = match member {
            Member::Field(at) => {
                return own
                    .fields
                    .get(at)
                    .map_or(Span::new(0, 0, 0), |field| field.span);
            }
            Member::Method(index) => Some(index),
            Member::Accessor { get, set } => get.or(set),
        };
        let entry = index.and_then(|index| self.functions.get(index));
        entry.map_or(Span::new(0, 0, 0), |entry| place(entry.file, &entry.node))
    }
}

/// Whether a method returns `this` and nothing else.
pub(super) fn returns_this(node: &ast::Function<'_>) -> bool {
    if node
        .return_type
        .as_ref()
        .is_some_and(|ty| !matches!(ty.type_annotation, ast::TSType::TSThisType(_)))
    {
        return false;
    }
    let mut returns = Returns::default();
    if let Some(body) = &node.body {
        returns.visit_function_body(body);
    }
    // One without a body is implemented by others, which are looked at.
    (returns.this || node.body.is_none() && node.return_type.is_some()) && !returns.other
}

/// What a function returns.
#[derive(Default)]
struct Returns {
    this: bool,
    other: bool,
    depth: u32,
}

impl<'a> Visit<'a> for Returns {
    fn visit_statement(&mut self, it: &ast::Statement<'a>) {
        if self.depth <= DEPTH_MAX {
            self.depth += 1;
            walk::walk_statement(self, it);
            self.depth -= 1;
        }
    }

    fn visit_return_statement(&mut self, it: &ast::ReturnStatement<'a>) {
        match &it.argument {
            Some(ast::Expression::ThisExpression(_)) => self.this = true,
            Some(_) | None => self.other = true,
        }
    }

    // Functions inside return for themselves.
    fn visit_expression(&mut self, _: &ast::Expression<'a>) {}

    fn visit_function(&mut self, _: &ast::Function<'a>, _: ScopeFlags) {}

    fn visit_class(&mut self, _: &ast::Class<'a>) {}
}

/// Adds a getter or a setter to the other one; says whether there was room.
fn joined(
    (get, set): (&mut Option<usize>, &mut Option<usize>),
    (more_get, more_set): (Option<usize>, Option<usize>),
) -> bool {
    match (more_get, more_set) {
        (Some(more), _) => get.replace(more).is_none(),
        (None, Some(more)) => set.replace(more).is_none(),
        (None, None) => true,
    }
}
