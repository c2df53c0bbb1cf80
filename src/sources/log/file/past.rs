//! Where in its log the running daemon began.

use std::fs::File;
use std::os::unix::fs::FileExt;

use memchr::memmem;

use super::super::frame::{Frames, single};
use crate::daemons::Dialect;
use crate::model::Statement;

/// How far back it is looked for.
const MAX_BYTES: u64 = 64 << 20;

/// Bytes looked at in one step.
const STEP: u64 = 1 << 20;

/// Bytes in which syslog would show.
const LOOKED_AT: u64 = 64 << 10;

/// No line of a daemon is longer; this much of a step's neighbour is looked at too.
const MAX_LINE: u64 = 4 << 10;

/// The place where the last line begins with which the daemon of this process (of any, where none is known) started; else where the last daemon of this kind did; else
/// the beginning of what is looked at.
pub fn start_of(file: &File, length: u64, dialect: &dyn Dialect, pid: Option<u32>) -> u64 {
    let oldest = length.saturating_sub(MAX_BYTES);
    let finder = memmem::FinderRev::new(dialect.start_marker());
    let mut of_another = None;
    let mut end = length;
    while end > oldest {
        let begin = end.saturating_sub(STEP).max(oldest);
        let from = begin.saturating_sub(MAX_LINE);
        let Some(text) = read(file, from, (end + MAX_LINE).min(length)) else { break };
        let inside = usize::try_from(end - from).unwrap_or(usize::MAX).min(text.len());
        for found in finder.rfind_iter(text.get(..inside).unwrap_or_default()) {
            let start = memchr::memrchr(b'\n', text.get(..found).unwrap_or_default()).map_or(0, |at| at + 1);
            let rest = text.get(start..).unwrap_or_default();
            let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len())).unwrap_or_default();
            let says =
                single(line, dialect.process_name(), |line| dialect.read_line(line.text)).map(|known| known.says);
            let Some(Statement::Starting { pid: said, .. }) = says else { continue };
            let place = from + u64::try_from(start).unwrap_or(0);
            if pid.is_none() || said == pid {
                return place;
            }
            of_another.get_or_insert(place);
        }
        end = begin;
    }
    of_another.unwrap_or_else(|| first_line(file, oldest, length))
}

/// Whether syslog writes into the file, by what stands at its beginning and around this place. A line of its may hold a line feed, and then what looks like
/// a line of the daemon's own: so one is not looked at alone.
pub fn is_syslogs(file: &File, place: u64, length: u64, program: &'static str) -> bool {
    let around = (place.saturating_sub(LOOKED_AT), place.saturating_add(LOOKED_AT).min(length));
    [(0, LOOKED_AT.min(length)), around].into_iter().any(|(from, to)| {
        let text = read(file, from, to).unwrap_or_default();
        let mut frames = Frames::new(program);
        for line in text.split(|byte| *byte == b'\n') {
            let Ok(()) = frames.read::<std::convert::Infallible>(line, |_| Ok(false));
        }
        frames.contents.is_syslogs()
    })
}

/// The first beginning of a line from `from` on.
fn first_line(file: &File, from: u64, length: u64) -> u64 {
    if from == 0 {
        return 0;
    }
    let text = read(file, from - 1, (from + STEP).min(length)).unwrap_or_default();
    memchr::memchr(b'\n', &text).and_then(|at| u64::try_from(at).ok()).map_or(length, |at| from + at)
}

fn read(file: &File, from: u64, to: u64) -> Option<Vec<u8>> {
    let mut text = vec![0; usize::try_from(to.checked_sub(from)?).ok()?];
    file.read_exact_at(&mut text, from).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::daemons::dialect;
    use crate::model::DaemonKind;

    fn place(text: &str, pid: impl Into<Option<u32>>) -> u64 {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        start_of(&file, u64::try_from(text.len()).unwrap(), dialect(DaemonKind::Libreswan), pid.into())
    }

    fn starting(pid: u32) -> String {
        format!("Jun 10 08:22:28.587472: Starting Pluto (Libreswan Version 4.10 IKEv2) pid:{pid}\n")
    }

    #[test]
    fn the_last_start_of_this_process_is_found() {
        let before = format!("{}old\n{}", starting(7), "x\n".repeat(700_000));
        let text = format!("{before}{}new\n{}", starting(8), "y\n".repeat(2_000_000));
        assert_eq!(place(&text, 8), before.len() as u64);
        assert_eq!(place(&text, 7), 0);
        assert_eq!(place(&text, None), before.len() as u64, "of whoever it is");
        assert_eq!(place(&text, 9), before.len() as u64, "the last daemon's, where none says this process");
    }

    #[test]
    fn a_start_across_two_steps_is_found() {
        for shift in 0..120 {
            let before = "x\n".repeat(50_000);
            let behind = "y".repeat((1 << 20) - shift) + "\n";
            assert_eq!(place(&format!("{before}{}{behind}", starting(8)), 8), before.len() as u64, "{shift}");
        }
    }

    #[test]
    fn a_quoted_start_is_none() {
        let text = format!("{}\"t1\" #1: Peer ID is 'Starting Pluto (Libreswan Version 4.10) pid:8'\n", starting(7));
        assert_eq!(place(&text, 8), 0);
    }

    #[test]
    fn without_a_start_what_is_looked_at_begins_with_a_line() {
        assert_eq!(place("a\nb\n", 8), 0);
        assert_eq!(place("", 8), 0);
        let text = "0123456\n".repeat((64 << 17) + 3);
        assert_eq!(place(&text, 8) % 8, 0);
        assert_eq!(place(&text, 8), 24);
    }
}
