//! `whack --connectionstatus` (5.x) and the connections in `whack --status` (4.x): some 25 lines a connection, each with its name.

use super::super::log::speaker;
use super::ends::{address, ends};
use super::lines::{Parsed, lines};
use crate::model::{ChildSettings, EncapsulationSetting, LoadedConnection, OffloadSetting, Speaker};

/// Reads the connections, in pluto's order.
pub fn connections(output: &[u8]) -> Parsed<Vec<LoadedConnection>> {
    let mut read: Vec<Block> = Vec::new();
    let mut skipped = 0;
    for line in lines(output) {
        let (Some(speaker), content) = speaker(&line) else { continue };
        if let Some(setting) = content.strip_prefix(' ') {
            match read.last_mut().filter(|block| block.speaker == speaker) {
                Some(block) => block.setting(setting.trim()),
                None => skipped += 1,
            }
        } else if read.last().is_some_and(|block| block.speaker == speaker) {
            // A further pair of selectors of the same connection.
        } else if let Some(block) = Block::begin(speaker, content) {
            read.push(block);
        } else {
            skipped += 1;
        }
    }
    Parsed { value: read.into_iter().map(Block::finish).collect(), skipped }
}

/// A connection while its lines come.
struct Block {
    speaker: Speaker,
    connection: LoadedConnection,
    on_demand: bool,
    remote_host: String,
    ikev1: Option<bool>,
    /// Seconds between the rekey and the end of the pair that it replaces, at most.
    margin: Option<u32>,
}

impl Block {
    /// `ENDS; ROUTING; eroute owner: #2` (4.x) or `ENDS; ROUTING; my_ip=unset; their_ip=unset;` (5.x).
    fn begin(speaker: Speaker, content: &str) -> Option<Self> {
        // From the end: the peer's ID stands before.
        let (head, _) = content.rsplit_once("; eroute owner: ").or_else(|| content.rsplit_once("; my_ip="))?;
        let (both, routing) = head.rsplit_once("; ")?;
        let (local, remote) = ends(both)?;
        let connection = LoadedConnection {
            connection: speaker.connection.clone(),
            instance: speaker.instance.clone(),
            offload: None,
            wanted_up: None,
            routed: None,
            template: false,
            local: local.address(),
            remote: remote.address().filter(|address| !address.is_unspecified()),
            oriented: None,
            ike: None,
            unrouted: routing == "unrouted",
            interface: None,
            local_selector: local.selector(),
            remote_selector: remote.selector(),
            reqid: None,
            child: ChildSettings::default(),
        };
        let on_demand = matches!(routing, "prospective erouted" | "routed-ondemand");
        Some(Self { speaker, connection, on_demand, remote_host: remote.host, ikev1: None, margin: None })
    }

    /// One line of settings. Each is known by its first word: what peers choose stands in others.
    fn setting(&mut self, line: &str) {
        let connection = &mut self.connection;
        if let Some(policy) = line.strip_prefix("policy: ") {
            let mut flags = policy.split([';', ' ']).next().unwrap_or("").split('+');
            connection.wanted_up = Some(flags.clone().any(|flag| flag == "UP"));
            connection.routed = Some(self.on_demand || flags.clone().any(|flag| flag == "ROUTE"));
            connection.child = policy_of_child(flags.clone(), std::mem::take(&mut connection.child));
            // The first flag; up to 4.2 `IKEV1_ALLOW`, `IKEV2_ALLOW`.
            let version = policy.get(..5).map(str::to_ascii_uppercase);
            self.ikev1 = version.and_then(|word| match word.as_str() {
                "IKEV1" => Some(true),
                "IKEV2" => Some(false),
                _ => None,
            });
            connection.template |= flags.any(|flag| matches!(flag, "OPPORTUNISTIC" | "GROUP" | "GROUPINSTANCE"));
        } else if line.starts_with("conn_prio: ") {
            connection.interface = field(line, "interface: ").filter(|name| !name.is_empty()).map(str::to_owned);
        } else if line.starts_with("nflog-group: ") {
            connection.offload = field(line, "nic-offload:").and_then(offload);
        } else if let Some(reqid) = line.strip_prefix("reqid: ") {
            connection.reqid = reqid.trim_end_matches(';').parse().ok();
        } else if line.starts_with("host: unoriented;") || line.starts_with("unoriented;") {
            connection.oriented = Some(false);
        } else if line.starts_with("oriented;") {
            connection.oriented = Some(true);
        } else if line.starts_with("host: oriented;") {
            connection.oriented = Some(true);
            connection.local = field(line, "local: ").and_then(address).or(connection.local);
            connection.remote = field(line, "remote: ").and_then(address).or(connection.remote);
        } else if line.starts_with("ike_life: ") {
            connection.child.replay_window = field(line, "replay_window: ").and_then(|width| width.parse().ok());
            connection.child.ike_life = seconds(line, "ike_life: ");
            connection.child.life = seconds(line, "ipsec_life: ");
            self.margin = margin(line);
        } else if let Some(nat) = line.strip_prefix("nat-traversal: ") {
            // `encaps:` in 4.x.
            let word = field(nat, "encapsulation:").or_else(|| field(nat, "encaps:"));
            connection.child.encapsulation = word.and_then(encapsulation);
        } else if line.starts_with("dpd: ") {
            // Up to 4.6: `dpd: action:hold; delay:0; timeout:0; nat-t: encaps:auto; nat_keepalive:yes; ikev1_natt:both`.
            let word = field(line, "nat-t: encaps:").and_then(encapsulation);
            connection.child.encapsulation = word.or(connection.child.encapsulation);
        } else if let Some(list) = line.strip_prefix("ESP algorithms: ").or(line.strip_prefix("AH algorithms: ")) {
            connection.child.algorithms = Some(list.trim_end_matches(';').to_owned());
        }
    }

    fn finish(self) -> LoadedConnection {
        let mut connection = self.connection;
        connection.child.ikev1 = self.ikev1;
        connection.child.replaced_stays = self.ikev1.and_then(|ikev1| if ikev1 { self.margin } else { Some(0) });
        // `%any`, `%opportunistic`, `%group`: instances are made of it, itself it never comes up.
        let is_instance = connection.instance.as_ref().is_some_and(|instance| instance.contains('['));
        connection.template |= !is_instance && self.remote_host.starts_with('%');
        connection.routed = connection.routed.or(Some(self.on_demand));
        // 5.x leaves the peer's address out here, but not in its log and its table of states.
        if let (Some(instance), Some(remote)) = (&mut connection.instance, connection.remote)
            && instance.ends_with(']')
        {
            *instance = format!("{instance} {remote}");
        }
        connection
    }
}

/// The value behind `; NAME` (or at the beginning), up to the next semicolon.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split(';').find_map(|part| part.trim().strip_prefix(name)).map(str::trim)
}

/// `rekey_margin: 540s; rekey_fuzz: 100%`: by so much of it the margin may be longer.
fn margin(line: &str) -> Option<u32> {
    let fuzz: u32 = field(line, "rekey_fuzz: ")?.strip_suffix('%')?.parse().ok()?;
    let margin = seconds(line, "rekey_margin: ")?;
    Some(margin.saturating_add(margin.saturating_mul(fuzz) / 100))
}

fn seconds(line: &str, name: &str) -> Option<u32> {
    field(line, name)?.strip_suffix('s')?.parse().ok()
}

fn offload(word: &str) -> Option<OffloadSetting> {
    match word {
        "no" => Some(OffloadSetting::No),
        "auto" => Some(OffloadSetting::Auto),
        // 4.x has only this word; it means crypto offload without a fall-back.
        "yes" | "crypto" => Some(OffloadSetting::Crypto),
        "packet" => Some(OffloadSetting::Packet),
        _ => None,
    }
}

fn encapsulation(word: &str) -> Option<EncapsulationSetting> {
    match word {
        "auto" => Some(EncapsulationSetting::Auto),
        "yes" => Some(EncapsulationSetting::Yes),
        "no" => Some(EncapsulationSetting::No),
        _ => None,
    }
}

/// The policy's flags tell protocol, mode and sequence numbers; a connection that is never negotiated has none of them.
fn policy_of_child<'a>(flags: impl Iterator<Item = &'a str> + Clone, before: ChildSettings) -> ChildSettings {
    let has = |name| flags.clone().any(|flag| flag == name);
    let (ah, esp) = (has("AUTHENTICATE"), has("ENCRYPT"));
    if !ah && !esp {
        return before;
    }
    let (esn_no, esn_yes) = (has("ESN_NO"), has("ESN_YES"));
    let told = esn_no || esn_yes;
    ChildSettings {
        tunnel: Some(has("TUNNEL")),
        ah: Some(ah && !esp),
        esn_no: told.then_some(esn_no),
        esn_yes: told.then_some(esn_yes),
        pfs: Some(has("PFS")),
        ..before
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn connections_of_4_x_are_read_out_of_the_whole_status() {
        let output = b"000 using kernel interface: xfrm\n\
            000 Connection list:\n000  \n\
            000 \"t1\": 10.9.0.1[@a]...10.9.0.2[@b]; erouted; eroute owner: #2\n\
            000 \"t1\":     oriented; my_ip=unset; their_ip=unset; my_updown=ipsec _updown;\n\
            000 \"t1\":   policy: IKEv2+PSK+ENCRYPT+PFS+UP+IKE_FRAG_ALLOW+ESN_NO;\n\
            000 \"t1\":   conn_prio: 32,32; interface: nsim0; metric: 0; mtu: unset; sa_prio:auto; sa_tfc:none;\n\
            000 \"t1\":   nflog-group: unset; mark: unset; vti-iface:unset; vti-routing:no; vti-shared:no; nic-offload:yes;\n\
            000 \"t1\":   our idtype: ID_FQDN; our id=@a; their idtype: ID_FQDN; their id=x; policy: GROUP; nic-offload:no;\n\
            000 \"od/1x1\": 10.1.0.0/24===10.9.0.1[@a]...%any[@b]===10.2.0.0/24; prospective erouted; eroute owner: #0\n\
            000 \"od/1x1\":   policy: IKEv2+PSK+ENCRYPT+TUNNEL+PFS+ROUTE;\n\
            000 \"od/1x1\":   nflog-group: unset; nic-offload:auto;\n\
            000  \n000 Total IPsec connections: loaded 2, active 1\n\
            000 #2: \"t1\":500 STATE_V2_ESTABLISHED_CHILD_SA (established Child SA); newest; IKE SA #1; idle;\n";
        let Parsed { value, skipped } = connections(output);
        assert_eq!((value.len(), skipped), (2, 0));
        let expected = LoadedConnection {
            connection: "t1".into(),
            instance: None,
            offload: Some(OffloadSetting::Crypto),
            wanted_up: Some(true),
            routed: Some(false),
            template: false,
            local: "10.9.0.1".parse().ok(),
            remote: "10.9.0.2".parse().ok(),
            oriented: Some(true),
            ike: None,
            unrouted: false,
            interface: Some("nsim0".into()),
            local_selector: Some("10.9.0.1".into()),
            remote_selector: Some("10.9.0.2".into()),
            reqid: None,
            child: ChildSettings {
                tunnel: Some(false),
                ah: Some(false),
                esn_no: Some(true),
                esn_yes: Some(false),
                replaced_stays: Some(0),
                ikev1: Some(false),
                pfs: Some(true),
                ..ChildSettings::default()
            },
        };
        assert_eq!(value[0], expected);
        assert_eq!((value[1].connection.as_str(), value[1].instance.as_deref()), ("od", Some("/1x1")));
        assert_eq!((value[1].wanted_up, value[1].routed, value[1].template), (Some(false), Some(true), true));
        assert_eq!(value[1].offload, Some(OffloadSetting::Auto));
        assert_eq!(value[1].remote_selector.as_deref(), Some("10.2.0.0/24"));
        assert!(!value[1].unrouted);
    }

    #[test]
    fn connections_of_5_x_are_read() {
        let output = b"\"rw\"[3]: 10.1.0.0/24===10.9.0.1[@a]...10.9.0.7[@b]===10.2.0.0/24; routed-tunnel; my_ip=unset; their_ip=unset;\n\
            \"rw\"[3]:   host: oriented; local: 10.9.0.1; remote: 10.9.0.7:4500;\n\
            \"rw\"[3]:   policy: IKEv2+PSK+ENCRYPT+TUNNEL+PFS+ROUTE+UP;\n\
            \"rw\"[3]:   conn_prio: 24,24,0; interface: eth1; metric: 0;\n\
            \"rw\"[3]:   nflog-group: unset; mark: unset; nic-offload:packet;\n\
            \"rw\"[3]:   routing: routed-tunnel; owner: Child SA #4;\n\
            \"rw\"[3]:   reqid: 16392;\n";
        let read = connections(output).value;
        assert_eq!(read[0].instance.as_deref(), Some("[3] 10.9.0.7"));
        assert_eq!(read[0].offload, Some(OffloadSetting::Packet));
        assert_eq!((read[0].reqid, read[0].routed, read[0].template), (Some(16_392), Some(true), false));
        assert_eq!(read[0].interface.as_deref(), Some("eth1"));
    }

    #[test]
    fn what_the_sas_will_be_like_is_read_from_both_versions() {
        let of_4 = b"000 \"t3\": 10.9.0.1[@a]...10.9.0.2[@b]; unrouted; eroute owner: #0\n\
            000 \"t3\":   ike_life: 28800s; ipsec_life: 28800s; ipsec_max_bytes: 2^63B; ipsec_max_packets: 2^63; replay_window: 64; rekey_margin: 540s;\n\
            000 \"t3\":   policy: IKEv2+PSK+ENCRYPT+TUNNEL+PFS+IKE_FRAG_ALLOW+ESN_NO+ESN_YES;\n\
            000 \"t3\":   nat-traversal: encaps:yes; keepalive:20s\n\
            000 \"t3\":   IKE algorithms: AES_GCM_16_256-HMAC_SHA2_512-DH31\n\
            000 \"t3\":   ESP algorithms: AES_GCM_16_256-NONE, AES_CBC_256-HMAC_SHA2_256_128\n";
        let expected = ChildSettings {
            tunnel: Some(true),
            ah: Some(false),
            esn_no: Some(true),
            esn_yes: Some(true),
            replay_window: Some(64),
            encapsulation: Some(EncapsulationSetting::Yes),
            algorithms: Some("AES_GCM_16_256-NONE, AES_CBC_256-HMAC_SHA2_256_128".into()),
            replaced_stays: Some(0),
            ikev1: Some(false),
            pfs: Some(true),
            life: Some(28_800),
            ike_life: Some(28_800),
        };
        assert_eq!(connections(of_4).value[0].child, expected);
        assert!(connections(of_4).value[0].unrouted);
        let of_5 = b"\"a\": 10.9.0.1[@a]...10.9.0.2[@b]; unrouted; my_ip=unset; their_ip=unset;\n\
            \"a\":   ike_life: 28800s; replay_window: 128; rekey_margin: 540s;\n\
            \"a\":   policy: IKEv1+PSK+AUTHENTICATE+PFS+ESN_YES;\n\
            \"a\":   nat-traversal: encapsulation:auto; keepalive:20s\n\
            \"a\":   AH algorithms: HMAC_SHA2_256_128\n";
        let child = &connections(of_5).value[0].child;
        assert_eq!(
            (child.ah, child.tunnel, child.esn_no, child.esn_yes),
            (Some(true), Some(false), Some(false), Some(true))
        );
        assert_eq!((child.replay_window, child.encapsulation), (Some(128), Some(EncapsulationSetting::Auto)));
        assert_eq!(child.algorithms.as_deref(), Some("HMAC_SHA2_256_128"));
    }

    #[test]
    fn what_a_rekey_leaves_beside_its_pair_is_read() {
        let stays = |policy: &str, life: &str| {
            let text = format!(
                "\"t1\": 10.9.0.1...10.9.0.2; unrouted; my_ip=unset; their_ip=unset;\n\"t1\":   {life}\n\"t1\":   policy: {policy};\n"
            );
            connections(text.as_bytes()).value[0].child.replaced_stays
        };
        let life = "ike_life: 28800s; ipsec_life: 28800s; replay_window: 128; rekey_margin: 540s; rekey_fuzz: 100%; keyingtries: 0;";
        assert_eq!(stays("IKEv1+PSK+ENCRYPT+TUNNEL+UP", life), Some(1080));
        assert_eq!(stays("IKEV1_ALLOW+PSK+ENCRYPT", &life.replace("100%", "50%")), Some(810));
        assert_eq!(stays("IKEv2+PSK+ENCRYPT+TUNNEL+UP", life), Some(0));
        assert_eq!(stays("PSK+ENCRYPT", life), None);
        assert_eq!(stays("IKEv1+PSK", &life.replace("540s", "4294967295s")), Some(u32::MAX));
        assert_eq!(stays("IKEv1+PSK", &life.replace("540s", "soon")), None);
    }

    #[test]
    fn garbled_lines_are_counted_and_harm_nothing() {
        let output = b"\"a\":   policy: UP;\n\"b\": nonsense\n\"t1\": 10.9.0.1...10.9.0.2; unrouted; eroute owner: #0\n\"t1\":   reqid: x;\n";
        let Parsed { value, skipped } = connections(output);
        assert_eq!((value.len(), skipped), (1, 2));
        assert_eq!(value[0].reqid, None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(output in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = connections(&output);
        }

        #[test]
        fn no_pieces_make_it_panic(pieces in proptest::collection::vec(proptest::sample::select(vec![
            "\"t1\"", ": ", "10.9.0.1", "[", "]", "...", "===", "; ", "erouted", "; eroute owner: ", "  policy: ", "nic-offload:", "\n", "<", "---", "\u{e9}",
        ]), 0..30)) {
            let _ = connections(pieces.concat().as_bytes());
        }
    }
}
