//! From lines to observations.

use jiff::tz::TimeZone;

use crate::clock;
use crate::daemons::Dialect;
use crate::model::{Coverage, LogLine, LogSeverity, RealTime, Source, SourceState, Statement, What};
use crate::text::LocalTime;

/// What the source of a line knows of it besides its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin {
    /// When it was written, where the line does not say it itself.
    pub time: Option<RealTime>,
    pub pid: Option<u32>,
    /// Written before swanwatch began to watch.
    pub past: bool,
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

    /// The observation that a line is, if it means anything.
    pub fn tell(&self, line: &[u8], origin: Origin) -> Option<What> {
        let known = self.dialect.read_line(line)?;
        let time = origin.time.or_else(|| self.resolve(known.time?));
        Some(What::Log(Box::new(LogLine {
            time,
            pid: origin.pid,
            past: origin.past,
            severity: known.severity,
            about: known.about,
            says: known.says,
            text: known.text,
        })))
    }

    fn resolve(&self, time: LocalTime) -> Option<RealTime> {
        time.latest(clock::real_time(), &self.zone)
    }
}

/// Lines are missing in the log; `text` says how that is known.
pub fn missing(lines: Option<u64>, text: String, origin: Origin) -> What {
    What::Log(Box::new(LogLine {
        time: origin.time,
        pid: origin.pid,
        past: origin.past,
        severity: LogSeverity::Warning,
        about: None,
        says: Statement::Missing { lines },
        text,
    }))
}

/// What is said about this source.
pub const fn coverage(state: SourceState, detail: String) -> Coverage {
    Coverage { source: Source::Log, state, detail }
}
