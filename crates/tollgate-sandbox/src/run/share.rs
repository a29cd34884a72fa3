//! The most that an execution makes this process hold, besides the memory of its guest.

use crate::{
    entry::Entry,
    limits::{self, Limits},
    process::ProcessShare,
    run::{Execution, stoppable::Site},
};

/// Returns the share of `execution`, which runs at `site`.
pub(super) fn share(execution: &Execution, site: Site) -> ProcessShare {
    match site {
        Site::Here => here(execution),
        Site::Isolated(_) => isolated(execution),
    }
}

/// Stack, output, what a call and its result may be, and what files and the network take.
pub(super) fn here(execution: &Execution) -> ProcessShare {
    let config = execution.module.engine().config();
    let stack = config.stack_bytes.saturating_add(limits::HOST_STACK_BYTES);
    let grant = &execution.grant;
    let paths = grant.read.len().saturating_add(grant.write.len());
    let listings = match grant.read.is_empty() {
        true => 0,
        false => limits::LISTING_BYTES,
    };
    // Without anything to open, handles are names of nothing.
    let handles = match paths == 0 && grant.net.is_empty() {
        true => 0,
        false => u64::from(execution.limits.handles),
    };
    ProcessShare {
        memory_bytes: answer(execution)
            .saturating_add(stack as u64)
            .saturating_add(listings as u64),
        // A granted path is opened with the folder it is in.
        descriptors: handles.saturating_add(2_u64.saturating_mul(paths as u64)),
        threads: 0,
    }
}

/// The thread that listens to its worker, what talks to it, and all that the worker may send: whatever was asked of it, the
/// worker is not trusted.
fn isolated(execution: &Execution) -> ProcessShare {
    ProcessShare {
        memory_bytes: crate::engine::workers::answer_bytes(&execution.limits),
        descriptors: limits::WORKER_DESCRIPTORS,
        threads: 1,
    }
}

/// Bytes of the output and of a result.
fn answer(execution: &Execution) -> u64 {
    let Limits {
        output_bytes,
        host_call_bytes,
        ..
    } = execution.limits;
    let result = match *execution.entry {
        // As JSON and as WAVE.
        Entry::Component { .. } => {
            host_call_bytes.saturating_mul(2 * limits::ISOLATED_RESULT_FACTOR)
        }
        Entry::Start | Entry::Core { .. } | Entry::CoreText { .. } | Entry::Bytes { .. } => {
            host_call_bytes
        }
    };
    output_bytes.saturating_add(result)
}
