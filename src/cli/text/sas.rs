//! `sas`: a table, a line for each SA.

use crate::cli::output::{Style, Tone};
use crate::cli::text::table::Table;
use crate::escape::escaped;
use crate::model::SaRow;

const COLUMNS: usize = 11;
const SAS: Table<COLUMNS> = Table::new([
    "DIR",
    "CONNECTION",
    "OFFLOAD",
    "EXPECTED",
    "DEVICE",
    "SPI",
    "SOURCE",
    "DESTINATION",
    "PROTO",
    "PACKETS",
    "NOTE",
])
.with_numbers(&[9]);

/// The whole table.
pub(in crate::cli) fn sas(rows: &[SaRow], style: &Style) -> String {
    let rows = rows.iter().map(|row| (cells(row), is_short(row).then_some(Tone::Warning)));
    SAS.lines(rows.collect()).iter().map(|line| line.whole(style) + "\n").collect()
}

/// It has less than is expected.
pub(super) fn is_short(row: &SaRow) -> bool {
    row.offload == "none" && !matches!(row.expected.as_str(), "none" | "unknown")
}

fn cells(row: &SaRow) -> [String; COLUMNS] {
    let dash = || "-".to_owned();
    let instance = row.instance.as_deref().unwrap_or_default();
    let connection =
        row.connection.as_ref().map_or_else(dash, |name| escaped(&format!("{name}{instance}")).into_owned());
    let note = match (row.state.as_str(), row.daemon.as_str()) {
        ("installed", "known") => String::new(),
        ("installed", _) => "not claimed by the daemon".to_owned(),
        (state, _) => escaped(state).into_owned(),
    };
    [
        row.direction.map_or_else(dash, |direction| direction.to_string()),
        connection,
        escaped(&row.offload).into_owned(),
        escaped(&row.expected).into_owned(),
        row.device.as_ref().map_or_else(dash, |device| escaped(device).into_owned()),
        row.spi.to_string(),
        row.src.to_string(),
        row.dst.to_string(),
        row.proto.to_string(),
        row.packets.to_string(),
        note,
    ]
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::sinks::samples::sa;

    const PLAIN: Style = Style { colour: false, width: 80, zone: TimeZone::UTC };

    #[test]
    fn columns_are_aligned() {
        let mut software = sa(2);
        software.offload = "none".to_owned();
        software.device = None;
        software.packets = 1_000_000;
        software.instance = Some("[1] 192.0.2.9".to_owned());
        software.daemon = "unknown".to_owned();
        let expected = "\
DIR  CONNECTION       OFFLOAD  EXPECTED  DEVICE  SPI         SOURCE     DESTINATION  PROTO  PACKETS  NOTE
out  c1               crypto   crypto    eth1    0x00001001  192.0.2.1  192.0.2.9    esp          7
out  c2[1] 192.0.2.9  none     crypto    -       0x00001002  192.0.2.1  192.0.2.9    esp    1000000  not claimed by the daemon
";
        assert_eq!(sas(&[sa(1), software.clone()], &PLAIN), expected);
        let coloured = sas(&[sa(1), software], &Style { colour: true, ..PLAIN });
        assert_eq!(coloured.matches("\u{1b}[33mout  c2").count(), 1);
    }

    #[test]
    fn what_peers_wrote_reaches_no_terminal() {
        let mut evil = sa(1);
        evil.connection = Some("a\u{1b}[2J\u{202e}".to_owned());
        evil.instance = Some("\n".to_owned());
        assert!(sas(&[evil], &PLAIN).contains("a\\u{1b}[2J\\u{202e}\\u{a}  crypto"));
    }

    #[test]
    fn no_sa_gives_a_header() {
        assert_eq!(sas(&[], &PLAIN).lines().count(), 1);
    }
}
