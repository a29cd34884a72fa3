//! How long parsing and checking take: a policy of nine lines, and policies of 1,000 and 10,000 rules.
//!
//! `cargo run --release -p tollgate-ecl --example check_speed`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    reason = "a measurement, which may panic"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

use tollgate_ecl::{Bundle, compile};

const NINE_LINES: &str = r#"record Offer { price: money<EUR>, trust: number, distance: length }
policy "vehicle-charging" {
  input { offer: Offer, budget: money<EUR> }
  let max = 0.50 EUR
  auto_reject { expensive: offer.price > 2 * max }
  auto_accept { price: offer.price <= max, trust: offer.trust >= 0.7, near: offer.distance <= 5km }
  escalate { low: budget < 10 EUR }
  otherwise reject "no rule matched"
}
"#;

fn rules(count: usize) -> String {
    let mut text = String::from(
        "policy \"many\" { input { user: string<16>, action: string<8>, kind: string<8>, level: int }\n  accept any {\n",
    );
    for i in 0..count {
        let (action, kind, level) = (i % 8, i % 16, i % 10);
        let rule = format!(
            "    r{i}: user == \"u{i}\" AND action == \"a{action}\" AND kind == \"k{kind}\" AND level >= {level}"
        );
        writeln!(text, "{rule}").unwrap();
    }
    text.push_str("  }\n}\n");
    text
}

fn main() {
    let mut out = std::io::stdout().lock();
    for (what, source, runs) in [
        ("9 lines", NINE_LINES.to_owned(), 20_000),
        ("1,000 rules", rules(1_000), 50),
        ("10,000 rules", rules(10_000), 5),
    ] {
        let bundle = Bundle::single("bench.ecl", source);
        assert!(!compile(&bundle).has_errors());
        let mut best = f64::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            for _ in 0..runs {
                std::hint::black_box(compile(std::hint::black_box(&bundle)));
            }
            best = best.min(start.elapsed().as_secs_f64() / f64::from(runs));
        }
        writeln!(out, "{what}: {:.1} µs", best * 1e6).unwrap();
    }
}
