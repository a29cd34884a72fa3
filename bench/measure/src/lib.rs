//! How the benchmark packages measure: in rounds, every subject in each of them, in alternating order.
//!
//! A machine that does other work at the same time makes every figure larger, and not evenly. Two subjects that are measured
//! one right after the other, again and again, suffer alike, so the ratio of a round is far steadier than either figure;
//! what is reported is the median of the rounds with the tenth and ninetieth percentile. Processor time of the thread is
//! used wherever a subject does not wait, so that the time other programs take does not count at all.

#![forbid(unsafe_code)]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement, which may panic"
)]

mod noise;
mod samples;
mod table;

pub use noise::Noise;
pub use samples::{Samples, figure};
pub use table::{Report, Row};

use std::hint::black_box;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds as a row shows them.
pub const NANO: (f64, &str) = (1.0, "ns");
/// Nanoseconds in microseconds.
pub const MICRO: (f64, &str) = (1e3, "µs");
/// Nanoseconds in milliseconds.
pub const MILLI: (f64, &str) = (1e6, "ms");

/// What a measurement counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Processor time of this thread.
    Thread,
    /// Time that passes.
    Wall,
}

impl Clock {
    fn now(self, start: Instant) -> f64 {
        match self {
            Self::Thread => {
                let time = clock_gettime(ClockId::ThreadCPUTime);
                time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
            }
            Self::Wall => start.elapsed().as_secs_f64() * 1e9,
        }
    }
}

/// Something to measure: runs as often as it is told, and tells how many nanoseconds that took.
pub struct Subject<'a> {
    run: Box<dyn FnMut(Clock, u64) -> f64 + 'a>,
}

impl<'a> Subject<'a> {
    /// Makes a subject of a call. The compiler does not see that results are unused.
    pub fn new<T>(mut call: impl FnMut() -> T + 'a) -> Self {
        let run = move |clock: Clock, calls| {
            let start = Instant::now();
            let before = clock.now(start);
            for _ in 0..calls {
                black_box(call());
            }
            clock.now(start) - before
        };
        Self { run: Box::new(run) }
    }

    /// Makes a subject that measures itself: `call` returns its nanoseconds.
    pub fn timed(mut call: impl FnMut() -> f64 + 'a) -> Self {
        let run = move |_, calls| (0..calls).map(|_| call()).sum();
        Self { run: Box::new(run) }
    }

    /// Makes a subject that is elsewhere: `run` makes so many calls and returns their nanoseconds.
    pub fn elsewhere(mut run: impl FnMut(u64) -> f64 + 'a) -> Self {
        Self {
            run: Box::new(move |_, calls| run(calls)),
        }
    }

    /// Nanoseconds of so many calls.
    pub fn nanoseconds(&mut self, clock: Clock, calls: u64) -> f64 {
        (self.run)(clock, calls)
    }

    /// Calls that take about `slice` nanoseconds.
    fn calls(&mut self, clock: Clock, slice: f64) -> u64 {
        let mut calls = 1;
        loop {
            let spent = self.nanoseconds(clock, calls);
            if spent > slice / 4.0 || calls >= 1 << 30 {
                return ((calls as f64 * slice / spent.max(1.0)) as u64).max(1);
            }
            calls *= 2;
        }
    }
}

/// The variable that says how many rounds are measured at most; without it a measurement has as many as it needs.
pub const ROUNDS_MAX: &str = "TOLLGATE_BENCH_ROUNDS";

/// How many rounds are measured where `usual` are needed for a figure that can be relied on.
pub fn rounds(usual: usize) -> usize {
    let most = std::env::var(ROUNDS_MAX).ok();
    let most = most.and_then(|text| text.parse().ok());
    most.map_or(usual, |most: usize| most.clamp(1, usual))
}

/// How long to measure.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Clock read.
    pub clock: Clock,
    /// Rounds; each subject runs once in each.
    pub rounds: usize,
    /// Nanoseconds a subject runs in one round; at least one call.
    pub slice: f64,
}

impl Plan {
    /// 25 rounds of 3 ms processor time.
    pub const fn short() -> Self {
        Self {
            clock: Clock::Thread,
            rounds: 25,
            slice: 3e6,
        }
    }

    /// Single calls by the wall clock.
    pub const fn calls(rounds: usize) -> Self {
        Self {
            clock: Clock::Wall,
            rounds,
            slice: 0.0,
        }
    }

    /// Nanoseconds a call of each subject, a sample for each round.
    pub fn measure(self, subjects: &mut [Subject<'_>]) -> Vec<Samples> {
        let calls: Vec<u64> = subjects
            .iter_mut()
            .map(|subject| subject.calls(self.clock, self.slice))
            .collect();
        let rounds = rounds(self.rounds);
        let mut samples = vec![Vec::with_capacity(rounds); subjects.len()];
        for round in 0..rounds {
            let count = subjects.len();
            for turn in 0..count {
                let index = if round % 2 == 0 {
                    turn
                } else {
                    count - 1 - turn
                };
                let spent = subjects[index].nanoseconds(self.clock, calls[index]);
                samples[index].push(spent / calls[index] as f64);
            }
        }
        samples.into_iter().map(Samples::new).collect()
    }

    /// Nanoseconds a call of one subject.
    pub fn one<T>(self, call: impl FnMut() -> T) -> Samples {
        let mut subjects = [Subject::new(call)];
        self.measure(&mut subjects).swap_remove(0)
    }
}
