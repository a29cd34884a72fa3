//! Trust vectors: six numbers R, I, C, P, V, Ω in 0..=1, and what programs compute with them.
//!
//! Both engines and the reference evaluator must give the same bits, so the order of the floating-point operations is part
//! of the definition: components in order, sums from left to right, no fused multiply-add.

/// R, I, C, P, V, Ω.
pub(crate) type Trust = [f64; 6];

/// Names of the components in data, in their order in memory.
pub(crate) const DIMENSIONS: [&str; 6] = ["R", "I", "C", "P", "V", "Ω"];

/// Their names as policies write them.
pub(crate) const FIELDS: [&str; 6] = ["r", "i", "c", "p", "v", "omega"];

/// The number of the component of that name: a letter, large or small, or a word.
#[must_use]
pub(crate) fn dimension(name: &str) -> Option<u32> {
    Some(match name.to_lowercase().as_str() {
        "r" | "reliability" => 0,
        "i" | "integrity" => 1,
        "c" | "competence" => 2,
        "p" | "prestige" => 3,
        "v" | "vigilance" => 4,
        "ω" | "o" | "omega" => 5,
        _ => return None,
    })
}

/// The mean of the six components.
#[must_use]
pub(crate) fn norm(a: &Trust) -> f64 {
    let [r, i, c, p, v, o] = *a;
    (((((r + i) + c) + p) + v) + o) / 6.0
}

/// The componentwise weaker: a chain is never above its weakest link.
#[must_use]
pub(crate) fn chain(a: &Trust, b: &Trust) -> Trust {
    each(a, b, |x, y| if y < x { y } else { x })
}

/// Componentwise `(a + b) − a·b`: two independent sources.
#[must_use]
pub(crate) fn combine(a: &Trust, b: &Trust) -> Trust {
    each(a, b, |x, y| (x + y) - x * y)
}

/// Root mean square of the differences, in 0..=1.
#[must_use]
pub(crate) fn distance(a: &Trust, b: &Trust) -> f64 {
    let [r, i, c, p, v, o] = each(a, b, |x, y| (x - y) * (x - y));
    ((((((r + i) + c) + p) + v) + o) / 6.0).sqrt()
}

/// Whether a host may answer this: every component is a number in 0..=1.
#[must_use]
pub(crate) fn is_valid(a: &Trust) -> bool {
    a.iter().all(|x| (0.0..=1.0).contains(x))
}

fn each(a: &Trust, b: &Trust, f: impl Fn(f64, f64) -> f64) -> Trust {
    let [a0, a1, a2, a3, a4, a5] = *a;
    let [b0, b1, b2, b3, b4, b5] = *b;
    [
        f(a0, b0),
        f(a1, b1),
        f(a2, b2),
        f(a3, b3),
        f(a4, b4),
        f(a5, b5),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_of_a_component_is_found() {
        for (number, (shown, field)) in (0..).zip(DIMENSIONS.into_iter().zip(FIELDS)) {
            for name in [shown, field, &*shown.to_lowercase(), &*field.to_uppercase()] {
                assert_eq!(dimension(name), Some(number), "{name}");
            }
        }
        assert_eq!(dimension("Prestige"), Some(3));
        for name in ["", "x", "rr", "trust"] {
            assert_eq!(dimension(name), None, "{name}");
        }
    }

    const A: Trust = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4];
    const B: Trust = [0.5, 0.9, 0.7, 0.1, 1.0, 0.0];

    #[test]
    fn a_chain_is_never_above_its_weakest_link() {
        assert_eq!(chain(&A, &B), [0.5, 0.8, 0.7, 0.1, 0.5, 0.0]);
        assert!(norm(&chain(&A, &B)) <= norm(&A).min(norm(&B)));
    }

    #[test]
    fn combining_independent_sources_never_lowers_trust() {
        let both = combine(&A, &B);
        assert!(both.iter().zip(&A).all(|(c, a)| c >= a));
        assert!(is_valid(&both));
    }

    #[test]
    fn distance_is_zero_only_to_itself_and_at_most_one() {
        assert_eq!(distance(&A, &A), 0.0);
        assert!(distance(&A, &B) > 0.0);
        assert_eq!(distance(&[0.0; 6], &[1.0; 6]), 1.0);
    }

    #[test]
    fn answers_outside_the_unit_interval_are_invalid() {
        assert!(is_valid(&A));
        assert!(!is_valid(&[0.0, 0.0, 0.0, 0.0, 0.0, 1.1]));
        assert!(!is_valid(&[f64::NAN, 0.0, 0.0, 0.0, 0.0, 0.0]));
    }
}
