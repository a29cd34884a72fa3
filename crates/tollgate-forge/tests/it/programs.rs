//! Programs that people write first, unchanged.

use wasmi::Val;

use crate::engine::{LEVELS, Outside, build, call, f64_of, i32_of, values};

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

const TEXT: &str = "
function countWords(text: string): number {
  const words = text.trim().split(' ').filter((word) => word.length > 0);
  return words.length;
}

function frequencies(text: string): string {
  const seen: string[] = [];
  const counts: i32[] = [];
  for (const word of text.toLowerCase().split(' ')) {
    if (word === '') continue;
    const at = seen.indexOf(word);
    if (at < 0) {
      seen.push(word);
      counts.push(1);
    } else {
      counts[at]++;
    }
  }
  return seen.map((word, i) => `${word}=${counts[i]}`).sort().join(',');
}

export function process(input: string): string {
  const lines = [
    `upper: ${input.toUpperCase()}`,
    `lower: ${input.toLowerCase()}`,
    `words: ${countWords(input)}`,
    `characters: ${input.length}`,
    `reversed: ${input.split('').reverse().join('')}`,
    `counts: ${frequencies(input)}`,
  ];
  return lines.join('\\n');
}
";

#[test]
fn a_text_is_written_in_upper_and_lower_case_and_its_words_are_counted() {
    for level in LEVELS {
        let wasm = build(TEXT, level).unwrap_or_else(|shown| panic!("{shown}"));
        let found = Outside::new(&wasm).bytes("process", b"The quick  brown the END");
        let found = String::from_utf8(found).expect("text");
        let expected = "upper: THE QUICK  BROWN THE END\nlower: the quick  brown the end\nwords: 5\ncharacters: 24\n\
                        reversed: DNE eht nworb  kciuq ehT\ncounts: brown=1,end=1,quick=1,the=2";
        assert_eq!(found, expected);
    }
}
