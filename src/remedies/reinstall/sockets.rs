//! The real kernel: one socket for requests, and one that hears what becomes of SAs, joined before anything is deleted.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use zerocopy::FromBytes;

use super::ReinstallOrder;
use super::carried::{AddAttempt, Carried};
use super::gap::{GapBlock, is_served_by, ways};
use super::kernel::{Added, Deleted, Kernel, Unmoved};
use super::looked::Looked;
use crate::clock;
use crate::model::{Abilities, KernelPolicy, KernelSa, Link, SaId, SaShape};
use crate::probe::request::{NetlinkRequest, bytes, draw, family};
use crate::probe::talk::{Acknowledgement, RequestSocket, error};
use crate::probe::{self, ProbeError, migration};
use crate::sources::netlink;
use crate::sources::routes::Lookup;
use crate::sources::xfrm::decode::{Decoder, Message, Messages};
use crate::sources::xfrm::layout::{self, SaKey};
use crate::sources::xfrm::numbers::*;
use crate::sources::xfrm::wipe;

/// ESRCH.
const NOT_THERE: u32 = 3;
/// Every SA of the namespace that comes or goes meanwhile is heard, too: some 1,500 of them fit.
const RECEIVE_BUFFER: usize = 1 << 20;
/// Longer than any event.
const BUFFER: usize = 64 << 10;
/// The event stands in the socket before the deletion is acknowledged; this is for a kernel that has it otherwise.
const EVENT_DEADLINE: Duration = Duration::from_millis(200);
/// More policies than this on one SA are not blocked one by one.
const MOST_POLICIES: usize = 64;

/// Where the SA is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveTarget {
    /// The device.
    pub link: Link,
    /// What the kernel can do.
    pub abilities: Abilities,
}

/// The sockets of one reinstall.
pub struct ReinstallSockets {
    talk: RequestSocket,
    events: OwnedFd,
    buffer: Vec<u8>,
    lookup: Lookup,
    decoder: Decoder,
    /// What our requests are known by in the events.
    port: u32,
    target: Option<MoveTarget>,
    blocks: Vec<GapBlock>,
    deleted: Option<Instant>,
    added: Option<Instant>,
    unmoved: Option<String>,
}

impl Drop for ReinstallSockets {
    fn drop(&mut self) {
        wipe(&mut self.buffer, BUFFER);
    }
}

impl ReinstallSockets {
    /// Opens them. From here on no event is missed. `target`: the device that is to have the SA.
    ///
    /// # Errors
    /// What the kernel says, in words.
    pub fn open(decoder: Decoder, target: Option<MoveTarget>) -> Result<Self, String> {
        let tried = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
        let talk = RequestSocket::xfrm().map_err(tried("opening a NETLINK_XFRM socket"))?;
        let xfrm = Some(rustix::net::netlink::XFRM);
        let events = netlink::open(xfrm).map_err(tried("opening a NETLINK_XFRM socket for events"))?;
        netlink::join(&events, &[XFRMNLGRP_SA]).map_err(tried("joining the kernel's SA events"))?;
        netlink::set_receive_buffer(&events, RECEIVE_BUFFER).map_err(tried("setting a receive buffer"))?;
        let mut port = [0; 4];
        draw(&mut port).map_err(|error| error.to_string())?;
        Ok(Self {
            talk,
            events,
            buffer: vec![0; BUFFER],
            lookup: Lookup::default(),
            decoder,
            // Others write 0 or their process id.
            port: u32::from_ne_bytes(port) | 1 << 31,
            target,
            blocks: Vec::new(),
            deleted: None,
            added: None,
            unmoved: None,
        })
    }

    /// How long the SA was away, as far as it was and came back.
    pub fn gap(&self) -> Option<Duration> {
        Some(self.added?.duration_since(self.deleted?))
    }

    /// What the kernel said where it did not move the SA in place, though it should be able to.
    pub fn unmoved(&self) -> Option<&str> {
        self.unmoved.as_deref()
    }

    fn by_key(&mut self, kind: u16, sa: &SaId) -> (u32, NetlinkRequest) {
        let seq = self.talk.next_seq();
        let mut request = NetlinkRequest::begin_as(kind, seq, self.port);
        request.put(&SaKey {
            dst: bytes(sa.dst),
            spi: sa.spi.0.into(),
            family: family(sa.dst).into(),
            protocol: sa.protocol.number(),
            pad: 0,
        });
        // A marked SA is found only by a mark that fits.
        if (sa.mark.value, sa.mark.mask) != (0, 0) {
            let mark = layout::Mark { value: sa.mark.value.into(), mask: sa.mark.mask.into() };
            request.attribute(XFRMA_MARK, |request| request.put(&mark));
        }
        request.finish();
        (seq, request)
    }

    /// What is in the socket from before is no answer to anything.
    fn forget_events(&mut self) {
        while let Some(length) = self.datagram() {
            wipe(&mut self.buffer, length.unwrap_or(BUFFER));
        }
    }

    /// The next datagram's length, if it is the kernel's and whole; none where there is no more.
    fn datagram(&mut self) -> Option<Option<usize>> {
        match netlink::receive(&self.events, &mut self.buffer) {
            Ok(datagram) => Some((datagram.sender == 0 && datagram.length <= BUFFER).then_some(datagram.length)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            // Events were lost; those before them are still there.
            Err(error) if netlink::is_overrun(&error) || error.kind() == io::ErrorKind::Interrupted => Some(Some(0)),
            Err(_) => None,
        }
    }

    /// The kernel's last word about the SA that the request of this number deleted.
    fn last_word(&mut self, seq: u32, sa: &SaId) -> Option<Carried> {
        let deadline = Instant::now() + EVENT_DEADLINE;
        loop {
            while let Some(length) = self.datagram() {
                let length = length.unwrap_or(0);
                let datagram = self.buffer.get(..length).unwrap_or_default();
                let ours = |message: &Message<'_>| {
                    message.kind == XFRM_MSG_DELSA && message.seq == seq && message.port == self.port
                };
                let message = Messages::new(datagram).map_while(Result::ok).find(ours);
                let carried = message.and_then(|message| {
                    is_of(message.payload, sa).then(|| Carried::of_deletion(message.payload, &self.decoder).ok())?
                });
                wipe(&mut self.buffer, BUFFER);
                if carried.is_some() {
                    return carried;
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || netlink::wait(&self.events, left).is_err() {
                return None;
            }
        }
    }

    fn policies_of(&mut self, sa: &KernelSa) -> io::Result<Vec<KernelPolicy>> {
        let mut found = Vec::new();
        let decoder = self.decoder;
        self.talk.dump(XFRM_MSG_GETPOLICY, &[], |kind, payload| {
            if kind == XFRM_MSG_NEWPOLICY
                && let Ok(policy) = decoder.policy(payload)
                && is_served_by(&policy, sa)
            {
                found.push(policy);
            }
        })?;
        Ok(found)
    }

    fn blocks_for(&mut self, sa: &KernelSa) -> Result<Vec<GapBlock>, String> {
        let policies = self.policies_of(sa).map_err(|error| format!("reading the policies: {error}"))?;
        if policies.len() > MOST_POLICIES {
            return Err(format!("{} policies send packets to it", policies.len()));
        }
        let mut blocks = Vec::new();
        for policy in &policies {
            if policy.id.selector.ifindex != 0 {
                return Err(format!("the policy {} names an interface itself", policy.id));
            }
            for query in ways(policy, sa) {
                let way = self.lookup.ask(&query).map_err(|error| error.to_string())?;
                // What does not leave this host needs no SA.
                let block = way.map(|route| GapBlock::beside(policy, route.ifindex));
                blocks.extend(block.filter(|block| !blocks.contains(block)));
            }
        }
        Ok(blocks)
    }
}

impl Kernel for ReinstallSockets {
    fn look(&mut self, sa: &SaId) -> Result<Option<Looked>, String> {
        let (seq, request) = self.by_key(XFRM_MSG_GETSA, sa);
        let now = clock::real_time().seconds();
        let decoder = self.decoder;
        let read = self.talk.answered(seq, request.bytes(), |kind, payload| {
            (kind == XFRM_MSG_NEWSA).then(|| Looked::of(payload, &decoder, now))
        });
        match read.map_err(|error| error.to_string())? {
            (_, Some(Ok(looked))) => Ok(Some(looked)),
            (_, Some(Err(error))) => Err(error.to_string()),
            (Acknowledgement { errno: NOT_THERE, .. }, None) => Ok(None),
            (acknowledgement, None) => Err(words(acknowledgement)),
        }
    }

    fn moves(&mut self, order: &ReinstallOrder, shape: &SaShape) -> bool {
        if !migration::is_known(&mut self.talk).unwrap_or(false) {
            return false;
        }
        match (&self.target, order.offload) {
            (_, None) => true,
            (Some(target), Some(offload)) => {
                probe::moves_onto(&target.link, &target.abilities, offload.mode, order.direction, shape)
                    .unwrap_or(false)
            }
            (None, Some(_)) => false,
        }
    }

    fn migrate(&mut self, looked: &Looked, order: &ReinstallOrder) -> Result<(), Unmoved> {
        let seq = self.talk.next_seq();
        let request = looked.migration.request(seq, self.port, order.offload);
        let why = match self.talk.acknowledged(seq, request.bytes()) {
            Ok(Acknowledgement { errno: 0, .. }) => return Ok(()),
            Ok(Acknowledgement { errno: NOT_THERE, .. }) => return Err(Unmoved::NotThere),
            Ok(acknowledgement) => words(acknowledgement),
            Err(error) => error.to_string(),
        };
        self.unmoved = Some(why.clone());
        Err(Unmoved::Failed(why))
    }

    fn takes(&mut self, order: &ReinstallOrder, shape: &SaShape) -> Result<(), String> {
        let (Some(target), Some(offload)) = (&self.target, order.offload) else {
            return Err("no device is named".to_owned());
        };
        probe::takes(&target.link, &target.abilities, offload.mode, order.direction, shape)
            .map_err(|error: ProbeError| error.to_string())?
    }

    fn block(&mut self, sa: &KernelSa) -> Result<(), String> {
        for block in self.blocks_for(sa)? {
            let seq = self.talk.next_seq();
            let added = self.talk.acknowledged(seq, block.add(seq, self.port).bytes());
            // It may be there although nobody said so.
            if !matches!(&added, Ok(Acknowledgement { errno, .. }) if *errno != 0) {
                self.blocks.push(block);
            }
            let problem = match added {
                Ok(Acknowledgement { errno: 0, .. }) => continue,
                Ok(acknowledgement) => words(acknowledgement),
                Err(error) => error.to_string(),
            };
            self.unblock();
            return Err(problem);
        }
        Ok(())
    }

    fn unblock(&mut self) {
        for block in std::mem::take(&mut self.blocks) {
            let seq = self.talk.next_seq();
            // One that is not there has expired; one that stays does so in seconds.
            let _ = self.talk.acknowledged(seq, block.delete(seq, self.port).bytes());
        }
    }

    fn delete(&mut self, sa: &SaId) -> Deleted {
        self.forget_events();
        let (seq, request) = self.by_key(XFRM_MSG_DELSA, sa);
        self.deleted = Some(Instant::now());
        let acknowledged = self.talk.acknowledged(seq, request.bytes());
        match acknowledged {
            Ok(Acknowledgement { errno: 0, .. }) => {
                self.last_word(seq, sa).map_or(Deleted::Unseen, |carried| Deleted::Final(Box::new(carried)))
            }
            Ok(Acknowledgement { errno: NOT_THERE, .. }) => Deleted::NotThere,
            Ok(acknowledgement) => Deleted::Refused(words(acknowledgement)),
            Err(error) => match self.last_word(seq, sa) {
                Some(carried) => Deleted::Final(Box::new(carried)),
                None => Deleted::Unanswered(error.to_string()),
            },
        }
    }

    fn add(&mut self, carried: &mut Carried, attempt: &AddAttempt) -> Added {
        let seq = self.talk.next_seq();
        let acknowledged = self.talk.acknowledged(seq, carried.message(seq, self.port, attempt));
        self.added = Some(Instant::now());
        match acknowledged {
            Ok(Acknowledgement { errno: 0, words }) => Added::Taken { words },
            Ok(acknowledgement) => Added::Refused { errno: acknowledgement.errno, words: words(acknowledgement) },
            Err(error) => Added::Unanswered(error.to_string()),
        }
    }
}

/// The kernel's words, or its errno in words.
fn words(Acknowledgement { errno, words }: Acknowledgement) -> String {
    let error = error(errno).to_string();
    words.map_or(error.clone(), |words| format!("{words} ({error})"))
}

/// Whether a DELSA is of this SA, as far as its key tells; it has no mark there.
fn is_of(payload: &[u8], sa: &SaId) -> bool {
    SaKey::ref_from_prefix(payload).is_ok_and(|(key, _)| {
        key.spi.get() == sa.spi.0
            && key.dst == bytes(sa.dst)
            && key.family.get() == family(sa.dst)
            && key.protocol == sa.protocol.number()
    })
}
