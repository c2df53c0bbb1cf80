//! Fuzz target: the journal's entries, as journalctl writes them.

use tokio::time::Instant;

use super::entry::JournalEntry;
use super::gaps::Gaps;
use crate::daemons::dialect;
use crate::fuzzing::can_be_shown;
use crate::sources::log::fuzz::{KINDS, told};
use crate::sources::log::teller::{Origin, Teller};

/// Bytes of a message that is written and read again.
const MESSAGE: usize = 256;

/// Entries are read, and a message of any bytes comes through as it is.
pub(crate) fn entries(bytes: &[u8]) {
    let mut gaps = Gaps::default();
    let mut tellers = KINDS.map(|kind| Teller::new(dialect(kind)));
    for entry in bytes.split(|byte| *byte == b'\n').filter_map(JournalEntry::read) {
        if let Some(message) = entry.message() {
            assert!(message.len() <= bytes.len());
            for teller in &mut tellers {
                told(&teller.tell(message, Origin { told: entry.told(), ..Origin::default() }));
            }
        }
        if entry.tells_of_a_gap() && entry.is_gap_of(Some("ipsec.service"), "pluto") {
            gaps.take(entry.left_out(), entry.time(), entry.pid().is_none());
        }
    }
    let (_, said) = gaps.say(Instant::now());
    can_be_shown(&said, 512);
    let message = bytes.get(..MESSAGE).unwrap_or(bytes);
    let written = serde_json::json!({ "MESSAGE": message }).to_string();
    assert_eq!(JournalEntry::read(written.as_bytes()).as_ref().and_then(JournalEntry::message), Some(message));
}
