//! `top`: who carries most, as lines of a screen.

use crate::cli::output::{Style, Tone};
use crate::cli::text::sas::is_short;
use crate::cli::text::table::{StyledLine, TextTable, shortened};
use crate::cli::text::words::{counted, moment, short};
use crate::model::{DeviceTraffic, Direction, FindingCount, Rates, SaRow, TrafficOrder, TrafficReport, Worker};
use crate::text::escaped;

/// Lines above the devices: what is told of all SAs, a header, a line for each direction, an empty one.
const ABOVE: usize = 5;
/// Lines below them: an empty one, the header of the SAs; and the last one.
const BELOW: usize = 3;

const ALL: TextTable<6> =
    TextTable::new(["", "PACKETS/s", "BYTES/s", "CLAIM NIC/s", "CPU/s", "DROPS/s"]).with_numbers(&[1, 2, 3, 4, 5]);
const DEVICES: TextTable<9> =
    TextTable::new(["DEVICE", "DIR", "ENCRYPTS", "ON NIC", "ON CPU", "CLAIM NIC/s", "NIC COUNTS/s", "CPU/s", "DRIVER"])
        .with_numbers(&[3, 4, 5, 6, 7]);
const SAS: TextTable<12> = TextTable::new([
    "PACKETS/s",
    "BYTES/s",
    "DROPS/s",
    "TOTAL BYTES",
    "DIR",
    "ENCRYPTS",
    "CONNECTION",
    "DEVICE",
    "PEER",
    "SPI",
    "OFFLOAD",
    "EXPECTED",
])
.with_numbers(&[0, 1, 2, 3])
.with_spare(&[3, 11, 10, 9, 7, 8]);

/// How wide a connection's name may be.
const NAME: usize = 30;

/// The keys, on the last line.
pub(in crate::cli) const HELP: &str = "q quit  sort: p packets b bytes d drops t total  move: arrows PgUp PgDn Home";

/// The whole of a report, as many lines as it takes.
pub(in crate::cli) fn top(report: &TrafficReport, style: &Style) -> Vec<StyledLine> {
    let mut lines = above(report, style);
    lines.extend(devices(&report.devices));
    lines.push(StyledLine::plain(String::new()));
    lines.extend(sas(report, style));
    lines
}

/// The same on a screen of so many lines, `below` on the last of them.
pub(in crate::cli) fn screen(
    report: &TrafficReport,
    height: usize,
    below: StyledLine,
    style: &Style,
) -> Vec<StyledLine> {
    let mut lines = above(report, style);
    let all = devices(&report.devices);
    let shown = device_lines(&report.devices, height);
    lines.extend(all.into_iter().take(shown));
    lines.push(StyledLine::plain(String::new()));
    lines.extend(sas(report, style).into_iter().take(rows(&report.devices, height) + 1));
    lines.truncate(height.saturating_sub(1));
    lines.resize(height.saturating_sub(1), StyledLine::plain(String::new()));
    lines.push(below);
    lines
}

/// How many SAs there is room for.
pub(in crate::cli) fn rows(devices: &[DeviceTraffic], height: usize) -> usize {
    height.saturating_sub(ABOVE + device_lines(devices, height) + BELOW).max(1)
}

/// Devices get a third of the screen; a header, and a line for each direction.
fn device_lines(devices: &[DeviceTraffic], height: usize) -> usize {
    (1 + 2 * devices.len()).min((height / 3).max(3))
}

fn above(report: &TrafficReport, style: &Style) -> Vec<StyledLine> {
    let time = moment(report.time, &style.zone);
    let window = match report.window_ms {
        Some(ms) => format!("rates over {}.{} s", ms / 1000, ms % 1000 / 100),
        None => "no rates yet".to_owned(),
    };
    let FindingCount { critical, warning } = report.findings;
    let (findings, tone) = match (critical, warning) {
        (0, 0) => ("nothing is wrong".to_owned(), Tone::Strong),
        (0, warning) => (counted(warning, "warning"), Tone::Warning),
        (critical, 0) => (format!("{critical} critical"), Tone::Critical),
        _ => (format!("{critical} critical, {}", counted(warning, "warning")), Tone::Critical),
    };
    let head = format!("{time}  {}  {findings}  {window}", counted(report.sas_total, "SA"));
    let way = |name: &str, rates: &Rates| {
        let numbers = [
            rates.packets(),
            rates.bytes_per_second,
            rates.offloaded_packets_per_second,
            rates.software_packets_per_second,
            rates.drops_per_second,
        ];
        let [packets, bytes, claim, cpu, drops] = numbers.map(short);
        let tone = (rates.drops_per_second > 0).then_some(Tone::Warning);
        ([name.to_owned(), packets, bytes, claim, cpu, drops], tone)
    };
    let rows = vec![way("in", &report.all.received), way("out", &report.all.sent)];
    let mut lines = vec![StyledLine::toned(head, tone)];
    lines.extend(ALL.lines(rows));
    lines.push(StyledLine::plain(String::new()));
    lines
}

fn devices(devices: &[DeviceTraffic]) -> Vec<StyledLine> {
    let rows = devices.iter().flat_map(|device| {
        let first = device_cells(device, Direction::In);
        let mut second = device_cells(device, Direction::Out);
        for same in [0, 3, 4, 8] {
            second.iter_mut().skip(same).take(1).for_each(String::clear);
        }
        let drops = device.nic_drops_per_second.is_some_and(|drops| drops > 0);
        let tone = |worker: Option<Worker>| match worker {
            Some(Worker::Cpu) => Some(Tone::Critical),
            _ if drops => Some(Tone::Warning),
            _ => None,
        };
        [(first, tone(device.encrypts.received)), (second, tone(device.encrypts.sent))]
    });
    DEVICES.lines(rows.collect())
}

fn device_cells(device: &DeviceTraffic, direction: Direction) -> [String; 9] {
    let (rates, nic, encrypts) = match direction {
        Direction::In => (&device.rates.received, device.nic_packets_per_second.received, device.encrypts.received),
        Direction::Out => (&device.rates.sent, device.nic_packets_per_second.sent, device.encrypts.sent),
    };
    let text = |text: &Option<String>| text.as_deref().map_or_else(dash, |text| escaped(text).into_owned());
    [
        text(&device.device),
        direction.to_string(),
        worker(encrypts, device.offloaded_sas > 0),
        device.offloaded_sas.to_string(),
        device.software_sas.to_string(),
        short(rates.offloaded_packets_per_second),
        nic.map_or_else(dash, short),
        short(rates.software_packets_per_second),
        text(&device.driver),
    ]
}

fn sas(report: &TrafficReport, style: &Style) -> Vec<StyledLine> {
    let sorted = match report.sort {
        TrafficOrder::Packets => 0,
        TrafficOrder::Bytes => 1,
        TrafficOrder::Drops => 2,
        TrafficOrder::Total => 3,
    };
    let rows = report.sas.iter().map(|row| (sa_cells(row), sa_tone(row)));
    SAS.sorted_by(sorted).within(style.width).lines(rows.collect())
}

fn sa_tone(row: &SaRow) -> Option<Tone> {
    if row.offload != "none" && row.encrypts == Some(Worker::Cpu) {
        return Some(Tone::Critical);
    }
    (is_short(row) || row.drops_per_second.is_some_and(|drops| drops > 0)).then_some(Tone::Warning)
}

fn sa_cells(row: &SaRow) -> [String; 12] {
    let peer = if row.direction == Some(Direction::In) { row.src } else { row.dst };
    let instance = row.instance.as_deref().unwrap_or_default();
    [
        row.packets_per_second.map_or_else(dash, short),
        row.bytes_per_second.map_or_else(dash, short),
        row.drops_per_second.map_or_else(dash, short),
        short(row.bytes),
        row.direction.map_or_else(dash, |direction| direction.to_string()),
        worker(row.encrypts, row.offload != "none"),
        row.connection.as_ref().map_or_else(dash, |name| name_cell(&format!("{name}{instance}"))),
        row.device.as_ref().map_or_else(dash, |device| escaped(device).into_owned()),
        peer.to_string(),
        row.spi.to_string(),
        escaped(&row.offload).into_owned(),
        escaped(&row.expected).into_owned(),
    ]
}

/// One long name must not push everything else off the screen.
fn name_cell(name: &str) -> String {
    shortened(&escaped(name), NAME)
}

/// Where the counters do not tell, an SA's own claim is shown as one.
fn worker(worker: Option<Worker>, claims: bool) -> String {
    match worker {
        Some(Worker::Nic) => "NIC",
        Some(Worker::Cpu) => "CPU",
        None if claims => "NIC?",
        None => "-",
    }
    .to_owned()
}

fn dash() -> String {
    "-".to_owned()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use textwrap::core::display_width;

    use super::*;
    use crate::sinks::samples;

    const PLAIN: Style = Style { colour: false, width: 200, zone: TimeZone::UTC };

    fn text(report: &TrafficReport, style: &Style) -> String {
        top(report, style).iter().map(|line| line.painted(style) + "\n").collect()
    }

    #[test]
    fn everything_is_in_columns() {
        let mut report = samples::traffic(2);
        report.sas[1] = SaRow {
            offload: "none".to_owned(),
            encrypts: Some(Worker::Cpu),
            instance: Some("[1] 192.0.2.9".to_owned()),
            packets_per_second: Some(1_234_567),
            drops_per_second: Some(2),
            direction: Some(Direction::In),
            ..samples::sa(2)
        };
        let expected = "\
2026-03-01 12:00:00  2 SAs  1 warning  rates over 10.0 s
     PACKETS/s  BYTES/s  CLAIM NIC/s  CPU/s  DROPS/s
in          20    10.0k           15      5        2
out          3        0            3      0        0

DEVICE  DIR  ENCRYPTS  ON NIC  ON CPU  CLAIM NIC/s  NIC COUNTS/s  CPU/s  DRIVER
eth1    in   NIC            2       1           15            15      5  mlx5_core
        out  NIC?                                3             -      0

*PACKETS/s  BYTES/s  DROPS/s  TOTAL BYTES  DIR  ENCRYPTS  CONNECTION       DEVICE  PEER       SPI         OFFLOAD  EXPECTED
         3        -        -          700  out  NIC?      c1               eth1    192.0.2.9  0x00001001  crypto   crypto
   1234.5k        -        2          700  in   CPU       c2[1] 192.0.2.9  eth1    192.0.2.1  0x00001002  none     crypto
";
        assert_eq!(text(&report, &PLAIN), expected);
    }

    #[test]
    fn a_narrow_screen_has_who_encrypts_and_what_is_sorted_by() {
        let mut report = samples::traffic(2);
        report.sort = TrafficOrder::Total;
        let columns = |width| {
            let shown = text(&report, &Style { width, ..PLAIN });
            let of = |first: &str| {
                shown
                    .lines()
                    .find(|line| line.contains(first))
                    .unwrap()
                    .split("  ")
                    .filter(|name| !name.is_empty())
                    .map(|name| name.trim().to_owned())
                    .collect::<Vec<_>>()
            };
            (of("CLAIM NIC/s"), of("DEVICE  DIR"), of("CONNECTION"))
        };
        let narrow = columns(80);
        assert_eq!(narrow.0.last().unwrap(), "DROPS/s");
        assert_eq!(narrow.1.last().unwrap(), "DRIVER");
        assert_eq!(
            narrow.2,
            ["PACKETS/s", "BYTES/s", "DROPS/s", "*TOTAL BYTES", "DIR", "ENCRYPTS", "CONNECTION", "PEER"]
        );
        assert_eq!(columns(200).2.len(), 12);
    }

    #[test]
    fn nothing_is_wider_than_the_screen_or_reaches_it_unescaped() {
        let mut report = samples::traffic(1);
        report.sas[0].connection = Some("a\u{1b}[2J語語語語語語語語語語語語".to_owned());
        let whole = text(&report, &PLAIN);
        assert!(whole.contains("a\\u{1b}[2J語語語語語語語語語…  eth1"), "{whole}");
        for width in [1, 40, 117, 118, 119, 120] {
            let style = Style { width, ..PLAIN };
            assert!(text(&report, &style).lines().all(|line| display_width(line) <= width));
        }
    }

    #[test]
    fn what_claims_the_nic_and_is_not_on_it_is_critical() {
        let row = |offload: &str, expected: &str, encrypts, drops| SaRow {
            offload: offload.to_owned(),
            expected: expected.to_owned(),
            encrypts,
            drops_per_second: drops,
            ..samples::sa(1)
        };
        let cases = [
            (row("crypto", "crypto", Some(Worker::Cpu), None), Some(Tone::Critical)),
            (row("none", "crypto", Some(Worker::Cpu), None), Some(Tone::Warning)),
            (row("none", "none", Some(Worker::Cpu), Some(0)), None),
            (row("crypto", "crypto", Some(Worker::Nic), Some(1)), Some(Tone::Warning)),
            (row("crypto", "crypto", None, None), None),
        ];
        for (row, tone) in cases {
            assert_eq!(sa_tone(&row), tone, "{row:?}");
        }
    }
}
