//! Where in its log the running daemon began.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use jiff::tz::TimeZone;
use memchr::memmem;

use super::super::frame::{Frames, Stamp, single};
use crate::clock;
use crate::daemons::Dialect;
use crate::model::{RealTime, Statement};

/// How far back it is looked for.
const MAX_BYTES: u64 = 64 << 20;

/// Bytes looked at in one step.
const STEP: u64 = 1 << 20;

/// Bytes in which syslog would show.
const LOOKED_AT: u64 = 64 << 10;

/// No line of a daemon is longer; this much of a step's neighbour is looked at too.
const MAX_LINE: u64 = 4 << 10;

/// The clock of a log may be of whole seconds, and a process is a little older than its first line.
const BEFORE: Duration = Duration::from_secs(2);

/// Whose beginning is looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct SoughtLife {
    /// Its process, where it is known.
    pub pid: Option<u32>,
    /// When that was started.
    pub started: Option<RealTime>,
}

impl SoughtLife {
    /// Something written at `time` may be of this life.
    fn may_have_written(&self, time: Option<RealTime>) -> bool {
        self.started.zip(time).is_none_or(|(started, time)| time >= started.before(BEFORE))
    }
}

/// A line with which a daemon started.
#[derive(Clone, Copy, Debug)]
struct StartLine {
    place: u64,
    pid: Option<u32>,
    time: Option<RealTime>,
    /// It tells the version: such a line may stand before one that does not.
    tells_version: bool,
}

/// The place where the last line begins with which the daemon of this process (of any, where none is known) started; else where the last daemon of this kind did; else
/// the beginning of what is looked at. Where such lines name no process, their time has to do, and that of what was written since.
pub fn start_of(file: &File, length: u64, dialect: &'static dyn Dialect, life: SoughtLife) -> u64 {
    let oldest = length.saturating_sub(MAX_BYTES);
    let finders: Vec<_> = dialect.start_markers().iter().map(memmem::FinderRev::new).collect();
    let mut own: Option<StartLine> = None;
    let mut of_another: Option<StartLine> = None;
    let mut end = length;
    while end > oldest {
        let begin = end.saturating_sub(STEP).max(oldest);
        let from = begin.saturating_sub(MAX_LINE);
        let Some(text) = read(file, from, (end + MAX_LINE).min(length)) else { break };
        let inside = usize::try_from(end - from).unwrap_or(usize::MAX).min(text.len());
        let inside = text.get(..inside).unwrap_or_default();
        let mut found: Vec<usize> = finders.iter().flat_map(|finder| finder.rfind_iter(inside)).collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        for found in found {
            let Some(start) = start_line(&text, from, found, dialect) else { continue };
            if own.is_some_and(|own| own.place <= start.place) {
                continue;
            }
            if let Some(own) = own {
                // The same daemon's first, or an earlier daemon's last.
                let is_its = !own.tells_version && start.tells_version && life.may_have_written(start.time);
                return if is_its { start.place } else { own.place };
            }
            if start.pid.is_some() && (life.pid.is_none() || start.pid == life.pid) {
                return start.place;
            }
            if start.pid.is_none() && life.may_have_written(start.time) {
                own = Some(start);
            } else {
                of_another.get_or_insert(start);
            }
        }
        end = begin;
    }
    if let Some(own) = own {
        return own.place;
    }
    match of_another {
        Some(start) if start.pid.is_none() => first_written(file, start.place, length, (dialect, life)),
        Some(start) => start.place,
        None => first_line(file, oldest, length),
    }
}

/// The line around `found`, where a daemon starts with it; `text` stands at `from` in the file.
fn start_line(text: &[u8], from: u64, found: usize, dialect: &'static dyn Dialect) -> Option<StartLine> {
    let start = memchr::memrchr(b'\n', text.get(..found)?).map_or(0, |at| at + 1);
    let rest = text.get(start..)?;
    let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len()))?;
    single(line, dialect, |line| {
        let known = dialect.reader().read(line.text, &line.told)?;
        let Statement::Starting { pid, version } = known.says else { return None };
        let place = from + u64::try_from(start).unwrap_or(0);
        let time = resolved(line.time.or(known.time.map(Stamp::Local)));
        Some(StartLine { place, pid, time, tells_version: version.is_some() })
    })
}

/// The first line from `from` on that tells a time of this life; else `from`, as nothing better is known.
fn first_written(file: &File, from: u64, length: u64, (dialect, life): (&'static dyn Dialect, SoughtLife)) -> u64 {
    let mut begin = from;
    while begin < length {
        let Some(text) = read(file, begin, begin.saturating_add(STEP).min(length)) else { break };
        let whole = memchr::memrchr(b'\n', &text).map_or(text.len(), |at| at + 1);
        let mut at = begin;
        for line in text.get(..whole).unwrap_or_default().split_inclusive(|byte| *byte == b'\n') {
            let time = single(line.strip_suffix(b"\n").unwrap_or(line), dialect, |line| resolved(line.time));
            if time.is_some() && life.may_have_written(time) {
                return at;
            }
            at += u64::try_from(line.len()).unwrap_or(0);
        }
        begin += u64::try_from(whole.max(1)).unwrap_or(1);
    }
    from
}

fn resolved(time: Option<Stamp>) -> Option<RealTime> {
    time?.resolve(clock::real_time(), &TimeZone::system(), true)
}

/// Whether syslog writes into the file, by what stands at its beginning and around this place. A line of its may hold a line feed, and then what looks like
/// a line of the daemon's own: so one is not looked at alone.
pub fn is_syslogs(file: &File, place: u64, length: u64, dialect: &'static dyn Dialect) -> bool {
    let around = (place.saturating_sub(LOOKED_AT), place.saturating_add(LOOKED_AT).min(length));
    [(0, LOOKED_AT.min(length)), around].into_iter().any(|(from, to)| {
        let text = read(file, from, to).unwrap_or_default();
        let mut frames = Frames::new(dialect);
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
        let life = SoughtLife { pid: pid.into(), started: None };
        start_of(&file, u64::try_from(text.len()).unwrap(), dialect(DaemonKind::Libreswan), life)
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

    // --- starts that name no process

    fn place_since(text: &str, started: &str) -> u64 {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let started = RealTime::from_micros(started.parse::<jiff::Timestamp>().unwrap().as_microsecond());
        let life = SoughtLife { pid: Some(9), started: Some(started) };
        start_of(&file, u64::try_from(text.len()).unwrap(), dialect(DaemonKind::Strongswan), life)
    }

    fn begins(time: &str, with_version: bool) -> String {
        let first =
            format!("{time} 00[DMN] Starting charon-systemd IKE daemon (strongSwan 6.0.1, Linux 6.12.0, x86_64)\n");
        let first = if with_version { first } else { String::new() };
        format!(
            "{first}{time} 00[LIB] providers loaded by OpenSSL: default\n{time} 00[LIB] loaded plugins: charon-systemd random\n"
        )
    }

    #[test]
    fn of_several_lives_the_last_that_may_be_this_ones_is_found() {
        let (old, new) = ("2026-06-01T10:00:00Z", "2026-06-01T12:00:00Z");
        for with_version in [true, false] {
            let first = format!("{}{old} 05[IKE] x\n", begins(old, with_version));
            let text = format!("{first}{}{new} 05[IKE] y\n", begins(new, with_version));
            // The line of the version, or that of the plugins where there is no other.
            let behind =
                if with_version { 0 } else { begins(new, false).find("00[LIB] loaded").unwrap() - new.len() - 1 };
            assert_eq!(place_since(&text, new), (first.len() + behind) as u64, "{with_version}");
            // It began without a word: what was written since counts.
            let later = format!("{first}{new} 05[IKE] y\n");
            assert_eq!(place_since(&later, new), first.len() as u64, "{with_version}");
        }
        // Nothing tells a time: the last start has to do.
        let text = format!("{}05[IKE] x\n", begins("x", true));
        assert_eq!(place_since(&format!("{text}{text}"), new), text.len() as u64);
    }
}
