//! `daemon: auto | libreswan | none | {kind, socket, log, unit, whack, restart}`

use std::fmt;
use std::path::PathBuf;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::keys::KnownKey;
use super::words::{absolute_path, is_absolute, text, word};
use super::{DaemonChoice, DaemonPlace, LogPlace};

const KEYS: &[&str] = &["kind", "socket", "log", "unit", "whack", "restart"];

/// Reads the value of `daemon`.
pub(super) struct Daemon;

impl<'de> DeserializeSeed<'de> for Daemon {
    type Value = DaemonChoice;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<DaemonChoice, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Daemon {
    type Value = DaemonChoice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("auto, libreswan, none or a mapping of kind, socket, log, unit, whack, restart")
    }

    fn visit_str<E: Error>(self, found: &str) -> Result<DaemonChoice, E> {
        match found {
            "auto" => Ok(DaemonChoice::Auto),
            "libreswan" => Ok(DaemonChoice::Libreswan(DaemonPlace::default())),
            "none" => Ok(DaemonChoice::None),
            _ => Err(E::custom(format_args!(
                "«{found}» is not known; expected auto, libreswan, none or a mapping of kind, socket, log, unit, whack, restart"
            ))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DaemonChoice, A::Error> {
        let mut place = DaemonPlace::default();
        let mut seen = Vec::new();
        while let Some(key) = map.next_key_seed(KnownKey { known: KEYS, seen: &mut seen })? {
            match key {
                "socket" => place.socket = Some(map.next_value_seed(absolute_path())?),
                "log" => place.log = Some(map.next_value_seed(text("journal or an absolute path", log_place))?),
                "unit" => place.unit = Some(map.next_value_seed(text("a unit's name, as ipsec.service", unit))?),
                "whack" => place.whack = Some(map.next_value_seed(absolute_path())?),
                "restart" => place.restart = map.next_value_seed(Command)?,
                _ => map.next_value_seed(word(&["libreswan"], &[()]))?,
            }
        }
        if !seen.contains(&"kind") {
            return Err(A::Error::custom("the key kind is missing; expected kind: libreswan"));
        }
        Ok(DaemonChoice::Libreswan(place))
    }
}

/// A program by its absolute path, and its arguments: no shell reads them.
struct Command;

impl<'de> DeserializeSeed<'de> for Command {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Command {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of a program's absolute path and its arguments, as [/usr/sbin/ipsec, start]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = list.next_element_seed(text("a text", |word| Some(word.to_owned())))? {
            if word.contains('\0') {
                return Err(A::Error::custom("a word of a command cannot hold a zero byte"));
            }
            if words.is_empty() && !word.starts_with('/') {
                return Err(A::Error::custom(format_args!("found «{word}», expected the absolute path of a program")));
            }
            words.push(word);
        }
        if words.is_empty() {
            return Err(A::Error::invalid_length(0, &self));
        }
        Ok(words)
    }
}

fn log_place(found: &str) -> Option<LogPlace> {
    if found == "journal" {
        return Some(LogPlace::Journal);
    }
    Some(PathBuf::from(found)).filter(|path| is_absolute(path)).map(LogPlace::File)
}

/// systemd.unit(5): at most 255 of these characters, and a suffix.
fn unit(found: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    let named = found.strip_suffix(".service").is_some_and(|name| !name.is_empty());
    (named && found.len() <= 255 && found.chars().all(allowed)).then(|| found.to_owned())
}
