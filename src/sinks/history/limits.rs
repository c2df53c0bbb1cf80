//! How much is kept, and how often a file that cannot be written is tried again.

use std::time::Duration;

/// Beyond age and size the oldest entries go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Older than this before the newest entry.
    pub(super) age: Duration,
    /// Bytes of the file.
    pub(super) bytes: i64,
    /// Between two tries: nothing tells when a disk has room again.
    pub(super) again: Duration,
}

impl Default for Limits {
    /// A quarter of a year, and 64 MiB: some 50,000 findings.
    fn default() -> Self {
        Self { age: Duration::from_secs(90 * 86_400), bytes: 64 << 20, again: Duration::from_secs(10) }
    }
}
