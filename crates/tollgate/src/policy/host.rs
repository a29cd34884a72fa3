//! The host's side of a policy module: facts, answered into its memory.
//!
//! All addresses a module passes are relative to its global `base`. An answer goes to the free end of the arena, whose
//! address is the last parameter; what it refers to follows, interned. The result is the number of bytes taken, −1 for
//! what the host does not know, −2 for a provider that failed or gave an answer of another type.

use tollgate_ecl::facts::{Answer, FactError, Facts};
use tollgate_ecl::ir::{FactKind, Handle};
use tollgate_ecl::memory::{AnswerError, Arena, Interner, PoolTexts, write_answer, write_trust};
use tollgate_ecl::wasm::{FAILED, HOST_INTERFACE, UNKNOWN, import_name};
use tollgate_sandbox::{Lend, PureCaller, PureEngine, PureError, PureLinker};

/// What an instance keeps for its host functions.
#[derive(Debug)]
pub(super) struct HostState {
    /// Linear address of program address 0.
    pub(super) base: usize,
    /// Texts of the pool, the input and the answers so far.
    pub(super) interner: Interner,
    /// Texts of the input.
    pub(super) input_texts: Vec<Handle>,
    /// Why the last fact failed.
    pub(super) failure: Option<(FactKind, FactFailure)>,
}

/// Why a fact failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FactFailure {
    /// The provider said so.
    #[error("the provider failed")]
    Provider(#[source] FactError),
    /// The answer cannot be used.
    #[error("the provider gave an answer that cannot be used")]
    Answer(#[source] AnswerError),
    /// The module asked about something that is no text: it is not one of ours.
    #[error("the question is not a text")]
    Question,
}

impl Lend for HostState {
    type Of<'a> = dyn Facts + 'a;
}

impl HostState {
    pub(super) fn new(pool: PoolTexts, base: usize) -> Self {
        Self {
            base,
            interner: Interner::new(pool),
            input_texts: Vec::new(),
            failure: None,
        }
    }
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
        let memory = memory.get_mut(state.base..).unwrap_or(&mut []);
        match answer(memory, state, facts, kind, args, out) {
            Ok(taken) => Ok(taken),
            Err(FactFailure::Answer(AnswerError::NoRoom)) => {
                Err("the arena has no room for the answer".to_owned())
            }
            Err(failure) => {
                state.failure = Some((kind, failure));
                Ok(FAILED)
            }
        }
    });
    answered.unwrap_or_else(|| Err("no facts were given to the evaluation".to_owned()))
}

fn answer(
    memory: &mut [u8],
    state: &mut HostState,
    facts: &mut dyn Facts,
    kind: FactKind,
    [first, second]: [(u32, u32); 2],
    out: u32,
) -> Result<i32, FactFailure> {
    let one = text(memory, first).ok_or(FactFailure::Question)?;
    let given = match kind {
        FactKind::Trust => {
            let Some(vector) = facts.trust(one).map_err(FactFailure::Provider)? else {
                return Ok(UNKNOWN);
            };
            let mut top = out;
            let mut arena = Arena {
                memory,
                top: &mut top,
            };
            write_trust(&vector, &mut arena).map_err(FactFailure::Answer)?;
            return Ok(taken(out, top));
        }
        FactKind::HasCredential => {
            let two = text(memory, second).ok_or(FactFailure::Question)?;
            let holds = facts.has_credential(one, two);
            holds
                .map_err(FactFailure::Provider)?
                .map_or(Answer::Unknown, Answer::Bool)
        }
        _ if kind.arity() == 1 => facts.ask(kind, &[one]).map_err(FactFailure::Provider)?,
        _ => {
            let two = text(memory, second).ok_or(FactFailure::Question)?;
            facts
                .ask(kind, &[one, two])
                .map_err(FactFailure::Provider)?
        }
    };
    // A trust vector stands at `out` itself; the words of other answers do, and what they refer to follows.
    let is_vector = kind.answer() == tollgate_ecl::types::Type::Trust;
    let mut top = if is_vector {
        out
    } else {
        out.saturating_add(16)
    };
    let mut arena = Arena {
        memory,
        top: &mut top,
    };
    let words = write_answer(
        kind,
        &given,
        &mut state.interner,
        &state.input_texts,
        &mut arena,
    )
    .map_err(FactFailure::Answer)?;
    let Some([low, high]) = words else {
        return Ok(UNKNOWN);
    };
    if !is_vector {
        let mut write = |address, word| arena.set_word(address, word).map_err(FactFailure::Answer);
        write(out, low)?;
        write(out.saturating_add(8), high)?;
    }
    Ok(taken(out, top))
}

fn taken(out: u32, top: u32) -> i32 {
    i32::try_from(top.saturating_sub(out)).unwrap_or(FAILED)
}

fn text(memory: &[u8], (address, length): (u32, u32)) -> Option<&str> {
    let start = address as usize;
    let bytes = memory.get(start..start.checked_add(length as usize)?)?;
    std::str::from_utf8(bytes).ok()
}
