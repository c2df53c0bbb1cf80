//! Lines from a log into which anybody on this host may write: they are asked about, and believed where the daemon's own table agrees.
//!
//! Such a line changes no table. What it says of a connection waits here for an answer of the daemon that was asked for after it; what the
//! answer does not bear out is dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::claims::Connection;
use super::down::WhyDown;
use super::slab::Slot;
use super::standing::TunnelPlace;
use crate::model::{Boottime, Evidence, Question, RefusedSa, Serial};

/// So many things that were said of one connection wait; of the same kind only the last.
const KEPT: usize = 8;

/// What the daemon says at its end belongs to an end that comes this soon.
const ENDS_WITHIN: Duration = Duration::from_secs(60);

/// What was said of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HearsaySaid {
    /// It has no pair, and why.
    Down(WhyDown, Option<String>),
    /// The kernel refused it an SA, or a policy of one.
    Refused(RefusedByHearsay),
    /// It was taken down by order, or unloaded.
    TakenDown { unloaded: bool },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RefusedByHearsay {
    pub serial: Option<Serial>,
    pub sa: Option<RefusedSa>,
    pub errno: u32,
    pub of_policy: bool,
    /// The kernel's words behind it, with their line.
    pub words: Option<(String, Evidence)>,
    /// The daemon's own word behind it: whether it had asked for an offload.
    pub not_added: Option<(bool, Evidence)>,
}

#[derive(Debug)]
pub(super) struct Hint {
    pub said: HearsaySaid,
    pub seen: Evidence,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Hearsay {
    /// Anybody may have written the last line.
    pub(super) is_all: bool,
    of: BTreeMap<TunnelPlace, Vec<Hint>>,
    /// What to ask, and when something was asked last.
    pub(super) wants: BTreeSet<Question>,
    pub(super) asked: Option<(Boottime, Question)>,
    /// It announced its end, or its death.
    pub(super) ending: Option<Evidence>,
    pub(super) dying: Option<Evidence>,
}

impl Hearsay {
    /// The daemon's word that it ends, at the time of its end.
    pub fn ending(&self, end: Boottime) -> Option<&Evidence> {
        self.ending.as_ref().filter(|seen| end.since(seen.at) < ENDS_WITHIN)
    }

    /// The daemon's word that it dies, at the time of its death.
    pub fn dying(&self, death: Boottime) -> Option<&Evidence> {
        self.dying.as_ref().filter(|seen| death.since(seen.at) < ENDS_WITHIN)
    }

    /// Of a connection that is forgotten.
    pub fn forget(&mut self, connection: Slot<Connection>) {
        self.of.retain(|(other, _), _| *other != connection);
    }

    /// Of what is over.
    pub(super) fn forget_place(&mut self, place: TunnelPlace) {
        self.of.remove(&place);
    }

    /// Of another process.
    pub fn forget_process(&mut self) {
        self.of.clear();
        self.ending = None;
        self.dying = None;
    }

    pub(super) fn keep(&mut self, place: TunnelPlace, said: HearsaySaid, seen: Evidence) {
        let hints = self.of.entry(place).or_default();
        hints.retain(|hint| std::mem::discriminant(&hint.said) != std::mem::discriminant(&said));
        hints.push(Hint { said, seen });
        if hints.len() > KEPT {
            hints.remove(0);
        }
    }

    /// What was said of the refusal just before.
    pub(super) fn add_to_refusal(&mut self, place: TunnelPlace, add: impl FnOnce(&mut RefusedByHearsay)) {
        let last = self.of.get_mut(&place).and_then(|hints| hints.last_mut());
        if let Some(Hint { said: HearsaySaid::Refused(refused), .. }) = last {
            add(refused);
        }
    }

    /// Takes what was said before the daemon was asked, as far as `is` says.
    pub(super) fn take(&mut self, asked: Boottime, is: impl Fn(&HearsaySaid) -> bool) -> Vec<(TunnelPlace, Hint)> {
        let mut taken = Vec::new();
        for (place, hints) in &mut self.of {
            let due = hints.extract_if(.., |hint| hint.seen.at <= asked && is(&hint.said));
            taken.extend(due.map(|hint| (*place, hint)));
        }
        self.of.retain(|_, hints| !hints.is_empty());
        taken
    }
}
