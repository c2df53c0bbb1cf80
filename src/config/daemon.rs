//! `daemon: auto | libreswan | {kind, socket, log, unit}`

use std::fmt;
use std::path::PathBuf;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::keys::KnownKey;
use super::words::{absolute_path, is_absolute, text, word};
use super::{DaemonChoice, DaemonPlace, LogPlace};

const KEYS: &[&str] = &["kind", "socket", "log", "unit"];

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
        f.write_str("auto, libreswan or a mapping of kind, socket, log, unit")
    }

    fn visit_str<E: Error>(self, found: &str) -> Result<DaemonChoice, E> {
        match found {
            "auto" => Ok(DaemonChoice::Auto),
            "libreswan" => Ok(DaemonChoice::Libreswan(DaemonPlace::default())),
            _ => Err(E::custom(format_args!(
                "«{found}» is not known; expected auto, libreswan or a mapping of kind, socket, log, unit"
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
                _ => map.next_value_seed(word(&["libreswan"], &[()]))?,
            }
        }
        if !seen.contains(&"kind") {
            return Err(A::Error::custom("the key kind is missing; expected kind: libreswan"));
        }
        Ok(DaemonChoice::Libreswan(place))
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
