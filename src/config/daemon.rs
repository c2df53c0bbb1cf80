//! `daemon: auto | libreswan | none | {kind, socket, log, unit, whack, restart}`

use std::path::Path;

use super::choices::{DaemonChoice, DaemonPlace, LogChoice};
use super::node_at::NodeAt;
use super::paths::{absolute, lasting};

const KEYS: &[&str] = &["kind", "socket", "log", "unit", "whack", "restart"];
const EXPECTED: &str = "auto, libreswan, none or a mapping of kind, socket, log, unit, whack, restart";

/// The value of `daemon`.
pub(super) fn daemon(place: &NodeAt<'_>) -> Option<DaemonChoice> {
    match place.as_text() {
        Some("auto") => Some(DaemonChoice::Auto),
        Some("libreswan") => Some(DaemonChoice::Named(DaemonPlace::default())),
        Some("none") => Some(DaemonChoice::None),
        Some(found) => {
            place.wrong(|quote| format!("{} is not known; expected {EXPECTED}", quote(found)));
            None
        }
        None => places(place).map(DaemonChoice::Named),
    }
}

fn places(place: &NodeAt<'_>) -> Option<DaemonPlace> {
    let mut places = DaemonPlace::default();
    let mut kind = false;
    for (key, value) in place.keys(KEYS, EXPECTED)? {
        match key {
            "socket" => places.socket = lasting(&value, "an absolute path", absolute, |path| Some(path)),
            "log" => places.log = log(&value),
            "unit" => places.unit = value.text("a unit's name, as ipsec.service", unit),
            "whack" => places.program = lasting(&value, "an absolute path", absolute, |path| Some(path)),
            "restart" => places.restart = command(&value).unwrap_or_default(),
            _ => {
                kind = true;
                value.word(&[("libreswan", ())]);
            }
        }
    }
    if !kind {
        place.wrong(|_| "the key kind is missing; expected kind: libreswan".to_owned());
    }
    Some(places)
}

fn log(value: &NodeAt<'_>) -> Option<LogChoice> {
    let read = |found: &str| match found {
        "journal" => Some(LogChoice::Journal),
        path => absolute(path).map(LogChoice::File),
    };
    lasting(value, "journal or an absolute path", read, |place| match place {
        LogChoice::File(path) => Some(path),
        LogChoice::Journal => None,
    })
}

/// A program by its absolute path, and its arguments: no shell reads them.
fn command(value: &NodeAt<'_>) -> Option<Vec<String>> {
    let expected = "a list of a program's absolute path and its arguments, as [/usr/sbin/ipsec, start]";
    let items = value.items(expected)?;
    if items.is_empty() {
        value.wrong(|_| format!("found an empty list, expected {expected}"));
    }
    let mut words = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let Some(word) = item.text("a text", |word| Some(word.to_owned())) else { continue };
        if word.contains('\0') {
            item.wrong(|_| "a word of a command cannot hold a zero byte".to_owned());
        }
        if number == 0 && !Path::new(&word).is_absolute() {
            item.is_not("the absolute path of a program");
        }
        words.push(word);
    }
    Some(words)
}

/// systemd.unit(5): at most 255 of these characters, and a suffix.
fn unit(found: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    let named = found.strip_suffix(".service").is_some_and(|name| !name.is_empty());
    (named && found.len() <= 255 && found.chars().all(allowed)).then(|| found.to_owned())
}
