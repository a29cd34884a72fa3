//! Text that guests have a say in.

use crate::limits;

/// Cuts text a guest can influence to [`limits::MESSAGE_BYTES`].
pub(crate) fn bounded(mut text: String) -> String {
    if text.len() > limits::MESSAGE_BYTES {
        let mut end = limits::MESSAGE_BYTES;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}
