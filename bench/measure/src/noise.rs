//! How busy the machine was: the load, and how far one and the same work differs from itself.

use std::fmt;

use crate::{Clock, Plan, Samples, Subject};

/// The state of the machine around a measurement.
#[derive(Debug, Clone)]
pub struct Noise {
    /// Runnable threads over the last minute, as the system counts them; not a number where it does not.
    pub load: f64,
    /// A loop's processor time divided by its own right after, in many rounds.
    pub itself: Samples,
}

impl Noise {
    /// Measures for about a quarter of a second.
    pub fn now() -> Self {
        let work =
            || (0..2_000_u64).fold(1_u64, |x, i| x.wrapping_mul(0x9E37_79B9).rotate_left(5) ^ i);
        let plan = Plan {
            clock: Clock::Thread,
            rounds: 50,
            slice: 2e6,
        };
        let mut subjects = [Subject::new(work), Subject::new(work)];
        let samples = plan.measure(&mut subjects);
        Self {
            load: load(),
            itself: samples[0].over(&samples[1]),
        }
    }
}

impl fmt::Display for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |part| (self.itself.quantile(part) - 1.0) * 100.0;
        write!(
            f,
            "load {:.1}, a loop against itself {:+.1} % ({:+.1}…{:+.1} %)",
            self.load,
            percent(0.5),
            percent(0.1),
            percent(0.9)
        )
    }
}

fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split(' ').next().and_then(|word| word.parse().ok());
    first.unwrap_or(f64::NAN)
}
