//! Fuzz targets: lines of a daemon's log, from a file and from the journal.

use std::sync::LazyLock;

use super::Lines;
pub(crate) use super::journal::fuzz::entries as journal;
use super::teller::{Origin, Teller};
use crate::daemons::dialect;
use crate::fuzzing::{can_be_shown, comes_back};
use crate::model::{DaemonKind, What};
use crate::text::MAX_BYTES;

static TELLER: LazyLock<Teller> = LazyLock::new(|| Teller::new(dialect(DaemonKind::default())));

/// However a log is torn into pieces, its lines are the same, and what they say can be kept and shown.
pub(crate) fn lines(bytes: &[u8]) {
    let whole = split(bytes, usize::MAX);
    let piece = 1 + bytes.first().map_or(0, |byte| usize::from(*byte));
    assert_eq!(split(bytes, piece), whole);
    whole.iter().for_each(|line| tell(line));
}

fn split(bytes: &[u8], piece: usize) -> Vec<Vec<u8>> {
    let (mut lines, mut split) = (Lines::default(), Vec::new());
    for piece in bytes.chunks(piece) {
        let Ok(()) = lines.push::<std::convert::Infallible>(piece, |line| {
            split.push(line.to_vec());
            Ok(())
        });
    }
    split
}

/// What the grammar makes of a line.
pub(super) fn tell(line: &[u8]) {
    if let Some(What::Log(told)) = TELLER.tell(line, Origin::default()) {
        can_be_shown(&told.text, MAX_BYTES);
        comes_back(&*told);
    }
}
