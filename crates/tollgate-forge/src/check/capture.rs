//! What functions share with those around them: closures.
//!
//! A function that uses variables of the functions around it gets a block with a place for each of them; its first parameter
//! is that block. Which variables it uses is known by their names before its body is looked at. [`super::cells`] decides
//! in the end whether a place has the value itself or the address of where it lies.

use oxc_ast::ast::{self, Expression, Statement};

use super::annotation::Sight;
use super::body::Body;
use super::checker::Checker;
use super::function_node::FunctionNode;
use super::generic::top_level;
use super::inner_names::InnerNames;
use super::known::capture::{Capture, Captures, Expected, Shared};
use super::known::class::InClass;
use super::known::function_type::{FunctionType, Given, TypeParam};
use super::known::signature::Signature;
use super::report::place;
use super::scope::{Local, Outer, ScopeKind, Variable};
use super::signature::WrittenHere;
use super::types::{FunctionTypeId, Type};
use super::value::Value;
use crate::codes::unsupported;
use crate::ir;
use crate::ir::op::{Access, Val};
use crate::ir::{Expr, Fresh, FuncId, LocalId, MemoryStmt, SharedId, Sharing, Stmt};

/// The bytes of a function's block before what it shares: what it is, and its place in the table.
pub(super) const BLOCK_HEADER: u32 = 8;

/// The bytes of each place.
const PLACE: u32 = 8;

/// Where the place in the table stands.
pub(super) const SLOT: u32 = 4;

impl<'a> Body<'_, 'a> {
    /// Notes that functions inside may use a variable.
    fn share(&mut self, local: LocalId) -> Option<SharedId> {
        let next = self.checker.next_number(self.checker.shared.len());
        let entry = self.locals.get_mut(local.0 as usize)?;
        match entry.sharing {
            Sharing::Own(id) | Sharing::Outer(id, _) => Some(id),
            Sharing::No => {
                entry.sharing = Sharing::Own(SharedId(next));
                self.checker.shared.push(None);
                Some(SharedId(next))
            }
        }
    }

    /// Makes the variable of a name before its declaration, since functions inside may use it before that.
    pub(super) fn reserve(&mut self, fresh: Fresh, out: &mut Vec<Stmt>) -> Option<LocalId> {
        // Its type comes with the declaration.
        let local = self.temporary(Val::I32);
        self.share(local)?;
        out.push(Stmt::Fresh(local, fresh));
        Some(local)
    }

    /// Notes what a variable is, for the functions that use it.
    pub(super) fn shared_is(&mut self, local: LocalId, what: Shared) {
        let sharing = self.locals.get(local.0 as usize).map(|l| l.sharing);
        if let Some(Sharing::Own(id)) = sharing
            && let Some(entry) = self.checker.shared.get_mut(id.0 as usize)
        {
            *entry = Some(what);
        }
    }

    /// The variables around that a function uses.
    fn captures(&mut self, node: FunctionNode<'a>, own: Option<&str>) -> Captures<'a> {
        let mut found = Vec::new();
        for name in InnerNames::used_by(node) {
            if own == Some(name) {
                continue;
            }
            let (shared, literal) = match self.scopes.find(name) {
                Some(Local::Variable(variable)) => {
                    let Variable {
                        local,
                        ty,
                        constant,
                        literal,
                    } = variable;
                    let shared = self.share(local);
                    self.shared_is(local, Shared::Variable { ty, constant });
                    (shared, literal)
                }
                Some(Local::Inner(index, local)) => {
                    let shared = self.share(local);
                    self.shared_is(local, Shared::Function(index));
                    (shared, None)
                }
                Some(Local::Pending(_, Some(local))) => (self.share(local), None),
                _ => (None, None),
            };
            found.extend(shared.map(|shared| Capture {
                name,
                shared,
                literal,
            }));
        }
        found.into()
    }

    /// Declares what the function shares with those around it. Its own name means itself.
    pub(super) fn begin_captured(
        &mut self,
        captures: &Captures<'a>,
        own: Option<(&'a str, usize)>,
        block: LocalId,
    ) {
        for (at, capture) in (0_u32..).zip(captures.iter()) {
            let offset = BLOCK_HEADER + PLACE * at;
            let what = self
                .checker
                .shared
                .get(capture.shared.0 as usize)
                .copied()
                .flatten();
            let local = self.captured(*capture, what, offset);
            if let Some(scope) = self.scopes.innermost() {
                scope.names.insert(capture.name, local);
            }
        }
        if let (Some((name, index)), Some(scope)) = (own, self.scopes.innermost()) {
            scope.names.insert(name, Local::Inner(index, block));
        }
        self.scopes.enter(ScopeKind::Function);
    }

    fn captured(&mut self, capture: Capture<'a>, what: Option<Shared>, offset: u32) -> Local {
        let sharing = Sharing::Outer(capture.shared, offset);
        let mut add = |ty: Val| {
            self.add_local(ir::Local {
                ty,
                name: Some(capture.name.to_owned()),
                unassigned: None,
                sharing,
            })
        };
        match what {
            Some(Shared::Variable { ty, constant }) => match ty.val() {
                Some(val) => Local::Variable(Variable {
                    local: add(val),
                    ty,
                    constant,
                    literal: capture.literal,
                }),
                None => Local::Broken,
            },
            Some(Shared::Function(index)) => Local::Inner(index, add(Val::I32)),
            // Something else is reported already, or its declaration comes later.
            None if self.checker.diagnostics.is_empty() => Local::Untyped,
            None => Local::Broken,
        }
    }

    /// The functions of a block that share something with those around them, or are values, are made where the block begins.
    pub(super) fn inner_functions(&mut self, list: &'a [Statement<'a>], out: &mut Vec<Stmt>) {
        let mut waiting = Vec::new();
        for statement in list {
            if let Statement::FunctionDeclaration(node) = statement
                && let Some(id) = &node.id
                && let Some(Local::Function(index)) = self.scopes.here(id.name.as_str())
                && self
                    .checker
                    .functions
                    .get(index)
                    .map(|f| f.node.id().map(|id| id.span))
                    == Some(Some(id.span))
            {
                let name = id.name.as_str();
                let used = InnerNames::used_by(FunctionNode::Function(node));
                waiting.push((index, name, FunctionNode::Function(node), used));
            }
        }
        let mut made = Vec::new();
        loop {
            let shares = |(_, name, _, used): &(usize, &'a str, _, Vec<&'a str>)| {
                let shared = |used: &&str| {
                    let found = self.scopes.find(used);
                    matches!(
                        found,
                        Some(Local::Variable(_) | Local::Inner(..) | Local::Pending(_, Some(_)))
                    )
                };
                self.inner.has_value(name) || used.iter().any(shared)
            };
            let Some(at) = waiting.iter().position(shares) else {
                break;
            };
            let (index, name, node, _) = waiting.remove(at);
            let Some(local) = self.reserve(Fresh::Lexical, out) else {
                break;
            };
            self.shared_is(local, Shared::Function(index));
            if let Some(scope) = self.scopes.innermost() {
                scope.names.insert(name, Local::Inner(index, local));
            }
            made.push((index, name, node, local));
        }
        for (index, name, node, local) in made {
            let captures = self.captures(node, Some(name));
            let slot = self.value_slot(index, name);
            if let Some(entry) = self.checker.functions.get_mut(index) {
                entry.captures = Some(captures.clone());
            }
            if self.make_closure(local, slot, &captures, out).is_none() {
                let span = self.place(&node);
                self.checker.must_be_reported(span);
            }
        }
    }

    /// The place in the table for a declared function, if it is used as a value.
    fn value_slot(&mut self, index: usize, name: &str) -> Option<FuncId> {
        if !self.inner.has_value(name) {
            return None;
        }
        let entry = self.checker.functions.get(index)?;
        let (node, id) = (entry.node, entry.ir);
        let items = &node.params().items;
        let Some(given) = items.iter().position(|item| item.initializer.is_some()) else {
            return Some(id);
        };
        // The function for calls without what has a default.
        let variant = self.checker.reserve(format!("{name}~{given}"));
        let entry = self.checker.functions.get_mut(index)?;
        entry.reserved_variant = Some((given, variant));
        Some(variant)
    }

    /// Makes the block of a function in a variable.
    fn make_closure(
        &mut self,
        local: LocalId,
        slot: Option<FuncId>,
        captures: &Captures<'a>,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let count = u32::try_from(captures.len()).ok()?;
        let bytes = BLOCK_HEADER + PLACE * count;
        let slot = match slot {
            Some(function) => self.checker.slot(function),
            None => Expr::i32(0),
        };
        let arguments = vec![Expr::i32(bytes.cast_signed()), slot];
        let made = self.checker.standard_call("newClosure", arguments)?;
        // The variable may be shared, so what fills its places is found without it.
        let block = self.temporary(Val::I32);
        out.push(Stmt::SetLocal(block, made));
        for (at, capture) in (0_u32..).zip(captures.iter()) {
            let from = self
                .scopes
                .find(capture.name)
                .and_then(|found| match found {
                    Local::Variable(variable) => Some(variable.local),
                    Local::Inner(_, local) | Local::Pending(_, Some(local)) => Some(local),
                    _ => None,
                })?;
            let offset = BLOCK_HEADER + PLACE * at;
            let store =
                MemoryStmt::Store(Access::I32, Expr::Local(block), Expr::Cell(from), offset);
            out.push(Stmt::Memory(Box::new(store)));
        }
        out.push(Stmt::SetLocal(local, Expr::Local(block)));
        Some(())
    }

    /// A function that is written as an expression.
    pub(super) fn closure(&mut self, node: FunctionNode<'a>, hint: Option<Type>) -> Option<Value> {
        let hint = match hint {
            Some(Type::Function(id)) => Hint::Type(id),
            _ => Hint::Nothing,
        };
        self.closure_as(node, hint)
    }

    /// The same for a function that takes this, where what it returns is shown by itself.
    pub(super) fn closure_taking(
        &mut self,
        node: FunctionNode<'a>,
        params: Vec<TypeParam<'a>>,
    ) -> Option<Value> {
        self.closure_as(node, Hint::Params(params))
    }

    fn closure_as(&mut self, node: FunctionNode<'a>, hint: Hint<'a>) -> Option<Value> {
        let once = std::mem::take(&mut self.once);
        let span = self.place(&node);
        let own = node.id().map(|id| id.name.as_str());
        if let Some(name) = own {
            self.checker.name_allowed(name, span);
        }
        let params = match &hint {
            Hint::Params(params) => Some(params.clone()),
            Hint::Type(_) | Hint::Nothing => None,
        };
        let captures = self.captures(node, own);
        let outer = self.scopes.seen_by_inner(&self.outer);
        let expected = self.expected(node, hint, (&captures, &outer))?;
        let ty = expected.ty;
        let name = own.unwrap_or("function");
        let index = self.checker.add_closure(
            super::known::file::NewFunction {
                file: self.file,
                node,
                name,
                outer,
                class: self.class.map(InClass::inside),
            },
            captures.clone(),
            expected,
        );
        // Only its body shows what it returns.
        let signature = self.checker.signature(index)?;
        if signature.broken {
            self.checker.must_be_reported(span);
            return None;
        }
        let ty = match (ty, params) {
            (Some(id), _) => id,
            (None, Some(params)) if fits(&signature, &params) => {
                let result = signature.result?;
                let ty = FunctionType { params, result };
                self.checker.function_types.of(ty)
            }
            (None, _) => self.checker.natural_type(&signature, usize::MAX)?,
        };
        let function = self.checker.functions.get(index)?.ir;
        let ty = Type::Function(ty);
        if once && captures.is_empty() {
            self.once_made = Some(index);
            let block = self.checker.static_function(function);
            return Some(Value::new(ty, block));
        }
        let mut out = Vec::new();
        let local = self.temporary(Val::I32);
        self.make_closure(local, Some(function), &captures, &mut out)?;
        Some(Value::new(ty, Expr::Local(local).after(out)))
    }

    /// The types of a function that is written as an expression, where those that are not written come from what is wanted.
    fn expected(
        &mut self,
        node: FunctionNode<'a>,
        hint: Hint<'a>,
        (captures, outer): (&Captures<'a>, &Outer<'a>),
    ) -> Option<Expected<'a>> {
        let (hint, wanted) = match hint {
            Hint::Type(id) => (Some(id), self.checker.function_types.get(id).cloned()),
            Hint::Params(params) => {
                let result = Type::Void;
                (None, Some(FunctionType { params, result }))
            }
            Hint::Nothing => (None, None),
        };
        let params = node.params();
        let taken = params.items.len() + usize::from(params.rest.is_some());
        let fits = |wanted: &FunctionType<'a>| taken <= wanted.params.len();
        let wanted = wanted.filter(fits);
        let scopes = top_level();
        let sight = Sight {
            file: self.file,
            scopes: Some((&scopes, outer)),
            first: None,
        };
        let written = WrittenHere {
            wanted: wanted.as_ref(),
            class: self.class.map(InClass::inside),
            captures,
        };
        let signature = self.checker.expression_signature(sight, node, written);
        if signature.broken {
            // What it does is looked at when it can be called.
            let span = self.place(&node);
            self.checker.must_be_reported(span);
            return None;
        }
        let own = signature.params.iter().map(|param| param.ty);
        let same = |wanted: &FunctionType<'a>| {
            let result = signature
                .result
                .is_none_or(|result| result == wanted.result);
            let types = wanted.params.iter().map(|param| param.ty);
            result && own.clone().zip(types).all(|(own, wanted)| own == wanted)
        };
        let ty = hint.filter(|_| wanted.as_ref().is_some_and(same));
        let mut signature = signature.clone();
        if let (None, Some(wanted)) = (hint, &wanted)
            && node.id().is_none()
            && starts_like(&signature, &wanted.params)
        {
            let more = wanted.params.iter().skip(signature.params.len());
            signature.ignored = more.map(|param| param.ty).collect();
        }
        if let (Some(_), Some(wanted)) = (ty, &wanted) {
            let more = wanted.params.iter().skip(signature.params.len());
            signature.ignored = more.map(|param| param.ty).collect();
            signature.result = Some(wanted.result);
        }
        Some(Expected { signature, ty })
    }
}

/// What is known of the type that is wanted of a function.
enum Hint<'a> {
    Nothing,
    Type(FunctionTypeId),
    /// What it takes.
    Params(Vec<TypeParam<'a>>),
}

/// Whether the first parameters are these.
fn starts_like(signature: &Signature<'_>, params: &[TypeParam<'_>]) -> bool {
    let own = signature.params.iter();
    own.zip(params).all(|(own, wanted)| own.ty == wanted.ty)
}

/// Whether a function takes as much as this, with what it does not look at.
fn fits(signature: &Signature<'_>, params: &[TypeParam<'_>]) -> bool {
    let taken = signature.params.len() + signature.ignored.len();
    taken == params.len() && starts_like(signature, params)
}

impl<'a> Checker<'a> {
    /// The type of a declared function as a value, of which so many parameters are used.
    pub(super) fn natural_type(
        &mut self,
        signature: &Signature<'a>,
        given: usize,
    ) -> Option<FunctionTypeId> {
        let params = signature.params.iter().take(given).map(|param| TypeParam {
            name: param.name,
            ty: param.ty,
            given: if param.has_default {
                Given::Perhaps
            } else {
                Given::Always
            },
        });
        let ty = FunctionType {
            params: params.collect(),
            result: signature.result?,
        };
        Some(self.function_types.of(ty))
    }

    /// The place of a function in the table.
    pub(super) fn slot(&mut self, function: FuncId) -> Expr {
        self.slot_number(function);
        Expr::Slot(function)
    }

    pub(super) fn slot_number(&mut self, function: FuncId) -> i32 {
        let table = &mut self.module.table;
        let at = match self.slots.get(&function) {
            Some(at) => *at,
            None => {
                table.push(Some(function));
                self.slots.insert(function, table.len());
                table.len()
            }
        };
        i32::try_from(at).unwrap_or_else(|_| {
            self.internal("the functions have no room in a table");
            0
        })
    }

    /// The block of a function that shares nothing, each once.
    pub(super) fn static_function(&mut self, function: FuncId) -> Expr {
        let slot = self.slot_number(function);
        let address = self.function_block(slot);
        let id = ir::StaticId(self.next_number(self.module.statics.len()));
        self.module.statics.push(ir::Static {
            address,
            functions: vec![function],
        });
        Expr::Static(id)
    }
}

/// Whether an expression is a function that is written here.
pub(super) fn is_function(expr: &Expression<'_>) -> bool {
    matches!(
        expr.without_parentheses(),
        ast::Expression::ArrowFunctionExpression(_) | ast::Expression::FunctionExpression(_)
    )
}

impl Body<'_, '_> {
    /// Reports a function whose form cannot be a value.
    pub(super) fn no_value_of_function(
        &mut self,
        name: &str,
        span: tollgate_diagnostics::span::Span,
    ) {
        let message = format!("`{name}` has a form that cannot be a value yet");
        let help = format!("write a function that calls it: `(x) => {name}(x)`");
        self.fail(unsupported::FUNCTION_VALUE, message, span, help);
    }
}

/// The place of the first word that says what is wrong with a function.
pub(super) fn place_of_name(file: u32, node: FunctionNode<'_>) -> tollgate_diagnostics::span::Span {
    match node.id() {
        Some(id) => place(file, id),
        None => place(file, &node),
    }
}
