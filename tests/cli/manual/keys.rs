//! swanwatch.yaml(5) has every key and every word that the reader of the configuration takes, as that says of itself when it meets
//! another one.

use std::collections::{BTreeMap, BTreeSet};

use swanwatch::testing::config::Config;

const PAGE: &str = include_str!("../../../contrib/man/swanwatch.yaml.5");
/// A key and a word of no configuration.
const NONE: &str = "zz";

/// Each line of what is wrong with a configuration.
fn wrong(text: &str) -> Vec<String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    let output = crate::swanwatch(&["check-config", file.path().to_str().unwrap()]);
    crate::stderr(&output).lines().map(str::to_owned).collect()
}

/// What is expected instead: `a, b or c`, at the end of an error about `NONE` itself.
fn expected(text: &str) -> Vec<String> {
    // In quotes, whichever they are: where it is only the place of an error, the error is about something else.
    let is_quoted = |line: &&String| line.split(NONE).skip(1).any(|rest| rest.starts_with(['»', '\'', '`', '"']));
    let lines = wrong(text);
    let listed = lines.iter().find(is_quoted).and_then(|line| line.rsplit_once("expected "));
    let words = listed.map_or("", |(_, words)| words).replace(" or a mapping of ", ", ").replace(" or ", ", ");
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    words.split(", ").filter(is_word).map(str::to_owned).collect()
}

/// What there is below `open … close`, at any depth: each key with where it stands, and each word.
#[derive(Debug, Default)]
struct Found {
    keys: BTreeMap<String, usize>,
    words: BTreeSet<String>,
}

fn below(open: &str, close: &str, depth: usize, found: &mut Found) {
    if depth == 0 {
        return;
    }
    found.words.extend(expected(&format!("{open}{NONE}{close}")));
    found.words.extend(expected(&format!("{open}[{NONE}]{close}")));
    for (more, less) in [("", ""), ("[", "]"), ("{any: ", "}")] {
        for key in expected(&format!("{open}{more}{{{NONE}: 1}}{less}{close}")) {
            below(&format!("{open}{more}{{{key}: "), &format!("}}{less}{close}"), depth - 1, found);
            *found.keys.entry(key).or_default() += 1;
        }
    }
}

/// The tags of the page: a key's says in brackets what may stand there, a word's does not.
fn tags(word: &str) -> (usize, usize) {
    let word = word.replace('-', "\\-");
    let tags = PAGE.split(".TP\n").skip(1).filter_map(|text| text.lines().next());
    let tags = tags.map(|tag| tag.split_once(" (").map_or((tag, false), |(tag, _)| (tag, true)));
    let same = tags.filter(|(tag, _)| tag.trim_end_matches(['"', ' ']).split(' ').nth(1) == Some(&word));
    let (keys, words): (Vec<_>, Vec<_>) = same.partition(|(_, is_key)| *is_key);
    (keys.len(), words.len())
}

#[test]
fn the_page_has_every_key_and_word() {
    let mut found = Found::default();
    below("", "", 3, &mut found);
    // That the errors are still understood here.
    for known in ["daemon", "whack", "listen", "exec", "mode", "restart"] {
        assert!(found.keys.contains_key(known), "{known} is not among {found:?}");
    }
    for known in ["preferred", "packet", "reinstall", "none", "restart"] {
        assert!(found.words.contains(known), "{known} is not among {found:?}");
    }
    for (key, places) in &found.keys {
        assert_eq!(tags(key).0, *places, "contrib/man/swanwatch.yaml.5: tags of the key '{key}'");
    }
    for word in found.words.iter().filter(|word| !found.keys.contains_key(*word) || *word == "restart") {
        let in_a_key = PAGE.contains(&format!("the word \" {word}"));
        assert!(tags(word).1 > 0 || in_a_key, "contrib/man/swanwatch.yaml.5 does not have the word '{word}'");
    }
}

#[test]
fn the_page_has_examples_that_are_right() {
    let mut examples = PAGE.split(".EX\n").skip(1).map(|text| text.split_once(".EE\n").unwrap().0.replace("\\-", "-"));
    let read: Vec<_> = examples.by_ref().map(|text| (Config::parse("x".as_ref(), text.as_bytes()), text)).collect();
    assert!(read.len() >= 5, "{read:?}");
    for (config, text) in read {
        assert!(config.is_ok(), "{text}: {}", config.unwrap_err());
    }
}
