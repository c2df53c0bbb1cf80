//! Who sends what is dropped, as lines of evidence: what the packets say of themselves, and what is known of their SPI. Nothing is decided by
//! them, for anybody can send such packets.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::slab::Slot;
use crate::model::{Dropped, Evidence, Protocol, Sender, Source, Spi};
use crate::plural::counted;

/// Senders that are named.
const SHOWN: usize = 4;

/// Nothing but an integrity check proves a sender: these packets failed it, or were dropped before it.
const FORGEABLE: &str = "anybody can write any sender into such packets: these addresses are no proof";

/// How much there is to say of a sender: the one that is known best is named first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    /// The SPI was an SA of this host.
    Spi,
    /// It is the peer of an SA.
    Peer,
    Nothing,
}

/// Those who send on SPIs that this host does not have.
pub fn without_state(facts: &Facts) -> Vec<Evidence> {
    let more = facts.senders.counted(facts.now).map_or(0, |counted| counted.senders.more);
    named(facts, counted_of(facts, |sender| sender.why == Dropped::NoState).collect(), more)
}

/// Those who still send on an SA that is missing.
pub fn on_missing(facts: &Facts, spi: Spi) -> Vec<Evidence> {
    named(facts, counted_of(facts, |sender| sender.why == Dropped::NoState && sender.spi == spi).collect(), 0)
}

/// `more` packets are of others.
fn named(facts: &Facts, senders: Vec<Sender>, more: u64) -> Vec<Evidence> {
    let peers = peers(facts, &senders.iter().map(|sender| sender.src).collect());
    let rows: Vec<_> = senders
        .into_iter()
        .map(|sender| {
            let (known, text) = whose(facts, &peers, &sender);
            (known, sender, text)
        })
        .collect();
    lines(facts, rows, more)
}

/// Those whose packets on these SAs of a tunnel fail.
pub fn failing(facts: &Facts, tunnel: Slot<Tunnel>, why: Dropped) -> Vec<Evidence> {
    let Some(child) = facts.claims.newest_child(tunnel) else { return Vec::new() };
    let peer = child.inbound.sa.and_then(|slot| facts.sad.get(slot)).map(|sa| sa.src);
    let spi = child.inbound.spi;
    let rows: Vec<_> = counted_of(facts, |sender| sender.why == why && sender.spi == spi)
        .map(|sender| {
            let what = match why {
                Dropped::Replay => "that the replay window refuses",
                _ => "that fail their integrity check",
            };
            let who = match peer {
                Some(peer) if peer == sender.src => format!("{peer}, the peer,"),
                Some(peer) => format!("{}, which is not the peer {peer},", sender.src),
                None => sender.src.to_string(),
            };
            let known = if peer == Some(sender.src) { Known::Peer } else { Known::Nothing };
            (known, sender, format!("{who} sends packets on SPI {spi} {what}"))
        })
        .collect();
    lines(facts, rows, 0)
}

fn counted_of<'a>(facts: &'a Facts, is_meant: impl Fn(&Sender) -> bool + 'a) -> impl Iterator<Item = Sender> + 'a {
    let counted = facts.senders.counted(facts.now);
    counted.into_iter().flat_map(|counted| &counted.senders.rows).copied().filter(move |sender| is_meant(sender))
}

/// The SPI's owner, or that it has none.
fn whose(facts: &Facts, peers: &BTreeMap<IpAddr, String>, sender: &Sender) -> (Known, String) {
    let Sender { spi, src, .. } = sender;
    let sends = format!("{src} sends on SPI {spi}");
    if let Some(gone) = facts.gone.with_spi(*spi) {
        let name = gone.connection.map(|slot| facts.connection_text(slot)).filter(|name| !name.is_empty());
        let was = name.map_or_else(|| "was here".to_owned(), |name| format!("was {name}'s"));
        let until = facts.started.zone.clock(gone.wall);
        let other = if gone.src == *src { String::new() } else { format!(" with {}", gone.src) };
        return (Known::Spi, format!("{sends}, which {was}{other} until {until} ({})", facts.how_it_went(gone)));
    }
    if [Protocol::Esp, Protocol::Ah].into_iter().any(|protocol| !facts.sad.with_spi(*spi, protocol).is_empty()) {
        return (Known::Spi, format!("{sends}, which another address or mark has here"));
    }
    match peers.get(src) {
        Some(name) => {
            (Known::Peer, format!("{src}, the peer of {name}, sends on SPI {spi}, which no SA was seen to have here"))
        }
        None => (Known::Nothing, format!("{sends}, which no SA was seen to have here; no tunnel is with this address")),
    }
}

/// The first connection with each of these addresses.
fn peers(facts: &Facts, wanted: &BTreeSet<IpAddr>) -> BTreeMap<IpAddr, String> {
    let mut peers = BTreeMap::new();
    if wanted.is_empty() {
        return peers;
    }
    for (_, child) in facts.claims.children() {
        let src = child.inbound.sa.and_then(|slot| facts.sad.get(slot)).map(|sa| sa.src);
        if let Some(src) = src.filter(|src| wanted.contains(src) && !peers.contains_key(src))
            && let Some(tunnel) = facts.claims.tunnel_at(child.tunnel)
        {
            peers.insert(src, facts.connection_text(tunnel.connection));
        }
    }
    peers
}

fn lines(facts: &Facts, mut rows: Vec<(Known, Sender, String)>, more: u64) -> Vec<Evidence> {
    let Some(counted_at) = facts.senders.counted(facts.now) else { return Vec::new() };
    rows.sort_by_key(|(known, sender, _)| (*known, Reverse(sender.packets), sender.spi, sender.src));
    let seconds = counted_at.senders.over.saturating_add(500_000) / 1_000_000;
    let rest = rows.split_off(rows.len().min(SHOWN));
    let others = rest.len();
    let unnamed = rest.iter().fold(more, |sum, (_, sender, _)| sum.saturating_add(sender.packets));
    let mut texts: Vec<String> = rows
        .into_iter()
        .map(|(_, sender, text)| format!("{text}: {} in {seconds} s", counted(sender.packets, "packet")))
        .collect();
    if unnamed > 0 && !texts.is_empty() {
        let of = if others > 0 { counted(others as u64, "more sender") } else { "others".to_owned() };
        texts.push(format!("{of} sent {}", counted(unnamed, "packet")));
    }
    if !texts.is_empty() {
        texts.push(FORGEABLE.to_owned());
    }
    let line = |text| Evidence { time: counted_at.wall, at: counted_at.at, source: Source::Attribution, text };
    texts.into_iter().map(line).collect()
}
