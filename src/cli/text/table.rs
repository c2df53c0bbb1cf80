//! Lines with a tone, and tables of them.

use textwrap::core::display_width;

use crate::cli::output::{Style, Tone};

/// One line with what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct StyledLine {
    text: String,
    tone: Option<Tone>,
}

/// What a table is; the number of a column is its place in the header.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextTable<const N: usize> {
    header: [&'static str; N],
    numbers: &'static [usize],
    spare: &'static [usize],
    elastic: Option<(usize, &'static [usize])>,
    sorted: Option<usize>,
    room: usize,
}

/// Narrower than this an elastic column tells nothing.
const NARROWEST: usize = 12;

impl<const N: usize> TextTable<N> {
    /// Columns of text, as wide as it takes.
    pub(super) const fn new(header: [&'static str; N]) -> Self {
        Self { header, numbers: &[], spare: &[], elastic: None, sorted: None, room: usize::MAX }
    }

    /// Numbers stand at the right of their columns.
    pub(super) const fn with_numbers(self, numbers: &'static [usize]) -> Self {
        Self { numbers, ..self }
    }

    /// The columns that are left out where there is no room, the first of them first.
    pub(super) const fn with_spare(self, spare: &'static [usize]) -> Self {
        Self { spare, ..self }
    }

    /// The column whose text is cut before any of these is left out.
    pub(super) const fn with_elastic(self, column: usize, kept: &'static [usize]) -> Self {
        Self { elastic: Some((column, kept)), ..self }
    }

    /// The header of this one is marked, and it is never left out.
    pub(super) const fn sorted_by(self, column: usize) -> Self {
        Self { sorted: Some(column), ..self }
    }

    /// On a screen that is so wide.
    pub(super) const fn within(self, room: usize) -> Self {
        Self { room, ..self }
    }

    /// The header, and the rows.
    pub(super) fn lines(&self, rows: Vec<([String; N], Option<Tone>)>) -> Vec<StyledLine> {
        self.lines_without(&[], rows)
    }

    /// The same, without these columns.
    pub(super) fn lines_without(
        &self,
        hidden: &[usize],
        mut rows: Vec<([String; N], Option<Tone>)>,
    ) -> Vec<StyledLine> {
        let mut place = 0;
        let header = self.header.map(|name| {
            place += 1;
            if self.sorted == Some(place - 1) { format!("*{name}") } else { name.to_owned() }
        });
        let mut widths = widths(&header, &rows);
        let without = self.left_out(&widths, hidden);
        self.tighten(&mut widths, &without, &mut rows);
        let laid_out = |cells: &[String; N]| {
            let cells = cells.iter().zip(widths).enumerate().filter(|(place, _)| !without.contains(place));
            let cells = cells.map(|(place, (cell, width))| {
                let blank = width.saturating_sub(display_width(cell));
                if self.numbers.contains(&place) {
                    format!("{:blank$}{cell}", "")
                } else {
                    format!("{cell}{:blank$}", "")
                }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let mut lines = vec![StyledLine { text: laid_out(&header), tone: Some(Tone::Strong) }];
        lines.extend(rows.iter().map(|(cells, tone)| StyledLine { text: laid_out(cells), tone: *tone }));
        lines
    }

    fn left_out(&self, widths: &[usize; N], hidden: &[usize]) -> Vec<usize> {
        let mut without = hidden.to_vec();
        let cut = self.cut(widths);
        for column in self.spare.iter().filter(|column| self.sorted != Some(**column)) {
            let is_kept = self.elastic.is_some_and(|(_, kept)| kept.contains(column));
            if self.excess(if is_kept { &cut } else { widths }, &without) == 0 {
                break;
            }
            without.push(*column);
        }
        without
    }

    /// The widths with the elastic column as narrow as it may be.
    fn cut(&self, widths: &[usize; N]) -> [usize; N] {
        let mut cut = *widths;
        if let Some(width) = self.elastic.and_then(|(column, _)| cut.get_mut(column)) {
            *width = (*width).min(NARROWEST);
        }
        cut
    }

    /// How much wider than the room the columns are that are shown.
    fn excess(&self, widths: &[usize; N], without: &[usize]) -> usize {
        let shown = widths.iter().enumerate().filter(|(place, _)| !without.contains(place));
        shown.map(|(_, width)| width + 2).sum::<usize>().saturating_sub(self.room.saturating_add(2))
    }

    fn tighten(&self, widths: &mut [usize; N], without: &[usize], rows: &mut [([String; N], Option<Tone>)]) {
        let excess = self.excess(widths, without);
        let Some((column, _)) = self.elastic.filter(|_| excess > 0) else { return };
        let Some(width) = widths.get_mut(column) else { return };
        *width = width.saturating_sub(excess).max(NARROWEST.min(*width));
        let cells = rows.iter_mut().filter_map(|(cells, _)| cells.get_mut(column));
        cells.for_each(|cell| *cell = shortened(cell, *width));
    }
}

/// How wide each column is.
fn widths<const N: usize>(header: &[String; N], rows: &[([String; N], Option<Tone>)]) -> [usize; N] {
    let mut widths = [0; N];
    for cells in rows.iter().map(|(cells, _)| cells).chain([header]) {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(display_width(cell));
        }
    }
    widths
}

impl StyledLine {
    /// Without a tone.
    pub(in crate::cli) const fn plain(text: String) -> Self {
        Self { text, tone: None }
    }

    pub(in crate::cli) const fn toned(text: String, tone: Tone) -> Self {
        Self { text, tone: Some(tone) }
    }

    /// Whatever it means, it is old.
    pub(in crate::cli) fn faded(self) -> Self {
        Self { tone: Some(Tone::Quiet), ..self }
    }

    /// As it is printed on a screen: no wider than the style's columns.
    pub(in crate::cli) fn painted(&self, style: &Style) -> String {
        self.paint(cut(&self.text, style.width), style)
    }

    /// As it is printed for whoever reads it later, too: all of it.
    pub(super) fn whole(&self, style: &Style) -> String {
        self.paint(&self.text, style)
    }

    fn paint(&self, text: &str, style: &Style) -> String {
        self.tone.map_or_else(|| text.to_owned(), |tone| style.paint(tone, text))
    }
}

/// The text, or as much of it as fits into so many columns, with an ellipsis.
pub(super) fn shortened(text: &str, columns: usize) -> String {
    if display_width(text) <= columns {
        return text.to_owned();
    }
    format!("{}…", cut(text, columns.saturating_sub(1)))
}

/// As much of a text as fits into so many columns.
pub(super) fn cut(text: &str, columns: usize) -> &str {
    let mut width = 0;
    let end = text.char_indices().find(|(_, one)| {
        width += display_width(one.encode_utf8(&mut [0; 4]));
        width > columns
    });
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}
