//! What a module imports, and what a grant and a policy say about it before anything of it runs.
//!
//! It is told by names and by what is known of a call without the call: its function, its kind, the module and who asks for the
//! run. What a policy decides by the rest is said to depend on the call ([`tollgate_ecl::tools::outlook`]). A module
//! may never call what it imports; what it does not import it can never call.

use std::collections::BTreeSet;

use serde::Serialize;
use tollgate_ecl::Decision;
use tollgate_ecl::tools::outlook::{Outlook, RuleOutlook, Unknown};
use tollgate_sandbox::{
    Arguments, Asked, Capability, Digest, ExecutionId, GateCall, Grant, Imports, Item, Lack, Target,
};

use super::CallPolicy;
use super::facts::{Beside, CallFacts};

/// What a plan is about.
#[derive(Debug, Clone, Copy)]
pub struct PlanOf<'a> {
    /// What the module imports, and what of that nobody provides.
    pub imports: &'a Imports,
    /// What a run would be granted.
    pub grant: &'a Grant,
    /// The policy that would decide its calls.
    pub policy: Option<&'a CallPolicy>,
    /// Who would ask for the run.
    pub caller: &'a str,
}

/// What a module imports, and what is said about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The module.
    pub module: Digest,
    /// Whether it is a component.
    pub component: bool,
    /// Its imports, in its order.
    pub imports: Vec<PlannedImport>,
    /// Imports that the list leaves out because it would be too long.
    pub imports_left_out: u64,
    /// What is provided in another type than it is imported in, as the engine says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfit: Option<String>,
    /// The policy's name and hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PlannedPolicy>,
}

/// The policy of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedPolicy {
    /// Its name.
    pub name: String,
    /// Its hash, in hexadecimal digits.
    pub hash: String,
}

/// One import.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedImport {
    /// Its name and type.
    #[serde(flatten)]
    pub item: Item,
    /// Whether it is there.
    #[serde(flatten)]
    pub provision: Provision,
    /// What it needs, each kind of thing once.
    pub needs: Vec<PlannedNeed>,
    /// The calls that a gate would be asked about, and what the policy says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<PlannedCall>,
}

/// Whether an import is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "provision", rename_all = "snake_case")]
pub enum Provision {
    /// It is.
    Provided,
    /// Nobody provides it, so the module cannot be run.
    Nobody {
        /// What to do.
        hint: String,
    },
    /// Nobody can tell without the rest of the module, so nobody says that it can be run.
    Unknown,
}

/// What an import needs of one kind of thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedNeed {
    /// The kind.
    pub capability: Capability,
    /// Whether it has that.
    #[serde(flatten)]
    pub state: NeedState,
}

/// Whether something is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum NeedState {
    /// Nobody has to grant it.
    Free,
    /// It is granted.
    Granted {
        /// What of it, where that has names: those of the guest.
        names: Vec<String>,
    },
    /// It is not granted, and the call works without: the guest sees a virtual clock, seeded randomness, no variables.
    Substituted,
    /// It is not granted, and the call is denied.
    Lacking,
}

/// What a policy says about one kind of call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedCall {
    /// The kind of thing it reaches.
    pub capability: Capability,
    /// First part of its name, as the policy reads it.
    pub interface: String,
    /// Second part of its name.
    pub operation: String,
    /// What is decided.
    pub foreseen: Foreseen,
    /// The rules that can have a part in it, in order.
    pub rules: Vec<PlannedRule>,
    /// Whether it can be that no rule decides.
    pub otherwise: bool,
    /// Why the policy cannot read the call, which denies it: a name that is longer than a policy takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfit: Option<String>,
}

/// What a policy decides, as far as it is known without the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Foreseen {
    /// It allows every such call.
    Allow,
    /// It denies every such call.
    Deny,
    /// It asks about every such call.
    Ask,
    /// That hangs on what is not known yet.
    Depends,
}

/// A rule that can have a part in a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedRule {
    /// Its name.
    pub name: String,
    /// What it decides.
    pub decision: Foreseen,
    /// Whether it holds for every such call.
    pub holds: bool,
}

impl From<Decision> for Foreseen {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Accept => Self::Allow,
            Decision::Reject => Self::Deny,
            Decision::Escalate => Self::Ask,
        }
    }
}

impl Plan {
    /// Returns the plan. It reads names alone: nothing is opened, and nothing of the module is run.
    pub fn of(about: &PlanOf<'_>) -> Self {
        let PlanOf {
            imports,
            grant,
            policy,
            ..
        } = *about;
        let inspection = &imports.inspection;
        let planned = inspection
            .imports
            .iter()
            .map(|item| PlannedImport {
                item: item.clone(),
                provision: provision(item, imports),
                needs: needs(item, grant),
                calls: calls(item, about),
            })
            .collect();
        Self {
            module: inspection.digest,
            component: inspection.component,
            imports: planned,
            imports_left_out: inspection.imports_left_out,
            unfit: imports.unprovided.iter().flatten().find_map(unfit),
            policy: policy.map(|policy| PlannedPolicy {
                name: policy.name().to_owned(),
                hash: policy.hash().to_owned(),
            }),
        }
    }

    /// Tells whether the module can be run: somebody provides each of its imports. Of those that were left out nobody knows.
    pub fn can_run(&self) -> bool {
        let provided = |import: &PlannedImport| import.provision == Provision::Provided;
        self.unfit.is_none() && self.imports_left_out == 0 && self.imports.iter().all(provided)
    }
}

/// What the engine says of an import that is there in another type.
fn unfit(lack: &Lack) -> Option<String> {
    match lack {
        Lack::Import { module, hint, .. } if module.is_empty() => hint.clone(),
        Lack::Import { .. } | Lack::Entry { .. } => None,
    }
}

/// Whether somebody provides an import. A component gets an interface whole or not at all.
fn provision(item: &Item, imports: &Imports) -> Provision {
    let Some(unprovided) = &imports.unprovided else {
        return Provision::Unknown;
    };
    let is_it = |module: &str, name: &str| match item.module.is_empty() {
        true => !module.is_empty() && item.name.split('#').next() == Some(module),
        false => (item.module.as_str(), item.name.as_str()) == (module, name),
    };
    let hint = unprovided.iter().find_map(|lack| match lack {
        Lack::Import { module, name, hint } if is_it(module, name) => {
            Some(hint.clone().unwrap_or_default())
        }
        Lack::Import { .. } | Lack::Entry { .. } => None,
    });
    hint.map_or(Provision::Provided, |hint| Provision::Nobody { hint })
}

fn needs(item: &Item, grant: &Grant) -> Vec<PlannedNeed> {
    let wants = item.wants().into_iter();
    wants
        .map(|capability| PlannedNeed {
            capability,
            state: match item.looks() {
                true => looked_at(grant),
                false => state(capability, grant),
            },
        })
        .collect()
}

/// Whether there is something to look at: what may be read, and what may be written.
fn looked_at(grant: &Grant) -> NeedState {
    let granted = grant.read.iter().chain(&grant.write);
    let names: BTreeSet<_> = granted.map(|path| path.guest.clone()).collect();
    match names.is_empty() {
        true => NeedState::Lacking,
        false => NeedState::Granted {
            names: names.into_iter().collect(),
        },
    }
}

fn state(capability: Capability, grant: &Grant) -> NeedState {
    let granted = |names: Vec<String>, lacking: NeedState| match names.is_empty() {
        true => lacking,
        false => NeedState::Granted { names },
    };
    let either = |is_granted: bool| match is_granted {
        true => NeedState::Granted { names: Vec::new() },
        false => NeedState::Substituted,
    };
    match capability {
        Capability::FileRead => {
            let names = grant.read.iter().map(|path| path.guest.clone());
            granted(names.collect(), NeedState::Lacking)
        }
        Capability::FileWrite => {
            let names = grant.write.iter().map(|path| path.guest.clone());
            granted(names.collect(), NeedState::Lacking)
        }
        Capability::Network => {
            let names = grant.net.iter().map(ToString::to_string);
            granted(names.collect(), NeedState::Lacking)
        }
        Capability::Env => {
            let names = grant.env().iter().map(|(name, _)| name.clone());
            granted(names.collect(), NeedState::Substituted)
        }
        Capability::Clock => either(grant.clock),
        Capability::Random => either(grant.random),
        Capability::Exit if !grant.exit => NeedState::Lacking,
        _ => NeedState::Free,
    }
}

fn calls(item: &Item, about: &PlanOf<'_>) -> Vec<PlannedCall> {
    let Some(policy) = about.policy else {
        return Vec::new();
    };
    let calls = item.asked().into_iter();
    let calls = calls.map(|asked| match foreseen(&asked, item, (policy, about)) {
        Ok(looked) => PlannedCall {
            capability: asked.capability,
            foreseen: looked.decision().map_or(Foreseen::Depends, Foreseen::from),
            rules: looked.rules.into_iter().map(PlannedRule::of).collect(),
            otherwise: looked.otherwise,
            unfit: None,
            interface: asked.interface,
            operation: asked.operation,
        },
        // Such a call is denied when it is made, too.
        Err(unfit) => PlannedCall {
            capability: asked.capability,
            foreseen: Foreseen::Deny,
            rules: Vec::new(),
            otherwise: false,
            unfit: Some(unfit),
            interface: asked.interface,
            operation: asked.operation,
        },
    });
    calls.collect()
}

impl PlannedRule {
    fn of(rule: RuleOutlook) -> Self {
        let RuleOutlook {
            rule,
            decision,
            holds,
        } = rule;
        Self {
            name: rule.into(),
            decision: decision.into(),
            holds,
        }
    }
}

/// Stands where a value is not known; a text and an address, so that it fits.
const SOMETHING: &str = "?";

/// What the policy says about a call of which no more is known than its function.
fn foreseen(
    asked: &Asked,
    item: &Item,
    (policy, about): (&CallPolicy, &PlanOf<'_>),
) -> Result<Outlook, String> {
    let target = match asked.capability {
        Capability::Network if asked.operation == "resolve-addresses" => Target::Host(SOMETHING),
        Capability::Network => Target::Address(([0, 0, 0, 0], 0).into()),
        Capability::HostFunctions if item.module.is_empty() => {
            Target::Function(Arguments::Json(SOMETHING))
        }
        Capability::HostFunctions => Target::Function(Arguments::Values(&[])),
        _ => Target::Path(SOMETHING),
    };
    let call = GateCall {
        execution: ExecutionId(0),
        earlier: 0,
        gas_used: 0,
        capability: asked.capability,
        module: &asked.interface,
        name: &asked.operation,
        target,
    };
    let module = about.imports.inspection.digest.to_string();
    let beside = Beside {
        module: &module,
        caller: about.caller,
        place: None,
    };
    let facts = serde_json::json!({ "call": CallFacts::of(&call, &beside) });
    policy.0.outlook(&facts.to_string(), open_fields(&target))
}

/// The fields that are known when there is the call.
fn open_fields(target: &Target<'_>) -> &'static [(&'static str, Unknown)] {
    const EARLIER: (&str, Unknown) = ("earlier", Unknown::Whole);
    match target {
        Target::Path(_) => &[EARLIER, ("path", Unknown::Value), ("place", Unknown::Whole)],
        Target::Address(_) => &[
            EARLIER,
            ("address", Unknown::Value),
            ("port", Unknown::Value),
        ],
        Target::Host(_) => &[EARLIER, ("host", Unknown::Value)],
        Target::Function(Arguments::Json(_)) => &[EARLIER, ("arguments", Unknown::Value)],
        _ => &[EARLIER],
    }
}

/// What a module asks for that another one does not, and the other way round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanDiff {
    /// The module before.
    pub old: Digest,
    /// The module after.
    pub new: Digest,
    /// Imports of the new one alone that reach something, or of which nobody says that they are provided.
    pub added: Vec<PlannedAsk>,
    /// Imports of the old one alone that reached something.
    pub removed: Vec<PlannedAsk>,
    /// Kinds of things that the new one alone could use.
    pub capabilities_added: Vec<Capability>,
    /// Kinds of things that the old one alone could use.
    pub capabilities_removed: Vec<Capability>,
    /// Imports of the new one that were not looked at, since it has too many. Any of them may ask for something.
    pub not_compared: u64,
}

/// An import that asks for something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PlannedAsk {
    /// Its full name, without the version of an interface.
    pub name: String,
    /// What it could use.
    pub capabilities: Vec<Capability>,
    /// Whether it is there.
    #[serde(flatten)]
    pub provision: Provision,
}

impl PlanDiff {
    /// Compares what two modules import. A new version of an interface that has the same functions asks for nothing new, since what
    /// it reaches is told by the function.
    pub fn of(old: &Imports, new: &Imports) -> Self {
        let (before, after) = (asks(old), asks(new));
        let alone = |of: &BTreeSet<PlannedAsk>, other: &BTreeSet<PlannedAsk>| {
            let names: BTreeSet<_> = other.iter().map(|ask| ask.name.as_str()).collect();
            let alone = of.iter().filter(|ask| !names.contains(ask.name.as_str()));
            alone.cloned().collect::<Vec<_>>()
        };
        let kinds = |of: &Imports, other: &Imports| {
            let known = &other.inspection.capabilities;
            let kinds = of.inspection.capabilities.iter().copied();
            kinds.filter(|kind| !known.contains(kind)).collect()
        };
        Self {
            old: old.inspection.digest,
            new: new.inspection.digest,
            added: alone(&after, &before),
            removed: alone(&before, &after),
            capabilities_added: kinds(new, old),
            capabilities_removed: kinds(old, new),
            not_compared: new.inspection.imports_left_out,
        }
    }

    /// Tells whether the new module asks for something that the old one did not, or may.
    pub fn asks_for_more(&self) -> bool {
        !self.added.is_empty() || !self.capabilities_added.is_empty() || self.not_compared > 0
    }
}

/// The imports that ask for something.
fn asks(imports: &Imports) -> BTreeSet<PlannedAsk> {
    let items = imports.inspection.imports.iter();
    let asks = items.map(|item| PlannedAsk {
        name: full_name(item),
        capabilities: item.wants(),
        provision: provision(item, imports),
    });
    let asks_for_something =
        |ask: &PlannedAsk| !ask.capabilities.is_empty() || ask.provision != Provision::Provided;
    asks.filter(asks_for_something).collect()
}

/// The name of an import, without the version of its interface.
fn full_name(item: &Item) -> String {
    if !item.module.is_empty() {
        // Neither name can be taken for a part of the other.
        return match item.module.contains([' ', '"']) {
            true => format!("{:?} {}", item.module, item.name),
            false => format!("{} {}", item.module, item.name),
        };
    }
    let (interface, function) = match item.name.split_once('#') {
        Some((interface, function)) => (interface, Some(function)),
        None => (item.name.as_str(), None),
    };
    let bare = interface.split('@').next().unwrap_or(interface);
    match function {
        Some(function) => format!("{bare}#{function}"),
        None => bare.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tollgate_sandbox::{Inspection, PathGrant};

    use super::*;

    fn item(module: &str, name: &str) -> Item {
        Item {
            module: module.to_owned(),
            name: name.to_owned(),
            kind: String::from("function ()"),
        }
    }

    fn imports(items: Vec<Item>) -> Imports {
        Imports {
            inspection: Inspection {
                digest: Digest::of(b"module"),
                bytes: 0,
                component: false,
                functions: 0,
                exports: Vec::new(),
                exports_left_out: 0,
                capabilities: items.iter().flat_map(Item::wants).collect(),
                imports: items,
                imports_left_out: 0,
                proposals: Vec::new(),
            },
            unprovided: Some(Vec::new()),
        }
    }

    const P1: &str = "wasi_snapshot_preview1";

    fn policy(rules: &str) -> CallPolicy {
        let text =
            format!("import \"call.ecl\"\npolicy \"p\" {{ input {{ call: Call }}\n{rules} }}");
        CallPolicy::compile("p.ecl", &text).unwrap()
    }

    /// What is foreseen of each call of these imports.
    fn foreseen_of(items: Vec<Item>, rules: &str) -> Vec<(String, Foreseen)> {
        let policy = policy(rules);
        let plan = Plan::of(&PlanOf {
            imports: &imports(items),
            grant: &Grant::none(),
            policy: Some(&policy),
            caller: "ada",
        });
        let calls = plan.imports.into_iter().flat_map(|import| import.calls);
        calls
            .map(|call| {
                (
                    format!("{} {}", call.operation, call.capability),
                    call.foreseen,
                )
            })
            .collect()
    }

    #[test]
    fn what_a_policy_says_without_the_call_is_known() {
        let rules = "let path = call.path else \"\"
            auto_reject { late: call.earlier > 10 AND call.capability == FileWrite }
            auto_accept any { reads: call.capability == FileRead
              bank: call.capability == HostFunctions AND call.caller == \"ada\"
              temporary: path matches \"tmp/*\" }
            escalate { net: call.capability == Network AND call.port != none }
            otherwise reject \"no\"";
        let items = vec![
            item(P1, "path_open"),
            item("bank", "pay"),
            item(
                "",
                "wasi:sockets/tcp@0.2.3#[method]tcp-socket.start-connect",
            ),
            item("", "wasi:sockets/ip-name-lookup@0.2.3#resolve-addresses"),
        ];
        let found = foreseen_of(items, rules);
        let expected = [
            ("path_open file-read", Foreseen::Allow),
            ("path_open file-write", Foreseen::Depends),
            ("pay host-functions", Foreseen::Allow),
            ("connect network", Foreseen::Ask),
            ("resolve-addresses network", Foreseen::Deny),
        ];
        let found: Vec<_> = found
            .iter()
            .map(|(name, foreseen)| (&**name, *foreseen))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_rules_that_can_speak_about_a_call_are_named() {
        let policy = policy(
            "auto_accept any { a: call.operation == \"path_open\" AND call.earlier < 3
               b: call.operation == \"path_link\" }\notherwise reject \"no\"",
        );
        let plan = Plan::of(&PlanOf {
            imports: &imports(vec![item(P1, "path_readlink"), item(P1, "path_open")]),
            grant: &Grant::none(),
            policy: Some(&policy),
            caller: "",
        });
        let [link, open] = &*plan.imports else {
            panic!("two imports");
        };
        assert!(link.calls[0].rules.is_empty() && link.calls[0].otherwise);
        assert_eq!(link.calls[0].foreseen, Foreseen::Deny);
        let rules: Vec<_> = open.calls[0].rules.iter().map(|rule| &*rule.name).collect();
        assert_eq!(rules, ["a"]);
        assert_eq!(open.calls[0].foreseen, Foreseen::Depends);
    }

    #[test]
    fn a_need_is_free_granted_substituted_or_lacking() {
        let mut grant = Grant::none();
        grant.read.push(PathGrant::same("docs"));
        for (name, expected) in [
            (
                "path_readlink",
                NeedState::Granted {
                    names: vec![String::from("docs")],
                },
            ),
            ("path_unlink_file", NeedState::Lacking),
            ("clock_time_get", NeedState::Substituted),
            ("environ_get", NeedState::Substituted),
            ("fd_write", NeedState::Free),
            ("proc_exit", NeedState::Free),
        ] {
            let needs = needs(&item(P1, name), &grant);
            assert_eq!(needs[0].state, expected, "{name}");
        }
    }

    #[test]
    fn what_may_be_written_may_be_looked_at() {
        let mut grant = Grant::none();
        let stat = item(P1, "path_filestat_get");
        assert_eq!(needs(&stat, &grant)[0].state, NeedState::Lacking);
        grant.write.push(PathGrant::same("out"));
        let names = vec![String::from("out")];
        let expected = NeedState::Granted { names };
        assert_eq!(needs(&stat, &grant)[0].state, expected);
        assert_eq!(
            needs(&item(P1, "path_readlink"), &grant)[0].state,
            NeedState::Lacking
        );
    }

    #[test]
    fn a_call_that_no_policy_can_read_is_denied_and_the_plan_says_why() {
        let policy = policy("otherwise accept");
        for (name, unfit) in [("p".repeat(256), false), ("p".repeat(257), true)] {
            let plan = Plan::of(&PlanOf {
                imports: &imports(vec![item("env", &name)]),
                grant: &Grant::none(),
                policy: Some(&policy),
                caller: "",
            });
            let call = &plan.imports[0].calls[0];
            let foreseen = match unfit {
                true => Foreseen::Deny,
                false => Foreseen::Allow,
            };
            assert_eq!(call.foreseen, foreseen, "{call:?}");
            assert_eq!(call.unfit.is_some(), unfit, "{call:?}");
        }
    }

    #[test]
    fn an_upgrade_is_told_by_what_it_newly_reaches() {
        let old = imports(vec![
            item(P1, "path_readlink"),
            item(P1, "fd_close"),
            item("", "wasi:random/random@0.2.0#get-random-u64"),
        ]);
        let same = imports(vec![
            item("", "wasi:random/random@0.2.6#get-random-u64"),
            item(P1, "path_readlink"),
            item(P1, "fd_tell"),
        ]);
        let diff = PlanDiff::of(&old, &same);
        assert!(!diff.asks_for_more(), "{diff:?}");
        let mut padded = imports(vec![item(P1, "path_readlink")]);
        padded.inspection.imports_left_out = 1;
        assert!(PlanDiff::of(&old, &padded).asks_for_more());
        let split = |module: &str, name: &str| full_name(&item(module, name));
        assert_ne!(split("a b", "c"), split("a", "b c"));
        assert_ne!(split("a b", "c"), split("\"a", "b\" c"));
        let mut new = imports(vec![item(P1, "path_unlink_file"), item("env", "pay")]);
        new.unprovided = Some(vec![Lack::Import {
            module: String::from("env"),
            name: String::from("pay"),
            hint: None,
        }]);
        let diff = PlanDiff::of(&old, &new);
        assert!(diff.asks_for_more());
        let names: Vec<_> = diff
            .added
            .iter()
            .map(|ask| (&*ask.name, &ask.provision))
            .collect();
        let hint = String::new();
        assert_eq!(
            names,
            [
                ("env pay", &Provision::Nobody { hint }),
                (
                    "wasi_snapshot_preview1 path_unlink_file",
                    &Provision::Provided
                )
            ]
        );
        assert_eq!(
            diff.capabilities_added,
            [Capability::FileWrite, Capability::HostFunctions]
        );
        assert_eq!(
            diff.capabilities_removed,
            [Capability::FileRead, Capability::Random]
        );
    }

    #[test]
    fn a_module_of_whose_imports_nobody_knows_is_not_said_to_run() {
        let known = imports(vec![item(P1, "fd_tell")]);
        let unknown = Imports {
            unprovided: None,
            ..known.clone()
        };
        let grant = Grant::none();
        let plan = |imports: &Imports| {
            Plan::of(&PlanOf {
                imports,
                grant: &grant,
                policy: None,
                caller: "",
            })
        };
        assert!(plan(&known).can_run());
        assert_eq!(plan(&unknown).imports[0].provision, Provision::Unknown);
        assert!(!plan(&unknown).can_run());
    }
}
