//! The policy that allows the calls that were made, and nothing else.

use tollgate_ecl::Decision;
use tollgate_ecl::syntax::quote::quoted;
use tollgate_ecl::tools::format::format;
use tollgate_sandbox::{Arguments, Digest, ExecutionId, GateCall, Target};

use super::{LearnError, Made, Reach, Wider};
use crate::gate::facts::{Beside, CallFacts};
use crate::gate::{CALL_FILE, CallPolicy};

/// Name of the policy.
const NAME: &str = "learned";

/// What a policy is written about.
pub(super) struct About<'a> {
    pub(super) module: Digest,
    pub(super) caller: &'a str,
    pub(super) calls: &'a std::collections::BTreeSet<Made>,
    pub(super) wider: &'a [Wider],
}

/// Returns the policy as source. Every call was decided by it once, so that what is returned allows what was made.
pub(super) fn policy(about: &About<'_>) -> Result<String, LearnError> {
    let first = about.calls.iter().next();
    let unwritable = |made: Option<&Made>, why: String| LearnError::Unwritable {
        operation: made.map_or_else(String::new, |made| made.operation.clone()),
        why,
    };
    let text = source(about);
    let text = format(&text).map_err(|found| {
        let why = found.first().map(|found| found.message.clone());
        unwritable(first, why.unwrap_or_default())
    })?;
    let policy = CallPolicy::compile("learned.ecl", &text)
        .map_err(|error| unwritable(first, error.to_string()))?;
    for made in about.calls {
        let decided = decided(&policy, made, about);
        if decided != Ok(Decision::Accept) {
            let why = decided.err().unwrap_or_else(|| String::from("it says no"));
            return Err(unwritable(Some(made), why));
        }
    }
    Ok(text)
}

fn source(about: &About<'_>) -> String {
    let mut text = format!(
        "# What one run of a module did. Whatever else it does is denied, and so is every other module.\n{}\n\
         import {}\n\npolicy {} {{\n  input {{ call: Call }}\n",
        wider(about.wider),
        quoted(CALL_FILE),
        quoted(NAME)
    );
    if !about.calls.is_empty() {
        text.push_str(&format!(
            "\n  let this = call.module == {} AND call.caller == {}\n",
            quoted(&about.module.to_string()),
            quoted(about.caller)
        ));
        for (field, none) in FIELDS {
            if about.calls.iter().any(|made| made.reach.reads(field)) {
                text.push_str(&format!("  let {field} = call.{field} else {none}\n"));
            }
        }
        text.push_str("\n  auto_accept any {\n");
        for (number, made) in (1..).zip(about.calls) {
            text.push_str(&format!("    call_{number}: {}\n", condition(made)));
        }
        text.push_str("  }\n");
    }
    text.push_str("  otherwise reject \"it did not do this when it was recorded\"\n}\n");
    text
}

/// What is allowed beyond that, as comments.
fn wider(wider: &[Wider]) -> String {
    let lines = wider.iter().map(|one| format!("# But {one}.\n"));
    lines.collect()
}

/// The fields that a call may not have, and what stands for none.
const FIELDS: [(&str, &str); 6] = [
    ("path", "\"\""),
    ("place", "\"\""),
    ("address", "\"\""),
    ("port", "0"),
    ("host", "\"\""),
    ("arguments", "\"\""),
];

impl Reach {
    /// Whether its condition reads a field of the call.
    fn reads(&self, field: &str) -> bool {
        match self {
            Self::Path { place: Some(_), .. } => field == "place",
            Self::Path { place: None, .. } => field == "path",
            Self::Address(_) => matches!(field, "address" | "port"),
            Self::Host(_) => field == "host",
            Self::Function(Some(_)) => field == "arguments",
            Self::Function(None) => false,
        }
    }

    /// The part of a condition that says what is reached. An option that is none is not the text that is empty.
    fn condition(&self) -> String {
        match self {
            Self::Path {
                place: Some(place), ..
            } => format!(" AND place == {}", quoted(place)),
            Self::Path { place: None, name } => {
                format!(" AND call.place == none AND path == {}", quoted(name))
            }
            Self::Address(address) => format!(
                " AND address == {} AND port == {}",
                quoted(&address.ip().to_string()),
                address.port()
            ),
            Self::Host(host) => format!(" AND host == {}", quoted(host)),
            Self::Function(Some(arguments)) => {
                format!(
                    " AND call.arguments != none AND arguments == {}",
                    quoted(arguments)
                )
            }
            Self::Function(None) => String::new(),
        }
    }
}

fn condition(made: &Made) -> String {
    format!(
        "this AND call.interface == {} AND call.operation == {} AND call.capability == {}{}",
        quoted(&made.interface),
        quoted(&made.operation),
        case(made),
        made.reach.condition()
    )
}

fn case(made: &Made) -> &'static str {
    // What has no case is no input of a policy; then the call is not decided as it was made.
    crate::gate::facts::case(made.capability).unwrap_or("HostFunctions")
}

/// What the policy says about a call that was made.
fn decided(policy: &CallPolicy, made: &Made, about: &About<'_>) -> Result<Decision, String> {
    let (target, place) = match &made.reach {
        Reach::Path { name, place } => (Target::Path(name), place.as_deref()),
        Reach::Address(address) => (Target::Address(*address), None),
        Reach::Host(host) => (Target::Host(host), None),
        Reach::Function(Some(arguments)) => (Target::Function(Arguments::Json(arguments)), None),
        Reach::Function(None) => (Target::Function(Arguments::Values(&[])), None),
    };
    let call = GateCall {
        execution: ExecutionId(0),
        earlier: 0,
        gas_used: 0,
        capability: made.capability,
        module: &made.interface,
        name: &made.operation,
        target,
    };
    let module = about.module.to_string();
    let beside = Beside {
        module: &module,
        caller: about.caller,
        place,
    };
    let facts = serde_json::json!({ "call": CallFacts::of(&call, &beside) });
    policy.0.decide(&facts.to_string())
}
