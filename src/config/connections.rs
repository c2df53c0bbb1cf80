//! `connections: {pattern: {offload, mode, one_way}}`, in the order of the file.

use super::node_at::{NodeAt, WordList};
use crate::model::{OffloadMode, OffloadWish};

/// The words of `offload`, here and for all connections.
pub(super) const OFFLOAD: &WordList<OffloadWish> = &[
    ("auto", OffloadWish::Auto),
    ("required", OffloadWish::Required),
    ("preferred", OffloadWish::Preferred),
    ("off", OffloadWish::Off),
];

const MODE: &WordList<OffloadMode> = &[("crypto", OffloadMode::Crypto), ("packet", OffloadMode::Packet)];

/// One rule as it is written; a wish that is not given is the one for all connections, which may stand further down.
pub(super) struct Rule {
    pub(super) pattern: String,
    pub(super) offload: Option<OffloadWish>,
    pub(super) mode: Option<OffloadMode>,
    /// Nothing comes back through it.
    pub(super) one_way: Option<bool>,
}

impl Rule {
    /// It is about nothing else, and leaves what is said of offload to those below it.
    pub(super) const fn is_of_way_alone(&self) -> bool {
        self.one_way.is_some() && self.offload.is_none() && self.mode.is_none()
    }
}

/// The value of `connections`.
pub(super) fn connections(place: &NodeAt<'_>) -> Option<Vec<Rule>> {
    let entries = place.entries(
        "a mapping from connection names or patterns to their exceptions",
        "a connection's name, where * stands for any characters and ? for one",
    )?;
    Some(entries.into_iter().filter_map(|(pattern, body)| rule(pattern, &body)).collect())
}

fn rule(pattern: &str, body: &NodeAt<'_>) -> Option<Rule> {
    let mut rule = Rule { pattern: pattern.to_owned(), offload: None, mode: None, one_way: None };
    let keys = body.keys(&["offload", "mode", "one_way"], "a mapping of offload, mode, one_way")?;
    if body.has_no_entry() {
        body.wrong(|_| "an empty exception; expected offload, mode or one_way".to_owned());
    }
    for (key, value) in keys {
        match key {
            "offload" => rule.offload = value.word(OFFLOAD),
            "mode" => rule.mode = value.word(MODE),
            _ => rule.one_way = value.truth(),
        }
    }
    if rule.offload == Some(OffloadWish::Off) && rule.mode.is_some() {
        body.wrong(|_| "a mode beside offload: off; expected one of the two".to_owned());
    }
    Some(rule)
}
