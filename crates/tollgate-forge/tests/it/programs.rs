//! Programs that people write first, unchanged.

use wasmi::Val;

use crate::engine::{LEVELS, build, call, f64_of, i32_of, values};

const MATH: &str = "
export function factorial(n: i32): i32 {
  if (n <= 1) {
    return 1;
  }
  return n * factorial(n - 1);
}

export function isPrime(n: i32): i32 {
  if (n <= 1) return 0;
  for (let i: i32 = 2; i * i <= n; i = i + 1) {
    if (n % i === 0) return 0;
  }
  return 1;
}
";

const FIBONACCI: &str = "
export function fibonacci(n: number): number {
  if (n <= 1) return n;
  return fibonacci(n - 1) + fibonacci(n - 2);
}
";

const FIBONACCI_I32: &str = "
export function fibonacci(n: i32): i32 {
  if (n <= 1) return n;
  return fibonacci(n - 1) + fibonacci(n - 2);
}
";

const MONTE_CARLO: &str = "
export function monteCarloPI(iterations: i32): f64 {
  let inside: i32 = 0;

  for (let i: i32 = 0; i < iterations; i = i + 1) {
    const x: f64 = Math.random();
    const y: f64 = Math.random();

    if (x * x + y * y <= 1.0) {
      inside = inside + 1;
    }
  }

  return 4.0 * (inside as f64) / (iterations as f64);
}
";

fn run(source: &str, export: &str, argument: Val) -> Val {
    values(&[("example.ts", source)], export, &[argument])
}

#[test]
fn the_factorial_of_five_is_120() {
    assert_eq!(i32_of(&run(MATH, "factorial", Val::I32(5))), 120);
}

#[test]
fn primes_are_told_from_other_numbers() {
    let wasm = build(MATH, LEVELS[2]).expect("it compiles");
    let prime = |n: i32| {
        i32_of(
            &call(&wasm, "isPrime", &[Val::I32(n)])
                .expect("no trap")
                .expect("a value"),
        ) == 1
    };
    let found: Vec<i32> = (-3..60).filter(|n| prime(*n)).collect();
    assert_eq!(
        found,
        [
            2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59
        ]
    );
}

#[test]
fn fibonacci_is_right_with_numbers_and_with_integers() {
    assert_eq!(
        f64_of(&run(FIBONACCI, "fibonacci", Val::F64(20.0.into()))),
        6765.0
    );
    assert_eq!(i32_of(&run(FIBONACCI_I32, "fibonacci", Val::I32(20))), 6765);
}

#[test]
fn pi_is_found_by_throwing_darts() {
    let wasm = build(MONTE_CARLO, LEVELS[2]).expect("it compiles");
    let pi = call(&wasm, "monteCarloPI", &[Val::I32(1_000_000)])
        .expect("no trap")
        .expect("a value");
    assert!((f64_of(&pi) - std::f64::consts::PI).abs() < 0.01, "{pi:?}");
}
