//! From lines to observations.

use jiff::tz::TimeZone;

use super::frame::{DaemonLine, Stamp, WrittenBy};
use crate::clock;
use crate::daemons::Dialect;
use crate::model::{Coverage, LogLine, LogSeverity, RealTime, Source, SourceState, Statement, What};

/// What the source of a line knows of it besides its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin {
    /// When it was written, by whoever surrounds it.
    pub time: Option<Stamp>,
    pub pid: Option<u32>,
    /// Written before swanwatch began to watch.
    pub past: bool,
    /// Anybody may have written it.
    pub forgeable: bool,
}

/// Reads lines with one daemon's grammar.
#[derive(Debug)]
pub struct Teller {
    dialect: &'static dyn Dialect,
    zone: TimeZone,
}

impl Teller {
    /// For one kind of daemon, with this host's time zone.
    pub fn new(dialect: &'static dyn Dialect) -> Self {
        Self { dialect, zone: TimeZone::system() }
    }

    /// What the daemon calls itself in a log.
    pub fn program(&self) -> &'static str {
        self.dialect.process_name()
    }

    /// The observation that a line is, if it means anything.
    pub fn tell(&self, line: &[u8], origin: Origin) -> Option<What> {
        let known = self.dialect.read_line(line)?;
        let own = known.time.map(Stamp::Local);
        let written = match origin.time {
            Some(time) if !time.is_fine() => own.or(origin.time),
            time => time.or(own),
        };
        Some(What::Log(Box::new(LogLine {
            time: self.resolve(written, origin.past),
            pid: origin.pid,
            past: origin.past,
            forgeable: origin.forgeable,
            severity: known.severity,
            about: known.about,
            says: known.says,
            text: known.text,
        })))
    }

    /// The same of one that was read from its surroundings.
    pub fn tell_framed(&self, line: &DaemonLine<'_>, origin: Origin) -> Option<What> {
        let forgeable = origin.forgeable || line.by == WrittenBy::Syslog;
        self.tell(line.text, Origin { time: line.time, pid: line.pid, past: origin.past, forgeable })
    }

    /// Lines are missing in the log; `text` says how that is known.
    pub fn missing(&self, lines: Option<u64>, text: String, origin: Origin) -> What {
        What::Log(Box::new(LogLine {
            time: self.resolve(origin.time, origin.past),
            pid: origin.pid,
            past: origin.past,
            forgeable: origin.forgeable,
            severity: LogSeverity::Warning,
            about: None,
            says: Statement::Missing { lines },
            text,
        }))
    }

    fn resolve(&self, time: Option<Stamp>, past: bool) -> Option<RealTime> {
        time?.resolve(clock::real_time(), &self.zone, past)
    }
}

/// What is said about this source.
pub const fn coverage(state: SourceState, detail: String) -> Coverage {
    Coverage { source: Source::Log, state, detail }
}
