//! `cargo xtask crash`: servers are killed while they work, as power cuts would, a server alone on SQLite and one of two on
//! PostgreSQL. The tests do it a few times every day; this makes a campaign of them.

use anyhow::{Result, ensure};
use clap::Args;

use crate::test::has_postgres;
use crate::{cargo, guests};

/// How often to kill.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Deaths of a server on each database.
    #[arg(long, default_value_t = 200)]
    rounds: u32,
    /// A server alone on SQLite, without the two on PostgreSQL.
    #[arg(long)]
    only_sqlite: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Arguments {
        rounds,
        only_sqlite,
    } = *arguments;
    ensure!(
        only_sqlite || has_postgres(),
        "PostgreSQL is not installed: `apt-get install postgresql`, or say `--only-sqlite`"
    );
    guests::build()?;
    let mut tests = vec!["crash::what_was_acknowledged_survives_the_death_of_the_server"];
    if !only_sqlite {
        tests.push("postgres::nodes::what_was_acknowledged_survives_the_death_of_either_server");
    }
    let mut test = cargo::cargo(["test", "--workspace", "--test", "server", "--"]);
    test.args(tests)
        .args(["--exact", "--nocapture", "--test-threads=1"]);
    test.env("TOLLGATE_CRASH_ROUNDS", rounds.to_string());
    cargo::run(&mut test)
}
