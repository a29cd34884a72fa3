//! Facts as imports of policy modules.

use tollgate_ecl::engines::wasm::host::FactHost;
use tollgate_ecl::engines::wasm::{HOST_INTERFACE, import_name};
use tollgate_ecl::{FactKind, Facts};
use tollgate_sandbox::{Lend, PureCaller, PureEngine, PureError, PureLinker};

/// What an instance keeps for its host functions. Facts are lent for an evaluation.
#[derive(Debug)]
pub(super) struct HostState(pub(super) FactHost);

impl Lend for HostState {
    type Of<'a> = dyn Facts + 'a;
}

/// A linker with a function for every kind of fact; modules import only what they use.
pub(super) fn linker(engine: &PureEngine) -> Result<PureLinker<HostState>, PureError> {
    let mut linker = PureLinker::new(engine);
    for kind in FactKind::ALL {
        let name = import_name(kind);
        if kind.arity() == 1 {
            linker.func(
                HOST_INTERFACE,
                name,
                move |call, (at, len, out): (u32, u32, u32)| {
                    ask(call, kind, [(at, len), (0, 0)], out)
                },
            )?;
        } else {
            linker.func(
                HOST_INTERFACE,
                name,
                move |call, (a, a_len, b, b_len, out): (u32, u32, u32, u32, u32)| {
                    ask(call, kind, [(a, a_len), (b, b_len)], out)
                },
            )?;
        }
    }
    Ok(linker)
}

/// Answers one question.
fn ask(
    call: &mut PureCaller<'_, HostState>,
    kind: FactKind,
    args: [(u32, u32); 2],
    out: u32,
) -> Result<i32, String> {
    let answered = call.with_lent(|memory, state, facts| {
        let answered = state.0.ask(memory, facts, kind, args, out);
        answered.map_err(|no_room| no_room.to_string())
    });
    answered.unwrap_or_else(|| Err("no facts were given to the evaluation".to_owned()))
}
