//! `act: [rekey, restart]`

use std::collections::BTreeSet;

use super::node_at::{NodeAt, WordList};
use crate::model::RemedyKind;

const WORDS: &WordList<RemedyKind> = &[
    ("restart", RemedyKind::Restart),
    ("restart-hung", RemedyKind::RestartHung),
    ("rekey", RemedyKind::Rekey),
    ("reinstall", RemedyKind::Reinstall),
    ("fence", RemedyKind::Fence),
];

/// The value of `act`.
pub(super) fn act(place: &NodeAt<'_>) -> Option<BTreeSet<RemedyKind>> {
    let items = place.items("a list of the remedies that may act, as [restart, rekey]")?;
    let mut kinds = BTreeSet::new();
    for item in items {
        let Some(kind) = item.word(WORDS) else { continue };
        if !kinds.insert(kind) {
            item.wrong(|quote| format!("{} stands here a second time; expected it once", quote(kind.as_str())));
        }
    }
    Some(kinds)
}
