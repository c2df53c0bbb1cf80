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
use crate::daemons::{Dialect, LineOrigin};

/// Reads the lines of one log.
#[derive(Debug)]
pub struct Frames {
    /// Whose lines are looked for.
    dialect: &'static dyn Dialect,
    joined: Joined,
    pub contents: Contents,
}

impl Frames {
    pub fn new(dialect: &'static dyn Dialect) -> Self {
        Self { dialect, joined: Joined::default(), contents: Contents::default() }
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
            let (dialect, contents) = (self.dialect, &mut self.contents);
            return self.joined.push(&piece, |text| take(contents, (text, time), dialect, &mut tell));
        }
        if let Some(entry) = exported::read(line) {
            return told(&mut self.contents, entry.of(self.dialect.identifiers()), &mut tell);
        }
        take(&mut self.contents, (line, None), self.dialect, &mut tell)
    }

    /// What is torn is thrown away: the file was cut.
    pub fn discard(&mut self) {
        self.joined = Joined::default();
    }
}

/// The one line of the daemon in a line of its log, if there is one. Nothing is put together.
pub fn single<T>(
    line: &[u8],
    dialect: &'static dyn Dialect,
    mut tell: impl FnMut(DaemonLine<'_>) -> Option<T>,
) -> Option<T> {
    let mut found = None;
    let Ok(()) = Frames::new(dialect).read::<std::convert::Infallible>(line, |line| {
        found = tell(line);
        Ok(found.is_some())
    });
    found
}

/// One line, which no container and no journal surrounds; `time` is of what did.
fn take<E>(
    contents: &mut Contents,
    (line, time): (&[u8], Option<Stamp>),
    dialect: &dyn Dialect,
    tell: &mut impl FnMut(DaemonLine<'_>) -> Result<bool, E>,
) -> Result<(), E> {
    match plain(line, dialect) {
        // Programs of a container write there as they like, and each line of it is one: a time and a word are no syslog yet.
        FramedLine::Other(name, _, pid) if time.is_some() && pid.is_none() => {
            contents.other(name, WrittenBy::Daemon);
            Ok(())
        }
        FramedLine::Daemon(line) => {
            told(contents, FramedLine::Daemon(DaemonLine { time: time.or(line.time), ..line }), tell)
        }
        FramedLine::Bare(text) => {
            let known = tell(by_daemon(time, text))?;
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

fn plain<'a>(line: &'a [u8], dialect: &dyn Dialect) -> FramedLine<'a> {
    let own = dialect.own_line(line);
    if let Some(own) = own {
        let time = stamp::whole(own.stamp);
        if time.is_some() || own.stamp.is_empty() {
            return FramedLine::Daemon(by_daemon(time, own.text));
        }
    }
    let Some(entry) = syslog::read(line) else {
        // A time of a form that is not known, or none at all.
        return own.map_or(FramedLine::Bare(line), |own| FramedLine::Daemon(by_daemon(None, own.text)));
    };
    if !entry.is_of(dialect.identifiers()) {
        return FramedLine::Other(entry.program, WrittenBy::Syslog, entry.pid);
    }
    let text = once(entry.message);
    FramedLine::Daemon(DaemonLine {
        time: entry.time,
        pid: entry.pid,
        by: WrittenBy::Syslog,
        text,
        told: LineOrigin::default(),
    })
}

fn by_daemon(time: Option<Stamp>, text: &[u8]) -> DaemonLine<'_> {
    DaemonLine { time, pid: None, by: WrittenBy::Daemon, text, told: LineOrigin::default() }
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
