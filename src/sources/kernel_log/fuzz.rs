//! Fuzz target: records of `/dev/kmsg`.

use super::line::KernelLine;
use super::record::KernelRecord;
use crate::fuzzing::can_be_shown;
use crate::text::presentable;

/// A record is one line, and whom it is about are words of it.
pub(crate) fn records(bytes: &[u8]) {
    let Some(record) = KernelRecord::parse(bytes) else { return };
    assert!(!record.text.contains('\n'));
    can_be_shown(&presentable(record.text), 1024);
    if let Some(line) = KernelLine::parse(record.text) {
        for word in [Some(line.driver), line.on_bus, line.interface].into_iter().flatten() {
            assert!(!word.contains([' ', '\n']), "{word:?}");
        }
    }
}
