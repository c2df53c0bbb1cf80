//! Fuzz target: tables of probed devices.

use std::path::Path;

use super::remembered::parse;
use crate::fuzzing::comes_back;

/// A table that is understood is kept as it is.
pub(crate) fn tables(bytes: &[u8]) {
    if let Ok(table) = parse(Path::new("eth1.json"), bytes) {
        comes_back(&table);
        assert!(table.is_of(&table.device, table.driver.as_deref(), table.firmware.as_deref(), &table.kernel));
    }
}
