//! `daemon: auto | libreswan | strongswan | none | {kind, socket, log, unit, whack, restart}`

use std::path::Path;

use super::choices::{DaemonChoice, DaemonPlace, LogChoice};
use super::node_at::{NodeAt, WordList};
use super::paths::{absolute, lasting};
use crate::model::DaemonKind;

const KEYS: &[&str] = &["kind", "socket", "log", "unit", "whack", "restart"];
const EXPECTED: &str = "auto, libreswan, strongswan, none or a mapping of kind, socket, log, unit, whack, restart";

const KINDS: &WordList<DaemonKind> = &[("libreswan", DaemonKind::Libreswan), ("strongswan", DaemonKind::Strongswan)];

/// The value of `daemon`.
pub(super) fn daemon(place: &NodeAt<'_>) -> Option<DaemonChoice> {
    let Some(found) = place.as_text() else { return places(place).map(DaemonChoice::Named) };
    let kind = KINDS.iter().find(|(word, _)| *word == found).map(|(_, kind)| *kind);
    match found {
        "auto" => Some(DaemonChoice::Auto),
        "none" => Some(DaemonChoice::None),
        _ if kind.is_some() => Some(DaemonChoice::Named(DaemonPlace { kind, ..DaemonPlace::default() })),
        _ => {
            place.wrong(|quote| format!("{} is not known; expected {EXPECTED}", quote(found)));
            None
        }
    }
}

fn places(place: &NodeAt<'_>) -> Option<DaemonPlace> {
    let mut places = DaemonPlace::default();
    let (mut kind, mut asked_by) = (false, None);
    for (key, value) in place.keys(KEYS, EXPECTED)? {
        match key {
            "socket" => places.socket = lasting(&value, "an absolute path", absolute, |path| Some(path)),
            "log" => places.log = log(&value),
            "unit" => places.unit = value.text("a unit's name, as ipsec.service", unit),
            "whack" => {
                places.program = lasting(&value, "an absolute path", absolute, |path| Some(path));
                asked_by = Some(value);
            }
            "restart" => places.restart = command(&value).unwrap_or_default(),
            _ => {
                kind = true;
                places.kind = value.word(KINDS);
            }
        }
    }
    if !kind {
        place.wrong(|_| "the key kind is missing; expected kind: libreswan or kind: strongswan".to_owned());
    }
    if let Some(value) = asked_by.filter(|_| places.kind == Some(DaemonKind::Strongswan)) {
        let said = "strongSwan is asked over its control socket, and by no program: the key whack is libreswan's alone";
        place.wrong_key(&value, |_| said.to_owned());
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
