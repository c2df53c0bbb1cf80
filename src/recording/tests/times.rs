//! Times that no clock has shown.

use serde_json::{Value, json};

use super::{all, observations, read, replay, written};
use crate::recording::RecordingError;

const LAST: u64 = 1 << 62;

/// The observation's line with `value` in place of what `path` leads to.
fn with(line: &str, path: &str, value: u64) -> String {
    let mut seen: Value = serde_json::from_str(line).unwrap();
    *seen.pointer_mut(path).unwrap_or_else(|| panic!("no {path} in {line}")) = json!(value);
    format!("{seen}\n")
}

/// A recording of this one observation.
fn alone(seen: &str) -> Vec<u8> {
    let header = json!({"swanwatch-recording": 2, "version": "", "partial": false});
    format!("{header}\n{seen}").into_bytes()
}

/// Paths of all numbers in it that are times, by the names that they have.
fn times(value: &Value, path: &str, found: &mut Vec<String>) {
    const NAMES: [&str; 18] = [
        "at",
        "took",
        "worked",
        "add_time",
        "use_time",
        "start_ticks",
        "not_before",
        "began",
        "tried",
        "waits",
        "over",
        "waited",
        "others_worked",
        "throttled",
        "memory",
        "busy",
        "disk",
        "asker_waited",
    ];
    let below = |path: &str| NAMES.iter().any(|name| path.contains(&format!("/{name}")));
    match value {
        Value::Number(_) if below(path) => found.push(path.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(number, item)| times(item, &format!("{path}/{number}"), found));
        }
        Value::Object(fields) => fields.iter().for_each(|(name, field)| times(field, &format!("{path}/{name}"), found)),
        _ => {}
    }
}

#[test]
fn no_time_of_any_kind_of_observation_may_be_beyond_2_to_the_62() {
    let mut names = std::collections::BTreeSet::new();
    for line in observations().iter().map(|seen| serde_json::to_string(seen).unwrap()) {
        let mut found = Vec::new();
        times(&serde_json::from_str(&line).unwrap(), "", &mut found);
        for path in found {
            let error = all(&alone(&with(&line, &path, LAST + 1))).unwrap_err();
            assert!(
                matches!(error, RecordingError::Time { line: 2, value, .. } if value == LAST + 1),
                "{path}: {error}"
            );
            assert!(error.to_string().starts_with("line 2 of the recording holds a time that is none"), "{error}");
            assert_eq!(all(&alone(&with(&line, &path, LAST))).map(|seen| seen.len()).ok(), Some(1), "{path} in {line}");
            names.insert(path.rsplit('/').find(|name| name.parse::<usize>().is_err()).unwrap().to_owned());
        }
    }
    for name in ["at", "took", "worked", "add_time", "use_time", "start_ticks", "not_before", "began"] {
        assert!(names.contains(name), "no sample has {name}: {names:?}");
    }
}

#[test]
fn the_end_of_time_does_not_hold_a_replay_up() {
    let file = written(false);
    let first = String::from_utf8(file).unwrap().lines().nth(1).unwrap().to_owned();
    let error = replay(read(&alone(&with(&first, "/at", u64::MAX))).unwrap()).err().unwrap();
    assert!(error.to_string().contains("at is 18446744073709551615"), "{error}");
    let replayed = replay(read(&alone(&with(&first, "/at", LAST))).unwrap()).unwrap();
    assert_eq!(replayed.end.observations, 1);
}
