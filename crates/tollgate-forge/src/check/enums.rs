//! The values of the members of enums.

use oxc_ast::ast::{Expression, TSEnumMemberName};
use tollgate_diagnostics::span::Span;

use super::checker::Checker;
use super::constant::{Constant, Names, evaluate};
use super::known::entry::State;
use super::report::{error, place};
use super::types::EnumId;
use crate::codes::{types as codes, unsupported};

/// The names that the values of an enum's members see: members before, and enums of the file.
struct Seen<'c, 'a> {
    checker: &'c mut Checker<'a>,
    own: EnumId,
    file: u32,
}

impl Names for Seen<'_, '_> {
    fn name(&mut self, name: &str) -> Option<Constant> {
        let entry = self.checker.enums.get(self.own.0)?;
        if let Some(value) = entry.members.get(name) {
            return Some(Constant::new(value));
        }
        match name {
            "NaN" => Some(Constant::new(f64::NAN)),
            "Infinity" => Some(Constant::new(f64::INFINITY)),
            _ => None,
        }
    }

    fn member(&mut self, object: &str, member: &str) -> Option<Constant> {
        let own = self.checker.enum_name(self.own) == object;
        if own {
            return self.name(member);
        }
        match self.checker.file_item(self.file as usize, object)? {
            super::known::file::Item::Enum(id) => {
                self.checker.evaluate_enum(id);
                self.checker.member_value(id, member)
            }
            _ => None,
        }
    }
}

impl<'a> Checker<'a> {
    /// Returns the value of a member that is known to be computed.
    pub(super) fn member_value(&self, id: EnumId, member: &str) -> Option<Constant> {
        let entry = self.enums.get(id.0)?;
        let value = entry.members.get(member)?;
        Some(Constant {
            member_of: Some(id),
            ..Constant::new(value)
        })
    }

    /// Returns the value of a member, or reports that there is none.
    pub(super) fn enum_member(&mut self, id: EnumId, member: &str, span: Span) -> Option<Constant> {
        self.evaluate_enum(id);
        if let Some(value) = self.member_value(id, member) {
            return Some(value);
        }
        let entry = self.enums.get(id.0)?;
        let written = &entry.node.body.members;
        let names = written.iter().filter_map(|m| member_name(&m.id));
        // One that is written may have no value.
        let all_have_values = entry.members.by_name.len() == written.len();
        if all_have_values || !names.clone().any(|name| name == member) {
            let help = self.meant(member, names, "use one of its members");
            let message = format!("`{}` has no member `{member}`", entry.name);
            self.report(
                error(codes::NO_MEMBER, message)
                    .at(span, "no such member")
                    .help(help),
            );
        }
        None
    }

    /// Computes the members of an enum, once.
    pub(super) fn evaluate_enum(&mut self, id: EnumId) {
        let Some(entry) = self.enums.get_mut(id.0) else {
            return;
        };
        if entry.state != State::Waiting {
            return;
        }
        entry.state = State::Working;
        let (node, file) = (entry.node, entry.file);
        if self.inferring >= crate::limits::INFERENCE_DEPTH_MAX {
            self.report(
                error(
                    codes::ENUM_VALUE,
                    "too many enums are made of each other in a row",
                )
                .at(place(file, &node.id), "")
                .help("write numbers"),
            );
            return;
        }
        self.inferring += 1;
        let mut next = Some(0.0);
        for member in &node.body.members {
            let span = place(file, member);
            let Some(name) = member_name(&member.id) else {
                self.report(
                    error(
                        unsupported::STRING,
                        "computed names of members are not supported",
                    )
                    .at(span, "")
                    .help("write the name"),
                );
                next = None;
                continue;
            };
            let value = match &member.initializer {
                Some(value) => self.member_initializer(id, file, value),
                None => next.or_else(|| {
                    self.report(
                        error(codes::ENUM_VALUE, format!("`{name}` needs a value"))
                            .at(span, "the member before has none that can be counted on")
                            .help(format!("write it: `{name} = 1`")),
                    );
                    None
                }),
            };
            next = value.map(|v| v + 1.0);
            let entry = self.enums.get_mut(id.0);
            if let (Some(value), Some(entry)) = (value, entry) {
                let twice = entry.members.by_name.insert(name, value).is_some();
                if twice {
                    self.duplicate(name, span, None);
                }
            }
        }
        self.inferring -= 1;
        if let Some(entry) = self.enums.get_mut(id.0) {
            entry.state = State::Done;
        }
    }

    fn member_initializer(
        &mut self,
        own: EnumId,
        file: u32,
        value: &Expression<'a>,
    ) -> Option<f64> {
        let span = place(file, value);
        let mut names = Seen {
            checker: self,
            own,
            file,
        };
        if let Some(value) = evaluate(&mut names, value, 0) {
            return Some(value.number);
        }
        let string = matches!(
            value.without_parentheses(),
            Expression::StringLiteral(_) | Expression::TemplateLiteral(_)
        );
        if string {
            let name = self.enums.get(own.0).map_or("E", |entry| entry.name);
            let help = format!(
                "list the texts in a type, `type {name} = \"a\" | \"b\"`, and write the texts where members are meant"
            );
            self.report(
                error(unsupported::STRING, "members of enums are numbers")
                    .at(span, "a text")
                    .help(help),
            );
            return None;
        }
        self.report(
            error(
                codes::ENUM_VALUE,
                "the value of this member is not constant",
            )
            .at(span, "")
            .help("write a number, or an expression of numbers and members before"),
        );
        None
    }
}

fn member_name<'a>(name: &TSEnumMemberName<'a>) -> Option<&'a str> {
    match name {
        TSEnumMemberName::Identifier(id) => Some(id.name.as_str()),
        TSEnumMemberName::String(text) | TSEnumMemberName::ComputedString(text) => {
            Some(text.value.as_str())
        }
        TSEnumMemberName::ComputedTemplateString(_) => None,
    }
}
