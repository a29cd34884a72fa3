//! Nanoseconds of processor time a call takes: the thread's own clock, so that other processes do not count.

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

/// Samples of each measurement; the median is reported.
const SAMPLES: usize = 15;
/// Nanoseconds of one sample.
const SAMPLE_NS: f64 = 4e6;

fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn timed(calls: u64, run: &mut impl FnMut()) -> f64 {
    let start = now();
    for _ in 0..calls {
        run();
    }
    now() - start
}

/// Median nanoseconds of one call.
pub fn time<T>(mut run: impl FnMut() -> T) -> f64 {
    let mut run = || {
        black_box(run());
    };
    let mut calls = 1_u64;
    let calls = loop {
        let spent = timed(calls, &mut run);
        if spent > SAMPLE_NS / 4.0 || calls > 1 << 30 {
            break ((calls as f64 * SAMPLE_NS / spent.max(1.0)) as u64).max(1);
        }
        calls *= 2;
    };
    let mut samples: Vec<f64> =
        (0..SAMPLES).map(|_| timed(calls, &mut run) / calls as f64).collect();
    samples.sort_by(f64::total_cmp);
    samples[SAMPLES / 2]
}
