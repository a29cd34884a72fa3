//! Lints of rules: what [`logic`] found, in the words of the source.

use std::collections::{HashMap, HashSet};

use super::found::{Lints, warning};
use super::logic::{self, Extent, Finding, Place, Steps};
use crate::check::Compiled;
use crate::codes::lint as codes;
use crate::diagnostic::Diagnostic;
use crate::ir::{Body, Combine, Decision, Group, PointId, Program, Rule};
use crate::limits::LINT_STEPS_MAX;
use crate::span::Span;
use crate::syntax::ast::{File, GroupDecl, Item, ItemKind, Policy, Verb};

/// Looks at the rules of every policy.
pub(super) fn look<'a>(files: &'a [File], compiled: &Compiled, lints: &mut Lints<'a>) {
    let items = || files.iter().flat_map(|file| &file.items);
    let mut policies: HashMap<&str, (&Item, &Policy)> = HashMap::new();
    let mut named: HashSet<&str> = HashSet::new();
    for item in items() {
        match &item.kind {
            ItemKind::Policy(policy) => {
                policies.insert(&policy.name.node, (item, policy));
            }
            ItemKind::Test(test) => {
                for expect in test.expects() {
                    let rules = expect.violations.iter().map(|violation| &violation.rule);
                    let rules = expect.by.iter().chain(rules);
                    named.extend(rules.map(|rule| rule.node.as_str()));
                }
            }
            _ => {}
        }
    }
    let steps = Steps::new(LINT_STEPS_MAX);
    for program in &compiled.programs {
        let Some((item, policy)) = policies.get(&*program.name) else {
            continue;
        };
        let Body::Policy(body) = &program.body else {
            continue;
        };
        let teller = Teller {
            program,
            groups: &body.groups,
            policy,
            whole: item.span,
            named: &named,
        };
        for finding in logic::findings(program, &steps) {
            let found = teller.tell(&finding, lints);
            found.into_iter().for_each(|found| lints.add(found));
        }
    }
}

/// Puts findings about one policy into words.
struct Teller<'a, 'n> {
    program: &'a Program,
    groups: &'a [Group],
    policy: &'a Policy,
    /// The whole policy: rules elsewhere are constraints, which other policies have too.
    whole: Span,
    /// Rules that tests name: they are not removed.
    named: &'n HashSet<&'a str>,
}

/// Help where there are rules that accept and none of them can.
const IN_VAIN: &str =
    "what accepts contradicts itself, or is rejected or escalated before: change one of them";

/// What comes behind a rule.
struct Next {
    span: Span,
    shown: String,
    is_removable: bool,
}

impl<'a> Teller<'a, '_> {
    fn tell(&self, finding: &Finding, lints: &Lints<'_>) -> Option<Diagnostic> {
        match finding {
            Finding::Never {
                rule,
                point,
                with,
                extent,
            } => {
                let (rule, span) = self.own(*rule)?;
                let main = point.map_or(span, |point| self.span(point));
                let shown = shortened(lints.source(main));
                let text = format!("`{shown}` never holds here");
                let found = warning(codes::CONTRADICTION, main, text);
                let (found, help) = match with.filter(|with| Some(*with) != *point) {
                    Some(with) => (
                        found.at(self.span(with), "for this leaves it no value"),
                        "change one of the two conditions",
                    ),
                    None => (found, "change the condition"),
                };
                Some(
                    match extent {
                        Extent::Rule => {
                            found.note(format!("so the rule `{}` never holds", rule.name))
                        }
                        Extent::Group => found.note("so its group never decides"),
                        Extent::Part => found,
                    }
                    .help(help),
                )
            }
            Finding::Always { rule } => {
                let (rule, span) = self.own(*rule)?;
                let text = format!("the rule `{}` holds for every input", rule.name);
                let help = "where it compares one value with several by `!=`, AND is meant; write `true` if every input is";
                Some(warning(codes::ALWAYS_TRUE, span, text).help(help))
            }
            Finding::Duplicate { rule: place, of } => {
                let (rule, span) = self.own(*place)?;
                let (first, label) = self.rule(Place {
                    rule: *of,
                    ..*place
                })?;
                let text = format!(
                    "the rule `{}` has the condition of `{}`",
                    rule.name, first.name
                );
                let found = warning(codes::DUPLICATE_RULE, span, text).at(label, "this one");
                Some(self.without(found, *place, lints))
            }
            Finding::Covered { rule, by, may_fail } => {
                let found = self.covered(*rule, *by)?;
                Some(match may_fail {
                    true => found.help("remove it, or the ones above, whichever is not meant"),
                    false => self.without(found, *rule, lints),
                })
            }
            Finding::Last { rule } => {
                let (last, label) = self.rule(*rule)?;
                let next = self.next(*rule)?;
                let text = format!("{} is never reached", next.shown);
                let label_text = format!(
                    "`{}` has decided for every input that comes here",
                    last.name
                );
                let found = warning(codes::UNREACHABLE, next.span, text).at(label, label_text);
                Some(if next.is_removable {
                    lints.removed(found, next.span, "remove it, or put it before")
                } else {
                    found.help("put it before, or remove it")
                })
            }
            Finding::NeverAccepts => {
                let name = &self.policy.name;
                let text = format!("the policy `{}` can never accept", name.node);
                Some(warning(codes::NEVER_ACCEPTS, name.span, text).help(IN_VAIN))
            }
            Finding::Only(decision) => Some(self.only(*decision)),
        }
    }

    fn only(&self, decision: Decision) -> Diagnostic {
        let name = &self.policy.name;
        let (code, does, help) = match decision {
            Decision::Reject => (codes::NEVER_ACCEPTS, "rejects", self.help_to_accept()),
            Decision::Accept => (
                codes::ONE_DECISION,
                "accepts",
                "its rules change nothing: add one that rejects, or end with `otherwise reject`",
            ),
            Decision::Escalate => (
                codes::ONE_DECISION,
                "escalates",
                "its rules change nothing: add one that accepts or rejects",
            ),
        };
        let text = format!("the policy `{}` {does} every input", name.node);
        warning(code, name.span, text).help(help)
    }

    fn help_to_accept(&self) -> &'static str {
        match self
            .policy
            .groups
            .iter()
            .any(|group| group.verb == Verb::Accept)
        {
            true => IN_VAIN,
            false => {
                "add a group that accepts, or `otherwise accept` where everything that no rule rejects is to be accepted"
            }
        }
    }

    fn covered(&self, place: Place, by: Option<usize>) -> Option<Diagnostic> {
        let (rule, span) = self.own(place)?;
        let combine = self.groups.get(place.group)?.combine;
        let by = by.and_then(|by| self.rule(Place { rule: by, ..place }));
        let name = &rule.name;
        let text = match (combine, &by) {
            (Combine::Any, Some((by, _))) => format!(
                "the rule `{name}` never decides: `{}` holds whenever it does",
                by.name
            ),
            (Combine::Any, None) => format!(
                "the rule `{name}` never decides: what comes before has decided whenever it holds"
            ),
            (Combine::All, Some((by, _))) => format!(
                "the rule `{name}` says nothing: it holds whenever `{}` does",
                by.name
            ),
            (Combine::All, None) => {
                format!("the rule `{name}` says nothing: it holds whenever the rules above do")
            }
        };
        let found = warning(codes::COVERED_RULE, span, text);
        Some(match by {
            Some((_, label)) => found.at(label, "this one"),
            None => found,
        })
    }

    /// Help to remove a rule, with the change when nothing misses it.
    fn without(&self, found: Diagnostic, place: Place, lints: &Lints<'_>) -> Diagnostic {
        let alone = self
            .groups
            .get(place.group)
            .is_none_or(|group| group.rules.len() < 2);
        match self.own(place) {
            Some((rule, span)) if !alone && !self.is_named(rule) => {
                lints.removed(found, span, "remove it, or change what it says")
            }
            _ => found.help("remove it, or change what it says"),
        }
    }

    /// Whether a test names the rule, or one by its number, which changes when one before it goes.
    fn is_named(&self, rule: &Rule) -> bool {
        self.named.contains(&*rule.name) || self.named.iter().any(|name| name.starts_with("rule_"))
    }

    fn rule(&self, place: Place) -> Option<(&'a Rule, Span)> {
        let rule = self.groups.get(place.group)?.rules.get(place.rule)?;
        Some((rule, self.span(rule.point)))
    }

    /// A rule that stands in the policy.
    fn own(&self, place: Place) -> Option<(&'a Rule, Span)> {
        self.rule(place).filter(|(_, span)| self.is_own(*span))
    }

    fn is_own(&self, span: Span) -> bool {
        let Span { file, start, end } = self.whole;
        span.file == file && start <= span.start && span.end <= end
    }

    fn span(&self, point: PointId) -> Span {
        let point = self.program.points.get(point.0 as usize);
        point.map_or(self.policy.name.span, |point| {
            let (start, end, file) = point.span;
            Span { file, start, end }
        })
    }

    /// What comes behind a rule that always decides: the next rule, group or `otherwise` that somebody wrote.
    fn next(&self, place: Place) -> Option<Next> {
        let after = Place {
            rule: place.rule + 1,
            ..place
        };
        if let Some((rule, span)) = self.own(after) {
            let shown = format!("the rule `{}`", rule.name);
            let is_removable = !self.is_named(rule);
            return Some(Next {
                span,
                shown,
                is_removable,
            });
        }
        let later = self.groups.iter().skip(place.group + 1);
        let mut first = later.filter_map(|group| group.rules.first());
        if let Some(group) = first.find_map(|rule| self.group_of(self.span(rule.point))) {
            let is_named = |rule: &Rule| {
                group.span.start <= self.span(rule.point).start
                    && self.span(rule.point).end <= group.span.end
                    && self.is_named(rule)
            };
            let is_removable = !self
                .groups
                .iter()
                .flat_map(|group| &group.rules)
                .any(is_named);
            return Some(Next {
                span: group.span,
                shown: "this group".to_owned(),
                is_removable,
            });
        }
        let otherwise = self.policy.otherwise.as_ref()?;
        let is_removable = !self.named.contains("otherwise");
        Some(Next {
            span: otherwise.span,
            shown: "`otherwise`".to_owned(),
            is_removable,
        })
    }

    fn group_of(&self, rule: Span) -> Option<&'a GroupDecl> {
        let mut groups = self.policy.groups.iter();
        groups.find(|group| {
            self.is_own(rule) && group.span.start <= rule.start && rule.end <= group.span.end
        })
    }
}

/// A text in one line, as long as a line.
fn shortened(text: &str) -> String {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or("")),
        None => line,
    }
}
