//! The terminal: taken over while it is drawn on, and given back as it was.

use std::io::{self, BufWriter, Stdout, Write, stdout};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate,
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};

use crate::cli::output::Style;
use crate::cli::text::StyledLine;

/// Ours until it is dropped.
pub(super) struct Screen {
    output: BufWriter<Stdout>,
    style: Style,
}

impl Screen {
    /// Takes it over.
    pub(super) fn open() -> io::Result<Self> {
        enable_raw_mode()?;
        // From here on dropping it undoes everything.
        let mut screen = Self { output: BufWriter::new(stdout()), style: Style::of_stdout() };
        execute!(screen.output, EnterAlternateScreen, Hide, DisableLineWrap)?;
        Ok(screen)
    }

    /// How many lines it has.
    pub(super) fn height(&self) -> io::Result<usize> {
        Ok(usize::from(dimensions()?.1))
    }

    /// How lines are made for it.
    pub(super) const fn style(&self) -> &Style {
        &self.style
    }

    /// Shows these lines and nothing else.
    pub(super) fn draw(&mut self, lines: &[StyledLine]) -> io::Result<()> {
        let (columns, height) = dimensions()?;
        self.style.width = usize::from(columns);
        queue!(self.output, BeginSynchronizedUpdate)?;
        for (row, line) in (0..).zip(lines) {
            queue!(self.output, MoveTo(0, row), Print(line.painted(&self.style)), Clear(ClearType::UntilNewLine))?;
        }
        let below = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        if below < height {
            queue!(self.output, MoveTo(0, below), Clear(ClearType::FromCursorDown))?;
        }
        queue!(self.output, EndSynchronizedUpdate)?;
        self.output.flush()
    }
}

/// Columns and lines. A serial console does not know its own (0): then as many as the first terminals had.
fn dimensions() -> io::Result<(u16, u16)> {
    let (columns, lines) = size()?;
    Ok((if columns == 0 { 80 } else { columns }, if lines == 0 { 24 } else { lines }))
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = execute!(self.output, EnableLineWrap, Show, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}
