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
    can_be_shown(&error.to_string(), 1024 + 16 * bytes.len());
    if let ConfigError::Wrong { line, .. } = error {
        assert!((1..=2 + bytes.split(|byte| matches!(byte, b'\n' | b'\r')).count()).contains(&line), "line {line}");
    }
}
