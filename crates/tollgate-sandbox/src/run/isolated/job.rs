//! The job of a worker: everything its guest gets, and everything its process may use.

use std::borrow::Cow;

use super::patience::lifetime;
use crate::{
    child::ChildLimits,
    engine::workers::{HandedCode, message::Job},
    gate::decides,
    grant::Grant,
    id::ExecutionId,
    jail::{HostFiles, Jail, JailRole, Network},
    limits::{self, Limits},
    outcome::Failure,
    run::Execution,
};

/// Returns the job that `execution` is, which this code follows.
pub(super) fn job<'e>(
    id: ExecutionId,
    execution: &'e Execution,
    code: &HandedCode,
) -> Result<Job<'e>, Failure> {
    let grant = absolute(&execution.grant)?;
    Ok(Job {
        id,
        digest: execution.module.digest(),
        entry: Cow::Borrowed(&execution.entry),
        jail: Jail::of(JailRole::Guest, &grant, &HostFiles::default()),
        process: process_limits(execution, code.len()),
        grant,
        limits: execution.limits.clone(),
        virtual_world: execution.virtual_world,
        // Who records decisions gets those about calls that nobody else objects to as well.
        gated: execution.gate.is_some() || execution.calls.is_some(),
        decides: execution
            .gate
            .as_ref()
            .is_some_and(|gate| decides(gate.as_ref())),
        recorded: execution.calls.is_some(),
        streaming: execution.output.is_some(),
    })
}

fn process_limits(execution: &Execution, artifact_bytes: u64) -> ChildLimits {
    let Limits {
        memory_bytes,
        memories,
        output_bytes,
        host_call_bytes,
        handles,
        // Counted in the worker, and held against its word here; time is the patience with it.
        gas: _,
        wall: _,
        tables: _,
        instances: _,
        disk_bytes: _,
        disk_files: _,
    } = execution.limits;
    let memories = u64::from(memories).saturating_mul(limits::ISOLATED_MEMORY_ADDRESSES);
    let buffers = host_call_bytes
        .saturating_mul(limits::ISOLATED_RESULT_FACTOR)
        .saturating_add(output_bytes)
        // As it arrives, while the room for it grows, and as code.
        .saturating_add(artifact_bytes.saturating_mul(3));
    ChildLimits {
        address_bytes: memories.saturating_add(limits::ISOLATED_ADDRESS_BYTES),
        data_bytes: memory_bytes
            .saturating_add(buffers)
            .saturating_add(limits::ISOLATED_DATA_BYTES),
        files: u64::from(handles).saturating_add(limits::CHILD_FILES),
        cpu: lifetime(&execution.limits),
        cpu_most: lifetime(&execution.limits),
        network: if execution.grant.net.is_empty() {
            Network::None
        } else {
            Network::Machine
        },
        jail: execution.module.engine().config().jail,
    }
}

/// The grant with paths that mean the same in a process with another current folder.
fn absolute(grant: &Grant) -> Result<Grant, Failure> {
    let mut grant = grant.clone();
    // A new field does not compile until somebody has asked whether it means the same there.
    let Grant {
        read,
        write,
        env: _,
        args: _,
        // The process has this one's, or what comes with the job.
        stdin: _,
        net: _,
        clock: _,
        random: _,
        exit: _,
    } = &mut grant;
    for path in read.iter_mut().chain(write) {
        path.host = std::path::absolute(&path.host).map_err(|error| Failure::GrantUnusable {
            path: path.host.display().to_string(),
            message: error.to_string(),
        })?;
    }
    Ok(grant)
}
