//! What a benchmark reports: rows with a figure, a reference, a ratio and a target, as text and as JSON.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::{Noise, Samples, samples::figure};

/// One line of the report.
#[derive(Debug, Clone, Default)]
pub struct Row {
    what: String,
    ours: String,
    reference: String,
    compared: String,
    target: String,
    met: Option<bool>,
    data: serde_json::Map<String, Value>,
}

impl Row {
    /// Begins a line.
    pub fn new(what: impl Into<String>) -> Self {
        let what = what.into();
        let mut row = Self {
            what: what.clone(),
            ..Self::default()
        };
        row.data.insert("what".into(), json!(what));
        row
    }

    /// Our figure, printed divided by `scale.0` with the unit `scale.1`.
    #[must_use]
    pub fn ours(mut self, samples: &Samples, scale: (f64, &str)) -> Self {
        self.ours = format!("{} {}", samples.show(scale.0), scale.1);
        self.put("ours", samples, scale);
        self
    }

    /// Our figure, when it is one number.
    #[must_use]
    pub fn value(mut self, value: f64, unit: &str) -> Self {
        self.ours = format!("{} {unit}", figure(value));
        self.data.insert(
            "ours".into(),
            json!({"median": rounded(value), "unit": unit}),
        );
        self
    }

    /// The reference's figure.
    #[must_use]
    pub fn reference(mut self, name: &str, samples: &Samples, scale: (f64, &str)) -> Self {
        self.reference = format!("{name}: {} {}", samples.show(scale.0), scale.1);
        self.put("reference", samples, scale);
        self.data.insert("reference_name".into(), json!(name));
        self
    }

    /// A reference in words.
    #[must_use]
    pub fn against(mut self, text: impl Into<String>) -> Self {
        self.reference = text.into();
        self.data
            .insert("reference_name".into(), json!(self.reference));
        self
    }

    /// The ratio of the rounds, and the most it should be.
    #[must_use]
    pub fn ratio_max(mut self, ratio: &Samples, most: f64) -> Self {
        self.compared = format!("{}×", ratio.show(1.0));
        self.put("ratio", ratio, (1.0, "×"));
        self.target(format!("≤ {most}×"), ratio.median() <= most)
    }

    /// The ratio of the rounds, and the least it should be.
    #[must_use]
    pub fn ratio_min(mut self, ratio: &Samples, least: f64) -> Self {
        self.compared = format!("{}×", ratio.show(1.0));
        self.put("ratio", ratio, (1.0, "×"));
        self.target(format!("≥ {least}×"), ratio.median() >= least)
    }

    /// The ratio of the rounds, without a target.
    #[must_use]
    pub fn ratio(mut self, ratio: &Samples) -> Self {
        self.compared = format!("{}×", ratio.show(1.0));
        self.put("ratio", ratio, (1.0, "×"));
        self
    }

    /// The difference of the rounds, without a target.
    #[must_use]
    pub fn difference(mut self, difference: &Samples, scale: (f64, &str)) -> Self {
        self.compared = format!("+{} {}", difference.show(scale.0), scale.1);
        self.put("difference", difference, scale);
        self
    }

    /// A target in words and whether it is met.
    #[must_use]
    pub fn target(mut self, text: impl Into<String>, met: bool) -> Self {
        self.target = text.into();
        self.met = Some(met);
        self.data.insert("target".into(), json!(self.target));
        self.data.insert("met".into(), json!(met));
        self
    }

    /// Another figure of the same line.
    #[must_use]
    pub fn also(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.data.insert(name.into(), value.into());
        self
    }

    fn put(&mut self, key: &str, samples: &Samples, (scale, unit): (f64, &str)) {
        let [p10, median, p90] =
            [0.1, 0.5, 0.9].map(|part| rounded(samples.quantile(part) / scale));
        let value = json!({"median": median, "p10": p10, "p90": p90, "unit": unit, "rounds": samples.values().len()});
        self.data.insert(key.into(), value);
    }

    fn line(&self) -> String {
        let met = match self.met {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "",
        };
        format!(
            "| {} | {} | {} | {} | {} | {met} |",
            self.what, self.ours, self.reference, self.compared, self.target
        )
    }
}

/// Four significant digits are more than the machine gives.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powi(3 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}

/// A report that is printed as it grows.
pub struct Report {
    title: String,
    text: String,
    rows: Vec<Value>,
    before: Noise,
}

impl Report {
    /// Begins a report, and looks at how noisy the machine is.
    pub fn new(title: &str, about: &str) -> Self {
        let before = Noise::now();
        println!("# {title}\n\nmachine before: {before}");
        Self {
            title: title.into(),
            text: format!("{about}\n"),
            rows: Vec::new(),
            before,
        }
    }

    /// Begins a table.
    pub fn section(&mut self, name: &str) {
        let head = format!(
            "\n## {name}\n\n| what | ours | reference | compared | target | |\n|---|---|---|---|---|---|"
        );
        self.say(&head);
    }

    /// Adds a line.
    pub fn row(&mut self, row: Row) {
        self.say(&row.line());
        self.rows.push(Value::Object(row.data));
    }

    /// Adds words.
    pub fn say(&mut self, text: &str) {
        println!("{text}");
        self.text += text;
        self.text.push('\n');
    }

    /// Writes `NAME.md` and `NAME.json` into `folder`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(mut self, folder: &Path, name: &str) -> std::io::Result<()> {
        let after = Noise::now();
        println!("\nmachine after: {after}");
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let mut head = format!("# {}\n\n", self.title);
        let _ = writeln!(
            head,
            "Figures are medians with the tenth and ninetieth percentile in parentheses; ratios are of the same round. \
             Machine: {cores} cores; before: {}; after: {after}.\n",
            self.before
        );
        self.text.insert_str(0, &head);
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(format!("{name}.md")), &self.text)?;
        let json = json!({
            "cores": cores,
            "load": [self.before.load, after.load],
            "rows": self.rows,
        });
        std::fs::write(folder.join(format!("{name}.json")), format!("{json:#}\n"))
    }
}
