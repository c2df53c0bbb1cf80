//! Keys of a mapping: each known, each once, and an error stands at the key that is wrong.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

/// Reads the next key of a mapping as its place in `known`.
pub(super) struct KnownKey<'a> {
    /// Every key there is, as it is written.
    pub(super) known: &'static [&'static str],
    /// Those read so far; a second one is an error.
    pub(super) seen: &'a mut Vec<&'static str>,
}

/// Reads the next key of a mapping whose keys are free text.
pub(super) struct FreeKey<'a> {
    /// What such a key is, for messages.
    pub(super) expected: &'static str,
    /// Those read so far; a second one is an error.
    pub(super) seen: &'a mut Vec<String>,
}

/// `a, b or c`
pub(super) struct OneOf(pub(super) &'static [&'static str]);

// === impl KnownKey ===

impl<'de> DeserializeSeed<'de> for KnownKey<'_> {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'static str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KnownKey<'_> {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", OneOf(self.known))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<&'static str, E> {
        let Some(known) = self.known.iter().find(|known| **known == key) else {
            return Err(E::custom(format_args!("the key «{key}» is not known; expected {}", OneOf(self.known))));
        };
        if self.seen.contains(known) {
            return Err(E::custom(format_args!("the key «{key}» stands here a second time; expected it once")));
        }
        self.seen.push(known);
        Ok(known)
    }
}

// === impl FreeKey ===

impl<'de> DeserializeSeed<'de> for FreeKey<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for FreeKey<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<String, E> {
        if key.is_empty() {
            return Err(E::custom(format_args!("an empty key; expected {}", self.expected)));
        }
        if self.seen.iter().any(|seen| seen == key) {
            return Err(E::custom(format_args!("«{key}» stands here a second time; expected it once")));
        }
        self.seen.push(key.to_owned());
        Ok(key.to_owned())
    }
}

// === impl OneOf ===

impl fmt::Display for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("nothing"),
            [only] => f.write_str(only),
            [first @ .., last] => write!(f, "{} or {last}", first.join(", ")),
        }
    }
}
