//! A call as the input of a policy: each field of `call.ecl`, from what the sandbox says of the call.

use serde::Serialize;
use tollgate_sandbox::{Arguments, Capability, GateCall, Target};

/// The record `Call`.
#[derive(Debug, Serialize)]
pub(super) struct CallFacts<'a> {
    operation: &'a str,
    interface: &'a str,
    capability: Option<&'static str>,
    module: &'a str,
    caller: &'a str,
    path: Option<&'a str>,
    place: Option<&'a str>,
    address: Option<String>,
    port: Option<u16>,
    host: Option<&'a str>,
    arguments: Option<&'a str>,
    earlier: u64,
}

/// What a call does not say of itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside<'a> {
    /// Who makes it.
    pub(super) module: &'a str,
    /// For whom.
    pub(super) caller: &'a str,
    /// Where on the host it reaches.
    pub(super) place: Option<&'a str>,
}

/// The names of its fields, in their order.
pub(super) const FIELDS: [&str; 12] = [
    "operation",
    "interface",
    "capability",
    "module",
    "caller",
    "path",
    "place",
    "address",
    "port",
    "host",
    "arguments",
    "earlier",
];

/// The case of `Capability` in `call.ecl`; `None` for what a module is made of, about which nobody decides: that is no
/// input of a policy, and denied.
pub(super) const fn case(capability: Capability) -> Option<&'static str> {
    Some(match capability {
        Capability::HostFunctions => "HostFunctions",
        Capability::FileRead => "FileRead",
        Capability::FileWrite => "FileWrite",
        Capability::Network => "Network",
        Capability::Env => "Env",
        Capability::KvRead => "KvRead",
        Capability::KvWrite => "KvWrite",
        Capability::Crypto => "Crypto",
        Capability::Console => "Console",
        Capability::Clock => "Clock",
        Capability::Random => "Random",
        Capability::Exit => "Exit",
        _ => return None,
    })
}

impl<'a> CallFacts<'a> {
    /// Returns what there is to know of `call`.
    pub(super) fn of(call: &GateCall<'a>, beside: &Beside<'a>) -> Self {
        let Beside {
            module,
            caller,
            place,
        } = *beside;
        let GateCall {
            execution: _,
            earlier,
            // Told to people, not to policies: it is not known for every guest.
            gas_used: _,
            capability,
            module: interface,
            name,
            target,
        } = *call;
        let mut facts = Self {
            operation: name,
            interface,
            capability: case(capability),
            module,
            caller,
            path: None,
            place,
            address: None,
            port: None,
            host: None,
            arguments: None,
            earlier,
        };
        match target {
            Target::Path(path) => facts.path = Some(path),
            Target::Address(address) => {
                facts.address = Some(address.ip().to_canonical().to_string());
                facts.port = Some(address.port());
            }
            Target::Host(host) => facts.host = Some(host),
            Target::Function(Arguments::Json(arguments)) => facts.arguments = Some(arguments),
            // Numbers of a core module say nothing without its memory.
            Target::Function(Arguments::Values(_)) => {}
            // Nobody asks a gate about the end of a guest, and new kinds are none of the fields.
            _ => {}
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_ecl::{Bundle, compile};
    use tollgate_sandbox::ExecutionId;

    use super::*;

    #[test]
    fn every_case_of_the_source_is_a_capability() {
        let policy =
            "policy \"p\" { input { call: Call } accept { a: call.capability == FileRead } }";
        let text = format!("{}{policy}", super::super::CALL);
        let compiled = compile(&Bundle::single("p.ecl", text));
        assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
        let enums = &compiled.programs[0].enums;
        let named = enums.iter().find(|found| &*found.name == "Capability");
        let cases = named
            .expect("it is declared")
            .cases
            .iter()
            .map(|case| &**case);
        let ours = [
            Capability::HostFunctions,
            Capability::FileRead,
            Capability::FileWrite,
            Capability::Network,
            Capability::Env,
            Capability::KvRead,
            Capability::KvWrite,
            Capability::Crypto,
            Capability::Console,
            Capability::Clock,
            Capability::Random,
            Capability::Exit,
        ];
        assert!(cases.eq(ours.into_iter().filter_map(case)), "{enums:?}");
        assert_eq!(case(Capability::Memory), None);
    }
    /// The fields of a call to `target` that say what it is to.
    fn facts(target: Target<'_>) -> serde_json::Value {
        let call = GateCall {
            execution: ExecutionId::next(),
            earlier: 0,
            gas_used: 0,
            capability: Capability::Network,
            module: "net",
            name: "go",
            target,
        };
        let beside = Beside {
            module: "module",
            caller: "ada",
            place: None,
        };
        let facts = serde_json::to_value(CallFacts::of(&call, &beside)).unwrap();
        ["path", "place", "address", "port", "host", "arguments"]
            .iter()
            .filter(|name| !facts[**name].is_null())
            .map(|name| ((*name).to_owned(), facts[*name].clone()))
            .collect()
    }

    #[test]
    fn a_policy_sees_what_a_call_is_to_and_nothing_else() {
        assert_eq!(facts(Target::Path("/a")), json!({ "path": "/a" }));
        let address = Target::Address("[::ffff:10.0.0.1]:80".parse().unwrap());
        assert_eq!(
            facts(address),
            json!({ "address": "10.0.0.1", "port": 80 }),
            "an address has one text"
        );
        let host = Target::Host("example.org");
        assert_eq!(facts(host), json!({ "host": "example.org" }));
        let arguments = Target::Function(Arguments::Json("[1]"));
        assert_eq!(facts(arguments), json!({ "arguments": "[1]" }));
        let values = Target::Function(Arguments::Values(&[]));
        assert_eq!(facts(values), json!({}));
    }
}
