//! Inbound SAs whose peer's packets come from another place than the SA names: a NAT before the peer has moved it.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU16;
use std::time::Duration;

use super::claims::Child;
use super::sad::Sa;
use super::slab::Slot;
use crate::model::{Boottime, Spi};

/// A peer whose place changes this often has none that could be named.
const RESTLESS: u32 = 3;

/// See `Mapping::lasts`.
const MOMENT: Duration = Duration::from_secs(1);

/// Where nothing was heard for so long, what moved the peer and what its daemon says of it may just be beginning.
const SILENCE: Duration = Duration::from_secs(15);

/// Packets come without a word of the kernel for so long: they come from where the SA says, and a NAT that goes to and fro does not.
const BACK_FOR: Duration = Duration::from_secs(60);

/// A packet is counted later than it is told of, and the dump that shows the count takes its time.
const SLACK: Duration = Duration::from_secs(2);

/// Where an SA sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendPlace {
    pub address: IpAddr,
    /// None where it does not go in UDP.
    pub port: Option<NonZeroU16>,
}

/// The peer of one inbound SA.
#[derive(Clone, Copy, Debug)]
pub struct Mapping {
    /// Since when its packets come from elsewhere, without a long silence between.
    pub resumed: Boottime,
    since: Boottime,
    /// Where the last came from; none where that was not kept.
    pub sender: Option<SocketAddr>,
    /// Where the outbound SA of the pair sent then.
    sent_to: Option<SendPlace>,
    /// When the kernel told last.
    last: Boottime,
    changes: u32,
    back: Option<Boottime>,
}

/// A pair whose peer has moved.
#[derive(Clone, Copy, Debug)]
pub struct MovedPeer {
    pub child: Slot<Child>,
    pub mapping: Mapping,
    pub inbound: Spi,
    pub outbound: Spi,
    /// Where the outbound SA sends.
    pub place: SendPlace,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Mappings {
    rows: BTreeMap<Slot<Sa>, Mapping>,
}

impl SendPlace {
    /// Whether what is sent here arrives where that packet came from; none where that cannot be known.
    fn is(self, sender: SocketAddr) -> Option<bool> {
        if self.address != sender.ip() {
            return Some(false);
        }
        self.port.map(|port| port.get() == sender.port())
    }
}

impl fmt::Display for SendPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => SocketAddr::new(self.address, port.get()).fmt(f),
            None => self.address.fmt(f),
        }
    }
}

impl Mapping {
    /// Its packets come from one place after the other.
    pub const fn is_restless(&self) -> bool {
        self.changes >= RESTLESS
    }

    /// Packets came from elsewhere for longer than a moment. Whoever gets no answer sends again, so that one packet alone proves nothing; where
    /// it is not known from where, one has to do.
    pub fn lasts(&self) -> bool {
        self.sender.is_none() || self.last.since(self.since) >= MOMENT
    }

    /// The last packets came from where the SA says.
    pub const fn is_back(&self) -> bool {
        self.back.is_some()
    }

    /// What is sent to this place does not go where the peer's packets come from.
    pub fn misses(&self, place: SendPlace) -> bool {
        match self.sender {
            Some(sender) => place.is(sender) == Some(false),
            None => self.sent_to == Some(place),
        }
    }
}

impl Mappings {
    /// The peer of this SA sent from there, while the outbound SA sent to `place`. Whether there is something to judge.
    pub(super) fn note(
        &mut self,
        slot: Slot<Sa>,
        sender: Option<SocketAddr>,
        place: Option<SendPlace>,
        now: Boottime,
    ) -> bool {
        if sender.zip(place).is_some_and(|(sender, place)| place.is(sender) == Some(true)) {
            return false;
        }
        let begun = Mapping { resumed: now, since: now, sender, sent_to: place, last: now, changes: 0, back: None };
        let Some(row) = self.rows.get_mut(&slot) else {
            self.rows.insert(slot, begun);
            return true;
        };
        // The outbound SA was moved to where the peer was before this.
        if place.is_some_and(|place| !row.misses(place)) {
            *row = begun;
            return true;
        }
        let (lasted, moves) = (row.lasts(), row.sender != sender);
        let returns = row.back.take().is_some();
        let resumes = returns || now.since(row.last) > SILENCE;
        if moves {
            row.sender = sender;
            row.changes = row.changes.saturating_add(1);
        }
        // It has its time once more, but for one that moves with every packet.
        let begins = moves && row.changes <= RESTLESS;
        row.last = now;
        if resumes || begins {
            row.resumed = now;
        }
        if begins || returns || resumes && moves {
            row.since = now;
        }
        resumes || begins || row.lasts() != lasted
    }

    /// A window of this length has ended, in which the SAs of which `received` says so had packets. Those that are over.
    pub(super) fn window(
        &mut self,
        now: Boottime,
        length: Duration,
        received: impl Fn(Slot<Sa>) -> bool,
    ) -> Vec<Slot<Sa>> {
        for (slot, row) in &mut self.rows {
            // Who does not know where from cannot know that it is there no more.
            if row.sender.is_some() && row.back.is_none() && now.since(row.last) > length + SLACK && received(*slot) {
                row.back = Some(now);
            }
        }
        let is_over = |row: &Mapping| row.back.is_some_and(|back| now.since(back) >= BACK_FOR);
        let over: Vec<_> = self.rows.iter().filter(|(_, row)| is_over(row)).map(|(slot, _)| *slot).collect();
        for slot in &over {
            self.rows.remove(slot);
        }
        over
    }

    /// Of one SA.
    pub fn of(&self, slot: Slot<Sa>) -> Option<&Mapping> {
        self.rows.get(&slot)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn forget(&mut self, slot: Slot<Sa>) {
        self.rows.remove(&slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOT: Slot<Sa> = Slot::FIRST;
    const WINDOW: Duration = Duration::from_secs(10);

    fn at(seconds: u64) -> Boottime {
        Boottime::from_micros(seconds * 1_000_000)
    }

    fn from(port: u16) -> Option<SocketAddr> {
        Some(SocketAddr::from(([192, 0, 2, 9], port)))
    }

    fn place(port: u16) -> SendPlace {
        SendPlace { address: [192, 0, 2, 9].into(), port: NonZeroU16::new(port) }
    }

    #[test]
    fn what_goes_to_the_sender_misses_nothing_and_without_a_port_nobody_knows() {
        let mut mappings = Mappings::default();
        assert!(!mappings.note(SLOT, from(4500), Some(place(4500)), at(1)) && mappings.is_empty());
        assert!(mappings.note(SLOT, from(1024), Some(place(4500)), at(1)));
        let row = mappings.of(SLOT).unwrap();
        assert!(row.misses(place(4500)) && !row.misses(place(1024)) && !row.misses(place(0)));
        assert!(row.misses(SendPlace { address: [192, 0, 2, 8].into(), port: None }));
    }

    #[test]
    fn where_the_sender_was_not_kept_whoever_sends_elsewhere_since_is_right() {
        let mut mappings = Mappings::default();
        assert!(mappings.note(SLOT, None, Some(place(0)), at(1)));
        assert!(mappings.of(SLOT).unwrap().misses(place(0)) && !mappings.of(SLOT).unwrap().misses(place(7)));
        assert_eq!(mappings.window(at(1000), WINDOW, |_| true), []);
        assert!(!mappings.of(SLOT).unwrap().is_back());
    }

    #[test]
    fn a_word_for_each_packet_is_judged_once() {
        let mut mappings = Mappings::default();
        let judged = |mappings: &mut Mappings, ports: &[u16]| {
            ports.iter().filter(|port| mappings.note(SLOT, from(**port), Some(place(4500)), at(1))).count()
        };
        assert_eq!(judged(&mut mappings, &[1024; 100]), 1);
        let to_and_fro: Vec<_> = (0..1000).map(|number| 1025 + number % 2).collect();
        assert_eq!(judged(&mut mappings, &to_and_fro), 3);
        assert!(mappings.of(SLOT).unwrap().is_restless());
    }

    #[test]
    fn one_packet_proves_nothing_nor_does_one_from_elsewhere_long_after_it() {
        let mut mappings = Mappings::default();
        let lasts = |mappings: &mut Mappings, seconds, port| {
            let judged = mappings.note(SLOT, from(port), Some(place(4500)), at(seconds));
            let row = mappings.of(SLOT).unwrap();
            (judged, row.lasts(), row.resumed)
        };
        assert_eq!(lasts(&mut mappings, 100, 1024), (true, false, at(100)));
        assert_eq!(lasts(&mut mappings, 200, 1025), (true, false, at(200)));
        assert_eq!(lasts(&mut mappings, 201, 1025), (true, true, at(200)));
        assert_eq!(lasts(&mut mappings, 202, 1025), (false, true, at(200)));
        // Now and then a packet from there: the daemon has its time once more.
        assert_eq!(lasts(&mut mappings, 300, 1025), (true, true, at(300)));
    }

    #[test]
    fn a_peer_that_was_followed_and_moves_again_has_its_time_again() {
        let mut mappings = Mappings::default();
        for second in 100..105 {
            mappings.note(SLOT, from(1024), Some(place(4500)), at(second));
        }
        assert!(mappings.note(SLOT, from(1025), Some(place(1024)), at(110)));
        let row = mappings.of(SLOT).unwrap();
        assert_eq!((row.resumed, row.lasts(), row.misses(place(1024))), (at(110), false, true));
    }

    #[test]
    fn packets_without_a_word_for_a_minute_come_from_where_the_sa_says() {
        let mut mappings = Mappings::default();
        mappings.note(SLOT, from(1024), Some(place(4500)), at(100));
        // It was told of in that window; and without packets nothing is known.
        assert_eq!(mappings.window(at(110), WINDOW, |_| true), []);
        assert_eq!(mappings.window(at(120), WINDOW, |_| false), []);
        assert!(!mappings.of(SLOT).unwrap().is_back());
        assert_eq!(mappings.window(at(130), WINDOW, |_| true), []);
        assert!(mappings.of(SLOT).unwrap().is_back());
        // One that goes to and fro begins anew.
        assert!(mappings.note(SLOT, from(1024), Some(place(4500)), at(150)));
        assert_eq!((mappings.of(SLOT).unwrap().resumed, mappings.of(SLOT).unwrap().is_back()), (at(150), false));
        assert_eq!(mappings.window(at(170), WINDOW, |_| true), []);
        assert_eq!(mappings.window(at(229), WINDOW, |_| true), []);
        assert_eq!(mappings.window(at(230), WINDOW, |_| true), [SLOT]);
        assert!(mappings.is_empty());
    }
}
