//! What a worker is asked and what it answers, and the worker's side of it.
//!
//! A question is a [`Job`] and the bytes it is about. An answer is one or two frames: a typed head, bounded by
//! [`HEAD_BYTES`], and content that is bytes and nothing else. Both ends are of one version of one program, but only one is
//! trusted: a worker that has seen a stranger's bytes may say anything, so heads are read into types with bounded parts and
//! whatever is not exactly an answer is none.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use object::read::elf::ElfFile64;
use object::{Object, ObjectSection};
use serde::{Deserialize, Serialize};

use super::effort::Choice;
use super::ready::{self, Intent, Lack};
use super::{CompileError, Rules, assemble};
use crate::child;
use crate::config::{EngineConfig, Tier};
use crate::describe::{DescribeOptions, Description, describe};
use crate::engine::precompile_checked;
use crate::exit;
use crate::limits;
use crate::prescan::{Scan, ScanError, prescan};
use crate::source::SourceForm;

/// The most bytes of one head.
pub(super) const HEAD_BYTES: u64 = limits::COMPILE_ANSWER_BYTES;

/// Work on the bytes that follow it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Job {
    /// Turn text into the binary form.
    Assemble { bytes_max: u64 },
    /// Check a binary module.
    Scan { rules: Rules },
    /// Check a binary module, also for what it lacks to be used as intended, and compile it, unless it costs too much.
    Compile {
        rules: Rules,
        choice: Choice,
        /// How many threads a worker may compile with. It cannot ask how many processors there are.
        threads: usize,
        intent: Option<Intent>,
    },
    /// Say what a module looks like from outside.
    Describe {
        form: SourceForm,
        wanted: DescribeOptions,
    },
    /// As `Describe`, with the imports that nobody provides in an engine with this configuration.
    Imports {
        form: SourceForm,
        wanted: DescribeOptions,
        config: EngineConfig,
    },
}

/// The typed part of a frame.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Head {
    /// The module is valid, and is now compiled with this effort. Another frame follows.
    Compiling { tier: Tier },
    /// The content is the binary form.
    Assembled,
    /// The module is valid.
    Scanned(Scan),
    /// The content is compiled code.
    Compiled {
        tier: Tier,
        scan: Scan,
        scan_took: Duration,
        metadata_bytes: u64,
    },
    /// This is what the module looks like.
    Described(Box<Description>),
    /// And these are the imports that nobody provides.
    Imports {
        description: Box<Description>,
        unprovided: Option<Vec<Lack>>,
    },
    /// The module is not as it should be.
    Refused(Refusal),
}

/// Why the work could not be done, if that is the module's fault.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Refusal {
    Text {
        line: usize,
        column: usize,
        message: String,
    },
    TooLarge {
        bytes_max: u64,
    },
    Scan(ScanError),
    Lack(Lack),
    Compiler {
        message: String,
    },
}

impl From<ScanError> for Refusal {
    fn from(error: ScanError) -> Self {
        Self::Scan(error)
    }
}

impl From<Refusal> for CompileError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Text {
                line,
                column,
                message,
            } => Self::Text {
                line,
                column,
                message,
            },
            Refusal::TooLarge { bytes_max } => Self::TooLarge { bytes_max },
            Refusal::Scan(error) => Self::Scan(error),
            Refusal::Lack(lack) => Self::Lack(lack),
            Refusal::Compiler { message } => Self::Refused { message },
        }
    }
}

/// Work that was done.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) head: Head,
    pub(super) content: Vec<u8>,
}

impl From<Head> for Done {
    fn from(head: Head) -> Self {
        Self {
            head,
            content: Vec::new(),
        }
    }
}

/// Does the work in this process; `announce` hears what comes before the end.
pub(super) fn perform(
    job: Job,
    bytes: Vec<u8>,
    announce: &mut dyn FnMut(Head),
) -> Result<Done, Refusal> {
    match job {
        Job::Assemble { bytes_max } => Ok(Done {
            content: assemble::binary(&bytes, bytes_max)?,
            head: Head::Assembled,
        }),
        Job::Scan { rules } => {
            let scan = prescan(&bytes, &rules.limits, &rules.config)?;
            Ok(Head::Scanned(scan).into())
        }
        Job::Compile {
            rules,
            choice,
            // Those of a process that does other work too are not counted here.
            threads: _,
            intent,
        } => {
            let started = Instant::now();
            let scan = prescan(&bytes, &rules.limits, &rules.config)?;
            let lack = intent.and_then(|intent| ready::lack(&bytes, &rules.config, &intent));
            if let Some(lack) = lack {
                return Err(Refusal::Lack(lack));
            }
            let Some(tier) = choice.tier(&scan) else {
                return Ok(Head::Scanned(scan).into());
            };
            let checked = Checked {
                scan,
                scan_took: started.elapsed(),
                tier,
            };
            compile(&rules.config, checked, &bytes, announce)
        }
        Job::Describe { form, wanted } => {
            let bytes = binary(form, bytes, wanted.bytes_max)?;
            Ok(Head::Described(Box::new(describe(&bytes, &wanted)?)).into())
        }
        Job::Imports {
            form,
            wanted,
            config,
        } => {
            let bytes = binary(form, bytes, wanted.bytes_max)?;
            let head = Head::Imports {
                description: Box::new(describe(&bytes, &wanted)?),
                unprovided: ready::unprovided(&bytes, &config),
            };
            Ok(head.into())
        }
    }
}

/// The binary form of a module.
fn binary(form: SourceForm, bytes: Vec<u8>, bytes_max: u64) -> Result<Vec<u8>, Refusal> {
    match form {
        SourceForm::Binary => Ok(bytes),
        SourceForm::Text => assemble::binary(&bytes, bytes_max),
    }
}

/// A module that may be compiled.
struct Checked {
    scan: Scan,
    scan_took: Duration,
    tier: Tier,
}

fn compile(
    config: &EngineConfig,
    checked: Checked,
    wasm: &[u8],
    announce: &mut dyn FnMut(Head),
) -> Result<Done, Refusal> {
    let Checked {
        scan,
        scan_took,
        tier,
    } = checked;
    announce(Head::Compiling { tier });
    let content = precompile_checked(config, tier, wasm).map_err(|error| Refusal::Compiler {
        message: error.to_string(),
    })?;
    let head = Head::Compiled {
        tier,
        scan,
        scan_took,
        metadata_bytes: metadata_bytes(&content),
    };
    Ok(Done { head, content })
}

/// Bytes of the part of compiled code that the engine takes apart when it loads it. Code without such a part is none, and
/// everything of it counts.
fn metadata_bytes(artifact: &[u8]) -> u64 {
    let file = ElfFile64::<object::Endianness>::parse(artifact).ok();
    file.as_ref()
        .and_then(|file| file.section_by_name(".wasmtime.info"))
        .map_or(artifact.len() as u64, |section| section.size())
}

impl Job {
    /// The job as it is sent: its length and itself.
    pub(super) fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let job = serde_json::to_vec(self)?;
        let mut bytes = u32::try_from(job.len())
            .map_err(io::Error::other)?
            .to_le_bytes()
            .to_vec();
        bytes.extend(job);
        Ok(bytes)
    }

    /// Starts the threads that the compiler is going to use; where the system gives none, it uses this one.
    fn start_threads(&mut self) {
        if let Self::Compile { rules, threads, .. } = self
            && rules.config.parallel_compilation
        {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(*threads);
            rules.config.parallel_compilation = pool.build_global().is_ok();
        }
    }

    /// Reads a job and the bytes it is about.
    fn read(from: &mut impl Read) -> Option<(Self, Vec<u8>)> {
        let mut length = [0; 4];
        from.read_exact(&mut length).ok()?;
        let mut job = Vec::new();
        from.by_ref()
            .take(u32::from_le_bytes(length).into())
            .read_to_end(&mut job)
            .ok()?;
        let job = serde_json::from_slice(&job).ok()?;
        let mut bytes = Vec::new();
        from.take(limits::MODULE_BYTES_CEILING + 1)
            .read_to_end(&mut bytes)
            .ok()?;
        Some((job, bytes))
    }
}

/// The worker's side: reads the job from standard input, writes the answer to standard output.
pub(crate) fn child_main() -> i32 {
    let Some((mut job, bytes)) = Job::read(&mut io::stdin().lock()) else {
        return exit::BAD_JOB;
    };
    job.start_threads();
    let mut stdout = io::stdout().lock();
    let mut announced = Ok(());
    let performed = perform(job, bytes, &mut |head| {
        let no_second = matches!(head, Head::Compiling { tier: Tier::Quick });
        announced = write(&mut stdout, &head.into());
        if no_second && child::take_all_cpu().is_err() {
            announced = Err(io::ErrorKind::PermissionDenied.into());
        }
    });
    let done = performed.unwrap_or_else(|refusal| Head::Refused(refusal).into());
    match announced.and_then(|()| write(&mut stdout, &done)) {
        Ok(()) => exit::DONE,
        Err(_) => exit::BAD_JOB,
    }
}

fn write(to: &mut impl Write, done: &Done) -> io::Result<()> {
    let head = serde_json::to_vec(&done.head)?;
    let length = u32::try_from(head.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&head)?;
    to.write_all(&(done.content.len() as u64).to_le_bytes())?;
    to.write_all(&done.content)?;
    to.flush()
}

/// Takes the head of the first frame.
pub(super) fn first_head(bytes: &[u8]) -> Option<Head> {
    let (head, _) = split_head(bytes)?;
    serde_json::from_slice(head).ok()
}

fn split_head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length);
    if u64::from(length) > HEAD_BYTES {
        return None;
    }
    rest.split_at_checked(usize::try_from(length).ok()?)
}

/// The last word of a whole answer; `None` when it is not whole.
pub(super) fn last(mut answer: Vec<u8>) -> Option<Result<Done, CompileError>> {
    let mut at = 0;
    loop {
        let (head, rest) = split_head(answer.get(at..)?)?;
        let head = serde_json::from_slice(head).ok()?;
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let content_at = answer.len() - rest.len();
        match (head, usize::try_from(u64::from_le_bytes(*length)).ok()?) {
            // Nothing but the end may follow anything else.
            (Head::Compiling { .. }, 0) if at == 0 => at = content_at,
            (Head::Refused(refusal), 0) if rest.is_empty() => return Some(Err(refusal.into())),
            (head, length) if length == rest.len() => {
                answer.drain(..content_at);
                return Some(Ok(Done {
                    head,
                    content: answer,
                }));
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(done: &[Done]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for done in done {
            write(&mut bytes, done).unwrap();
        }
        bytes
    }

    fn assembled(content: &[u8]) -> Done {
        Done {
            head: Head::Assembled,
            content: content.to_vec(),
        }
    }

    fn compiling() -> Done {
        Head::Compiling { tier: Tier::Quick }.into()
    }

    #[test]
    fn an_answer_arrives_whole() {
        let bytes = framed(&[compiling(), assembled(b"content")]);
        assert!(matches!(
            first_head(&bytes),
            Some(Head::Compiling { tier: Tier::Quick })
        ));
        let done = last(bytes).unwrap().unwrap();
        assert_eq!(done.content, b"content");
    }

    #[test]
    fn a_refusal_is_an_error() {
        let refusal = Refusal::TooLarge { bytes_max: 7 };
        let answer = last(framed(&[Head::Refused(refusal).into()])).unwrap();
        assert!(matches!(
            answer,
            Err(CompileError::TooLarge { bytes_max: 7 })
        ));
    }

    #[test]
    fn half_of_an_answer_is_none() {
        let bytes = framed(&[compiling(), assembled(b"content")]);
        for end in 0..bytes.len() {
            assert!(last(bytes[..end].to_vec()).is_none(), "{end}");
        }
    }

    #[test]
    fn nothing_follows_an_answer() {
        assert!(last(framed(&[assembled(b""), assembled(b"")])).is_none());
        assert!(last(framed(&[compiling(), compiling(), assembled(b"")])).is_none());
    }

    #[test]
    fn a_head_longer_than_possible_is_not_read() {
        let mut bytes = u32::MAX.to_le_bytes().to_vec();
        bytes.extend([b' '; 64]);
        assert!(last(bytes).is_none());
    }
}
