//! The parent's side of a conversation: it answers questions, passes output on, and takes one outcome.

use std::{
    future::{Future as _, poll_fn},
    net::Shutdown,
    os::unix::net::UnixStream,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use tokio::sync::{oneshot, watch};

use crate::{
    engine::workers::{
        HandedCode,
        message::{Large, Message, Reply, at_once, read_frame, send},
    },
    gate::{Calls, Denial, Effect, Operation},
    limits::{self, Limits},
    outcome::{Failure, Need, Outcome, Violation},
    stream::{OutputSink, Reader, Stream},
    text::bounded,
};

/// What a worker says that its guest lacks, no longer than a report has it.
fn bounded_violation(violation: Violation) -> Violation {
    let Violation {
        capability,
        call,
        detail,
        need,
        decision: _,
    } = violation;
    Violation {
        capability,
        call: bounded(call),
        detail: bounded(detail),
        need: need.map(|need| {
            let Need {
                capability,
                what,
                entry,
            } = *need;
            Box::new(Need {
                capability,
                what: bounded(what),
                entry: entry.map(bounded),
            })
        }),
        decision: None,
    }
}

/// The parent's side of a conversation.
pub(super) struct Parent {
    pub(super) socket: UnixStream,
    /// Whether the worker has its job already.
    pub(super) told: bool,
    /// Decides about the guest's calls.
    pub(super) calls: Arc<Calls>,
    pub(super) sink: Option<OutputSink>,
    pub(super) limits: Limits,
    pub(super) output_bytes: u64,
    /// The stream that nobody reads any more.
    pub(super) unheard: Option<Stream>,
    pub(super) runtime: tokio::runtime::Handle,
    /// Told when the guest begins.
    pub(super) begins: Option<oneshot::Sender<()>>,
    /// When its time is up.
    pub(super) deadline: Option<Instant>,
    /// Whether nobody waits for the run any more.
    pub(super) ended: watch::Receiver<bool>,
}

impl Parent {
    pub(super) fn converse(&mut self, job: &[u8], code: &HandedCode) -> Result<Outcome, String> {
        if !self.told {
            code.send(&mut self.socket, job)?;
        }
        loop {
            let frame = read_frame(&mut self.socket, limits::ISOLATED_MESSAGE_BYTES)?;
            let message = postcard::from_bytes(&frame)
                .map_err(|error| format!("it sent nonsense: {error}"))?;
            match message {
                Message::Question(asked) => {
                    let reply = self.answer(&asked.operation());
                    self.reply(&reply)?;
                }
                Message::Lacking {
                    asked,
                    lacks,
                    reason,
                } => {
                    let lacks = lacks
                        .into_iter()
                        .take(limits::VIOLATIONS)
                        .map(bounded_violation);
                    self.calls
                        .lacking(&asked.operation(), lacks, bounded(reason));
                }
                Message::Doing(asked) => {
                    let reply = match self.calls.start(&asked.operation(), Effect::Some) {
                        Ok(_goes_on) => Reply::Allow,
                        Err(Denial { reason, .. }) => Reply::Deny { reason },
                    };
                    self.reply(&reply)?;
                }
                Message::Did {
                    asked,
                    effect,
                    result,
                } => {
                    self.calls.came_to(&asked.operation(), effect, result);
                }
                Message::Started => self.started(),
                Message::Output(stream) => self.output(stream)?,
                Message::Done(outcome) => return self.outcome(*outcome),
            }
        }
    }

    /// The guest begins. It does so once; a worker that says so again is not heard.
    fn started(&mut self) {
        if let Some(begins) = self.begins.take() {
            self.deadline = Instant::now().checked_add(self.limits.wall);
            // Nobody waits any more for a run that was given up.
            let _ = begins.send(());
        }
    }

    /// How long an answer may take: as long as the guest has.
    fn time_left(&self) -> Duration {
        self.deadline.map_or(self.limits.wall, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        })
    }

    fn answer(&mut self, operation: &Operation<'_>) -> Reply {
        if !self.calls.judges() {
            return Reply::Deny {
                reason: String::from("nobody decides"),
            };
        }
        let mut deciding = pin!(tokio::time::timeout(
            self.time_left(),
            self.calls.decide(operation)
        ));
        // Who would say so may be gone: that is the end as well.
        let mut ended = pin!(self.ended.wait_for(|ended| *ended));
        // The end first: with it the runtime of an answer may be gone.
        let decided = poll_fn(|context| match ended.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(None),
            Poll::Pending => deciding.as_mut().poll(context).map(Some),
        });
        match self.runtime.block_on(decided) {
            Some(Ok(Ok(()))) => Reply::Allow,
            Some(Ok(Err(Denial { reason, .. }))) => Reply::Deny { reason },
            Some(Err(_)) | None => Reply::Unanswered,
        }
    }

    /// Sends an answer; a guest that is ended gets none.
    fn reply(&mut self, reply: &Reply) -> Result<(), String> {
        if self.unheard.is_some() {
            return Ok(());
        }
        match at_once(&mut self.socket, |socket| send(socket, reply)) {
            Err(_) if *self.ended.borrow() => Ok(()),
            sent => sent,
        }
    }

    fn output(&mut self, stream: Stream) -> Result<(), String> {
        let left = self.limits.output_bytes.saturating_sub(self.output_bytes);
        let bytes = read_frame(&mut self.socket, left)?;
        self.output_bytes = self.output_bytes.saturating_add(bytes.len() as u64);
        let reader = self
            .sink
            .as_ref()
            .map_or(Reader::Listens, |sink| sink(stream, &bytes));
        if reader == Reader::IsGone && self.unheard.is_none() {
            self.unheard = Some(stream);
            // Ends the guest, as a signal would. Fails for a worker that is gone, and then the conversation ends by itself.
            drop(self.socket.shutdown(Shutdown::Write));
        }
        Ok(())
    }

    fn outcome(&mut self, mut outcome: Outcome) -> Result<Outcome, String> {
        let mut large = Large::default();
        for (part, most) in large.0.iter_mut().zip(Large::most(&self.limits)) {
            *part = read_frame(&mut self.socket, most)?;
        }
        large.put(&mut outcome)?;
        if let (Some(stream), Err(Failure::Cancelled)) = (self.unheard, &outcome.result) {
            outcome.result = Err(Failure::Unheard { stream });
        }
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, sync::Mutex};

    use super::*;
    use crate::{
        engine::workers::message::{Asked, Reaches, write_frame},
        gate::{Judges, Log},
        grant::Capability,
        id::ExecutionId,
        outcome::{Captured, Failure, Output, Usage},
        run::isolated::internal,
    };

    /// What a parent makes of what a worker says.
    fn hears(
        says: impl FnOnce(&mut UnixStream) -> Result<(), String>,
    ) -> (Result<Outcome, String>, Vec<u8>) {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = seen.clone();
        let mut parent = Parent {
            socket: ours,
            told: false,
            calls: Calls::new(
                ExecutionId(1),
                Judges {
                    gate: None,
                    sink: None,
                },
                Log::default(),
            ),
            sink: Some(Arc::new(move |_, bytes: &[u8]| {
                sink.lock().unwrap().extend_from_slice(bytes);
                Reader::Listens
            })),
            limits: Limits {
                output_bytes: 1_000,
                host_call_bytes: 1_000,
                ..Limits::standard()
            },
            output_bytes: 0,
            unheard: None,
            runtime: runtime.handle().clone(),
            begins: None,
            deadline: None,
            ended: watch::channel(false).1,
        };
        let heard = std::thread::scope(|scope| {
            let parent =
                scope.spawn(move || parent.converse(b"job", &HandedCode::Bytes(b"code".to_vec())));
            assert_eq!(read_frame(&mut theirs, 3).unwrap(), b"job");
            assert_eq!(read_frame(&mut theirs, 4).unwrap(), b"code");
            // The parent may stop listening in the middle of nonsense.
            drop(says(&mut theirs));
            drop(theirs);
            parent.join().unwrap()
        });
        let seen = seen.lock().unwrap().clone();
        (heard, seen)
    }

    fn ended() -> Outcome {
        Outcome {
            stdout: Captured {
                bytes: b"out".to_vec(),
                truncated: false,
            },
            usage: Usage {
                gas: u64::MAX,
                memory_bytes_peak: u64::MAX,
                wall: Duration::MAX,
                ..Usage::default()
            },
            ..Outcome::failed(ExecutionId(1), internal("for the test"))
        }
    }

    fn done(to: &mut UnixStream, mut outcome: Outcome) -> Result<(), String> {
        let large = Large::take(&mut outcome);
        send(to, &Message::Done(Box::new(outcome)))?;
        large.0.iter().try_for_each(|part| write_frame(to, part))
    }

    #[test]
    fn an_outcome_arrives_whole() {
        let results = [
            Ok(Output::Bytes(vec![0xff; 1_000])),
            Ok(Output::Component {
                json: "[1]".to_owned(),
                wave: "[1]".to_owned(),
            }),
            Err(Failure::Cancelled),
        ];
        for result in results {
            let outcome = Outcome { result, ..ended() };
            assert_eq!(hears(|to| done(to, outcome.clone())).0, Ok(outcome));
        }
    }

    #[test]
    fn output_above_the_limit_is_not_passed_on() {
        let (heard, seen) = hears(|to| {
            loop {
                send(to, &Message::Output(Stream::Stdout))?;
                write_frame(to, &[b'x'; 400])?;
            }
        });
        assert!(heard.unwrap_err().contains("400 bytes where 200"));
        assert_eq!(seen.len(), 800);
    }

    #[test]
    fn nonsense_is_an_error_and_never_a_large_allocation() {
        let silent = hears(|_| Ok(())).0;
        assert!(silent.unwrap_err().contains("without an answer"));
        let huge = hears(|to| to.write_all(&[0xff; 8]).map_err(|error| error.to_string())).0;
        assert!(huge.unwrap_err().contains("18446744073709551615 bytes"));
        let half = hears(|to| {
            to.write_all(&[9, 0, 0, 0, 0, 0, 0, 0, 1])
                .map_err(|e| e.to_string())
        })
        .0;
        assert!(half.unwrap_err().contains("in the middle"));
        let garbage = hears(|to| write_frame(to, &[0xee; 64])).0;
        assert!(garbage.unwrap_err().contains("nonsense"));
        let large = hears(|to| {
            done(
                to,
                Outcome {
                    result: Ok(Output::Bytes(vec![0; 8_001])),
                    ..ended()
                },
            )
        });
        assert!(large.0.unwrap_err().contains("8001 bytes where 8000"));
    }

    #[test]
    fn a_question_nobody_decides_is_denied() {
        let mut reply = None;
        let (heard, _) = hears(|to| {
            let question = Message::Question(Asked {
                capability: Capability::FileRead,
                module: String::new(),
                name: String::new(),
                reaches: Reaches::Path(String::from("/etc/passwd")),
            });
            send(to, &question)?;
            let frame = read_frame(to, 1_000)?;
            reply = Some(matches!(
                postcard::from_bytes(&frame),
                Ok(Reply::Deny { .. })
            ));
            done(to, ended())
        });
        assert!(heard.is_ok());
        assert_eq!(reply, Some(true));
    }
}
