//! Every built-in function and every operator with operands of every combination of types: each is an error that says what to
//! do, or a program for which both engines give what the reference evaluator gives.
//!
//! The functions are those of the table in [`stdlib`]. An operand that the checker lets through although the function reads it
//! as another type shows as a module that is not valid, or as engines that differ.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use tollgate_ecl::check::stdlib;
use tollgate_ecl::diagnostic::Level;
use tollgate_ecl::engines::vm::Optimise;
use tollgate_ecl::testing::differential::bytecode::Bytecode;
use tollgate_ecl::testing::differential::{Engine, check_program};
use tollgate_ecl::{Bundle, Program, compile};

use crate::interpreted::Interpreted;

/// Random inputs that each program is evaluated on.
const RUNS: usize = 3;

/// Failures that are shown.
const SHOWN: usize = 12;

/// Fields of the input, one of each kind of type.
const FIELDS: [(&str, &str); 38] = [
    ("flag", "bool"),
    ("i", "int"),
    ("d", "decimal"),
    ("n", "number"),
    ("s", "string<16>"),
    ("who", "did"),
    ("pat", "pattern"),
    ("at", "instant"),
    ("time", "duration"),
    ("eur", "money<EUR>"),
    ("way", "length"),
    ("ip", "ip"),
    ("net", "cidr"),
    ("kind", "Kind"),
    ("rec", "R"),
    ("tr", "trust"),
    ("attrs", "attributes"),
    ("ints", "list<int, 3>"),
    ("decimals", "list<decimal, 3>"),
    ("numbers", "list<number, 3>"),
    ("texts", "list<string<16>, 3>"),
    ("dids", "list<did, 3>"),
    ("ips", "list<ip, 3>"),
    ("nets", "list<cidr, 3>"),
    ("kinds", "list<Kind, 3>"),
    ("recs", "list<R, 3>"),
    ("int_lists", "list<list<int, 2>, 2>"),
    ("net_lists", "list<list<cidr, 2>, 2>"),
    ("counts", "map<string<8>, int, 2>"),
    ("zones", "map<string<8>, cidr, 2>"),
    ("by_kind", "map<Kind, cidr, 2>"),
    ("maybe_int", "int?"),
    ("maybe_ip", "ip?"),
    ("maybe_net", "cidr?"),
    ("maybe_nets", "list<cidr, 3>?"),
    ("some_ints", "list<int?, 3>"),
    ("some_ips", "list<ip?, 3>"),
    ("some_nets", "list<cidr?, 3>"),
];

/// Operands that take their type from the other one.
const LITERALS: [&str; 12] = [
    "1",
    "\"a\"",
    "\"10.0.0.1\"",
    "\"10.0.0.0/8\"",
    "[1, 2]",
    "[\"a\"]",
    "[\"10.0.0.1\"]",
    "[\"10.0.0.0/8\", \"::/0\"]",
    "[]",
    "{ a: 1 }",
    "(if flag then \"10.0.0.0/8\" else \"10.1.0.0/16\")",
    "(if flag then [\"10.0.0.0/8\"] else [])",
];

/// What is tried where three operands are: with all of the others there would be too many.
const OF_THREE: [&str; 13] = [
    "i",
    "d",
    "n",
    "s",
    "who",
    "eur",
    "ip",
    "net",
    "nets",
    "maybe_int",
    "maybe_ip",
    "1",
    "\"10.0.0.1\"",
];

/// Operators, with `$a`, `$b` and `$c` for their operands.
const OPERATORS: [(&str, usize); 24] = [
    ("$a in $b", 2),
    ("$a not in $b", 2),
    ("$a == $b", 2),
    ("$a < $b", 2),
    ("$a ++ $b", 2),
    ("$a + $b", 2),
    ("$a - $b", 2),
    ("$a * $b", 2),
    ("$a / $b", 2),
    ("$a % $b", 2),
    ("$a else $b", 2),
    ("$a AND $b", 2),
    ("$a matches $b", 2),
    ("$a has_credential $b", 2),
    ("$a conforms_to $b", 2),
    ("$a[$b]", 2),
    ("if flag then $a else $b", 2),
    ("any x in $a: x in $b", 2),
    ("any x in $a: overlaps(x, $b)", 2),
    ("all x in $a: x == $b", 2),
    ("filter x in $a: x in $b", 2),
    ("(first x in $a: x in $b) == none", 2),
    ("[$a] ++ [$b]", 2),
    ("$a <= $b <= $c", 3),
];

/// A function or an operator.
struct Form {
    template: String,
    operands: usize,
}

impl Form {
    fn with(&self, operands: &[&str]) -> String {
        let places = ["$a", "$b", "$c"].into_iter().zip(operands);
        places.fold(self.template.clone(), |text, (place, operand)| {
            text.replace(place, operand)
        })
    }

    /// Operands of all combinations of types; of one type, where more than three are.
    fn combinations(&self) -> Vec<Vec<&'static str>> {
        let all = || FIELDS.iter().map(|(name, _)| *name).chain(LITERALS);
        let three = || OF_THREE.into_iter();
        match self.operands {
            2 => all()
                .flat_map(|one| all().map(move |two| vec![one, two]))
                .collect(),
            3 => three()
                .flat_map(|one| three().map(move |two| (one, two)))
                .flat_map(|(one, two)| three().map(move |last| vec![one, two, last]))
                .collect(),
            _ => all().map(|one| vec![one]).collect(),
        }
    }
}

fn forms() -> Vec<Form> {
    let operators = OPERATORS.map(|(template, operands)| Form {
        template: template.to_owned(),
        operands,
    });
    let mut forms = Vec::from(operators);
    for entry in stdlib::TABLE {
        let (least, most) = entry.arguments;
        for operands in least.max(1)..=most {
            let places = match operands {
                1 => "$a".to_owned(),
                2 => "$a, $b".to_owned(),
                3 => "$a, $b, $c".to_owned(),
                more => vec!["$a"; more].join(", "),
            };
            forms.push(Form {
                template: format!("{}({places})", entry.name),
                operands,
            });
        }
    }
    forms
}

/// A policy that emits the value of an expression.
fn emits(expression: &str) -> String {
    policy(
        expression,
        &format!(
            "let value = {expression} allow {{ a: true }} on accept {{ emit(\"value\", value) }}"
        ),
    )
}

/// A policy that denies when a condition holds.
fn denies(condition: &str) -> String {
    policy(
        condition,
        &format!("deny {{ d: {condition} }} allow {{ a: true }}"),
    )
}

/// A policy whose input has the fields that an expression names.
fn policy(expression: &str, body: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words: Vec<&str> = expression.split(|c: char| !is_name(c)).collect();
    let fields = FIELDS.iter().filter(|(name, _)| words.contains(name));
    let fields: Vec<String> = fields.map(|(name, ty)| format!("{name}: {ty}")).collect();
    format!(
        "enum Kind {{ One, Two }}\nrecord R {{ x: int, y: string<8> }}\n\
         policy \"p\" {{ input {{ {} }} gas_limit: 100000 {body} }}",
        fields.join(", ")
    )
}

/// The program of a source, or that it is refused as it should be: with errors that all say what to do.
fn compiled(source: &str) -> Result<Option<Program>, String> {
    let compiled = compile(&Bundle::single("p.ecl", source));
    if !compiled.has_errors() {
        let program = compiled.programs.into_iter().next();
        return program
            .map(Some)
            .ok_or("neither a program nor an error".to_owned());
    }
    let errors = compiled.diagnostics.iter();
    let mut errors = errors.filter(|d| d.level == Level::Error);
    match errors.find(|d| d.help.is_none() && d.fix.is_none()) {
        Some(error) => Err(format!("an error without help: {}", error.message)),
        None => Ok(None),
    }
}

/// What is wrong with an expression, and whether it is one.
fn tried(expression: &str, engines: &mut [Box<dyn Engine>]) -> Result<bool, String> {
    let Some(program) = compiled(&emits(expression))? else {
        return Ok(false);
    };
    same(&program, engines)?;
    if let Some(program) = compiled(&denies(expression))? {
        same(&program, engines)?;
    }
    Ok(true)
}

fn same(program: &Program, engines: &mut [Box<dyn Engine>]) -> Result<(), String> {
    match check_program(program, 1, RUNS, engines).into_iter().next() {
        Some(difference) => Err(format!("{}: {}", difference.engine, difference.about)),
        None => Ok(()),
    }
}

/// What is given, or the words of a panic: a module that stops is a failure of the one expression.
fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(text.unwrap_or_else(|| "a panic without words".to_owned()))
    })
}

fn engines() -> Vec<Box<dyn Engine>> {
    vec![
        Box::new(Bytecode::new(Optimise::Full)),
        Box::new(Bytecode::new(Optimise::None)),
        Box::new(Interpreted::new()),
    ]
}

#[test]
fn each_combination_of_operands_is_an_error_or_the_same_in_all_engines() {
    let forms = forms();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut engines = engines();
        let (mut failures, mut tried_of, mut admitted) = (Vec::new(), 0, 0);
        while let Some(form) = forms.get(next.fetch_add(1, Ordering::Relaxed)) {
            for operands in form.combinations() {
                let expression = form.with(&operands);
                tried_of += 1;
                match caught(|| tried(&expression, &mut engines)) {
                    Ok(true) => admitted += 1,
                    Ok(false) => {}
                    Err(failure) => failures.push(format!("{expression}: {failure}")),
                }
            }
        }
        (failures, tried_of, admitted)
    };
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let (mut failures, mut of, mut admitted) = (Vec::new(), 0, 0);
    for (more, tried_of, admitted_of) in results {
        failures.extend(more);
        of += tried_of;
        admitted += admitted_of;
    }
    let count = failures.len();
    failures.truncate(SHOWN);
    assert!(count == 0, "{count} failures:\n{}", failures.join("\n"));
    assert!(
        admitted > 2_000,
        "{admitted} of {of} are admitted: too few to say anything"
    );
}
