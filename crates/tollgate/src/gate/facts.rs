//! A call as the input of a policy: each field of `call.ecl`, from what the sandbox says of the call.

use serde::Serialize;
use tollgate_ecl::types::RecordDef;
use tollgate_sandbox::{Arguments, GateCall, Target};

/// The record `Call`.
#[derive(Debug, Serialize)]
pub(super) struct CallFacts<'a> {
    operation: &'a str,
    interface: &'a str,
    capability: &'static str,
    module: &'a str,
    caller: &'a str,
    path: Option<&'a str>,
    address: Option<String>,
    port: Option<u16>,
    host: Option<&'a str>,
    arguments: Option<&'a str>,
    earlier: u64,
}

/// The names of its fields, in their order.
const FIELDS: [&str; 11] = [
    "operation",
    "interface",
    "capability",
    "module",
    "caller",
    "path",
    "address",
    "port",
    "host",
    "arguments",
    "earlier",
];

/// Whether `record` has these fields and no others.
pub(super) fn are_fields_of(record: &RecordDef) -> bool {
    record.fields.iter().map(|field| &*field.name).eq(FIELDS)
}

impl<'a> CallFacts<'a> {
    /// Returns what there is to know of `call`, which is made by `module` for `caller`.
    pub(super) fn of(call: &GateCall<'a>, module: &'a str, caller: &'a str) -> Self {
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
            capability: capability.name(),
            module,
            caller,
            path: None,
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
