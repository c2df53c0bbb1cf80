//! What notes are made of.

use crate::model::Note;

/// Connections named in a note; more are counted.
const NAMED: usize = 3;

/// Notes of one kind; what is beyond is counted in the last one.
const MOST: usize = 8;

pub(super) fn note(name: &str, summary: String, advice: &str) -> Note {
    Note { name: name.to_owned(), summary, advice: advice.to_owned() }
}

/// The first names, and how many more there are.
pub(super) fn and_more(names: &[&str]) -> String {
    let first = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(NAMED) {
        Some(more) if more > 0 => format!("{first} and {more} more connections"),
        _ => first,
    }
}

/// The first of them, and how many more there are.
pub(super) fn few(notes: impl Iterator<Item = Note>) -> Vec<Note> {
    let mut all: Vec<Note> = notes.collect();
    let more = all.len().saturating_sub(MOST);
    if more > 0 {
        all.truncate(MOST);
        if let Some(last) = all.last_mut() {
            last.summary.push_str(&format!("; {more} more such differences are not listed"));
        }
    }
    all
}
