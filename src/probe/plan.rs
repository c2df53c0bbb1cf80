//! What is tried: one SA, varied one property at a time, and the few combinations that drivers are known to judge as such.
//!
//! The whole product would be some 20,000 SAs for each kind of offload and direction; what a driver checks, it checks property by
//! property (mode, algorithm with its key and check value, sequence numbers, replay window, encapsulation, family, interface id). Known to
//! be judged together are: tunnel mode with UDP encapsulation (mlx5), tunnel mode with IPv6, ESN with the window of 128 that a
//! daemon asks for, and tunnel mode with ESN.

use crate::model::{Algorithm, Direction, OffloadMode, Protocol, SaMode, SaShape};

/// Authentication algorithms: the kernel's name, bits of the key, bits of the check value.
pub const AUTHENTICATIONS: [(&str, &str, u16, u16); 4] = [
    ("sha1", "hmac(sha1)", 160, 96),
    ("sha256", "hmac(sha256)", 256, 128),
    ("sha384", "hmac(sha384)", 384, 192),
    ("sha512", "hmac(sha512)", 512, 256),
];

/// Kinds of offload and directions, in the order in which they are tried and shown.
pub const COLUMNS: [(OffloadMode, Direction); 4] = [
    (OffloadMode::Crypto, Direction::Out),
    (OffloadMode::Crypto, Direction::In),
    (OffloadMode::Packet, Direction::Out),
    (OffloadMode::Packet, Direction::In),
];

#[derive(Clone, Debug)]
pub struct Variation {
    /// Its name in the JSON form.
    pub name: String,
    /// How people are told of it.
    pub title: String,
    /// What it belongs to.
    pub group: &'static str,
    change: PlanChange,
}

#[derive(Clone, Copy, Debug, Default)]
struct PlanChange {
    protocol: Option<Protocol>,
    mode: Option<SaMode>,
    algorithm: Option<Algorithm>,
    esn: Option<bool>,
    replay_window: Option<u32>,
    encapsulated: Option<bool>,
    ipv6: Option<bool>,
    if_id: Option<u32>,
}

impl Variation {
    /// The variation of this SA.
    pub fn of(&self, base: &SaShape) -> SaShape {
        let change = &self.change;
        SaShape {
            protocol: change.protocol.unwrap_or(base.protocol),
            mode: change.mode.unwrap_or(base.mode),
            algorithm: change.algorithm.or(base.algorithm),
            esn: change.esn.unwrap_or(base.esn),
            replay_window: change.replay_window.unwrap_or(base.replay_window),
            encapsulated: change.encapsulated.unwrap_or(base.encapsulated),
            ipv6: change.ipv6.unwrap_or(base.ipv6),
            if_id: change.if_id.unwrap_or(base.if_id),
        }
    }
}

/// The SA that most devices take: what is not taken of it has a reason of its own.
pub fn preferred() -> SaShape {
    SaShape {
        protocol: Protocol::Esp,
        mode: SaMode::Transport,
        algorithm: Some(Algorithm::aes_gcm(128, 128)),
        esn: false,
        replay_window: 32,
        encapsulated: false,
        ipv6: false,
        if_id: 0,
    }
}

/// SAs to begin with, the preferred one first: the first that is taken is the one that is varied, so that nothing is refused for what
/// only its base has.
pub fn bases() -> Vec<SaShape> {
    let algorithms = [
        Algorithm::aes_gcm(128, 128),
        Algorithm::aes_gcm(256, 128),
        Algorithm::aes_cbc(128, "hmac(sha256)", 128),
        Algorithm::chacha20_poly1305(),
    ];
    let mut bases = Vec::new();
    // A device may insist on extended sequence numbers.
    for esn in [false, true] {
        for algorithm in algorithms {
            for ipv6 in [false, true] {
                for mode in [SaMode::Transport, SaMode::Tunnel] {
                    bases.push(SaShape { algorithm: Some(algorithm), ipv6, mode, esn, ..preferred() });
                }
            }
        }
    }
    bases
}

/// Every variation, in the order in which they are shown.
pub fn variations() -> Vec<Variation> {
    let mut all = Vec::new();
    let mut add = |group, name: &str, title: &str, change| {
        all.push(Variation { name: name.to_owned(), title: title.to_owned(), group, change });
    };
    let esp = Some(Protocol::Esp);
    let tunnel = Some(SaMode::Tunnel);
    let modes = "protocol and mode";
    add(
        modes,
        "transport",
        "ESP, transport mode",
        PlanChange { protocol: esp, mode: Some(SaMode::Transport), ..PlanChange::default() },
    );
    add(modes, "tunnel", "ESP, tunnel mode", PlanChange { protocol: esp, mode: tunnel, ..PlanChange::default() });
    let ah = PlanChange {
        protocol: Some(Protocol::Ah),
        algorithm: Some(Algorithm::authentication("hmac(sha256)", 128)),
        ..PlanChange::default()
    };
    add(modes, "ah-transport", "AH, transport mode", PlanChange { mode: Some(SaMode::Transport), ..ah });
    add(modes, "ah-tunnel", "AH, tunnel mode", PlanChange { mode: tunnel, ..ah });
    let addresses = "addresses";
    add(addresses, "ipv4", "IPv4", PlanChange { ipv6: Some(false), ..PlanChange::default() });
    add(addresses, "ipv6", "IPv6", PlanChange { ipv6: Some(true), ..PlanChange::default() });
    add(
        addresses,
        "tunnel+ipv6",
        "IPv6, tunnel mode",
        PlanChange { ipv6: Some(true), mode: tunnel, ..PlanChange::default() },
    );
    for key in [128, 192, 256] {
        for icv in [16, 12, 8] {
            let change = PlanChange { algorithm: Some(Algorithm::aes_gcm(key, icv * 8)), ..PlanChange::default() };
            add(
                "algorithms",
                &format!("aes-gcm-{key}-icv{icv}"),
                &format!("AES-GCM-{key}, ICV of {icv} bytes"),
                change,
            );
        }
    }
    for key in [128, 256] {
        for (short, name, _, icv) in AUTHENTICATIONS {
            let change = PlanChange { algorithm: Some(Algorithm::aes_cbc(key, name, icv)), ..PlanChange::default() };
            let title = format!("AES-CBC-{key}, HMAC-{}-{icv}", short.to_uppercase());
            add("algorithms", &format!("aes-cbc-{key}-{short}"), &title, change);
        }
    }
    let chacha = PlanChange { algorithm: Some(Algorithm::chacha20_poly1305()), ..PlanChange::default() };
    add("algorithms", "chacha20-poly1305", "ChaCha20-Poly1305", chacha);
    let numbers = "sequence numbers and replay window";
    add(numbers, "no-esn", "without ESN", PlanChange { esn: Some(false), ..PlanChange::default() });
    add(numbers, "esn", "ESN", PlanChange { esn: Some(true), ..PlanChange::default() });
    let esn_128 = PlanChange { esn: Some(true), replay_window: Some(128), ..PlanChange::default() };
    add(numbers, "esn+window-128", "ESN, replay window 128", esn_128);
    add(
        numbers,
        "tunnel+esn",
        "ESN, tunnel mode",
        PlanChange { esn: Some(true), mode: tunnel, ..PlanChange::default() },
    );
    for window in [0, 32, 64, 128, 256, 1024, 4096] {
        let change = PlanChange { esn: Some(false), replay_window: Some(window), ..PlanChange::default() };
        add(numbers, &format!("window-{window}"), &format!("replay window {window}"), change);
    }
    let others = "encapsulation and interfaces";
    add(
        others,
        "no-udp",
        "without UDP encapsulation",
        PlanChange { encapsulated: Some(false), ..PlanChange::default() },
    );
    add(others, "udp", "UDP encapsulation", PlanChange { encapsulated: Some(true), ..PlanChange::default() });
    let udp = PlanChange { encapsulated: Some(true), mode: tunnel, ..PlanChange::default() };
    add(others, "tunnel+udp", "UDP encapsulation, tunnel mode", udp);
    add(others, "if-id", "XFRM interface (if_id)", PlanChange { if_id: Some(1), ..PlanChange::default() });
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_variation_has_a_name_of_its_own_and_fits_a_line() {
        let all = variations();
        let names: BTreeSet<&str> = all.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names.len(), all.len());
        assert!(all.iter().all(|one| one.title.len() <= 34), "{all:?}");
    }

    #[test]
    fn whatever_the_base_every_property_has_a_cell_with_it_alone() {
        for base in bases() {
            let shapes: Vec<SaShape> = variations().iter().map(|one| one.of(&base)).collect();
            // Else a table would not tell what is true of the base itself.
            assert!(shapes.contains(&base), "{base:?}");
            for varied in [
                SaShape { ipv6: !base.ipv6, ..base },
                SaShape { encapsulated: true, ..base },
                SaShape { mode: SaMode::Tunnel, ..base },
                SaShape { mode: SaMode::Transport, ..base },
                SaShape { esn: !base.esn, ..base },
                SaShape { algorithm: Some(Algorithm::aes_gcm(192, 96)), ..base },
            ] {
                assert!(shapes.contains(&varied), "{varied:?} of {base:?}");
            }
        }
    }
}
