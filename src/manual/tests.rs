use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;
use crate::model::Code;

/// `SWANWATCH_UPDATE=1` writes it anew.
fn is_as_written(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib").join(path);
    if std::env::var_os("SWANWATCH_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{} is not the list's: run with SWANWATCH_UPDATE=1", path.display());
}

#[test]
fn every_code_has_its_page_and_its_message() {
    let ids: BTreeSet<_> = pages().map(|(_, page)| page.message).collect();
    for code in Code::ALL {
        let page = page(code).unwrap_or_else(|| panic!("{code} has no page in src/engine/findings"));
        for text in [page.title, page.meaning, page.impact, page.cure] {
            assert!(!text.is_empty() && !text.contains('\n'), "{code}: {text}");
        }
        assert!(!page.diagnosis.is_empty(), "{code}");
        for text in page.diagnosis.iter().chain([&page.meaning, &page.cure]) {
            let is_place = |at: usize| text[at + 1..].starts_with(|c: char| c.is_ascii_lowercase());
            assert!(!text.match_indices('{').any(|(at, _)| is_place(at)), "{code}: {text}");
        }
        // A version 4 UUID, as sd-id128 makes them.
        assert_eq!((page.message >> 76 & 0xf, page.message >> 62 & 0b11), (4, 0b10), "{code}");
    }
    assert_eq!(ids.len(), Code::ALL.len());
}

#[test]
fn the_runbooks_are_the_lists_and_no_others() {
    let mut expected = BTreeSet::new();
    for (code, page) in pages() {
        is_as_written(&format!("runbooks/{code}.md"), &runbook(code, page));
        expected.insert(PathBuf::from(format!("{code}.md")));
    }
    for health in HEALTH {
        is_as_written(&format!("runbooks/{}.md", health.page), &health_runbook(health));
        expected.insert(PathBuf::from(format!("{}.md", health.page)));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib/runbooks");
    let found: BTreeSet<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| PathBuf::from(entry.unwrap().file_name())).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_readmes_table_is_the_lists() {
    const HEAD: &str = "| code | what is wrong |\n| --- | --- |\n";
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (before, rest) = readme.split_once(HEAD).unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    let rows: Vec<_> = Code::ALL.iter().map(|code| format!("| `{code}` | {} |", code.wrong())).collect();
    is_as_written("../README.md", &format!("{before}{HEAD}{}\n\n{after}", rows.join("\n")));
}

#[test]
fn the_rules_and_their_cases_are_the_lists() {
    is_as_written("prometheus/swanwatch.rules.yml", &rules());
    is_as_written("prometheus/swanwatch.test.yml", &rules_tests());
}

#[test]
fn the_catalog_is_the_lists() {
    is_as_written("journal/swanwatch.catalog", &catalog());
}

/// What a machine can hold of plain English: no guillemets, the singular for one, commands that fit a terminal.
#[test]
fn the_words_are_as_they_are_pasted_and_counted() {
    let plural = regex::Regex::new(r"\b1 (SAs|tunnels|connections|selectors|policies|times|minutes|pairs)\b").unwrap();
    let wrong = |text: &str| text.contains(['«', '»']) || plural.is_match(text);
    let mut found = Vec::new();
    for (code, page) in pages() {
        let texts = [page.title, page.meaning, page.impact, page.cure];
        let commands = page.diagnosis.iter().filter(|command| command.chars().count() > 100);
        found.extend(commands.map(|command| format!("{code}: longer than 100: {command}")));
        let texts = texts.iter().chain(page.diagnosis).filter(|text| wrong(text));
        found.extend(texts.map(|text| format!("{code}: {text}")));
    }
    let cases = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay/cases")).unwrap();
    let files: Vec<_> = cases.map(|case| case.unwrap().path().join("told.jsonl")).collect();
    let mut lines_seen = 0;
    for file in files {
        // A case that tells nothing has no such file.
        for line in std::fs::read_to_string(&file).unwrap_or_default().lines() {
            lines_seen += 1;
            let told: serde_json::Value = serde_json::from_str(line).unwrap();
            let lines = strings(&told).into_iter().filter(|text| wrong(text));
            found.extend(lines.map(|text| format!("{}: {text}", file.display())));
        }
    }
    assert!(lines_seen > 100, "{lines_seen}");
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn strings(value: &serde_json::Value) -> Vec<&str> {
    match value {
        serde_json::Value::String(text) => vec![text],
        serde_json::Value::Array(items) => items.iter().flat_map(strings).collect(),
        serde_json::Value::Object(fields) => fields.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}
