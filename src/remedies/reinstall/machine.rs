//! The states of a reinstall and the ways between them. Each step makes one request to the kernel, and whatever it answers, or does not,
//! there is a way on. What must not happen:
//!
//! - An SA is put in only after the kernel's own word that it is out, with that word's sequence number, and never a second time unless the
//!   kernel refused the first: one that may be in already is only looked for.
//! - What is out goes back in as long as the kernel takes it in any way.
//! - What the kernel can move without taking it out is not taken out; whether it was moved, is read.
//! - Whoever ends this between two steps leaves an SA that is in, or one that is out and named by an intent on disk, and a block that expires.

use super::carried::{AddAttempt, Carried};
use super::end::{ReinstallEnd, WhyNotAsOrdered};
use super::kernel::{Added, Deleted, Kernel, Unmoved};
use super::looked::Looked;
use super::objection::{objection, objection_to_a_gap, same};
use super::{ReinstallOrder, sequence};
use crate::model::{Direction, KernelSa, Offload, SaShape};

/// EEXIST.
const EXISTS: u32 = 17;

/// A reinstall under way.
pub struct Machine {
    order: ReinstallOrder,
    state: MachineState,
}

enum MachineState {
    /// The SA is read.
    Looking,
    /// It is moved where it is.
    Moving(Box<Looked>),
    /// The device is asked for an SA of the same kind.
    Probing(KernelSa),
    /// Packets that would ask for it are blocked.
    Blocking(KernelSa),
    Deleting(KernelSa),
    /// It is put in.
    Adding(Box<Away>),
    /// It may be in: it is looked for.
    Finding(WhyNotAsOrdered),
    /// Packets pass again.
    Unblocking(NextMove),
    /// It is read back.
    Confirming(Confirming),
    Ended,
}

/// An SA that is out.
struct Away {
    carried: Carried,
    before: Option<Offload>,
    rung: ReinstallRung,
    numbers: Option<(u64, u64)>,
    /// Why it is not as ordered, where it was refused.
    refused: Option<WhyNotAsOrdered>,
}

/// How it is put in: as it is wanted, else as it was, else in any way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReinstallRung {
    Ordered,
    Before,
    Software,
}

enum NextMove {
    End(ReinstallEnd),
    Confirm(Confirming),
}

/// What is believed to be in.
struct Confirming {
    before: Option<Offload>,
    ordered: bool,
    numbers: Option<(u64, u64)>,
    words: Option<String>,
    refused: Option<WhyNotAsOrdered>,
}

impl Machine {
    /// Nothing is done yet.
    pub const fn new(order: ReinstallOrder) -> Self {
        Self { order, state: MachineState::Looking }
    }

    /// The next step; how it ended, if it did.
    pub fn step(&mut self, kernel: &mut impl Kernel) -> Option<ReinstallEnd> {
        let state = std::mem::replace(&mut self.state, MachineState::Ended);
        let (state, end) = match self.next(state, kernel) {
            Ok(state) => (state, None),
            Err(end) => (MachineState::Ended, Some(end)),
        };
        self.state = state;
        end
    }

    fn next(&self, state: MachineState, kernel: &mut impl Kernel) -> Result<MachineState, ReinstallEnd> {
        match state {
            MachineState::Looking => self.look(kernel),
            MachineState::Moving(looked) => self.migrate(&looked, kernel),
            MachineState::Probing(sa) => match kernel.takes(&self.order, &SaShape::from(&sa)) {
                Ok(()) => Ok(MachineState::Blocking(sa)),
                Err(words) => Err(ReinstallEnd::Refused(WhyNotAsOrdered::Probe(words))),
            },
            MachineState::Blocking(sa) => match self.order.direction {
                Direction::In => Ok(MachineState::Deleting(sa)),
                Direction::Out => match kernel.block(&sa) {
                    Ok(()) => Ok(MachineState::Deleting(sa)),
                    Err(words) => Err(ReinstallEnd::Refused(WhyNotAsOrdered::Unblocked(words))),
                },
            },
            MachineState::Deleting(sa) => Ok(self.delete(&sa, kernel)),
            MachineState::Adding(away) => Ok(self.add(away, kernel)),
            MachineState::Finding(why) => Ok(self.find(why, kernel)),
            MachineState::Unblocking(next) => {
                if self.order.direction == Direction::Out {
                    kernel.unblock();
                }
                match next {
                    NextMove::End(end) => Err(end),
                    NextMove::Confirm(confirming) => Ok(MachineState::Confirming(confirming)),
                }
            }
            MachineState::Confirming(confirming) => Err(self.confirm(confirming, kernel)),
            // It has ended and was asked again.
            MachineState::Ended => Err(ReinstallEnd::Refused(WhyNotAsOrdered::AlreadySo)),
        }
    }

    fn look(&self, kernel: &mut impl Kernel) -> Result<MachineState, ReinstallEnd> {
        let looked = match kernel.look(&self.order.sa) {
            Ok(Some(looked)) => looked,
            Ok(None) => return Err(ReinstallEnd::Refused(WhyNotAsOrdered::NotThere)),
            Err(words) => return Err(ReinstallEnd::Refused(WhyNotAsOrdered::Unread(words))),
        };
        match objection(&self.order, &looked) {
            Some(why) => Err(ReinstallEnd::Refused(why)),
            None if kernel.moves(&self.order, &SaShape::from(&looked.sa)) => Ok(MachineState::Moving(Box::new(looked))),
            None => self.take_out(&looked),
        }
    }

    /// Where it was not moved after all, it was not touched.
    fn migrate(&self, looked: &Looked, kernel: &mut impl Kernel) -> Result<MachineState, ReinstallEnd> {
        let answer = kernel.migrate(looked, &self.order);
        let found = match (kernel.look(&self.order.sa), &answer) {
            (Ok(Some(found)), _) => found,
            (Ok(None), Ok(())) => return Err(ReinstallEnd::Lost(WhyNotAsOrdered::GoneAgain)),
            (Ok(None), Err(Unmoved::NotThere)) => return Err(ReinstallEnd::Refused(WhyNotAsOrdered::NotThere)),
            (Ok(None), Err(Unmoved::Failed(words))) => {
                return Err(ReinstallEnd::Lost(WhyNotAsOrdered::LostOnItsWay(words.clone())));
            }
            (Err(words), _) => return Err(ReinstallEnd::Unproved(WhyNotAsOrdered::Unread(words))),
        };
        if same(found.sa.offload, self.order.offload) {
            Err(ReinstallEnd::Moved { offload: found.sa.offload })
        } else if same(found.sa.offload, looked.sa.offload) {
            self.take_out(&found)
        } else {
            Err(ReinstallEnd::InSoftware(WhyNotAsOrdered::Silently { words: answer.err().and_then(Unmoved::words) }))
        }
    }

    fn take_out(&self, looked: &Looked) -> Result<MachineState, ReinstallEnd> {
        match objection_to_a_gap(&self.order, looked) {
            Some(why) => Err(ReinstallEnd::Refused(why)),
            // The kernel takes in software what it takes on a NIC.
            None if self.order.offload.is_none() => Ok(MachineState::Blocking(looked.sa)),
            None => Ok(MachineState::Probing(looked.sa)),
        }
    }

    fn delete(&self, sa: &KernelSa, kernel: &mut impl Kernel) -> MachineState {
        let end = match kernel.delete(&self.order.sa) {
            Deleted::Final(carried) => return self.away(*carried, sa.offload),
            Deleted::Unseen => ReinstallEnd::Lost(WhyNotAsOrdered::NoLastState),
            Deleted::NotThere => ReinstallEnd::Refused(WhyNotAsOrdered::NotThere),
            Deleted::Refused(words) => ReinstallEnd::Refused(WhyNotAsOrdered::NotDeleted(words)),
            Deleted::Unanswered(words) => match kernel.look(&self.order.sa) {
                Ok(Some(_)) => ReinstallEnd::Refused(WhyNotAsOrdered::NotDeleted(words)),
                Ok(None) | Err(_) => ReinstallEnd::Lost(WhyNotAsOrdered::NoLastState),
            },
        };
        MachineState::Unblocking(NextMove::End(end))
    }

    fn away(&self, carried: Carried, before: Option<Offload>) -> MachineState {
        if !carried.is_numbered() {
            return MachineState::Unblocking(NextMove::End(ReinstallEnd::Lost(WhyNotAsOrdered::LastStateUnnumbered)));
        }
        let replay = carried.sa().replay;
        let outbound = self.order.direction == Direction::Out;
        let numbers = outbound.then(|| (replay.sent, sequence::ahead(replay.sent, replay.esn)));
        MachineState::Adding(Box::new(Away { carried, before, rung: ReinstallRung::Ordered, numbers, refused: None }))
    }

    fn add(&self, mut away: Box<Away>, kernel: &mut impl Kernel) -> MachineState {
        let offload = match away.rung {
            ReinstallRung::Ordered => self.order.offload,
            ReinstallRung::Before => away.before,
            ReinstallRung::Software => None,
        };
        let attempt = AddAttempt { offload, sent: away.numbers.map(|(_, after)| after) };
        let words = match kernel.add(&mut away.carried, &attempt) {
            Added::Taken { words } => {
                let Away { before, rung, numbers, refused, .. } = *away;
                let ordered = rung == ReinstallRung::Ordered;
                let confirming = Confirming { before, ordered, numbers, words, refused };
                return MachineState::Unblocking(NextMove::Confirm(confirming));
            }
            Added::Unanswered(words) => return MachineState::Finding(WhyNotAsOrdered::Unanswered(words)),
            Added::Refused { errno: EXISTS, .. } => return MachineState::Finding(WhyNotAsOrdered::Overtaken),
            Added::Refused { words, .. } => words,
        };
        let why = WhyNotAsOrdered::NotTaken { offload, words };
        let rung = match away.rung {
            ReinstallRung::Ordered => Some(ReinstallRung::Before),
            ReinstallRung::Before if away.before.is_some() && self.order.offload.is_some() => {
                Some(ReinstallRung::Software)
            }
            ReinstallRung::Before | ReinstallRung::Software => None,
        };
        match rung {
            Some(rung) => {
                let refused = Some(away.refused.take().unwrap_or(why));
                MachineState::Adding(Box::new(Away { rung, refused, ..*away }))
            }
            None => MachineState::Unblocking(NextMove::End(ReinstallEnd::Lost(why))),
        }
    }

    /// Where it is there nothing more is done: a second one could use numbers that the first has used.
    fn find(&self, why: WhyNotAsOrdered, kernel: &mut impl Kernel) -> MachineState {
        let end = match kernel.look(&self.order.sa) {
            Ok(Some(found)) if why != WhyNotAsOrdered::Overtaken && same(found.sa.offload, self.order.offload) => {
                ReinstallEnd::Done { offload: found.sa.offload, numbers: None }
            }
            Ok(Some(found)) if found.sa.offload.is_some() => ReinstallEnd::PutBack(why),
            Ok(Some(_)) => ReinstallEnd::InSoftware(why),
            Ok(None) | Err(_) => ReinstallEnd::Lost(why),
        };
        MachineState::Unblocking(NextMove::End(end))
    }

    fn confirm(&self, it: Confirming, kernel: &mut impl Kernel) -> ReinstallEnd {
        let found = match kernel.look(&self.order.sa) {
            Ok(Some(found)) => found.sa.offload,
            Ok(None) => return ReinstallEnd::Lost(WhyNotAsOrdered::GoneAgain),
            Err(words) => return ReinstallEnd::Unproved(WhyNotAsOrdered::Unread(words)),
        };
        if it.ordered && same(found, self.order.offload) {
            return ReinstallEnd::Done { offload: found, numbers: it.numbers };
        }
        let why = it.refused.unwrap_or(WhyNotAsOrdered::Silently { words: it.words });
        if same(found, it.before) { ReinstallEnd::PutBack(why) } else { ReinstallEnd::InSoftware(why) }
    }
}
