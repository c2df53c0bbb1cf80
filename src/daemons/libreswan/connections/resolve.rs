//! What each connection is after `conn %default` and `also=` (lib/libipsecconf/confread.c).

use std::collections::{BTreeMap, BTreeSet};

use super::ConnSection;
use crate::model::{AtStart, ConfiguredConnection};

/// Connections; with more nothing is said.
const MOST: usize = 2_048;

/// Sections that one connection takes settings from.
const MOST_ALSO: usize = 64;

/// Several names of one setting, the one that is shown first.
const ALIASES: [(&str, &str); 4] =
    [("keylife", "salifetime"), ("lifetime", "salifetime"), ("ipsec-lifetime", "salifetime"), ("phase2alg", "esp")];

type RawSettings = BTreeMap<&'static str, Option<String>>;

/// Every connection of these sections.
pub(super) fn connections(sections: &[ConnSection]) -> Option<Vec<ConfiguredConnection>> {
    let (defaults, named): (Vec<_>, Vec<_>) = sections.iter().partition(|section| section.name == "%default");
    let mut by_name: BTreeMap<&str, Vec<&ConnSection>> = BTreeMap::new();
    // Other names of this kind are pluto's own.
    for section in named.iter().filter(|section| !section.name.starts_with('%')) {
        by_name.entry(&section.name).or_default().push(section);
    }
    if by_name.len() > MOST {
        return None;
    }
    let mut default = RawSettings::new();
    for section in defaults {
        // Releases differ in what that means.
        if section.settings.iter().any(|(name, _)| name.starts_with("also")) {
            return None;
        }
        default.extend(once_each(section));
    }
    let connection = |(name, sections): (&&str, &Vec<&ConnSection>)| connection(name, sections, &default, &by_name);
    Some(by_name.iter().map(connection).collect())
}

fn connection(
    name: &str,
    sections: &[&ConnSection],
    default: &RawSettings,
    by_name: &BTreeMap<&str, Vec<&ConnSection>>,
) -> ConfiguredConnection {
    let mut found = ConfiguredConnection { connection: name.to_owned(), certain: true, ..Default::default() };
    let mut own = RawSettings::new();
    let mut todo: Vec<&ConnSection> = sections.to_vec();
    let mut been = BTreeSet::from([name]);
    // Of two with one name each release takes another.
    found.certain = sections.len() == 1;
    while let Some(section) = todo.pop() {
        for (key, value) in once_each(section) {
            match (key, value) {
                ("alsoflip", _) => found.certain = false,
                ("also", _) => {}
                (key, value) => match own.get(key) {
                    // A connection that says two things is refused, by some releases.
                    Some(other) if *other != value => drop(own.insert(key, None)),
                    _ => drop(own.insert(key, value)),
                },
            }
        }
        for (_, also) in section.settings.iter().filter(|(key, _)| *key == "also") {
            let Some(also) = also.as_deref() else {
                found.certain = false;
                continue;
            };
            match by_name.get(also).map(Vec::as_slice) {
                Some([one]) if been.len() < MOST_ALSO => {
                    if been.insert(&one.name) {
                        todo.push(one);
                    }
                }
                Some(_) => found.certain = false,
                None => {
                    found.certain = false;
                    // Only some releases take several names in one value.
                    if !also.contains([' ', '\t', ',']) {
                        found.lacks.get_or_insert_with(|| also.to_owned());
                    }
                }
            }
        }
    }
    let mut settings = default.clone();
    settings.extend(own);
    found.start = start(&settings);
    settings.remove("auto");
    found.settings = settings.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    found
}

/// A section's settings under one name each; one that is there twice, with two values, is not understood.
fn once_each(section: &ConnSection) -> RawSettings {
    let mut once = RawSettings::new();
    for (key, value) in &section.settings {
        let key = ALIASES.iter().find(|(alias, _)| alias == key).map_or(*key, |(_, name)| name);
        let known = once.entry(key).or_insert_with(|| value.clone());
        if known != value && key != "also" {
            *known = None;
        }
    }
    once
}

/// What becomes of it at the start. Groups have connections made of them, under names of their own.
fn start(settings: &RawSettings) -> AtStart {
    let value = |key| settings.get(key).and_then(Option::as_deref);
    let is_group = |key| {
        value(key).is_some_and(|host: &str| ["%opportunistic", "%group"].iter().any(|group| host.starts_with(group)))
    };
    if is_group("left") || is_group("right") {
        return AtStart::Nothing;
    }
    match value("auto") {
        Some("add" | "keep") => AtStart::Loads,
        Some("ondemand" | "route") => AtStart::Routes,
        Some("start" | "up") => AtStart::BringsUp,
        _ => AtStart::Nothing,
    }
}
