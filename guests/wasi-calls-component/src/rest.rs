//! Arguments, environment, clocks, randomness and ending.

use wasip2::cli::environment::{get_arguments, get_environment, initial_cwd};
use wasip2::clocks::{monotonic_clock, wall_clock};
use wasip2::random::{insecure, insecure_seed, random};

use crate::says;

pub(crate) fn run(function: &str) -> bool {
    match function {
        "get-environment" => says("variables", format!("{:?}", get_environment())),
        "get-arguments" => says("after the program", format!("{:?}", &get_arguments()[1..2])),
        "initial-cwd" => says("the current folder", format!("{:?}", initial_cwd())),
        "wall-clock now" => {
            let (one, two) = (wall_clock::now(), wall_clock::now());
            says(
                "in order",
                (one.seconds, one.nanoseconds) <= (two.seconds, two.nanoseconds),
            );
            says("nanoseconds of a second", one.nanoseconds < 1_000_000_000);
            says("after 1990", one.seconds > 631_152_000);
        }
        "wall-clock resolution" => {
            let unit = wall_clock::resolution();
            says("below a second", unit.seconds == 0 && unit.nanoseconds > 0);
        }
        "monotonic-clock now" => says("in order", monotonic_clock::now() <= monotonic_clock::now()),
        "monotonic-clock resolution" => says("above nothing", monotonic_clock::resolution() > 0),
        "monotonic-clock subscribe-duration" => {
            let before = monotonic_clock::now();
            monotonic_clock::subscribe_duration(1_000_000).block();
            says("passed", monotonic_clock::now() - before >= 1_000_000);
            monotonic_clock::subscribe_duration(0).block();
            says("no time", monotonic_clock::subscribe_duration(0).ready());
        }
        "monotonic-clock subscribe-instant" => {
            let when = monotonic_clock::now() + 1_000_000;
            monotonic_clock::subscribe_instant(when).block();
            says("passed", monotonic_clock::now() >= when);
            says("long ago", monotonic_clock::subscribe_instant(0).ready());
            says(
                "never",
                monotonic_clock::subscribe_instant(u64::MAX).ready(),
            );
        }
        "get-random-bytes" => {
            for length in [0, 1, 100] {
                says(&format!("{length}"), random::get_random_bytes(length).len());
            }
        }
        "get-random-u64" => says(
            "two differ",
            random::get_random_u64() != random::get_random_u64(),
        ),
        "get-insecure-random-bytes" => says("100", insecure::get_insecure_random_bytes(100).len()),
        "get-insecure-random-u64" => {
            let one = insecure::get_insecure_random_u64();
            says("two differ", one != insecure::get_insecure_random_u64());
        }
        "insecure-seed" => says(
            "always the same",
            insecure_seed::insecure_seed() == insecure_seed::insecure_seed(),
        ),
        "exit with success" => wasip2::cli::exit::exit(Ok(())),
        "exit with failure" => wasip2::cli::exit::exit(Err(())),
        _ => return false,
    }
    true
}
