//! Notes about what swanctl.conf says otherwise than charon has it.

use std::collections::BTreeMap;

use super::Strongswan;
use crate::daemons::note::{and_more, few, note};
use crate::daemons::{Advice, Advises, Difference, Loaded, Unlike};
use crate::model::{AtStart, Note};

/// Connections of which the same is said, with how they are started.
type AlikeChildren<'a> = Vec<(&'a str, AtStart)>;

/// All of them.
pub(super) fn notes(known: &Loaded<'_>) -> Vec<Note> {
    let mut otherwise: BTreeMap<String, AlikeChildren<'_>> = BTreeMap::new();
    let mut missing: AlikeChildren<'_> = Vec::new();
    for one in &known.unlike {
        let member = (one.connection, one.start);
        match one.how {
            Unlike::Otherwise(differences) => otherwise.entry(told(known, differences)).or_default().push(member),
            Unlike::NotLoaded { .. } | Unlike::Lacks(_) => missing.push(member),
        }
    }
    let mut notes = few(otherwise.iter().map(|(told, group)| loaded_otherwise(known, told, group)));
    if !missing.is_empty() {
        notes.push(not_loaded(known, &missing));
    }
    notes
}

fn told(known: &Loaded<'_>, differences: &[Difference]) -> String {
    let loaded: Vec<&str> = differences.iter().map(|one| one.loaded.as_str()).collect();
    let written: Vec<&str> = differences.iter().map(|one| one.written.as_str()).collect();
    format!("loaded with {}, and {} now says {}", loaded.join(", "), known.file, written.join(", "))
}

fn loaded_otherwise(known: &Loaded<'_>, told: &str, group: &AlikeChildren<'_>) -> Note {
    let name = group.first().map_or("NAME", |(name, _)| name);
    let [away, up] = [Advice::TakeAway(name), Advice::BringUp(name)].map(|one| Strongswan.advice(one, known.version));
    let advice = format!(
        "if the file is right: '{}' loads it; a tunnel that stands keeps what it was made with until '{away}' and '{up}', and one that it starts or traps by itself may go down at once",
        load(known)
    );
    note("configuration-changed", format!("{} {told}", are(group)), &advice)
}

/// charon refuses a connection for one word that it does not know, and keeps what it had.
fn not_loaded(known: &Loaded<'_>, group: &AlikeChildren<'_>) -> Note {
    let advice = format!(
        "'{}' loads what the file has, or says what is wrong with it: for one value that it does not know charon discards the whole connection",
        load(known)
    );
    note(
        "configuration-not-loaded",
        format!("{} not loaded, and {} has {}", are(group), known.file, them(group)),
        &advice,
    )
}

fn load(known: &Loaded<'_>) -> String {
    Strongswan.advice(Advice::LoadAnew { name: "", file: known.file }, known.version)
}

fn are(group: &AlikeChildren<'_>) -> String {
    let names: Vec<&str> = group.iter().map(|(name, _)| *name).collect();
    format!("{} {}", and_more(&names), if names.len() == 1 { "is" } else { "are" })
}

fn them(group: &AlikeChildren<'_>) -> &'static str {
    if group.len() == 1 { "it" } else { "them" }
}
