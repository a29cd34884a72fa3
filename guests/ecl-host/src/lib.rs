//! `tollgate_ecl::engines::wasm::intake` for hosts in other languages: bytes in, bytes out.
//!
//! A caller asks for `room`, writes its bytes there, and calls `load`, `pool`, `encode` or `answer`. What comes of it stands at
//! `reply` and is `reply_length` bytes long. The result says what it is: 0 bytes to be used, 1 an error, 2 that the
//! host does not know. One instance serves one policy.

use std::cell::RefCell;

use serde_json::{Value as Json, json};
use tollgate_ecl::engines::wasm::intake::Intake;

const USED: u32 = 0;
const ERROR: u32 = 1;
const UNKNOWN: u32 = 2;

#[derive(Default)]
struct State {
    intake: Option<Intake>,
    request: Vec<u8>,
    reply: Vec<u8>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Makes room for a request of so many bytes, and returns its address.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *mut u8 {
    STATE.with_borrow_mut(|state| {
        state.request.clear();
        state.request.resize(length, 0);
        state.request.as_mut_ptr()
    })
}

/// Returns the address of the reply.
#[unsafe(no_mangle)]
pub extern "C" fn reply() -> *const u8 {
    STATE.with_borrow(|state| state.reply.as_ptr())
}

/// Returns the bytes of the reply.
#[unsafe(no_mangle)]
pub extern "C" fn reply_length() -> usize {
    STATE.with_borrow(|state| state.reply.len())
}

/// Reads a module, which is the request.
#[unsafe(no_mangle)]
pub extern "C" fn load() -> u32 {
    respond(|state| {
        let intake = Intake::new(&state.request).map_err(|error| message(&error))?;
        state.intake = Some(intake);
        Ok(Some(Vec::new()))
    })
}

/// Takes the pool of the module in, which is the request.
#[unsafe(no_mangle)]
pub extern "C" fn pool() -> u32 {
    respond(|state| {
        intake(&mut state.intake)?.set_pool(&state.request);
        Ok(Some(Vec::new()))
    })
}

/// Encodes an input, whose JSON is the request.
#[unsafe(no_mangle)]
pub extern "C" fn encode() -> u32 {
    respond(|state| {
        let json = text(&state.request)?;
        match intake(&mut state.intake)?.encode(json) {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(error) => Err(json!({
                "path": error.path,
                "message": error.to_string(),
                "help": error.help,
            })),
        }
    })
}

/// Takes an answer in, whose JSON is the request, to stand at the address `out`.
#[unsafe(no_mangle)]
pub extern "C" fn answer(kind: u32, out: u32) -> u32 {
    respond(|state| {
        let json = text(&state.request)?;
        let answered = intake(&mut state.intake)?.answer(kind, json, out);
        let bytes = answered.map_err(|error| message(&error))?;
        Ok(bytes.map(<[u8]>::to_vec))
    })
}

fn respond(work: impl FnOnce(&mut State) -> Result<Option<Vec<u8>>, Json>) -> u32 {
    STATE.with_borrow_mut(|state| {
        let (reply, result) = match work(state) {
            Ok(Some(bytes)) => (bytes, USED),
            Ok(None) => (Vec::new(), UNKNOWN),
            Err(error) => (error.to_string().into_bytes(), ERROR),
        };
        state.reply = reply;
        result
    })
}

fn intake(intake: &mut Option<Intake>) -> Result<&mut Intake, Json> {
    intake
        .as_mut()
        .ok_or_else(|| message(&"no module is loaded"))
}

fn text(request: &[u8]) -> Result<&str, Json> {
    std::str::from_utf8(request).map_err(|_| message(&"the text is not UTF-8"))
}

fn message(error: &dyn std::fmt::Display) -> Json {
    json!({ "path": "", "message": error.to_string(), "help": null })
}
