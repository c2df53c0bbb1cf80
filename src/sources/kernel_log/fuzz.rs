//! Fuzz target: records of `/dev/kmsg`.

use super::line::Line;
use super::record::Record;
use crate::fuzzing::can_be_shown;
use crate::text::presentable;

/// A record is one line, and whom it is about are words of it.
pub(crate) fn records(bytes: &[u8]) {
    let Some(record) = Record::parse(bytes) else { return };
    assert!(!record.text.contains('\n'));
    can_be_shown(&presentable(record.text), 1024);
    if let Some(line) = Line::parse(record.text) {
        for word in [Some(line.driver), line.on_bus, line.interface].into_iter().flatten() {
            assert!(!word.contains([' ', '\n']), "{word:?}");
        }
    }
}
