//! `connections: {pattern: {offload, mode}}`, in the order of the file.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::document::{OFFLOAD_MEANINGS, OFFLOAD_WORDS};
use super::keys::{FreeKey, KnownKey};
use super::words::word;
use crate::model::{OffloadMode, OffloadWish};

/// One rule as it is written; a wish that is not given is the one for all connections, which may stand further down.
pub(super) struct Rule {
    pub(super) pattern: String,
    pub(super) offload: Option<OffloadWish>,
    pub(super) mode: Option<OffloadMode>,
}

/// Reads the value of `connections`.
pub(super) struct Connections;

struct RuleBody {
    pattern: String,
}

impl<'de> DeserializeSeed<'de> for Connections {
    type Value = Vec<Rule>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Rule>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Connections {
    type Value = Vec<Rule>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping from connection names or patterns to their exceptions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Rule>, A::Error> {
        let mut rules = Vec::new();
        let mut seen = Vec::new();
        let expected = "a connection's name, where * stands for any characters and ? for one";
        while let Some(pattern) = map.next_key_seed(FreeKey { expected, seen: &mut seen })? {
            rules.push(map.next_value_seed(RuleBody { pattern })?);
        }
        Ok(rules)
    }
}

impl<'de> DeserializeSeed<'de> for RuleBody {
    type Value = Rule;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Rule, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RuleBody {
    type Value = Rule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping of offload, mode")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rule, A::Error> {
        let mut rule = Rule { pattern: self.pattern, offload: None, mode: None };
        let mut seen = Vec::new();
        while let Some(key) = map.next_key_seed(KnownKey { known: &["offload", "mode"], seen: &mut seen })? {
            match key {
                "offload" => rule.offload = Some(map.next_value_seed(word(OFFLOAD_WORDS, OFFLOAD_MEANINGS))?),
                _ => {
                    let modes = word(&["crypto", "packet"], &[OffloadMode::Crypto, OffloadMode::Packet]);
                    rule.mode = Some(map.next_value_seed(modes)?);
                }
            }
        }
        match &rule {
            Rule { offload: None, mode: None, .. } => {
                Err(A::Error::custom("an empty exception; expected offload or mode"))
            }
            Rule { offload: Some(OffloadWish::Off), mode: Some(_), .. } => {
                Err(A::Error::custom("a mode beside offload: off; expected one of the two"))
            }
            _ => Ok(rule),
        }
    }
}
