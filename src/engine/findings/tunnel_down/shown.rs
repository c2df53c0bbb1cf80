//! What is shown for a tunnel that is down.

use super::words;
use crate::engine::findings::Say;
use crate::model::{Evidence, Source};

/// Where nothing else speaks for it.
pub(super) fn or_this(mut lines: Vec<Evidence>, say: &Say<'_>) -> Vec<Evidence> {
    if lines.is_empty() {
        lines.push(say.line(Source::Engine, words::NO_PAIR));
    }
    lines
}

/// Each line once, in the order of time.
pub(super) fn each_once(lines: impl IntoIterator<Item = Evidence>) -> Vec<Evidence> {
    let mut each: Vec<Evidence> = Vec::new();
    for line in lines {
        if !each.contains(&line) {
            each.push(line);
        }
    }
    each.sort_by_key(|line| line.at);
    each
}
