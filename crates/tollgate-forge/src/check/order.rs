//! The statements of files, and variables that they use before they are set.
//!
//! Files run from top to bottom, one after the other. A step is one statement: what it calls may read a variable that a later
//! step sets. JavaScript throws then; a module would read zero, so it is an error here. Which functions a step may call is
//! what the IR names, whether the call is reached or not.

use std::collections::HashSet;

use oxc_ast::ast::{self, ClassElement, Statement};
use tollgate_diagnostics::span::Span;

use super::body::{Body, Returns};
use super::checker::Checker;
use super::inner_names::InnerNames;
use super::known::order::{Early, Step, Uses, Wait};
use super::report::error;
use super::scope::Outer;
use super::types::ClassId;
use crate::codes::types as codes;
use crate::ir;
use crate::ir::walk::visit_all;
use crate::ir::{FuncId, GlobalId, Stmt};

impl<'a> Body<'_, 'a> {
    /// The class that a statement of a file declares.
    fn declared_class(
        &self,
        statement: &'a Statement<'a>,
    ) -> Option<(ClassId, &'a ast::Class<'a>)> {
        let class = match statement {
            Statement::ClassDeclaration(class) => class,
            Statement::ExportDeclaration(export) => match &export.declaration {
                ast::Declaration::ClassDeclaration(class) => class,
                _ => return None,
            },
            Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                ast::ExportDefaultDeclarationKind::ClassDeclaration(class) => class,
                _ => return None,
            },
            _ => return None,
        };
        let id = self.checker.classes.declared_by(class)?;
        Some((id, class))
    }

    /// Notes what a statement of a file does.
    fn step(&mut self, span: Span, out: Vec<Stmt>) -> Vec<Stmt> {
        let mut uses = Uses {
            early: std::mem::take(&mut self.early),
            ..Uses::default()
        };
        visit_all(&out, &mut uses);
        let defines = std::mem::take(&mut self.defined);
        let classes = std::mem::take(&mut self.defined_classes);
        // What a declaration itself sets is not a use: a name that has no value yet cannot be named in it.
        let own: HashSet<GlobalId> = defines
            .iter()
            .filter_map(|index| self.checker.globals.get(*index).and_then(|g| g.ir))
            .collect();
        uses.globals.retain(|id| !own.contains(id));
        self.checker.steps.push(Step {
            span,
            uses,
            defines,
            classes,
        });
        out
    }
}

impl<'a> Checker<'a> {
    /// Checks and lowers the statements of the files, in the order in which they run.
    pub(super) fn run_files(&mut self, order: &[usize]) {
        let mut starts = Vec::new();
        for file in order {
            starts.extend(self.run_file(*file));
        }
        self.module.start = match starts.as_slice() {
            [] => None,
            [only] => Some(*only),
            _ => {
                let statements = starts
                    .into_iter()
                    .map(|id| Stmt::Call(id, Vec::new()))
                    .collect();
                let id = self.reserve("~start".to_owned());
                let locals = Vec::new();
                self.set_body(id, ir::Body { locals, statements });
                Some(id)
            }
        };
    }

    /// Lowers the statements of a file to a function, if they do anything.
    pub(super) fn run_file(&mut self, file: usize) -> Option<FuncId> {
        let list = self.files.get(file)?.statements?;
        let number = u32::try_from(file).ok()?;
        let mut body = Body::new(self, number, Outer::default(), Returns::Nowhere);
        body.top_level = true;
        body.inner = InnerNames::of_statements(list);
        let mut statements = Vec::new();
        for statement in list {
            let span = body.place(statement);
            if let Some((id, class)) = body.declared_class(statement) {
                body.class_begins(id);
                statements.extend(body.step(span, Vec::new()));
                for element in &class.body.body {
                    let mut out = Vec::new();
                    let span = body.place(element);
                    let done = match element {
                        ClassElement::PropertyDefinition(field) if field.r#static => {
                            body.static_field(id, field, &mut out)
                        }
                        ClassElement::StaticBlock(block) => body.static_block(id, block, &mut out),
                        _ => continue,
                    };
                    if done.is_none() {
                        body.checker.must_be_reported(span);
                    }
                    statements.extend(body.step(span, out));
                }
                continue;
            }
            let mut out = Vec::new();
            body.hoist_nested_vars(statement, &mut out);
            body.statement(statement, &mut out);
            statements.extend(body.step(span, out));
        }
        let locals = std::mem::take(&mut body.locals);
        if statements.is_empty() {
            return None;
        }
        let name = self.file_name(file);
        let id = self.reserve(format!("~start {name}"));
        self.set_body(id, ir::Body { locals, statements });
        Some(id)
    }

    /// Looks at the finished program for variables without a value.
    pub(super) fn look_at_finished(&mut self) {
        self.find_early_uses();
    }

    fn find_early_uses(&mut self) {
        let ours = self.standard;
        let globals = self.globals.iter().enumerate();
        let globals = globals.filter(|(_, global)| Some(global.file as usize) != ours);
        let globals = globals.map(|(index, _)| Wait::Global(index));
        let classes = self.classes.list.iter().enumerate();
        let classes = classes.filter(|(_, class)| Some(class.file as usize) != ours);
        let classes = classes.map(|(index, _)| Wait::Class(index));
        let mut waiting: HashSet<Wait> = globals.chain(classes).collect();
        let mut visited: HashSet<FuncId> = HashSet::new();
        let mut values: Vec<FuncId> = Vec::new();
        let mut calls_values = false;
        let steps = std::mem::take(&mut self.steps);
        for step in &steps {
            let mut found = HashSet::new();
            // A class that extends another one needs it before it is there itself.
            self.early(&step.uses, &waiting, &mut found);
            for id in &step.classes {
                waiting.remove(&Wait::Class(id.0));
            }
            let mut todo = step.uses.calls.clone();
            self.made(&step.uses, &mut values);
            calls_values |= step.uses.calls_values;
            loop {
                if calls_values {
                    // It may be any that there is.
                    todo.append(&mut values);
                }
                let Some(id) = todo.pop() else { break };
                if !visited.insert(id) {
                    continue;
                }
                let mut uses = Uses {
                    early: self.early_by_function.get(&id).cloned().unwrap_or_default(),
                    ..Uses::default()
                };
                if let Some(body) = self.module.function(id).and_then(ir::Function::body) {
                    visit_all(&body.statements, &mut uses);
                }
                self.early(&uses, &waiting, &mut found);
                self.made(&uses, &mut values);
                calls_values |= uses.calls_values;
                todo.extend(uses.calls);
            }
            let mut found: Vec<Wait> = found.into_iter().collect();
            found.sort_unstable();
            for waits in found {
                let entry = match waits {
                    Wait::Global(index) => self
                        .globals
                        .get(index)
                        .map(|entry| (entry.name, entry.span)),
                    Wait::Class(index) => self
                        .classes
                        .list
                        .get(index)
                        .map(|class| (class.name, class.span)),
                };
                let Some((name, span)) = entry else {
                    continue;
                };
                self.report(
                    error(
                        codes::EARLY_GLOBAL,
                        format!("`{name}` is used before it is set"),
                    )
                    .at(
                        step.span,
                        "this runs first, and leads to a function that uses it",
                    )
                    .at(span, "set here")
                    .help("move the declaration before the call"),
                );
            }
            for index in &step.defines {
                waiting.remove(&Wait::Global(*index));
            }
        }
    }

    /// Adds the functions that are values.
    fn made(&self, uses: &Uses, values: &mut Vec<FuncId>) {
        values.extend(&uses.values);
        for id in &uses.statics {
            let functions = self.module.statics.get(id.0 as usize);
            values.extend(functions.into_iter().flat_map(|block| &block.functions));
        }
    }

    /// Adds the variables among the uses that wait for their value.
    fn early(&self, uses: &Uses, waiting: &HashSet<Wait>, found: &mut HashSet<Wait>) {
        let early = uses.early.iter().filter_map(|early| match early {
            Early::Literal(index) => Some(Wait::Global(*index)),
            Early::Class(id) => Some(Wait::Class(id.0)),
            Early::Enum(_) => None,
        });
        let globals = uses
            .globals
            .iter()
            .filter_map(|id| self.global_by_id.get(id));
        let all = early.chain(globals.map(|index| Wait::Global(*index)));
        found.extend(all.filter(|waits| waiting.contains(waits)));
    }
}
