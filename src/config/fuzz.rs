//! Fuzz target: swanwatch.yaml.

use std::path::Path;

use super::{Config, ConfigError};
use crate::fuzzing::can_be_shown;

/// Two readings agree, and what is wrong is said of a place that is there.
pub(crate) fn configuration(bytes: &[u8]) {
    let read = || Config::parse(Path::new("swanwatch.yaml"), bytes);
    let once = read();
    assert_eq!(once.as_ref().ok(), read().as_ref().ok());
    let Err(error) = once else { return };
    for said in error.all() {
        can_be_shown(&said, 1024 + 16 * bytes.len());
    }
    if let ConfigError::Wrong(wrong) = error {
        let lines = 1..=2 + bytes.split(|byte| matches!(byte, b'\n' | b'\r')).count();
        wrong.lines().for_each(|line| assert!(lines.contains(&line), "line {line}"));
    }
}
