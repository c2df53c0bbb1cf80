//! Standard output: its width, its colours.

use std::io::{IsTerminal, Write};

use jiff::tz::TimeZone;

use super::failure::CommandFailure;

/// Where text is wrapped that goes to no terminal.
const WIDTH: usize = 120;

/// Narrower than this nothing can be laid out.
const NARROWEST: usize = 40;

/// How text is shown.
#[derive(Clone, Debug)]
pub(super) struct Style {
    pub(super) colour: bool,
    /// Columns of a line.
    pub(super) width: usize,
    /// Whose time people are shown.
    pub(super) zone: TimeZone,
}

/// What a colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// As it should be.
    Good,
    Warning,
    Critical,
    /// What a person came for.
    Strong,
    /// What may be skipped.
    Quiet,
}

/// Columns of the terminal that standard output is; of what is none, what COLUMNS says (POSIX), if it is set.
pub(super) fn screen() -> Option<usize> {
    let output = std::io::stdout();
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    let terminal = output.is_terminal().then(|| rustix::termios::tcgetwinsize(&output).ok()).flatten();
    terminal.map(|size| usize::from(size.ws_col)).or_else(told).filter(|columns| *columns > 0)
}

/// Writes to standard output, at once.
pub(super) fn print(text: &str) -> Result<(), CommandFailure> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes())?;
    Ok(output.flush()?)
}

impl Style {
    /// For the standard output that we have: colours only on a terminal, and not where `NO_COLOR` is set (no-color.org).
    pub(super) fn of_stdout() -> Self {
        let output = std::io::stdout();
        let terminal = output.is_terminal();
        let width = screen().map_or(WIDTH, |columns| columns.max(NARROWEST));
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { colour: terminal && wanted, width, zone: TimeZone::system() }
    }

    /// `text` in its tone.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        // ECMA-48 SGR.
        let code = match tone {
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Critical => "1;31",
            Tone::Strong => "1",
            Tone::Quiet => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
