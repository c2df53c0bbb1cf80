//! A kernel that does what it is told to do wrong, and counts every sequence number that leaves it.

use zerocopy::FromBytes;

use super::wire::{self, WireSa};
use crate::model::{KernelSa, Offload, SaId, SaShape};
use crate::remedies::reinstall::carried::{AddAttempt, Carried};
use crate::remedies::reinstall::kernel::{Added, Unmoved};
use crate::remedies::reinstall::looked::Looked;
use crate::remedies::reinstall::{Deleted, Kernel, ReinstallOrder};
use crate::sources::xfrm::layout;

/// EINVAL and EEXIST.
const REFUSED: u32 = 22;
const EXISTS: u32 = 17;

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestFault {
    None,
    Refuse,
    /// It is done, and nobody says so.
    DoneSilently,
    /// It is not done, and nobody says so.
    Lost,
    /// A deletion's event is lost.
    EventLost,
    /// An SA is taken, in software.
    Software,
    /// It is gone, and so is what was to take its place.
    Gone,
}

/// The kernel.
#[derive(Debug)]
pub struct Model {
    pub sa: Option<WireSa>,
    pub blocked: bool,
    /// The highest number that left.
    pub used: u64,
    /// Packets that asked for an SA while there was none and nothing blocked them.
    pub acquires: u64,
    /// The SA was taken away by somebody else.
    pub taken_away: bool,
    /// What the machine was told, in order.
    pub told: Vec<(&'static str, RequestFault)>,
    /// Somebody else puts an SA of this name in as soon as there is none.
    pub overtakes: bool,
    /// It moves SAs without taking them out.
    pub moves: bool,
    faults: Vec<u8>,
    traffic: u64,
}

impl Model {
    pub fn new(sa: WireSa, faults: &[u8], traffic: u64) -> Self {
        Self {
            used: sa.sent,
            sa: Some(sa),
            blocked: false,
            acquires: 0,
            taken_away: false,
            told: Vec::new(),
            overtakes: false,
            moves: false,
            faults: faults.to_vec(),
            traffic,
        }
    }

    /// Packets leave, and each has a number that none had before.
    pub fn send(&mut self) {
        if self.blocked || self.traffic == 0 {
            return;
        }
        let Some(sa) = &mut self.sa else {
            self.acquires += 1;
            return;
        };
        let limit = if sa.esn { u64::MAX } else { u64::from(u32::MAX) };
        let Some(first) = sa.sent.checked_add(1).filter(|first| *first <= limit) else { return };
        assert!(first > self.used, "number {first} was used before, up to {}", self.used);
        sa.sent = sa.sent.saturating_add(self.traffic).min(limit);
        sa.received += 1;
        sa.packets += 1;
        self.used = sa.sent;
    }

    /// The link goes down, or the daemon deletes it.
    pub fn take_away(&mut self) {
        if self.sa.take().is_some() {
            self.taken_away = true;
        }
    }

    fn fault(&mut self, request: &'static str, possible: &[RequestFault]) -> RequestFault {
        let byte = if self.faults.is_empty() { 0 } else { self.faults.remove(0) };
        // Half of all requests are well answered.
        let fault =
            possible.get(usize::from(byte / 2)).copied().filter(|_| byte % 2 == 1).unwrap_or(RequestFault::None);
        self.told.push((request, fault));
        fault
    }

    /// The last thing that was told about this request.
    pub fn last(&self, request: &str) -> Option<RequestFault> {
        self.told.iter().rev().find(|(told, _)| *told == request).map(|(_, fault)| *fault)
    }
}

impl Kernel for Model {
    fn look(&mut self, sa: &SaId) -> Result<Option<Looked>, String> {
        assert_eq!(*sa, wire::id());
        self.send();
        if self.fault("look", &[RequestFault::Lost]) == RequestFault::Lost {
            return Err("lost".to_owned());
        }
        Ok(self.sa.map(|sa| Looked::of(&wire::shown(&sa), &wire::decoder(), 1_700_000_010).unwrap()))
    }

    fn moves(&mut self, _order: &ReinstallOrder, shape: &SaShape) -> bool {
        assert!(shape.algorithm.is_some());
        self.send();
        self.moves
    }

    fn migrate(&mut self, looked: &Looked, order: &ReinstallOrder) -> Result<(), Unmoved> {
        use RequestFault::{DoneSilently, Gone, Lost, Refuse, Software};
        self.send();
        let fault = self.fault("migrate", &[Refuse, DoneSilently, Lost, Software, Gone]);
        let told = looked.migration.request(9, 8, order.offload);
        let told = layout::MigrateState::read_from_prefix(&told.bytes()[16..]).unwrap().0;
        assert_eq!((told.reqid.get(), told.flags.get()), (7, u32::from(order.offload.is_none())));
        let Some(sa) = &mut self.sa else { return Err(Unmoved::NotThere) };
        match fault {
            Refuse => return Err(Unmoved::Failed("no".to_owned())),
            Lost => return Err(Unmoved::Failed("lost".to_owned())),
            Gone => {
                self.sa = None;
                return Err(Unmoved::Failed("no room".to_owned()));
            }
            Software => sa.offload = None,
            _ => sa.offload = order.offload,
        }
        self.send();
        if fault == DoneSilently { Err(Unmoved::Failed("lost".to_owned())) } else { Ok(()) }
    }

    fn takes(&mut self, _order: &ReinstallOrder, shape: &SaShape) -> Result<(), String> {
        assert!(shape.algorithm.is_some());
        self.send();
        match self.fault("takes", &[RequestFault::Refuse]) {
            RequestFault::Refuse => Err("no".to_owned()),
            _ => Ok(()),
        }
    }

    fn block(&mut self, sa: &KernelSa) -> Result<(), String> {
        assert_eq!(sa.reqid, 7);
        self.send();
        match self.fault("block", &[RequestFault::Refuse]) {
            RequestFault::Refuse => Err("no".to_owned()),
            _ => {
                self.blocked = true;
                Ok(())
            }
        }
    }

    fn unblock(&mut self) {
        self.blocked = false;
        self.send();
    }

    fn delete(&mut self, _sa: &SaId) -> Deleted {
        use RequestFault::{DoneSilently, EventLost, Lost, Refuse};
        self.send();
        let fault = self.fault("delete", &[Refuse, DoneSilently, Lost, EventLost]);
        let Some(sa) = self.sa else { return Deleted::NotThere };
        match fault {
            Refuse => return Deleted::Refused("no".to_owned()),
            Lost => return Deleted::Unanswered("lost".to_owned()),
            _ => self.sa = None,
        }
        self.send();
        if self.overtakes {
            // With a key of its own: its numbers begin anew and are nobody's concern.
            (self.sa, self.used) = (Some(WireSa { sent: 0, ..sa }), 0);
        }
        match fault {
            DoneSilently => Deleted::Unanswered("lost".to_owned()),
            EventLost => Deleted::Unseen,
            _ => Deleted::Final(Box::new(Carried::of_deletion(&wire::deleted(&sa), &wire::decoder()).unwrap())),
        }
    }

    fn add(&mut self, carried: &mut Carried, attempt: &AddAttempt) -> Added {
        use RequestFault::{DoneSilently, Lost, Refuse, Software};
        let fault = self.fault("add", &[Refuse, DoneSilently, Lost, Software]);
        self.send();
        let message = carried.message(9, 8, attempt);
        let (_, attributes) = wire::requested(message);
        assert!(attributes.iter().any(|(kind, value)| *kind == 77 && *value == [1, 2, 3]), "an attribute was lost");
        let put = wire::decoder().sa(&message[16..]).unwrap();
        if self.sa.is_some() {
            return Added::Refused { errno: EXISTS, words: "exists".to_owned() };
        }
        if fault == Refuse {
            return Added::Refused { errno: REFUSED, words: "no".to_owned() };
        }
        if fault == Lost {
            return Added::Unanswered("lost".to_owned());
        }
        let offload: Option<Offload> = put.offload.filter(|_| fault != Software);
        let (sent, received, esn) = (put.replay.sent, put.replay.received, put.replay.esn);
        self.sa = Some(WireSa { sent, received, esn, offload, packets: put.counters.packets });
        self.send();
        match fault {
            DoneSilently => Added::Unanswered("lost".to_owned()),
            _ => Added::Taken { words: None },
        }
    }
}
