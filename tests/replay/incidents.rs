//! Each line of the page on incidents names a case that says what the line says.

use std::path::Path;

use serde_json::Value;

const PAGE: &str = include_str!("../../contrib/docs/incidents.md");

/// Finding, reason and case of each line of a table.
fn lines() -> Vec<[&'static str; 3]> {
    let cells = |line: &'static str| -> Vec<&'static str> {
        line.split(" | ").map(|cell| cell.trim_matches([' ', '|', '`'])).collect()
    };
    let rows = PAGE.lines().filter(|line| line.starts_with("| ") && line.contains("` |")).map(cells);
    rows.map(|cells| [cells[2], cells[3], cells[4]]).collect()
}

#[test]
fn every_incident_has_a_case_that_says_it() {
    let lines = lines();
    assert!(lines.len() > 30, "{} lines", lines.len());
    for [code, reason, case] in lines {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay/cases").join(case).join("told.jsonl");
        let told = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let findings = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["finding"].clone());
        let said = findings.into_iter().any(|finding| finding["code"] == code && finding["reason"] == reason);
        assert!(said, "{case} does not say {code} ({reason})");
    }
}
