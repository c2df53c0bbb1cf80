//! Fuzz targets: lines of a daemon's log, from a file and from the journal.

use super::LineSplitter;
use super::frame::{DaemonLine, Frames, single};
pub(crate) use super::journal::fuzz::entries as journal;
use super::lines::MAX_LINE;
use super::teller::{Origin, Teller};
use crate::daemons::{Dialect, dialect};
use crate::fuzzing::{can_be_shown, comes_back};
use crate::model::{DaemonKind, What};
use crate::text::MAX_BYTES;

/// Every daemon's log is read from the same bytes.
pub(super) const KINDS: [DaemonKind; 2] = [DaemonKind::Libreswan, DaemonKind::Strongswan];

/// However a log is torn into pieces, its lines are the same, and what they say can be kept and shown.
pub(crate) fn lines(bytes: &[u8]) {
    let whole = split(bytes, usize::MAX);
    let piece = 1 + bytes.first().map_or(0, |byte| usize::from(*byte));
    assert_eq!(split(bytes, piece), whole);
    for kind in KINDS {
        let dialect = dialect(kind);
        let (mut frames, mut bare, mut framed) = (Frames::new(dialect), Teller::new(dialect), Teller::new(dialect));
        for line in &whole {
            tell(&mut bare, line);
            let Ok(()) = frames.read::<std::convert::Infallible>(line, |line| {
                assert!(line.text.len() <= MAX_LINE && !line.text.contains(&b'\n'));
                Ok(tell_framed(&mut framed, &line))
            });
            comes_through(dialect, line);
        }
        can_be_shown(&frames.contents.says(), 8 * MAX_BYTES);
    }
}

/// Whatever the daemon writes is found again behind what syslog puts before it.
fn comes_through(dialect: &'static dyn Dialect, line: &[u8]) {
    let text = [b"\"a\" ", line].concat();
    let name = dialect.process_name();
    let framed = [format!("Nov 30 01:33:08 gw1 {name}[610]: ").as_bytes(), text.as_slice()].concat();
    let found = single(&framed, dialect, |line| Some((line.text.to_vec(), line.pid)));
    let text = text.strip_suffix(b"\r").unwrap_or(&text);
    assert_eq!(found, Some((text.to_vec(), Some(610))));
}

fn split(bytes: &[u8], piece: usize) -> Vec<Vec<u8>> {
    let (mut lines, mut split) = (LineSplitter::default(), Vec::new());
    for piece in bytes.chunks(piece) {
        let Ok(()) = lines.push::<std::convert::Infallible>(piece, |line| {
            split.push(line.to_vec());
            Ok(())
        });
    }
    split
}

/// What the grammar makes of a line.
pub(super) fn tell(teller: &mut Teller, line: &[u8]) {
    told(&teller.tell(line, Origin::default()));
}

fn tell_framed(teller: &mut Teller, line: &DaemonLine<'_>) -> bool {
    told(&teller.tell_framed(line, Origin::default()))
}

pub(super) fn told(what: &[What]) -> bool {
    for what in what {
        let What::Log(told) = what else { continue };
        can_be_shown(&told.text, MAX_BYTES);
        comes_back(&**told);
    }
    !what.is_empty()
}
