//! Values: one of some words, an absolute path, a name.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

use super::keys::OneOf;

/// Reads one of some words as its meaning.
pub(super) struct Word<T: 'static> {
    words: &'static [&'static str],
    meanings: &'static [T],
}

/// Reads a text that `check` accepts.
pub(super) struct Text<T> {
    expected: &'static str,
    check: fn(&str) -> Option<T>,
}

/// Words and, at the same places, their meanings.
pub(super) const fn word<T: Copy>(words: &'static [&'static str], meanings: &'static [T]) -> Word<T> {
    Word { words, meanings }
}

/// A path from the root.
pub(super) const fn absolute_path() -> Text<PathBuf> {
    Text { expected: "an absolute path", check: |text| Some(PathBuf::from(text)).filter(|path| is_absolute(path)) }
}

/// `expected` says what `check` accepts.
pub(super) const fn text<T>(expected: &'static str, check: fn(&str) -> Option<T>) -> Text<T> {
    Text { expected, check }
}

pub(super) fn is_absolute(path: &Path) -> bool {
    path.is_absolute() && !path.as_os_str().as_encoded_bytes().contains(&0)
}

impl<'de, T: Copy> DeserializeSeed<'de> for Word<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        // `any`, so that a number or a list is named as what it is.
        deserializer.deserialize_any(self)
    }
}

impl<T: Copy> Visitor<'_> for Word<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", OneOf(self.words))
    }

    fn visit_str<E: Error>(self, found: &str) -> Result<T, E> {
        let place = self.words.iter().position(|word| *word == found);
        let meaning = place.and_then(|place| self.meanings.get(place)).copied();
        meaning.ok_or_else(|| E::custom(format_args!("«{found}» is not known; expected {}", OneOf(self.words))))
    }
}

impl<'de, T> DeserializeSeed<'de> for Text<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, found: &str) -> Result<T, E> {
        (self.check)(found).ok_or_else(|| E::custom(format_args!("found «{found}», expected {}", self.expected)))
    }
}
