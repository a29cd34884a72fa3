//! Guests whose layer checks nothing, in jailed workers: the jail alone lets them reach nothing that was not granted.
//!
//! `TOLLGATE_SEQUENCES` and `TOLLGATE_SEED` make the campaign longer or other, as that of the tests with both walls.

use super::super::ground as files_ground;
use crate::{self as sandbox, entry::Entry, grant::PathGrant, jail::JailMode, run::Execution};

#[path = "../../../tests/it/files_script.rs"]
mod files_script;

use files_ground::{build, campaign, guarded};
use files_script::{module, near, script, sequence};

/// Sequences that are run always.
const SEQUENCES: u64 = 20;

#[test]
fn the_jail_alone_lets_guests_reach_nothing_that_was_not_granted() {
    crate::requested::run_if_requested();
    let module = module(JailMode::Require);
    campaign(SEQUENCES, |seed| sequence(&module, seed));
}

#[test]
fn without_the_jail_such_guests_change_what_was_not_granted() {
    crate::requested::run_if_requested();
    let module = module(JailMode::Off);
    let changes = |seed| {
        let folder = tempfile::tempdir().unwrap();
        build(folder.path());
        let before = guarded(folder.path());
        let entry = Entry::Bytes {
            export: String::from("run"),
            input: script(seed, |random| near(random, folder.path())),
        };
        let mut execution = Execution::new(&module, entry);
        let grant = PathGrant::mapped(folder.path().join("drop"), "/drop");
        execution.grant.write.push(grant);
        execution.run_blocking();
        guarded(folder.path()) != before
    };
    assert!((1..50).any(changes));
}
