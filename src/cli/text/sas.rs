//! `sas`: a table, a line for each SA. On a narrow screen columns are left out, what is asked for least first.

use super::table::{TextTable, shortened};
use super::words::{short, short_span};
use crate::cli::output::{Style, Tone};
use crate::model::{Direction, Protocol, RealTime, SaMode, SaRow};
use crate::text::escaped;

const COLUMNS: usize = 17;
const SAS: TextTable<COLUMNS> = TextTable::new([
    "DIR",
    "CONNECTION",
    "OFFLOAD",
    "EXPECTED",
    "DEVICE",
    "SPI",
    "PEER",
    "LOCAL",
    "PROTO",
    "MODE",
    "REQID",
    "ESN",
    "AGE",
    "PACKETS",
    "BYTES",
    "IF_ID",
    "NOTE",
])
.with_numbers(&[10, 12, 13, 14])
.with_spare(&[15, 8, 7, 10, 11, 9, 4, 3, 13, 12, 14, 16, 6, 5])
.with_elastic(1, &[12, 14, 16, 6, 5]);

/// How wide a connection's name may be on a screen.
const NAME: usize = 30;

/// The whole table: every column and every digit, or what a screen with so many columns has room for.
pub(in crate::cli) fn sas(rows: &[SaRow], now: RealTime, screen: Option<usize>, style: &Style) -> String {
    let cells = rows.iter().map(|row| {
        let mut cells = cells(row, now);
        if screen.is_some() {
            fit(row, &mut cells);
        }
        (cells, is_short(row).then_some(Tone::Warning))
    });
    let hidden = screen.map_or_else(Vec::new, |_| idle(rows));
    let lines = SAS.within(screen.unwrap_or(usize::MAX)).lines_without(&hidden, cells.collect());
    let shown = |line: &super::StyledLine| if screen.is_some() { line.painted(style) } else { line.whole(style) };
    lines.iter().map(|line| shown(line) + "\n").collect()
}

/// It has less than is expected.
pub(super) fn is_short(row: &SaRow) -> bool {
    row.offload == "none" && !matches!(row.expected.as_str(), "none" | "unknown")
}

/// Whether a column tells nothing of an SA.
type IsIdle = fn(&SaRow) -> bool;

/// The columns that tell nothing of any of them.
fn idle(rows: &[SaRow]) -> Vec<usize> {
    let says_nothing: [(usize, IsIdle); 7] = [
        (3, |row| row.expected == row.offload || matches!(row.expected.as_str(), "any" | "unknown")),
        (4, |row| row.device.is_none()),
        (8, |row| row.proto == Protocol::Esp),
        (11, |row| row.esn.is_none()),
        (12, |row| row.added.is_none()),
        (15, |row| row.if_id == 0),
        (16, |row| note(row).is_empty()),
    ];
    let idle = says_nothing.into_iter().filter(|(_, nothing)| !rows.is_empty() && rows.iter().all(nothing));
    idle.map(|(column, _)| column).collect()
}

fn cells(row: &SaRow, now: RealTime) -> [String; COLUMNS] {
    let instance = row.instance.as_deref().unwrap_or_default();
    let connection =
        row.connection.as_ref().map_or_else(dash, |name| escaped(&format!("{name}{instance}")).into_owned());
    let (local, peer) = if row.direction == Some(Direction::In) { (row.dst, row.src) } else { (row.src, row.dst) };
    [
        row.direction.map_or_else(dash, |direction| direction.to_string()),
        connection,
        escaped(&row.offload).into_owned(),
        escaped(&row.expected).into_owned(),
        row.device.as_ref().map_or_else(dash, |device| escaped(device).into_owned()),
        row.spi.to_string(),
        peer.to_string(),
        local.to_string(),
        row.proto.to_string(),
        match row.mode {
            SaMode::Other(number) if row.mode.name().is_none() => number.to_string(),
            mode => mode.to_string(),
        },
        row.reqid.to_string(),
        row.esn.map_or_else(dash, |esn| if esn { "yes" } else { "no" }.to_owned()),
        row.added.map_or_else(dash, |added| short_span(added, now)),
        row.packets.to_string(),
        row.bytes.to_string(),
        row.if_id.to_string(),
        note(row),
    ]
}

/// One long name or number must not push everything else off the screen.
fn fit(row: &SaRow, cells: &mut [String; COLUMNS]) {
    for (place, cell) in cells.iter_mut().enumerate() {
        match place {
            1 => *cell = shortened(cell, NAME),
            13 => *cell = short(row.packets),
            14 => *cell = short(row.bytes),
            _ => {}
        }
    }
}

fn note(row: &SaRow) -> String {
    match (row.state.as_str(), row.daemon.as_str()) {
        ("installed", "known") => String::new(),
        ("installed", _) => "unclaimed".to_owned(),
        (state, _) => escaped(state).into_owned(),
    }
}

fn dash() -> String {
    "-".to_owned()
}

#[cfg(test)]
mod tests;
