//! Running a module: what is asked for, where it runs, the call, and the outcome.

mod enclose;
mod execute;
mod guest;
mod instance;
pub(crate) mod isolated;
mod request;
mod share;
mod stoppable;

pub use self::{
    enclose::enter_jail,
    instance::{Instance, TypedCall},
    request::Execution,
};
