//! The samples of one subject, in the order of the rounds.

use std::fmt;

/// One figure for each round.
#[derive(Debug, Clone)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Keeps figures in the order they were measured.
    pub fn new(values: Vec<f64>) -> Self {
        Self(values)
    }

    /// The figures, first round first.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// The value below which a part of the samples lies: `0.5` is the median. Not a number without samples.
    pub fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let index = (part * sorted.len().saturating_sub(1) as f64).round() as usize;
        sorted.get(index).copied().unwrap_or(f64::NAN)
    }

    /// The median.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// Each sample divided by the reference's of the same round.
    pub fn over(&self, reference: &Self) -> Self {
        self.paired(reference, |ours, theirs| ours / theirs)
    }

    /// Each sample divided by a number.
    pub fn divided(&self, by: f64) -> Self {
        Self(self.0.iter().map(|sample| sample / by).collect())
    }

    /// Each sample minus the reference's of the same round.
    pub fn minus(&self, reference: &Self) -> Self {
        self.paired(reference, |ours, theirs| ours - theirs)
    }

    fn paired(&self, reference: &Self, join: impl Fn(f64, f64) -> f64) -> Self {
        let pairs = self.0.iter().zip(&reference.0);
        Self(pairs.map(|(a, b)| join(*a, *b)).collect())
    }

    /// The median with the tenth and ninetieth percentile, divided by `unit`.
    pub fn show(&self, unit: f64) -> Shown<'_> {
        Shown {
            samples: self,
            unit,
        }
    }
}

/// Prints samples: `12.3 (11.9–14.0)`.
pub struct Shown<'a> {
    samples: &'a Samples,
    unit: f64,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, median, high] =
            [0.1, 0.5, 0.9].map(|part| figure(self.samples.quantile(part) / self.unit));
        write!(f, "{median} ({low}–{high})")
    }
}

/// Three significant digits, without an exponent.
pub fn figure(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 || size == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.995 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}
