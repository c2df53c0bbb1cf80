//! `whack --showstates`: one line a state, and one with the SPIs for every established Child SA.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::super::log::{after, ends_of_name, prefix_parts, said, serial};
use super::lines::{Parsed, lines};
use crate::model::{ChildState, IkeState, Protocol, Serial, SpiPair, StateTable};

/// Reads the table.
pub fn states(output: &[u8]) -> Parsed<StateTable> {
    let mut ike = BTreeMap::new();
    let mut children = BTreeMap::new();
    let mut details = BTreeMap::new();
    let mut skipped = 0;
    for line in lines(output).filter(|line| line.starts_with('#') && !is_pending(line)) {
        match read(&line) {
            Some((_, TableState::Ike(state))) => drop(ike.insert(state.serial, state)),
            Some((_, TableState::Child(state))) => drop(children.insert(state.serial, state)),
            Some((serial, TableState::Details(pair))) => drop(details.insert(serial, pair)),
            None => skipped += 1,
        }
    }
    for (serial, pair) in details {
        let Some(child) = children.get_mut(&serial) else {
            skipped += 1;
            continue;
        };
        child.spis = Some(pair.spis);
        child.remote = pair.remote;
        child.local = pair.local;
    }
    let value =
        StateTable { ike: ike.into_values().collect(), children: children.into_values().collect(), partial: false };
    Parsed { value, skipped }
}

/// `#1: pending CHILD SA for "t2"`: what waits for an IKE SA has no state yet.
fn is_pending(line: &str) -> bool {
    serial(line).is_some_and(|(_, rest)| after(rest, &[": pending CHILD SA for ", ": pending Child SA for "]).is_some())
}

enum TableState {
    Ike(IkeState),
    Child(ChildState),
    Details(StatePair),
}

struct StatePair {
    spis: SpiPair,
    remote: Option<IpAddr>,
    local: Option<IpAddr>,
}

/// `#2: "west":500 STATE… (story); …` or `#2: "west" esp.83db9a82@192.0.2.2 esp.d5492494@192.0.2.1 …`.
fn read(line: &str) -> Option<(Serial, TableState)> {
    let (serial, rest) = serial(line)?;
    ends_of_name(rest.strip_prefix(": \"")?).find_map(|(name, rest)| Some((serial, read_behind(serial, name, rest)?)))
}

fn read_behind(serial: Serial, name: &str, rest: &str) -> Option<TableState> {
    if let Some(pair) = pair(rest) {
        return Some(TableState::Details(pair));
    }
    let (behind, fields) = split_at_port(rest)?;
    let (connection, instance) = prefix_parts(name, behind.trim())?;
    let (story, fields) = fields.split_once(';')?;
    let fields: Vec<&str> = fields.split(';').map(str::trim).collect();
    let established = ESTABLISHED.iter().any(|words| story.contains(words));
    if !is_child(story) {
        return Some(TableState::Ike(IkeState { serial, connection, instance, established }));
    }
    let parent = fields.iter().find_map(|field| {
        let number = ["IKE SA ", "ISAKMP SA ", "isakmp"].iter().find_map(|word| field.strip_prefix(word))?;
        self::serial(number).map(|(serial, _)| serial)
    });
    let newest = fields.iter().any(|field| matches!(*field, "newest" | "newest IPSEC"));
    let child = ChildState {
        serial,
        ike: parent,
        connection,
        instance,
        established,
        newest,
        spis: None,
        remote: None,
        local: None,
    };
    Some(TableState::Child(child))
}

/// What pluto says of a state that stands: 3.x to 5.x, IKEv2 and IKEv1. XAUTH and mode config follow when the IKE SA stands, and a
/// server's IKE SA keeps their name for all its life.
const ESTABLISHED: [&str; 9] = [
    "XAUTH",
    "ModeCfg",
    "MODE_CFG",
    "established Child SA",
    "IPsec SA established",
    "established IKE SA",
    "IKE SA established",
    "ISAKMP SA established",
    "PARENT SA established",
];

fn is_child(story: &str) -> bool {
    let rekeys_ike = story.contains("REKEY_IKE") || story.contains("rekey IKE SA");
    let words = ["CHILD", "Child SA", "IPsec SA", "V2_IPSEC", "QUICK", "Quick Mode"];
    !rekeys_ike && words.iter().any(|word| story.contains(word))
}

/// Instance and story, which `:500 ` parts; over TCP `:4500(tcp) `.
fn split_at_port(rest: &str) -> Option<(&str, &str)> {
    rest.match_indices(':').find_map(|(at, _)| {
        let behind = rest.get(at + 1..)?;
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        let story = behind.get(digits..)?;
        let story = story.strip_prefix("(tcp)").unwrap_or(story).strip_prefix(' ')?;
        (digits > 0).then_some((rest.get(..at)?, story))
    })
}

/// The first two SAs of one protocol: the outbound one, at the peer's address, then the inbound one.
fn pair(rest: &str) -> Option<StatePair> {
    // Nothing behind the counters is an SA.
    let mut sas = rest.split(' ').take_while(|word| *word != "Traffic:").filter_map(said);
    let outbound = sas.next()?;
    let inbound = sas.find(|sa| sa.protocol == outbound.protocol)?;
    if outbound.protocol == Protocol::Comp {
        return None;
    }
    let spis = SpiPair { protocol: outbound.protocol, outbound: outbound.spi, inbound: inbound.spi };
    Some(StatePair { spis, remote: outbound.dst, local: inbound.dst })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Spi;

    fn child(serial: u32, ike: u32, connection: &str, instance: Option<&str>) -> ChildState {
        ChildState {
            serial: Serial(serial),
            ike: Some(Serial(ike)),
            connection: connection.into(),
            instance: instance.map(str::to_owned),
            established: true,
            newest: true,
            spis: None,
            remote: None,
            local: None,
        }
    }

    #[test]
    fn a_table_of_4_x_is_read() {
        let output = b"000 #1: \"t1\":500 STATE_V2_ESTABLISHED_IKE_SA (established IKE SA); REKEY in 28021s; REPLACE in 28798s; newest; idle;\n\
            000 #2: \"t1\":500 STATE_V2_ESTABLISHED_CHILD_SA (established Child SA); REPLACE in 28781s; IKE SA #1; idle;\n\
            000 #2: \"t1\" esp.aa06150@10.9.0.2 esp.d5492494@10.9.0.1 tun.0@10.9.0.2 tun.0@10.9.0.1 Traffic: ESPin=0B ESPmax=2^63B \n\
            000 #3: \"t1\":500 STATE_V2_NEW_CHILD_I1 (sent CREATE_CHILD_SA request for new IPsec SA); RETRANSMIT in 1s; IKE SA #1; idle;\n\
            000  \n";
        let spis = SpiPair { protocol: Protocol::Esp, outbound: Spi(0x0aa0_6150), inbound: Spi(0xd549_2494) };
        let second = ChildState {
            newest: false,
            spis: Some(spis),
            remote: "10.9.0.2".parse().ok(),
            local: "10.9.0.1".parse().ok(),
            ..child(2, 1, "t1", None)
        };
        let third = ChildState { established: false, newest: false, ..child(3, 1, "t1", None) };
        let first = IkeState { serial: Serial(1), connection: "t1".into(), instance: None, established: true };
        let expected = StateTable { ike: vec![first], children: vec![second, third], partial: false };
        assert_eq!(states(output), Parsed { value: expected, skipped: 0 });
    }

    #[test]
    fn a_table_of_5_x_with_instances_is_read() {
        let output = b"#7: \"labeled\"[1][1] 192.0.2.9:4500 established Child SA; REKEY in 5s; newest; eroute owner; IKE SA #6; idle;\n\
            #7: \"labeled\"[1][1] 192.0.2.9 used 3s ago; esp:1@2001:db8::2 esp:2@2001:db8::1 Traffic: ESPin=84B ESPout=84B ESPmax=2^63B \n\
            #8: \"rw/1x2\"[4] 2001:db8::9:500 STATE_QUICK_I2 (IPsec SA established); REPLACE in 5s; newest; eroute owner; ISAKMP SA #6; idle;\n\
            #9: \"rw\"[4] 2001:db8::9:4500(tcp) STATE_V2_REKEY_IKE_I1 (sent CREATE_CHILD_SA request to rekey IKE SA); IKE SA #6; idle;\n";
        let Parsed { value, skipped } = states(output);
        assert_eq!(skipped, 0);
        assert_eq!(value.children[0].instance.as_deref(), Some("[1][1] 192.0.2.9"));
        assert_eq!(value.children[0].spis.unwrap().outbound, Spi(1));
        assert_eq!(value.children[0].local, "2001:db8::1".parse().ok());
        assert_eq!(value.children[1], child(8, 6, "rw", Some("/1x2[4] 2001:db8::9")));
        assert_eq!(value.ike[0].serial, Serial(9));
        assert!(!value.ike[0].established);
    }

    #[test]
    fn names_are_read_as_they_are() {
        for name in ["a\"b", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "conn with space", "tun:1", "esp.1@10.9.0.2"] {
            let output = format!(
                "#2: \"{name}\":500 STATE_V2_ESTABLISHED_CHILD_SA (established Child SA); newest; IKE SA #1; idle;\n\
                 #2: \"{name}\" esp.1@10.9.0.2 esp.2@10.9.0.1 tun.0@10.9.0.2 tun.0@10.9.0.1 Traffic: ESPin=0B \n\
                 #3: \"{name}\"[2] 10.9.0.3:4500 STATE_V2_ESTABLISHED_IKE_SA (established IKE SA); newest; idle;\n"
            );
            let Parsed { value, skipped } = states(output.as_bytes());
            assert_eq!((value.children.len(), value.ike.len(), skipped), (1, 1, 0), "{name}");
            let found = (
                value.children[0].connection.as_str(),
                value.children[0].spis.is_some(),
                value.ike[0].connection.as_str(),
            );
            assert_eq!(found, (name, true, name));
        }
    }

    #[test]
    fn garbled_lines_are_counted_and_harm_nothing() {
        let output = b"#x\n#1: \"t1\n#2: \"t1\" esp.1@10.9.0.2 esp.2@10.9.0.1\n#3: \"t1\":500 established IKE SA; idle;\n\xff\xfe\n";
        let Parsed { value, skipped } = states(output);
        assert_eq!((value.ike.len(), value.children.len(), skipped), (1, 0, 3));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(output in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = states(&output);
        }

        #[test]
        fn no_pieces_make_it_panic(pieces in proptest::collection::vec(proptest::sample::select(vec![
            "#1", ": \"", "t1", "\"", ":500 ", "(tcp) ", "established Child SA", "; ", "IKE SA #", " esp.1@", "10.9.0.1", " Traffic:", "\n", "[1]",
        ]), 0..30)) {
            let _ = states(pieces.concat().as_bytes());
        }
    }
}
