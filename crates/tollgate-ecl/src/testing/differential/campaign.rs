//! Many seeds on many threads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{Difference, Engine, check};

/// Bytes of stack of a thread: shrinking and evaluating walk trees recursively.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// A differential test of many programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Campaign {
    /// How many programs.
    pub programs: u64,
    /// Seed of the first one; those of the others follow.
    pub seed: u64,
    /// Evaluations of each.
    pub runs: usize,
    /// Threads.
    pub threads: u64,
}

impl Campaign {
    /// Compares until all programs are done or there is a difference: the one of the lowest seed that was found. Each thread
    /// makes engines of its own; `done` is told after each program how many there were.
    ///
    /// # Panics
    /// When a thread cannot be started, and when an engine panics.
    pub fn run(
        &self,
        engines: &(dyn Fn() -> Vec<Box<dyn Engine>> + Sync),
        done: &(dyn Fn(u64) + Sync),
    ) -> Option<Difference> {
        let (count, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let (count, stop) = (&count, &stop);
            let mut threads = Vec::new();
            for thread in 0..self.threads {
                let work = move || {
                    self.every(thread, &mut engines(), stop, &|| {
                        done(count.fetch_add(1, Ordering::Relaxed) + 1);
                    })
                };
                let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
                match builder.spawn_scoped(scope, work) {
                    Ok(handle) => threads.push(handle),
                    Err(error) => panic!("cannot start a thread: {error}"),
                }
            }
            let found = threads.into_iter().filter_map(|thread| {
                let joined = thread.join();
                joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            found.min_by_key(|difference| difference.seed)
        })
    }

    /// The seeds of one thread.
    fn every(
        &self,
        thread: u64,
        engines: &mut [Box<dyn Engine>],
        stop: &AtomicBool,
        done: &dyn Fn(),
    ) -> Option<Difference> {
        let mut number = thread;
        while number < self.programs && !stop.load(Ordering::Relaxed) {
            let seed = self.seed.wrapping_add(number);
            let first = check(seed, self.runs, engines).into_iter().next();
            if first.is_some() {
                stop.store(true, Ordering::Relaxed);
                return first;
            }
            done();
            number += self.threads;
        }
        None
    }
}
