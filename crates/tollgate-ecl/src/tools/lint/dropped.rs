//! Fields in the data of tests that open records drop, and that are nearly called as one that is not given.

use super::found::{Lints, warning};
use crate::check::{Compiled, Dropped};
use crate::codes::lint as codes;

/// Says of each which field may be meant. It may be another one that callers send, so there is no change of the text.
pub(super) fn misspelt(compiled: &Compiled, lints: &mut Lints<'_>) {
    for Dropped { span, record, near } in &compiled.dropped {
        let name = lints.source(*span).trim_matches('"');
        let text = format!("{record} has no field `{name}` and drops it");
        let found = warning(codes::DROPPED_FIELD, *span, text);
        lints.add(found.help(format!(
            "did you mean `{near}`? what is dropped shows nothing"
        )));
    }
}
