//! What executions and decisions are called: one number for each execution, one name for each decision about a call.

mod chain;
mod decision;
mod execution;

pub(crate) use self::chain::VERSION;
pub use self::{
    chain::{CallsChain, CallsDigest},
    decision::{DecisionId, DecisionIdError},
    execution::ExecutionId,
};
