//! `daemon: auto | libreswan | none | {kind, socket, log, unit, whack, restart}`

use std::ffi::OsStr;
use std::fmt;
use std::path::{Component, Path, PathBuf};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::keys::KnownKey;
use super::words::{is_absolute, text, word};
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
                "socket" => place.socket = Some(map.next_value_seed(Lasting::PATH)?),
                "log" => place.log = Some(map.next_value_seed(Lasting::LOG)?),
                "unit" => place.unit = Some(map.next_value_seed(text("a unit's name, as ipsec.service", unit))?),
                "whack" => place.whack = Some(map.next_value_seed(Lasting::PATH)?),
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

/// A place that means the same for as long as the service runs.
struct Lasting<T> {
    expected: &'static str,
    check: fn(&str) -> Option<T>,
    path: fn(&T) -> Option<&Path>,
}

impl Lasting<PathBuf> {
    const PATH: Self = Self {
        expected: "an absolute path",
        check: |found| Some(PathBuf::from(found)).filter(|path| is_absolute(path)),
        path: |path| Some(path),
    };
}

impl Lasting<LogPlace> {
    const LOG: Self = Self {
        expected: "journal or an absolute path",
        check: log_place,
        path: |place| match place {
            LogPlace::File(path) => Some(path),
            LogPlace::Journal => None,
        },
    };
}

impl<'de, T> DeserializeSeed<'de> for Lasting<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<T> Visitor<'_> for Lasting<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, found: &str) -> Result<T, E> {
        let place = (self.check)(found)
            .ok_or_else(|| E::custom(format_args!("found «{found}», expected {}", self.expected)))?;
        if (self.path)(&place).is_some_and(leads_through_a_process) {
            return Err(E::custom(format_args!(
                "found «{found}», which ends with that process, and may lead to another one's files then; share the folder with this host \
                 instead (a volume, or a bind mount) and name it by a path outside of /proc"
            )));
        }
        Ok(place)
    }
}

/// `/proc/PID/root/…` and its like, however it is written, and wherever procfs is mounted.
fn leads_through_a_process(path: &Path) -> bool {
    let mut walked: Vec<&OsStr> = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(walked.pop()),
            Component::Normal(name) => walked.push(name),
            _ => {}
        }
        let (proc, process) = match walked.as_slice() {
            [.., proc, process] => (*proc, process.as_encoded_bytes()),
            _ => continue,
        };
        let is_process = process.iter().all(u8::is_ascii_digit) || process == b"self" || process == b"thread-self";
        if proc == "proc" && is_process {
            return true;
        }
    }
    false
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_ends_with_a_process_is_known_however_it_is_written() {
        for path in [
            "/proc/219/root/run/pluto/pluto.ctl",
            "//proc/./219/root/run/pluto.ctl",
            "/run/../proc/self/root/run/pluto.ctl",
            "/proc/thread-self/cwd/pluto.ctl",
            "/host/proc/1/root/run/pluto.ctl",
            "/proc/219/../220/fd/3",
        ] {
            assert!(leads_through_a_process(Path::new(path)), "{path}");
        }
        for path in ["/run/pluto/pluto.ctl", "/srv/proc/pluto.ctl", "/run/219/pluto.ctl", "/proc", "/procs/1/x"] {
            assert!(!leads_through_a_process(Path::new(path)), "{path}");
        }
    }
}
