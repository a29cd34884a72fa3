//! The process with the other engines, which takes turns with this one.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use bench_ecl::policies::Case;
use bench_measure::Subject;
use serde_json::{Value, json};

/// The other engines.
pub struct Peers {
    process: Child,
    pipes: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Peers {
    /// Starts the program beside this one.
    pub fn start() -> Result<Self> {
        let own = std::env::current_exe()?;
        let path = own.parent().unwrap_or(Path::new(".")).join("bench-peers");
        ensure!(
            path.is_file(),
            "`{}` is not built; `cargo xtask bench ecl` builds it",
            path.display()
        );
        let mut process = Command::new(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let (input, output) = input.zip(output).context("the peers have no pipes")?;
        Ok(Self {
            process,
            pipes: RefCell::new((input, BufReader::new(output))),
        })
    }

    /// Makes them ready for a case; gives their names.
    pub fn prepare(&self, case: &Case, rules: usize) -> Result<Vec<String>> {
        let names =
            self.ask(&json!({"case": case.name, "rules": rules, "request": case.request}))?;
        Ok(serde_json::from_value(names)?)
    }

    /// One of them, as something to measure.
    pub fn subject(&self, engine: usize) -> Subject<'_> {
        Subject::elsewhere(move |calls| {
            let spent = self.ask(&json!({"engine": engine, "calls": calls}));
            spent
                .ok()
                .and_then(|spent| spent.as_f64())
                .unwrap_or(f64::NAN)
        })
    }

    fn ask(&self, question: &Value) -> Result<Value> {
        let (input, output) = &mut *self.pipes.borrow_mut();
        writeln!(input, "{question}")?;
        input.flush()?;
        let mut line = String::new();
        output.read_line(&mut line)?;
        serde_json::from_str(&line).context("the peers ended")
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // It ends by itself when its input does; this only makes sure.
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}
