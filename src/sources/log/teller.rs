//! From lines to observations.

use jiff::tz::TimeZone;

use super::frame::{DaemonLine, Stamp, WrittenBy};
use crate::clock;
use crate::daemons::{Dialect, LineOrigin, LogReader};
use crate::model::{Coverage, LogLine, LogSeverity, RealTime, Source, SourceState, Statement, What};

/// What the source of a line knows of it besides its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin<'a> {
    /// When it was written, by whoever surrounds it.
    pub time: Option<Stamp>,
    pub pid: Option<u32>,
    /// Written before swanwatch began to watch.
    pub past: bool,
    /// Anybody may have written it.
    pub forgeable: bool,
    /// What the daemon itself told beside the line.
    pub told: LineOrigin<'a>,
}

/// Reads one log with one daemon's grammar.
#[derive(Debug)]
pub struct Teller {
    reader: Box<dyn LogReader>,
    zone: TimeZone,
}

impl Teller {
    /// For one log of one kind of daemon, with this host's time zone.
    pub fn new(dialect: &dyn Dialect) -> Self {
        Self { reader: dialect.reader(), zone: TimeZone::system() }
    }

    /// The observations that a line is, if it means anything.
    pub fn tell(&mut self, line: &[u8], origin: Origin<'_>) -> Vec<What> {
        let written = self.resolve(origin.time, origin.past);
        let Some(known) = self.reader.read(line, &LineOrigin { time: written, ..origin.told }) else {
            return Vec::new();
        };
        let own = known.time.map(Stamp::Local);
        let time = match origin.time {
            Some(time) if !time.is_fine() => self.resolve(own.or(origin.time), origin.past),
            Some(_) => written,
            None => self.resolve(own, origin.past),
        };
        let besides = known.besides.map(|(says, text)| (known.about.clone(), says, text));
        let lines = std::iter::once((known.about, known.says, known.text)).chain(besides);
        let observation = |(about, says, text)| {
            What::Log(Box::new(LogLine {
                time,
                pid: origin.pid,
                past: origin.past,
                forgeable: origin.forgeable,
                severity: known.severity,
                about,
                says,
                text,
            }))
        };
        lines.map(observation).collect()
    }

    /// The same of one that was read from its surroundings.
    pub fn tell_framed(&mut self, line: &DaemonLine<'_>, origin: Origin<'_>) -> Vec<What> {
        let forgeable = origin.forgeable || line.by == WrittenBy::Syslog;
        let (time, pid, told) = (line.time, line.pid, line.told);
        self.tell(line.text, Origin { time, pid, past: origin.past, forgeable, told })
    }

    /// Lines are missing in the log; `text` says how that is known.
    pub fn missing(&self, lines: Option<u64>, text: String, origin: Origin<'_>) -> What {
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
