//! The pages that are written by hand: what they name is there, and how they are written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The files below these folders and files, with their texts.
fn texts(below: &[&str]) -> BTreeMap<PathBuf, String> {
    let mut left: Vec<_> = below.iter().map(|name| Path::new(ROOT).join(name)).collect();
    let mut found = BTreeMap::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            found.insert(path.strip_prefix(ROOT).unwrap().to_owned(), text);
        }
    }
    found
}

/// The type that a line of source says what it is.
fn defined(line: &str) -> Option<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let kinds = ["struct ", "enum ", "trait ", "type "];
    let (_, rest) = kinds.iter().find_map(|kind| line.split_once(kind))?;
    rest.split(|c| !is_word(c)).next()
}

#[test]
fn every_type_that_the_glossary_names_is_there() {
    let glossary = include_str!("../../contrib/docs/glossary.md");
    let sources = texts(&["src"]);
    let there: BTreeSet<_> = sources.values().flat_map(|text| text.lines()).filter_map(defined).collect();
    let named: Vec<_> = glossary.split("**`").skip(1).map(|rest| rest.split_once("`**").unwrap().0).collect();
    assert!(named.len() > 40, "{named:?}");
    for name in named {
        assert!(there.contains(name), "contrib/docs/glossary.md names the type '{name}', and src has none");
    }
}

#[test]
fn every_word_of_the_glossary_has_its_sentence_and_its_source() {
    let glossary = include_str!("../../contrib/docs/glossary.md");
    let rows = glossary.lines().filter(|line| line.starts_with("| ")).filter(|line| !line.starts_with("| word "));
    for row in rows.filter(|row| !row.starts_with("| ---")) {
        let [_, word, sentence, source, ..] = row.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        assert!(!word.is_empty() && sentence.ends_with('.') && !source.is_empty(), "{row}");
        assert!(!sentence.trim_end_matches('.').contains(". "), "more than one sentence: {row}");
    }
}

/// A path of this project in a page: in backquotes, below one of its folders, and no pattern.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    const FOLDERS: [&str; 4] = ["src/", "tests/", "contrib/", "systemd/"];
    let quoted = text.split('`').skip(1).step_by(2);
    let first = quoted.filter_map(|quoted| quoted.split_whitespace().next());
    first
        .filter(|path| FOLDERS.iter().any(|folder| path.starts_with(folder)) && !path.contains(['*', '<', '{', '…']))
        .filter(|path| !path.split('/').any(|part| part.chars().any(|c| c.is_ascii_uppercase()) && !part.contains('.')))
}

#[test]
fn every_path_that_a_page_names_is_there() {
    let mut checked = 0;
    let pages = texts(&["README.md", "CONTRIBUTING.md", "SECURITY.md", "contrib/README.md", "contrib/docs"]);
    for (page, text) in pages {
        // In a block, backquotes are what is drawn.
        let prose: String = text.split("```").step_by(2).collect();
        for path in paths(&prose) {
            assert!(Path::new(ROOT).join(path).exists(), "{}: there is no {path}", page.display());
            checked += 1;
        }
    }
    assert!(checked > 50, "{checked} paths");
}

/// The documentation is installed laid out as in the sources.
#[test]
fn what_is_named_below_the_installed_documentation_is_there() {
    const INSTALLED: &str = "/usr/share/doc/swanwatch/";
    let mut checked = 0;
    for (file, text) in texts(&["src", "README.md", "contrib", "systemd"]) {
        for rest in text.split(INSTALLED).skip(1) {
            let is_path = |c: char| c.is_ascii_alphanumeric() || "._-/@".contains(c);
            let (path, next) = rest.split_at(rest.find(|c| !is_path(c)).unwrap_or(rest.len()));
            // What the program fills in is checked in what it writes.
            if !next.starts_with('{') {
                let path = path.trim_end_matches('.');
                assert!(Path::new(ROOT).join(path).exists(), "{}: {INSTALLED}{path}", file.display());
                checked += 1;
            }
        }
    }
    assert!(checked > 30, "{checked} paths");
}

#[test]
fn commands_stand_in_quotes_that_can_be_pasted() {
    for (page, text) in texts(&["README.md", "CONTRIBUTING.md", "SECURITY.md", "contrib", "systemd", "tests/run"]) {
        for (number, line) in text.lines().enumerate() {
            assert!(!line.contains(['«', '»']), "{}:{}: {line}", page.display(), number + 1);
        }
    }
}
