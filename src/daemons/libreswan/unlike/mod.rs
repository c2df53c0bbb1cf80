//! Notes about what ipsec.conf says otherwise than pluto has it.

use std::collections::BTreeMap;

use super::Libreswan;
use super::places::CONFIGURATION;
use crate::daemons::note::{and_more, few, note};
use crate::daemons::{Advice, Advises, Difference, Homeless, Loaded, Unlike};
use crate::model::{AtStart, Note};

/// Connections of which the same is said, with how they are started.
type AlikeConnections<'a> = Vec<(&'a str, AtStart)>;

/// All of them.
pub(super) fn notes(known: &Loaded<'_>) -> Vec<Note> {
    let mut otherwise: BTreeMap<String, AlikeConnections<'_>> = BTreeMap::new();
    let mut missing: BTreeMap<Option<&str>, AlikeConnections<'_>> = BTreeMap::new();
    let mut lacking: BTreeMap<&str, AlikeConnections<'_>> = BTreeMap::new();
    for one in &known.unlike {
        let member = (one.connection, one.start);
        match one.how {
            Unlike::Otherwise(differences) => otherwise.entry(told(known, differences)).or_default().push(member),
            Unlike::NotLoaded { lacks } => missing.entry(lacks.as_deref()).or_default().push(member),
            Unlike::Lacks(section) => lacking.entry(section).or_default().push(member),
        }
    }
    let mut notes = few(otherwise.iter().map(|(told, group)| loaded_otherwise(known, told, group)));
    notes.extend(few(missing.iter().map(|(lacks, group)| not_loaded(known, *lacks, group))));
    notes.extend(few(lacking.iter().map(|(section, group)| not_to_be_loaded(known, section, group))));
    notes.extend(few(known.homeless.iter().map(|one| homeless(known, one))));
    notes
}

fn told(known: &Loaded<'_>, differences: &[Difference]) -> String {
    let loaded: Vec<&str> = differences.iter().map(|one| one.loaded.as_str()).collect();
    let written: Vec<&str> = differences.iter().map(|one| one.written.as_str()).collect();
    format!("loaded with {}, and {} now says {}", loaded.join(" "), known.file, written.join(" "))
}

fn loaded_otherwise(known: &Loaded<'_>, told: &str, group: &AlikeConnections<'_>) -> Note {
    let advice = format!(
        "if the file is right: {}: that takes the tunnels down{}",
        load(known, group, true),
        up_again(known, group)
    );
    note("configuration-changed", format!("{} {told}", are(group)), &advice)
}

fn not_loaded(known: &Loaded<'_>, lacks: Option<&str>, group: &AlikeConnections<'_>) -> Note {
    // As the file of the first has it.
    let start = group.first().map_or(AtStart::Loads, |(_, start)| *start);
    let summary =
        format!("{} not loaded, and {} has {} with auto={}", are(group), known.file, them(group), auto(start));
    let advice = match lacks {
        Some(section) => format!(
            "there is no 'conn {section}', which also={section} names: write it, then {}",
            load(known, group, false)
        ),
        None => format!("{}, and see what it says; or write auto=ignore", load(known, group, false)),
    };
    note("configuration-not-loaded", summary, &advice)
}

fn not_to_be_loaded(known: &Loaded<'_>, section: &str, group: &AlikeConnections<'_>) -> Note {
    let summary = format!(
        "{} loaded, and cannot be loaded again: also={section} names a 'conn {section}' that {} does not have",
        are(group),
        known.file
    );
    let check = Libreswan.advice(Advice::CheckConfiguration, known.version);
    note("configuration-broken", summary, &format!("write it before libreswan starts again; see '{check}'"))
}

fn homeless(known: &Loaded<'_>, one: &Homeless<'_>) -> Note {
    let addresses: Vec<String> = one.addresses.iter().map(ToString::to_string).collect();
    let listen = Libreswan.advice(Advice::Listen, known.version);
    let up = up(known, one.connection);
    let (why, advice) = if one.is_here {
        (
            format!("its address {} came after libreswan last looked", addresses.join(" or ")),
            format!("'{listen}', then '{up}'"),
        )
    } else {
        let none =
            if addresses.len() == 1 { "is on no interface of this host" } else { "are on no interface of this host" };
        let advice =
            format!("bring the address up, then '{listen}' and '{up}'; on a standby node this is as it should be");
        (format!("{} {none}", addresses.join(" and ")), advice)
    };
    let auto = auto(one.start);
    note("connection-unoriented", format!("{} has auto={auto} and cannot come up here: {why}", one.connection), &advice)
}

/// How the first of them is loaded.
fn load(known: &Loaded<'_>, group: &AlikeConnections<'_>, anew: bool) -> String {
    let name = group.first().map_or("NAME", |(name, _)| name);
    let advice = match known.file {
        CONFIGURATION if !anew => Advice::Load(name),
        file => Advice::LoadAnew { name, file },
    };
    let command = Libreswan.advice(advice, known.version);
    let what = if anew { "loads it anew" } else { "loads it" };
    match group.len() {
        0 | 1 => format!("'{command}' {what}"),
        _ => format!("'{command}' {what}, and so for the others"),
    }
}

fn up_again(known: &Loaded<'_>, group: &AlikeConnections<'_>) -> String {
    match group.iter().find(|(_, start)| *start == AtStart::BringsUp) {
        Some((name, _)) => format!(", and '{}' brings one up again", up(known, name)),
        None => String::new(),
    }
}

fn up(known: &Loaded<'_>, name: &str) -> String {
    Libreswan.advice(Advice::BringUp(name), known.version)
}

/// Of several words of one meaning the usual one.
fn auto(start: AtStart) -> &'static str {
    match start {
        AtStart::BringsUp => "start",
        AtStart::Routes => "ondemand",
        AtStart::Loads | AtStart::Nothing => "add",
    }
}

fn are(group: &AlikeConnections<'_>) -> String {
    let names: Vec<&str> = group.iter().map(|(name, _)| *name).collect();
    format!("{} {}", and_more(&names), if names.len() == 1 { "is" } else { "are" })
}

fn them(group: &AlikeConnections<'_>) -> &'static str {
    if group.len() == 1 { "it" } else { "them" }
}

#[cfg(test)]
mod tests;
