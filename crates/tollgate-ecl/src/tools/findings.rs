//! The findings of a policy: every rule that holds, with its message and the element that it is about.
//!
//! A decision names one rule. The findings name all, each with the values of its message; they are evaluated on demand, by a
//! small program beside the policy's own (see [`Findings`]), with the same input and facts. Rules are told apart by their
//! places: several may have one name, those without a name above all.

use std::sync::Arc;

use crate::check::{Compiled, FindingPart, FindingRule, Findings, Says};
use crate::engines::vm::{CompiledProgram, Vm};
use crate::host::facts::Facts;
use crate::host::input::Encoder;
use crate::host::outcome::{DecidedBy, EffectRecord, EvalError, Status};
use crate::ir::value::Value;
use crate::ir::{Decision, Program};
use crate::limits::FINDINGS_MAX;
use crate::tools::explain::{Place, Reasons, Redaction};

/// A rule that holds.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Finding {
    /// Name of the rule.
    pub rule: Box<str>,
    /// What its group decides.
    pub decision: Decision,
    /// Its message, with values.
    pub message: Option<Box<str>>,
    /// The element of the list that a rule `any x in xs: …` is about.
    pub element: Option<Value>,
    /// Where the rule stands.
    pub place: Place,
}

impl Finding {
    /// One line: the rule, and its message.
    #[must_use]
    pub fn headline(&self) -> String {
        match (&self.message, &self.element) {
            (Some(message), _) => format!("{}: {message}", self.rule),
            (None, Some(element)) => format!("{}: {element}", self.rule),
            (None, None) => self.rule.to_string(),
        }
    }
}

/// All findings, in the order of the rules and of the elements.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// At most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: usize,
    /// Why there are none.
    pub error: Option<EvalError>,
    /// What `otherwise`, or a guard that rejects, says with values; `None` if neither decided or no message has any.
    pub last_word: Option<Box<str>>,
}

impl Found {
    /// Those of the rules that reject.
    pub fn violations(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.decision == Decision::Reject)
    }

    /// The message of the rule at a place: of its first finding.
    #[must_use]
    pub(crate) fn message_at(&self, place: &Place) -> Option<&str> {
        let mut findings = self.findings.iter();
        let first = findings.find(|finding| finding.place.span == place.span)?;
        first.message.as_deref()
    }
}

impl Reasons {
    /// Gives the messages of rules the values that they have in the findings.
    pub fn fill_messages(&mut self, found: &Found) {
        for rule in &mut self.rules {
            let Some(message) = found.message_at(&rule.place) else {
                continue;
            };
            rule.message = Some(message.into());
            if rule.decided {
                self.message = Some(message.into());
            }
        }
        if found.last_word.is_some() {
            self.message.clone_from(&found.last_word);
        }
    }
}

/// Gives the findings of one policy, as often as it is asked.
#[derive(Debug, Clone)]
pub struct Finder {
    rules: Option<Sayer>,
    last_word: Option<Sayer>,
}

/// Gives the findings of one program, see [`Findings`].
#[derive(Debug, Clone)]
pub(crate) struct Sayer {
    program: Arc<CompiledProgram>,
    rules: Vec<FindingRule>,
}

/// Returns what a policy finds in an input.
///
/// `finder` is [`Finder::of`] its program, the input is JSON that it takes, and `facts` answer as they did for the decision,
/// whose reasons are given: of a policy without values in its messages they say which rules hold.
#[must_use]
pub fn findings(
    finder: Option<&Finder>,
    input: &str,
    facts: &mut dyn Facts,
    (reasons, redaction): (&Reasons, &Redaction),
) -> Found {
    let decided = matches!(reasons.by, DecidedBy::Otherwise | DecidedBy::Message(_));
    let last_word = finder.and_then(|finder| finder.last_word.as_ref());
    let last_word = last_word.filter(|_| decided);
    let last_word = last_word.and_then(|sayer| sayer.message(input, facts, redaction));
    let found = match finder.and_then(|finder| finder.rules.as_ref()) {
        Some(rules) => rules.evaluate(input, facts, redaction),
        None => Ok(of_reasons(reasons)),
    };
    match found {
        Ok(mut findings) => {
            let more = findings.len().saturating_sub(FINDINGS_MAX);
            findings.truncate(FINDINGS_MAX);
            Found {
                findings,
                more,
                error: None,
                last_word,
            }
        }
        Err(error) => Found {
            error: Some(error),
            last_word,
            ..Found::default()
        },
    }
}

/// The rules that hold and reject, as an explanation has them.
fn of_reasons(reasons: &Reasons) -> Vec<Finding> {
    let rules = reasons.rules.iter();
    let held =
        rules.filter(|rule| rule.status == Status::Pass && rule.decision == Decision::Reject);
    held.map(|rule| Finding {
        rule: rule.rule.clone(),
        decision: rule.decision,
        message: rule.message.clone(),
        element: None,
        place: rule.place.clone(),
    })
    .collect()
}

impl Finder {
    /// What gives the findings of a policy; `None` if its messages have no values.
    ///
    /// # Errors
    /// [`EvalError::Internal`] when the machine refuses the program of the findings, which is a mistake of the compiler.
    pub fn of(compiled: &Compiled, program: &Program) -> Result<Option<Self>, EvalError> {
        let rules = Sayer::of(compiled, program, &Says::Rules)?;
        let last_word = match Sayer::of(compiled, program, &Says::Otherwise)? {
            Some(sayer) => Some(sayer),
            None => Sayer::of(compiled, program, &Says::Guard)?,
        };
        let any = rules.is_some() || last_word.is_some();
        Ok(any.then_some(Self { rules, last_word }))
    }

    /// Whether it looks at every rule, also behind the group that decides.
    pub(crate) fn finds_all(&self) -> bool {
        self.rules.is_some()
    }

    /// What gives the messages that have values.
    #[cfg(test)]
    pub(crate) fn sayers(&self) -> impl Iterator<Item = &Sayer> {
        self.rules.iter().chain(&self.last_word)
    }
}

impl Sayer {
    /// What gives these messages of a policy; `None` if they have no values.
    pub(crate) fn of(
        compiled: &Compiled,
        program: &Program,
        says: &Says,
    ) -> Result<Option<Self>, EvalError> {
        let wanted = |found: &&Findings| {
            let policy = compiled.programs.get(found.policy);
            found.says == *says && policy.is_some_and(|policy| policy.hash == program.hash)
        };
        let Some(Findings { program, rules, .. }) = compiled.findings.iter().find(wanted) else {
            return Ok(None);
        };
        let program = CompiledProgram::new(program.clone()).map_err(|_| EvalError::Internal)?;
        Ok(Some(Self {
            program: Arc::new(program),
            rules: rules.clone(),
        }))
    }

    /// The one message that it gives; `None` if a value of it cannot be told.
    pub(crate) fn message(
        &self,
        input: &str,
        facts: &mut dyn Facts,
        redaction: &Redaction,
    ) -> Option<Box<str>> {
        let found = self.evaluate(input, facts, redaction).ok()?;
        found.into_iter().next()?.message
    }

    pub(crate) fn evaluate(
        &self,
        input: &str,
        facts: &mut dyn Facts,
        redaction: &Redaction,
    ) -> Result<Vec<Finding>, EvalError> {
        let program = self.program.program();
        let input = Encoder::new(program)
            .encode_str(input)
            .map_err(|_| EvalError::WrongInput)?;
        let mut vm = Vm::new(Arc::clone(&self.program));
        vm.evaluate(&input, facts, &program.gas_limits).result?;
        let effects = redaction.of_rules(program, vm.effects()?);
        effects
            .into_iter()
            .map(|effect| self.finding(effect).ok_or(EvalError::Internal))
            .collect()
    }

    fn finding(&self, effect: EffectRecord) -> Option<Finding> {
        let rule = self.rules.iter().find(|rule| rule.point == effect.point)?;
        let payload = effect.operands.into_iter().next()?;
        let mut values = match payload {
            Value::Record(fields) => fields.into_iter().map(|(_, value)| value).collect(),
            // The whole payload is redacted.
            other => vec![other; values_of(rule)],
        };
        let element = if rule.has_element { values.pop() } else { None };
        let message = match rule.message.as_slice() {
            [] => None,
            parts => Some(in_words(parts, &values)?),
        };
        Some(Finding {
            rule: rule.rule.clone(),
            decision: rule.decision,
            message,
            element,
            place: Place::of(self.program.program(), rule.point),
        })
    }
}

/// A message with its values; `None` if one is missing.
fn in_words(parts: &[FindingPart], values: &[Value]) -> Option<Box<str>> {
    let mut text = String::new();
    for part in parts {
        match part {
            FindingPart::Text(part) => text.push_str(part),
            FindingPart::Value(number) => text.push_str(&values.get(*number)?.plain()),
        }
    }
    Some(text.into())
}

/// How many values the payload of a rule has.
fn values_of(rule: &FindingRule) -> usize {
    let values = rule
        .message
        .iter()
        .filter(|part| matches!(part, FindingPart::Value(_)));
    values.count() + usize::from(rule.has_element)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::compile;
    use crate::data::types::Type;
    use crate::host::facts::NoFacts;
    use crate::syntax::bundle::Bundle;

    fn policy(rules: &str) -> String {
        format!(
            "record Item {{ name: string<16>, secret: string<16>, size: int }}\n\
             policy \"p\" {{ gas_limit: 100000  input {{ who: did, items: list<Item, 1100> }}\n{rules}\n}}"
        )
    }

    fn found(rules: &str, input: &str, redaction: &Redaction) -> Found {
        let compiled = compile(&Bundle::single("p.ecl", policy(rules)));
        assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
        explained(&compiled, &compiled.programs[0], input, redaction).1
    }

    /// The reasons of a decision with the values of the findings in them, and the findings.
    fn explained(
        compiled: &Compiled,
        program: &Program,
        input: &str,
        redaction: &Redaction,
    ) -> (Reasons, Found) {
        let encoded = Encoder::new(program).encode_str(input).unwrap();
        let machine = CompiledProgram::new(program.clone()).unwrap();
        let mut vm = Vm::new(Arc::new(machine));
        let explanation = vm.explain(&encoded, &mut NoFacts, &program.gas_limits);
        let read = |ty: &Type, words: [u64; 2]| vm.read(ty, words);
        let mut reasons = Reasons::new(program, &explanation, &read, redaction);
        let finder = Finder::of(compiled, program).unwrap();
        let found = findings(finder.as_ref(), input, &mut NoFacts, (&reasons, redaction));
        reasons.fill_messages(&found);
        (reasons, found)
    }

    const ITEMS: &str = r#"{"who": "did:example:a", "items": [
        {"name": "a", "secret": "S3CRET", "size": 5}, {"name": "b", "secret": "S3CRET", "size": 1},
        {"name": "c", "secret": "S3CRET", "size": 7}]}"#;

    fn headlines(found: &Found) -> Vec<String> {
        found.violations().map(Finding::headline).collect()
    }

    #[test]
    fn a_rule_about_elements_finds_each_of_them() {
        let rules = "deny { big: any i in items: i.size > 3, \"{i.name} has {i.size}\"  all: len(items) == 3 }\n\
                     allow any { named: any i in items: i.name == \"b\", \"{i.name} is there\" }";
        let found = found(rules, ITEMS, &Redaction::none());
        assert_eq!(headlines(&found), ["big: a has 5", "big: c has 7", "all"]);
        let element = found.findings[1].element.as_ref().unwrap();
        assert_eq!(element.to_json()["name"], "c");
        let named = found.findings.iter().find(|f| *f.rule == *"named").unwrap();
        assert_eq!(found.message_at(&named.place), Some("b is there"));
        assert_eq!((found.more, found.error), (0, None));
    }

    #[test]
    fn rules_of_one_name_have_messages_of_their_own() {
        // Rules without a name are called by their number, in each group from one on.
        let rules = "deny all {\n len(items) == 3, \"{len(items)} are three\"\n len(items) == 4\n}\n\
                     escalate {\n len(items) > 2, \"{who} has {len(items)}\"\n}";
        let compiled = compile(&Bundle::single("p.ecl", policy(rules)));
        assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
        let program = &compiled.programs[0];
        let (reasons, _) = explained(&compiled, program, ITEMS, &Redaction::none());
        let shown = reasons.rules.iter().map(|rule| rule.message.as_deref());
        let shown: Vec<_> = shown.collect();
        let own = [Some("3 are three"), None, Some("did:example:a has 3")];
        assert_eq!(shown, own);
        assert_eq!(reasons.message.as_deref(), Some("did:example:a has 3"));
    }

    /// A policy whose constraint `few` rejects more than two items.
    fn with_constraint(message: &str, rules: &str) -> Compiled {
        let constraint =
            format!("constraint \"few\" {{ rule: len(items) < 3  message: \"{message}\" }}\n");
        let policy = policy(&format!("constraints: [\"few\"]\n{rules}"));
        let compiled = compile(&Bundle::single("p.ecl", constraint + &policy));
        assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
        compiled
    }

    #[test]
    fn a_constraint_that_decides_is_a_finding_with_its_values() {
        let named = "deny { a: len(items) > 2, \"{len(items)} items\" }";
        for (message, rules, first) in [
            ("{who} has {len(items)}", named, "did:example:a has 3"),
            ("too many", named, "too many"),
            (
                "{{too}} {who}",
                "deny { a: len(items) > 2, \"3 items\" }",
                "{too} did:example:a",
            ),
        ] {
            let compiled = with_constraint(message, rules);
            let program = &compiled.programs[0];
            let (reasons, found) = explained(&compiled, program, ITEMS, &Redaction::none());
            let lines = [format!("few: {first}"), String::from("a: 3 items")];
            assert_eq!(headlines(&found), lines);
            assert_eq!(reasons.message.as_deref(), Some(first));
        }
    }

    #[test]
    fn a_constraint_that_holds_is_no_finding() {
        let compiled = with_constraint(
            "{who} has {len(items)}",
            "deny { a: len(items) == 0, \"{who}\" }",
        );
        let input = r#"{"who": "did:example:a", "items": []}"#;
        let (_, found) = explained(&compiled, &compiled.programs[0], input, &Redaction::none());
        assert_eq!(headlines(&found), ["a: did:example:a"]);
    }

    #[test]
    fn the_last_word_has_values_where_it_decides_and_is_no_violation() {
        let rules = "deny { none: len(items) == 0 }\n\
                     otherwise reject \"{{none}} for {who}, who has {6 / len(items)} {map i in items: i.secret}\"";
        let compiled = compile(&Bundle::single("p.ecl", policy(rules)));
        assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
        let program = &compiled.programs[0];
        let hiding = Redaction::of(["secret"]);
        let (reasons, found) = explained(&compiled, program, ITEMS, &hiding);
        let said = "{none} for did:example:a, who has 2 [redacted]";
        assert_eq!(reasons.message.as_deref(), Some(said));
        assert_eq!(headlines(&found), [""; 0]);
        // Where a rule decides, what would be said otherwise is not even evaluated: it divides by zero here.
        let input = r#"{"who": "did:example:a", "items": []}"#;
        let (reasons, found) = explained(&compiled, program, input, &hiding);
        assert_eq!(reasons.message, None);
        assert_eq!(headlines(&found), ["none"]);
        assert_eq!(found.error, None);
    }

    /// What a guard says about an input.
    fn guard_says(body: &str, input: &str) -> Option<String> {
        let source = format!(
            "enum Kind {{ A, B, C }}\n\
             logic_guard \"g\" {{ address: \"0x1::g\"\n input {{ n: int, kind: Kind?, name: string<16>? }}\n\
             output {{ valid: bool }}\n body {{\n{body}\n}} }}"
        );
        let compiled = compile(&Bundle::single("g.ecl", source));
        assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
        let (reasons, found) =
            explained(&compiled, &compiled.programs[0], input, &Redaction::none());
        assert_eq!((headlines(&found), found.error), (Vec::new(), None));
        reasons.message.map(String::from)
    }

    #[test]
    fn a_guard_that_rejects_says_values() {
        let body = "let half = n / 2\n\
             require n > 0, \"{n} is not enough\"\n\
             if n > 10 { if n > 20 { reject(\"{half} twice\") }  let much = n - 10  assert(much < 5, \"{much} {{more}}\") }\n\
             if name == none { reject(\"nobody has {n}\") }\n\
             match kind { none => { require n < 9, \"{n} of {name}\" }  A => reject(\"plain\")  _ => { assert(n != 3) } }\n\
             return { valid: true }";
        for (input, said) in [
            (r#"{"n": 0}"#, Some("0 is not enough")),
            (r#"{"n": 30}"#, Some("15 twice")),
            (r#"{"n": 17}"#, Some("7 {more}")),
            (r#"{"n": 12}"#, Some("nobody has 12")),
            (r#"{"n": 9, "name": "ada"}"#, Some("9 of ada")),
            (r#"{"n": 1, "name": "ada", "kind": "A"}"#, Some("plain")),
            (
                r#"{"n": 3, "name": "ada", "kind": "B"}"#,
                Some("assertion failed: n != 3"),
            ),
            (r#"{"n": 4, "name": "ada", "kind": "C"}"#, None),
            (r#"{"n": 8, "name": "ada"}"#, None),
        ] {
            assert_eq!(guard_says(body, input).as_deref(), said, "{input}");
        }
    }

    #[test]
    fn a_guard_that_returns_early_says_what_follows_only_where_it_goes_on() {
        let body = "if n > 5 { return { valid: true } } else { require n > 2, \"{n}\" }\n\
             require kind != none, \"{n} is of no kind\"\n return { valid: kind == A }";
        for (input, said) in [
            (r#"{"n": 9}"#, None),
            (r#"{"n": 2}"#, Some("2")),
            (r#"{"n": 4}"#, Some("4 is of no kind")),
            (r#"{"n": 4, "kind": "A"}"#, None),
        ] {
            assert_eq!(guard_says(body, input).as_deref(), said, "{input}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_told_leaves_no_braces() {
        let rules = "deny { a: len(items) == 0, \"{6 / len(items)} of {who}\" }";
        let compiled = compile(&Bundle::single("p.ecl", policy(rules)));
        let input = r#"{"who": "did:example:a", "items": []}"#;
        let (reasons, _) = explained(&compiled, &compiled.programs[0], input, &Redaction::none());
        assert_eq!(reasons.message.as_deref(), Some("… of …"));
    }

    #[test]
    fn braces_that_are_written_twice_are_shown_once() {
        for value in ["", " {who}"] {
            let rules = format!("deny {{ a: len(items) == 3, \"{{{{three}}}}{value}\" }}");
            let compiled = compile(&Bundle::single("p.ecl", policy(&rules)));
            let program = &compiled.programs[0];
            let (reasons, found) = explained(&compiled, program, ITEMS, &Redaction::none());
            let shown = format!("{{three}}{}", value.replace("{who}", "did:example:a"));
            assert_eq!(reasons.message.as_deref(), Some(&*shown));
            assert_eq!(headlines(&found), [format!("a: {shown}")]);
        }
    }

    #[test]
    fn what_is_redacted_is_in_no_finding() {
        let rules = "deny { a: any i in items: i.size > 3, \"{i.name} knows {i.secret}\"\n\
                     b: any i in items: i.size > 3, \"{i.name} is big\" }";
        let found = found(rules, ITEMS, &Redaction::of(["secret"]));
        let shown = serde_json::to_string(&found.findings).unwrap();
        assert!(!shown.contains("S3CRET"), "{shown}");
        // What is not redacted of a message is shown.
        assert_eq!(
            headlines(&found),
            [
                "a: a knows [redacted]",
                "a: c knows [redacted]",
                "b: a is big",
                "b: c is big",
            ]
        );
    }

    #[test]
    fn a_message_of_a_rule_about_what_is_redacted_shows_the_rest() {
        let rules = "deny { a: any i in items: i.secret != \"\", \"{i.name} of {who}\" }";
        let found = found(rules, ITEMS, &Redaction::of(["secret"]));
        let lines = headlines(&found);
        assert_eq!(
            lines.first().map(String::as_str),
            Some("a: a of did:example:a")
        );
    }

    #[test]
    fn what_is_computed_from_what_is_redacted_is_in_no_finding() {
        let rules = "let secrets = map i in items: i.secret\n\
                     deny { a: len(items) == 3, \"{who} {secrets} {len(secrets)}\" }";
        let found = found(rules, ITEMS, &Redaction::of(["secret"]));
        assert_eq!(
            headlines(&found),
            ["a: did:example:a [redacted] [redacted]"]
        );
    }

    #[test]
    fn a_fact_that_nobody_knows_hides_no_other_finding() {
        let rules = "deny { known: trust(who).r < 0.5, \"{who} is not trusted\"  big: any i in items: i.size > 6 }";
        let found = found(rules, ITEMS, &Redaction::none());
        assert_eq!(headlines(&found).len(), 1, "{found:?}");
        assert!(headlines(&found)[0].starts_with("big: "), "{found:?}");
    }

    #[test]
    fn there_are_no_more_findings_than_the_limit() {
        let item = r#"{"name": "a", "secret": "s", "size": 5}"#;
        let items = vec![item; FINDINGS_MAX + 7].join(",");
        let input = format!(r#"{{"who": "did:example:a", "items": [{items}]}}"#);
        let rules = "deny { big: any i in items: i.size > 3, \"{i.name}\" }";
        let found = found(rules, &input, &Redaction::none());
        assert_eq!((found.findings.len(), found.more), (FINDINGS_MAX, 7));
    }

    #[test]
    fn rules_without_values_are_found_by_their_outcome() {
        let rules = "deny { a: len(items) == 3, \"three\"  b: len(items) == 4  c: len(items) > 2 }";
        let found = found(rules, ITEMS, &Redaction::none());
        assert_eq!(headlines(&found), ["a: three", "c"]);
    }
}
