//! What `tollgate learn` adds to a run: the gate that records it, and the policy that is written when it has ended.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use tollgate::gate::learn::{LearnError, Learned, Recorded, Recording};
use tollgate::{Capability, Gate, Grant, Module, Report};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::hints::{self, for_a_shell};
use crate::new_file::Kept;
use crate::output_file::OutputFile;
use crate::{grants, verdict};

/// What is to be learned, as it was typed.
pub(crate) struct Wanted<'a> {
    /// Where the policy is written.
    pub(crate) write: &'a Path,
    /// What the module could use.
    pub(crate) capabilities: Vec<Capability>,
}

/// A run that is recorded.
pub(crate) struct Lesson {
    path: PathBuf,
    file: OutputFile,
    recording: Arc<Recording>,
    capabilities: Vec<Capability>,
}

/// What was learned.
pub(crate) struct Taught {
    path: PathBuf,
    calls: usize,
    /// What it allows beyond them, in words.
    wider: Vec<String>,
    flags: Vec<String>,
}

impl Lesson {
    /// Begins to record a run of `module` that is granted `bound`. The policy lies where the guest can write nothing, and is a
    /// new file: one that somebody wrote by hand is not written over.
    pub(crate) fn begin(wanted: &Wanted<'_>, module: &Module, bound: &Grant) -> CliResult<Self> {
        let path = wanted.write;
        Kept::file(path, "policy").out_of_reach("write to", &bound.write)?;
        Ok(Self {
            path: path.to_owned(),
            file: OutputFile::check_new(path)?,
            // As of `tollgate run`, which asks in nobody's name.
            recording: Arc::new(Recording::new(module.digest(), "", bound)),
            capabilities: wanted.capabilities.clone(),
        })
    }

    pub(crate) fn gate(&self) -> Arc<dyn Gate> {
        self.recording.clone()
    }

    /// Writes what was learned, or says why nothing was.
    pub(crate) fn end(self, report: &Report, bound: &Grant) -> CliResult<Taught> {
        let Self {
            path,
            file,
            recording,
            capabilities,
        } = self;
        let recorded = Recorded {
            outcome: &report.outcome,
            capabilities: &capabilities,
        };
        let learned = recording.learned(recorded);
        let Learned {
            policy,
            grant,
            calls,
            wider,
        } = learned.map_err(|error| untaught(error, report, bound))?;
        let mut flags = grants::flags(&grant)?;
        file.write(policy.as_bytes())?;
        flags.push(format!("--policy={}", path.display()));
        let wider = wider.iter().map(ToString::to_string).collect();
        Ok(Taught {
            path,
            calls,
            wider,
            flags,
        })
    }
}

/// Why nothing was learned, with what helps.
fn untaught(error: LearnError, report: &Report, bound: &Grant) -> CliError {
    let (exit, help) = match &error {
        LearnError::Unfinished(_) => (
            verdict::exit(report),
            String::from("; what it does then is not known"),
        ),
        LearnError::Denied { first, .. } => (
            Exit::Denied,
            match hints::needs(first, bound) {
                Some(typed) => format!("; record it with `{typed}` as well"),
                None => String::from("; nothing can be granted for that"),
            },
        ),
        _ => (Exit::Invalid, String::new()),
    };
    CliError::message(exit, format!("nothing was learned: {error}{help}"))
}

impl Taught {
    /// For people, the flags as a shell takes them.
    pub(crate) fn told(&self) -> Vec<String> {
        let calls = match self.calls {
            1 => String::from("1 call"),
            calls => format!("{calls} calls"),
        };
        let wider = self.wider.iter();
        let mut lines: Vec<_> = wider.map(|one| format!("tollgate: note: {one}")).collect();
        lines.push(format!(
            "tollgate: learned {calls}, which `{}` allows, and nothing else that a policy can tell from it; run it with",
            self.path.display()
        ));
        let flags = self
            .flags
            .iter()
            .map(|flag| format!("  {}", for_a_shell(flag)));
        lines.extend(flags);
        lines
    }

    /// For programs, the flags as they are.
    pub(crate) fn json(&self) -> serde_json::Value {
        json!({
            "policy": self.path.display().to_string(),
            "calls": self.calls,
            "wider": self.wider,
            "flags": self.flags,
        })
    }
}
