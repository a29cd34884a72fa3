//! What was charged in a time.

use tollgate_state::access::KeyText;
use tollgate_state::cast::{CastEnd, NewCast};
use tollgate_state::limits::STATEMENT_LINES_MAX;
use tollgate_state::statement::{Charged, Period, Statement, StatementBy};
use tollgate_state::{StateError, Store};

use super::access::act;
use super::casts::{end, new};
use super::fresh;
use super::ledger::{at, is_whole};
use crate::{NOW, SECOND};

const LATER: i64 = NOW + 100 * SECOND;
const ALL: Period = Period {
    from: NOW,
    until: LATER,
};

struct Ran<'a> {
    id: &'a str,
    module: &'a str,
    version: &'a str,
    /// When it is charged, and how much.
    at: i64,
    micro_usd: u64,
}

fn ran(store: &mut Store, run: &Ran<'_>) {
    let begins = NewCast {
        module: run.module,
        version: run.version,
        ..new(run.id, None)
    };
    store.begin_cast(&act("a"), &begins).unwrap();
    let ends = CastEnd {
        cost_micro_usd: run.micro_usd,
        ..end(run.id)
    };
    store.end_cast(&at("a", run.at), &ends).unwrap();
}

fn charged(runs: u64, micro_usd: u64) -> Charged {
    Charged { runs, micro_usd }
}

fn lines(statement: &Statement) -> Vec<(&str, u64, u64)> {
    let lines = statement.lines.iter();
    lines
        .map(|line| (&*line.of, line.charged.runs, line.charged.micro_usd))
        .collect()
}

fn with_runs(store: &mut Store) {
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
    }
    for (id, module, version, after, micro_usd) in [
        ("c1", "m", "1.0.0", 0, 10_000),
        ("c2", "m", "1.1.0", 10, 12_000),
        ("c3", "n", "1.0.0", 20, 15_000),
        ("c4", "n", "1.0.0", 99, 0),
        ("c5", "m", "1.0.0", 100, 7_000),
    ] {
        let at = NOW + after * SECOND;
        ran(
            store,
            &Ran {
                id,
                module,
                version,
                at,
                micro_usd,
            },
        );
    }
}

#[test]
fn a_statement_has_what_was_charged_in_its_time_and_nothing_else() {
    let (_place, mut store) = fresh();
    with_runs(&mut store);
    let found = store.statement("a", ALL, StatementBy::Module).unwrap();
    assert_eq!(lines(&found), [("m", 2, 22_000), ("n", 1, 15_000)]);
    assert_eq!(found.all, charged(3, 37_000));
    assert_eq!(found.others, Charged::default());
    let found = store.statement("a", ALL, StatementBy::Version).unwrap();
    let of = [
        ("n@1.0.0", 1, 15_000),
        ("m@1.1.0", 1, 12_000),
        ("m@1.0.0", 1, 10_000),
    ];
    assert_eq!(lines(&found), of);
    // Times that follow each other have each run once.
    let next = Period {
        from: LATER,
        until: LATER + 1,
    };
    let found = store.statement("a", next, StatementBy::Module).unwrap();
    assert_eq!(lines(&found), [("m", 1, 7_000)]);
    let spent = is_whole(&store, "a").spent;
    assert_eq!(spent, 37_000 + 7_000);
    // Nobody else's.
    let found = store.statement("b", ALL, StatementBy::Module).unwrap();
    assert_eq!((found.lines.len(), found.all), (0, Charged::default()));
}

#[test]
fn runs_are_charged_to_the_key_that_asked_for_them() {
    let (_place, mut store) = fresh();
    with_runs(&mut store);
    let asked_by = act("a").actor;
    let found = store.statement("a", ALL, StatementBy::Key).unwrap();
    assert_eq!(lines(&found), [(asked_by, 3, 37_000)]);
    assert_eq!(found.lines[0].name, None);
    let text = KeyText::from_random([7; 38]);
    let key = tollgate_state::access::NewKey {
        key: text.kept().unwrap(),
        name: "Ada's".to_owned(),
        roles: [tollgate_state::access::Role::Caller].into(),
        expires_at: None,
    };
    store.put_key(&act("a"), &key).unwrap();
    let hers = tollgate_state::audit::Act {
        actor: &key.key.prefix,
        ..act("a")
    };
    store.begin_cast(&hers, &new("c6", None)).unwrap();
    store.end_cast(&hers, &end("c6")).unwrap();
    let found = store.statement("a", ALL, StatementBy::Key).unwrap();
    let line = found.lines.iter().find(|line| line.of == key.key.prefix);
    assert_eq!(line.unwrap().name.as_deref(), Some("Ada's"));
}

#[test]
fn a_time_that_ends_before_it_begins_is_refused() {
    let (_place, mut store) = fresh();
    with_runs(&mut store);
    for until in [NOW, NOW - 1] {
        let period = Period { from: NOW, until };
        let refused = store.statement("a", period, StatementBy::Module);
        assert!(
            matches!(refused, Err(StateError::Invalid { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn what_does_not_fit_into_lines_is_one_sum() {
    let (_place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    for number in 0..STATEMENT_LINES_MAX + 2 {
        let (id, module) = (format!("c{number}"), format!("m{number:05}"));
        ran(
            &mut store,
            &Ran {
                id: &id,
                module: &module,
                version: "1.0.0",
                at: NOW,
                micro_usd: 10,
            },
        );
    }
    let found = store.statement("a", ALL, StatementBy::Module).unwrap();
    assert_eq!(found.lines.len() as i64, STATEMENT_LINES_MAX);
    assert_eq!(found.others, charged(2, 20));
    assert_eq!(found.all.micro_usd, 10 * found.all.runs);
    assert_eq!(found.lines[0].of, "m00000");
}
