//! What a run may use and cost, in a line.

use std::time::Duration;

use tollgate::Cost;
use tollgate::state::approval::Most;

use crate::quantity::{show_bytes, show_count, show_duration};

/// The most that a run may use and cost.
pub(crate) fn amounts(most: &Most) -> String {
    let Most {
        gas,
        memory_bytes,
        wall_ms,
        cost_micro_usd,
    } = most;
    format!(
        "{} gas, {} of memory, {}, {}",
        show_count(*gas),
        show_bytes(*memory_bytes),
        show_duration(Duration::from_millis(*wall_ms)),
        Cost::from_micro_usd(*cost_micro_usd)
    )
}
