//! The states of a reinstall and the ways between them. Each step makes one request to the kernel, and whatever it answers, or does not,
//! there is a way on. What must not happen:
//!
//! - An SA is put in only after the kernel's own word that it is out, with that word's sequence number, and never a second time unless the
//!   kernel refused the first: one that may be in already is only looked for.
//! - What is out goes back in as long as the kernel takes it in any way.
//! - What the kernel can move without taking it out is not taken out; whether it was moved, is read.
//! - Whoever ends this between two steps leaves an SA that is in, or one that is out and named by an intent on disk, and a block that expires.

use super::carried::{Attempt, Carried};
use super::end::{End, Why};
use super::kernel::{Added, Deleted, Kernel};
use super::looked::Looked;
use super::objection::{objection, objection_to_a_gap, same};
use super::{Order, sequence};
use crate::model::{Direction, KernelSa, Offload, SaShape};

/// EEXIST.
const EXISTS: u32 = 17;

/// A reinstall under way.
pub struct Machine {
    order: Order,
    state: State,
}

enum State {
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
    Finding(Why),
    /// Packets pass again.
    Unblocking(Next),
    /// It is read back.
    Confirming(Confirming),
    Ended,
}

/// An SA that is out.
struct Away {
    carried: Carried,
    before: Option<Offload>,
    rung: Rung,
    numbers: Option<(u64, u64)>,
    /// Why it is not as ordered, where it was refused.
    refused: Option<Why>,
}

/// How it is put in: as it is wanted, else as it was, else in any way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rung {
    Ordered,
    Before,
    Software,
}

enum Next {
    End(End),
    Confirm(Confirming),
}

/// What is believed to be in.
struct Confirming {
    before: Option<Offload>,
    ordered: bool,
    numbers: Option<(u64, u64)>,
    words: Option<String>,
    refused: Option<Why>,
}

impl Machine {
    /// Nothing is done yet.
    pub const fn new(order: Order) -> Self {
        Self { order, state: State::Looking }
    }

    /// The next step; how it ended, if it did.
    pub fn step(&mut self, kernel: &mut impl Kernel) -> Option<End> {
        let state = std::mem::replace(&mut self.state, State::Ended);
        let (state, end) = match self.next(state, kernel) {
            Ok(state) => (state, None),
            Err(end) => (State::Ended, Some(end)),
        };
        self.state = state;
        end
    }

    fn next(&self, state: State, kernel: &mut impl Kernel) -> Result<State, End> {
        match state {
            State::Looking => self.look(kernel),
            State::Moving(looked) => self.migrate(&looked, kernel),
            State::Probing(sa) => match kernel.takes(&self.order, &SaShape::from(&sa)) {
                Ok(()) => Ok(State::Blocking(sa)),
                Err(words) => Err(End::Refused(Why::Probe(words))),
            },
            State::Blocking(sa) => match self.order.direction {
                Direction::In => Ok(State::Deleting(sa)),
                Direction::Out => match kernel.block(&sa) {
                    Ok(()) => Ok(State::Deleting(sa)),
                    Err(words) => Err(End::Refused(Why::Unblocked(words))),
                },
            },
            State::Deleting(sa) => Ok(self.delete(&sa, kernel)),
            State::Adding(away) => Ok(self.add(away, kernel)),
            State::Finding(why) => Ok(self.find(why, kernel)),
            State::Unblocking(next) => {
                if self.order.direction == Direction::Out {
                    kernel.unblock();
                }
                match next {
                    Next::End(end) => Err(end),
                    Next::Confirm(confirming) => Ok(State::Confirming(confirming)),
                }
            }
            State::Confirming(confirming) => Err(self.confirm(confirming, kernel)),
            // It has ended and was asked again.
            State::Ended => Err(End::Refused(Why::AlreadySo)),
        }
    }

    fn look(&self, kernel: &mut impl Kernel) -> Result<State, End> {
        let looked = match kernel.look(&self.order.sa) {
            Ok(Some(looked)) => looked,
            Ok(None) => return Err(End::Refused(Why::NotThere)),
            Err(words) => return Err(End::Refused(Why::Unread(words))),
        };
        match objection(&self.order, &looked) {
            Some(why) => Err(End::Refused(why)),
            None if kernel.moves(&self.order, &SaShape::from(&looked.sa)) => Ok(State::Moving(Box::new(looked))),
            None => self.take_out(&looked),
        }
    }

    /// Where it was not moved after all, it was not touched.
    fn migrate(&self, looked: &Looked, kernel: &mut impl Kernel) -> Result<State, End> {
        let answer = kernel.migrate(looked, &self.order);
        let found = match (kernel.look(&self.order.sa), &answer) {
            (Ok(Some(found)), _) => found,
            (Ok(None), Ok(())) => return Err(End::Lost(Why::GoneAgain)),
            (Ok(None), Err(_)) => return Err(End::Refused(Why::NotThere)),
            (Err(words), _) => return Err(End::Unproved(Why::Unread(words))),
        };
        if same(found.sa.offload, self.order.offload) {
            Err(End::Moved { offload: found.sa.offload })
        } else if same(found.sa.offload, looked.sa.offload) {
            self.take_out(&found)
        } else {
            Err(End::InSoftware(Why::Silently { words: answer.err() }))
        }
    }

    fn take_out(&self, looked: &Looked) -> Result<State, End> {
        match objection_to_a_gap(&self.order, looked) {
            Some(why) => Err(End::Refused(why)),
            // The kernel takes in software what it takes on a NIC.
            None if self.order.offload.is_none() => Ok(State::Blocking(looked.sa)),
            None => Ok(State::Probing(looked.sa)),
        }
    }

    fn delete(&self, sa: &KernelSa, kernel: &mut impl Kernel) -> State {
        let end = match kernel.delete(&self.order.sa) {
            Deleted::Final(carried) => return self.away(*carried, sa.offload),
            Deleted::Unseen => End::Lost(Why::NoLastState),
            Deleted::NotThere => End::Refused(Why::NotThere),
            Deleted::Refused(words) => End::Refused(Why::NotDeleted(words)),
            Deleted::Unanswered(words) => match kernel.look(&self.order.sa) {
                Ok(Some(_)) => End::Refused(Why::NotDeleted(words)),
                Ok(None) | Err(_) => End::Lost(Why::NoLastState),
            },
        };
        State::Unblocking(Next::End(end))
    }

    fn away(&self, carried: Carried, before: Option<Offload>) -> State {
        if !carried.is_numbered() {
            return State::Unblocking(Next::End(End::Lost(Why::LastStateUnnumbered)));
        }
        let replay = carried.sa().replay;
        let outbound = self.order.direction == Direction::Out;
        let numbers = outbound.then(|| (replay.sent, sequence::ahead(replay.sent, replay.esn)));
        State::Adding(Box::new(Away { carried, before, rung: Rung::Ordered, numbers, refused: None }))
    }

    fn add(&self, mut away: Box<Away>, kernel: &mut impl Kernel) -> State {
        let offload = match away.rung {
            Rung::Ordered => self.order.offload,
            Rung::Before => away.before,
            Rung::Software => None,
        };
        let attempt = Attempt { offload, sent: away.numbers.map(|(_, after)| after) };
        let words = match kernel.add(&mut away.carried, &attempt) {
            Added::Taken { words } => {
                let Away { before, rung, numbers, refused, .. } = *away;
                let ordered = rung == Rung::Ordered;
                let confirming = Confirming { before, ordered, numbers, words, refused };
                return State::Unblocking(Next::Confirm(confirming));
            }
            Added::Unanswered(words) => return State::Finding(Why::Unanswered(words)),
            Added::Refused { errno: EXISTS, .. } => return State::Finding(Why::Overtaken),
            Added::Refused { words, .. } => words,
        };
        let why = Why::NotTaken { offload, words };
        let rung = match away.rung {
            Rung::Ordered => Some(Rung::Before),
            Rung::Before if away.before.is_some() && self.order.offload.is_some() => Some(Rung::Software),
            Rung::Before | Rung::Software => None,
        };
        match rung {
            Some(rung) => {
                let refused = Some(away.refused.take().unwrap_or(why));
                State::Adding(Box::new(Away { rung, refused, ..*away }))
            }
            None => State::Unblocking(Next::End(End::Lost(why))),
        }
    }

    /// Where it is there nothing more is done: a second one could use numbers that the first has used.
    fn find(&self, why: Why, kernel: &mut impl Kernel) -> State {
        let end = match kernel.look(&self.order.sa) {
            Ok(Some(found)) if why != Why::Overtaken && same(found.sa.offload, self.order.offload) => {
                End::Done { offload: found.sa.offload, numbers: None }
            }
            Ok(Some(found)) if found.sa.offload.is_some() => End::PutBack(why),
            Ok(Some(_)) => End::InSoftware(why),
            Ok(None) | Err(_) => End::Lost(why),
        };
        State::Unblocking(Next::End(end))
    }

    fn confirm(&self, it: Confirming, kernel: &mut impl Kernel) -> End {
        let found = match kernel.look(&self.order.sa) {
            Ok(Some(found)) => found.sa.offload,
            Ok(None) => return End::Lost(Why::GoneAgain),
            Err(words) => return End::Unproved(Why::Unread(words)),
        };
        if it.ordered && same(found, self.order.offload) {
            return End::Done { offload: found, numbers: it.numbers };
        }
        let why = it.refused.unwrap_or(Why::Silently { words: it.words });
        if same(found, it.before) { End::PutBack(why) } else { End::InSoftware(why) }
    }
}
