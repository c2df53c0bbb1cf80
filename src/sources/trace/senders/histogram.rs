//! What the kernel counted: the text of its histograms (Documentation/trace/histogram.rst).

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::{Dropped, Sender, Senders, Spi};

/// Of one probe.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// SPI, source and packets.
    pub rows: Vec<(Spi, IpAddr, u64)>,
    /// Packets for whose senders there was no room.
    pub dropped: u64,
}

/// Reads all histograms of an event: lines like `{ spi: 17825792, source: 33556746 } hitcount: 3`, and what was left out. None where a line of it
/// is not like that.
pub fn read(text: &str) -> Option<Counts> {
    let mut counts = Counts::default();
    for line in text.lines().map(str::trim) {
        if let Some(line) = line.strip_prefix('{') {
            counts.rows.push(row(line)?);
        } else if let Some(dropped) = line.strip_prefix("Dropped:") {
            counts.dropped = counts.dropped.saturating_add(dropped.trim().parse().ok()?);
        }
    }
    Some(counts)
}

fn row(line: &str) -> Option<(Spi, IpAddr, u64)> {
    let (keys, values) = line.split_once('}')?;
    let packets = values.split_once("hitcount:")?.1.split_whitespace().next()?.parse().ok()?;
    let mut keys = keys.split(',').map(|key| key.split_once(':').map(|(name, value)| (name.trim(), value.trim())));
    let mut number = || keys.next().flatten().and_then(|(_, value)| value.parse::<u64>().ok());
    // All of it is in network order, as it stands in the packet.
    let spi = Spi(u32::from_be(u32::try_from(number()?).ok()?));
    let first = number()?;
    let src = match number() {
        Some(second) => {
            let bytes: Vec<u8> = [first, second].into_iter().flat_map(u64::to_ne_bytes).collect();
            Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into()
        }
        None => Ipv4Addr::from(u32::try_from(first).ok()?.to_ne_bytes()).into(),
    };
    Some((spi, src, packets))
}

/// Adds what one probe counted.
pub fn add(senders: &mut Senders, why: Dropped, counts: Counts) {
    senders.more = senders.more.saturating_add(counts.dropped);
    senders.rows.extend(counts.rows.into_iter().map(|(spi, src, packets)| Sender { why, spi, src, packets }));
}

/// Those with the most packets; the rest is only counted.
pub fn keep_the_most(senders: &mut Senders) {
    senders.rows.sort_by_key(|sender| (Reverse(sender.packets), sender.why, sender.spi, sender.src));
    let rest = senders.rows.split_off(senders.rows.len().min(Senders::MOST));
    senders.more = rest.iter().fold(senders.more, |sum, sender| sum.saturating_add(sender.packets));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// From the lab (Linux 6.12.117): ESP and ESP in UDP over IPv4, ESP over IPv6.
    const SHOWN: &str = include_str!("samples/hist");

    #[test]
    fn a_histogram_of_the_kernel_is_read() {
        let counts = read(SHOWN).unwrap();
        let (four, six): (IpAddr, IpAddr) = ("10.9.0.2".parse().unwrap(), "2001:db8:9::2".parse().unwrap());
        let expected = [(Spi(0x1003), four, 5), (Spi(0x1001), four, 3), (Spi(0x1002), six, 4)];
        assert_eq!(counts, Counts { rows: expected.to_vec(), dropped: 7 });
    }

    #[test]
    fn what_is_no_row_is_not_guessed() {
        for line in ["{ spi: 1 } hitcount: 1", "{ spi: 1, s4: x } hitcount: 2", "{ spi: 1, s4: 2 }", "{"] {
            assert_eq!(read(line), None, "{line}");
        }
        assert_eq!(read("# event histogram\n\nTotals:\n    Hits: 0\n    Dropped: 0\n"), Some(Counts::default()));
    }

    #[test]
    fn the_busiest_are_kept_and_the_rest_is_counted() {
        let mut senders = Senders::default();
        let rows = (0..1000).map(|number| (Spi(number), Ipv4Addr::from(number).into(), u64::from(number))).collect();
        add(&mut senders, Dropped::NoState, Counts { rows, dropped: 5 });
        keep_the_most(&mut senders);
        assert_eq!((senders.rows.len(), senders.rows[0].packets), (Senders::MOST, 999));
        let kept: u64 = senders.rows.iter().map(|sender| sender.packets).sum();
        assert_eq!(senders.more, 5 + 999 * 1000 / 2 - kept);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[{}a-z0-9:, \n]{0,200}") {
            read(&text);
        }
    }
}
