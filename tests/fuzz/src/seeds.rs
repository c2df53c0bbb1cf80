//! What a target begins with: inputs that are kept, what the project's own tests feed its parser with, recordings and what earlier
//! versions wrote.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use swanwatch::testing::fuzzing::FuzzTarget;

use crate::literals;

/// Where the project is.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Files of the project that a target begins with: a folder, and how their names end.
const FILES: [(&str, &str, &str); 10] = [
    ("recordings", "tests/replay/cases", "recording.jsonl"),
    ("recordings", "tests/fixtures", ".jsonl"),
    ("state", "tests/fixtures", "state.json"),
    ("history", "tests/fixtures", "history.db"),
    ("queue", "tests/fixtures", "0.json"),
    ("trace-pages", "src/sources/trace/samples", "/page"),
    ("trace-formats", "src/sources/trace/samples", ".format"),
    ("trace-formats", "src/sources/trace/samples", "header_page"),
    ("trace-removals", "src/sources/trace/removals/samples", "/page"),
    ("trace-histograms", "src/sources/trace/senders/samples", "/hist"),
];

/// Words of a length that is worth trying.
const WORD: std::ops::RangeInclusive<usize> = 2..=40;

/// Writes the inputs into a folder that it makes, and the words beside it. Returns how many inputs there are.
pub fn write(target: &FuzzTarget, folder: &Path) -> io::Result<usize> {
    let root = Path::new(ROOT);
    let (mut inputs, mut words) = (BTreeSet::new(), BTreeSet::new());
    for below in target.literals {
        let found = literals::below(&root.join(below))?;
        words.extend(found.iter().filter(|word| WORD.contains(&word.len())).cloned());
        inputs.extend(found);
    }
    let kept = [(target.name, "tests/fuzz/seeds", "")];
    for (_, below, ending) in FILES.iter().chain(&kept).filter(|(name, ..)| *name == target.name) {
        let below = if ending.is_empty() { root.join(below).join(target.name) } else { root.join(below) };
        for file in files(&below, ending)? {
            inputs.insert(std::fs::read(file)?);
        }
    }
    std::fs::create_dir_all(folder)?;
    let mut count = 0;
    for mut input in inputs {
        // The beginning of a recording is one, too.
        input.truncate(target.longest);
        if !input.is_empty() {
            std::fs::write(folder.join(format!("seed-{count:04}")), input)?;
            count += 1;
        }
    }
    std::fs::write(folder.with_extension("dict"), dictionary(&words))?;
    if count == 0 { Err(io::Error::other("there is nothing to begin with")) } else { Ok(count) }
}

/// Files below a folder, which need not be there.
fn files(folder: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.append(&mut files(&path, ending)?);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    Ok(found)
}

/// In the form of libFuzzer: `"\xff…"`, one a line.
fn dictionary(words: &BTreeSet<Vec<u8>>) -> String {
    let mut text = String::new();
    for word in words {
        text.push('"');
        for byte in word {
            let _ = write!(text, "\\x{byte:02x}");
        }
        text.push_str("\"\n");
    }
    text
}
