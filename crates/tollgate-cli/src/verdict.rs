//! From what happened to the code the command ends with.

use tollgate::{Failure, LimitKind, Output, Report};

use crate::exit::Exit;

/// The exit code for a report. A program's own code passes through, cut to the 8 bits a process has.
pub(crate) fn exit(report: &Report) -> Exit {
    match &report.outcome.result {
        Ok(output) => match (output, report.outcome.exit_code) {
            // A program that ended has a code.
            (Output::Exit, None) => Exit::Internal,
            (_, None | Some(0)) => Exit::Success,
            (_, Some(code)) => Exit::Guest(u8::try_from(code).unwrap_or(u8::MAX)),
        },
        Err(failure) => of_failure(failure),
    }
}

fn of_failure(failure: &Failure) -> Exit {
    match failure {
        Failure::Trap(_) => Exit::Trap,
        Failure::LimitExceeded(exceeded) => of_limit(exceeded.limit),
        Failure::Denied(_) => Exit::Denied,
        Failure::MissingExport { .. }
        | Failure::MissingImport { .. }
        | Failure::BadGuest { .. } => Exit::Invalid,
        Failure::BadArguments { .. } => Exit::Usage,
        Failure::GrantUnusable { .. } => Exit::NotFound,
        Failure::Unheard { .. } => Exit::Unheard,
        Failure::Cancelled => Exit::Guest(130),
        Failure::Killed { .. } => Exit::Killed,
        Failure::System { .. }
        | Failure::Unstarted { .. }
        | Failure::Unstoppable { .. }
        | Failure::NotJailed(_) => Exit::Config,
        // A failed host function, a crash and an internal error are ours to explain. New kinds are too, until they are here.
        _ => Exit::Internal,
    }
}

fn of_limit(limit: LimitKind) -> Exit {
    match limit {
        LimitKind::Gas => Exit::Gas,
        LimitKind::Wall | LimitKind::Queue => Exit::Time,
        LimitKind::Output | LimitKind::HostCall | LimitKind::Disk | LimitKind::Files => {
            Exit::Output
        }
        LimitKind::Stack => Exit::Trap,
        // What is left counts things that take memory.
        _ => Exit::Memory,
    }
}
