//! `act: [rekey, restart]`

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use super::words::word;
use crate::model::RemedyKind;

const WORDS: &[&str] = &["restart", "restart-hung", "rekey", "reinstall", "fence"];
const MEANINGS: &[RemedyKind] =
    &[RemedyKind::Restart, RemedyKind::RestartHung, RemedyKind::Rekey, RemedyKind::Reinstall, RemedyKind::Fence];

/// Reads the value of `act`.
pub(super) struct Act;

impl<'de> DeserializeSeed<'de> for Act {
    type Value = BTreeSet<RemedyKind>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Act {
    type Value = BTreeSet<RemedyKind>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of the remedies that may act, as [restart, rekey]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut kinds = BTreeSet::new();
        while let Some(kind) = list.next_element_seed(word(WORDS, MEANINGS))? {
            if !kinds.insert(kind) {
                return Err(A::Error::custom(format_args!("«{kind}» stands here a second time; expected it once")));
            }
        }
        Ok(kinds)
    }
}
