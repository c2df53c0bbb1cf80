//! The last of what comes one after the other, and no more of it.

use std::collections::VecDeque;

/// Keeps one more; the oldest goes where there would be more than `most`.
pub(super) fn keep_latest<T>(kept: &mut VecDeque<T>, one: T, most: usize) {
    if kept.len() >= most {
        kept.pop_front();
    }
    kept.push_back(one);
}
