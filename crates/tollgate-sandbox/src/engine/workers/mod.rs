//! Worker processes for guests: started before they are needed, handed compiled code, spoken to over a socket.

pub(crate) mod code;
pub(crate) mod message;
mod pool;
mod process;
pub(crate) mod rehearsal;

pub(crate) use self::{
    code::HandedCode,
    message::answer_bytes,
    pool::Pool,
    process::{Process, crashed},
};
