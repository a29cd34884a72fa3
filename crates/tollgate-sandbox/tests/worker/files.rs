//! The campaign on files with both walls: the sandbox's checks and the jail.

use tollgate_sandbox::JailMode;

use crate::{
    Test,
    files_ground::campaign,
    files_script::{module, sequence},
};

pub(crate) const TESTS: &[Test] = &[(
    "two_guests_in_jails_reach_nothing_that_was_not_granted",
    two_guests_in_jails_reach_nothing_that_was_not_granted,
)];

/// Sequences that are run always.
const SEQUENCES: u64 = 20;

fn two_guests_in_jails_reach_nothing_that_was_not_granted() {
    let module = module(JailMode::Require);
    campaign(SEQUENCES, |seed| sequence(&module, seed));
}
