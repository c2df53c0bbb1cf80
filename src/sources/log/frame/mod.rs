//! What surrounds a line in the log that it is read from: a stamp, a syslog header, a container's or the journal's wrapping. One reader for all of
//! them, which finds out by each line what it is and hands on what is the daemon's.

mod container;
mod contents;
mod exported;
mod line;
mod stamp;
mod syslog;

pub use self::contents::Contents;
pub use self::line::{DaemonLine, WrittenBy};
pub use self::stamp::Stamp;

use self::container::Joined;
use self::line::FramedLine;
use crate::text::LocalTime;

/// Reads the lines of one log.
#[derive(Debug)]
pub struct Frames {
    /// What the daemon calls itself in a log.
    program: &'static str,
    joined: Joined,
    pub contents: Contents,
}

impl Frames {
    pub fn new(program: &'static str) -> Self {
        Self { program, joined: Joined::default(), contents: Contents::default() }
    }

    /// Gives every line of the daemon in a line of the log to `tell`, which says whether it means something. Mostly that is one; a container
    /// may have torn it into several, or put several into one.
    ///
    /// # Errors
    /// Those of `tell`; it is not called again then.
    pub fn read<E>(&mut self, line: &[u8], mut tell: impl FnMut(DaemonLine<'_>) -> Result<bool, E>) -> Result<(), E> {
        // A daemon that does not append leaves a hole where its file was cut.
        let hole = line.iter().take_while(|byte| **byte == 0).count();
        let line = line.get(hole..).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(piece) = container::read(line) {
            let time = piece.time;
            let (program, contents) = (self.program, &mut self.contents);
            return self.joined.push(&piece, |text| take(contents, (text, time), program, &mut tell));
        }
        if let Some(entry) = exported::read(line) {
            return told(&mut self.contents, entry.of(self.program), &mut tell);
        }
        take(&mut self.contents, (line, None), self.program, &mut tell)
    }

    /// What is torn is thrown away: the file was cut.
    pub fn discard(&mut self) {
        self.joined = Joined::default();
    }
}

/// The one line of the daemon in a line of its log, if there is one. Nothing is put together.
pub fn single<T>(line: &[u8], program: &'static str, mut tell: impl FnMut(DaemonLine<'_>) -> Option<T>) -> Option<T> {
    let mut found = None;
    let Ok(()) = Frames::new(program).read::<std::convert::Infallible>(line, |line| {
        found = tell(line);
        Ok(found.is_some())
    });
    found
}

/// One line, which no container and no journal surrounds; `time` is of what did.
fn take<E>(
    contents: &mut Contents,
    (line, time): (&[u8], Option<Stamp>),
    program: &str,
    tell: &mut impl FnMut(DaemonLine<'_>) -> Result<bool, E>,
) -> Result<(), E> {
    match plain(line, program) {
        // Programs of a container write there as they like, and each line of it is one: a time and a word are no syslog yet.
        FramedLine::Other(name, _, pid) if time.is_some() && pid.is_none() => {
            contents.other(name, WrittenBy::Daemon);
            Ok(())
        }
        FramedLine::Daemon(line) => {
            told(contents, FramedLine::Daemon(DaemonLine { time: time.or(line.time), ..line }), tell)
        }
        FramedLine::Bare(text) => {
            let known = tell(DaemonLine { time, pid: None, by: WrittenBy::Daemon, text })?;
            contents.bare(text, known);
            Ok(())
        }
        found @ FramedLine::Other(..) => told(contents, found, tell),
    }
}

fn told<E>(
    contents: &mut Contents,
    found: FramedLine<'_>,
    tell: &mut impl FnMut(DaemonLine<'_>) -> Result<bool, E>,
) -> Result<(), E> {
    match found {
        FramedLine::Daemon(line) => {
            contents.daemon(line.by);
            tell(line)?;
        }
        FramedLine::Other(program, by, _) => contents.other(program, by),
        FramedLine::Bare(_) => {}
    }
    Ok(())
}

fn plain<'a>(line: &'a [u8], program: &str) -> FramedLine<'a> {
    if LocalTime::read(line).is_some_and(|(_, rest)| rest.starts_with(b": ")) {
        return FramedLine::Daemon(DaemonLine { time: None, pid: None, by: WrittenBy::Daemon, text: line });
    }
    match syslog::read(line) {
        None => FramedLine::Bare(line),
        Some(entry) if entry.is_of(program) => {
            let text = once(entry.message);
            FramedLine::Daemon(DaemonLine { time: entry.time, pid: entry.pid, by: WrittenBy::Syslog, text })
        }
        Some(entry) => FramedLine::Other(entry.program, WrittenBy::Syslog, entry.pid),
    }
}

/// rsyslog writes a line that comes several times once (`$RepeatedMsgReduction`): `message repeated 3 times: [ TEXT]`.
fn once(message: &[u8]) -> &[u8] {
    let repeated = || {
        let rest = message.strip_prefix(b"message repeated ")?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest.get(digits..)?.strip_prefix(b" times: [ ")?.strip_suffix(b"]")
    };
    repeated().unwrap_or(message)
}

#[cfg(test)]
mod tests;
