//! Each type has a name of its own: what is read in one file is not something else in another.

use std::collections::BTreeMap;

use crate::own_source;

const KEYWORDS: [&str; 5] = ["struct", "enum", "union", "trait", "type"];

/// The name that a line gives to a type; none for a type that belongs to a trait, which is named there.
fn defined(line: &str) -> Option<&str> {
    let (indented, line) = (line.starts_with(' '), line.trim_start());
    let line = match line.strip_prefix("pub(").and_then(|rest| rest.split_once(") ")) {
        Some((_, rest)) => rest,
        None => line.strip_prefix("pub ").unwrap_or(line),
    };
    let (keyword, rest) = line.split_once(' ')?;
    let end = rest.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(rest.len());
    let name = rest.get(..end).filter(|name| name.starts_with(char::is_uppercase))?;
    (KEYWORDS.contains(&keyword) && !(keyword == "type" && indented)).then_some(name)
}

#[test]
fn each_type_has_a_name_of_its_own() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, text) in own_source::files("src") {
        for name in text.lines().filter_map(defined) {
            places.entry(name.to_owned()).or_default().push(file.clone());
        }
    }
    assert!(places.len() > 800, "{} types are not all of them", places.len());
    let twice: Vec<_> = places.iter().filter(|(_, files)| files.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:#?}");
}

#[test]
fn a_line_that_defines_a_type_is_known() {
    for (line, name) in [
        ("pub struct Sa {", Some("Sa")),
        ("    pub(in crate::engine) enum How<'a> {", Some("How")),
        ("pub(super) type Rows = Vec<Row>;", Some("Rows")),
        ("    type Err = SpiError;", None),
        ("trait Talks: Send {", Some("Talks")),
        ("// struct Sa", None),
        ("impl Sa {", None),
    ] {
        assert_eq!(defined(line), name, "{line}");
    }
}
