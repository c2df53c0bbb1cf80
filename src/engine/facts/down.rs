//! Connections without a pair, and what the daemon said of it last.

use std::time::Duration;

use crate::model::{Boottime, Evidence, Reason, Serial, SilentAt};

/// A connection that should be up has this long to come up by itself.
pub const WANTED_AFTER: Duration = Duration::from_secs(60);

/// Why a connection has no pair, by the daemon's own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyDown {
    /// The peer refused the Child SA.
    PeerRefused,
    /// The peer did not answer.
    NoAnswer,
    /// Authentication failed.
    Authentication,
    /// No common proposal.
    NoProposal,
    /// The peer refuses the proposal of a Child SA that never was there: its configuration does, or its kernel.
    ProposalRefused,
    /// Its IKE SA was killed.
    LostWithIke,
    /// An IKEv1 peer ceased to answer where such peers refuse by silence.
    Silent(SilentAt),
    /// An IKEv1 peer refused who this end says it is.
    OwnIdRefused,
    /// Its address at this end is on no interface, or was not when the daemon looked.
    AddressGone,
    /// The daemon cannot tell which of its ends this host is.
    EndsUnclear,
    /// The peer deleted it.
    PeerDeleted,
    /// The kernel refused its SA.
    KernelRefused(Reason),
}

/// So many of the daemon's lines are kept until a finding quotes them.
const LINES: usize = 20;

/// A peer that deletes a tunnel may want another one, and this end may begin anew: that takes a moment.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The daemon's last word about a connection without a pair.
#[derive(Debug)]
pub struct Down {
    pub why: WhyDown,
    /// The peer's own word.
    pub notify: Option<String>,
    /// Since when that is so.
    pub since: Boottime,
    /// When it was said last.
    pub said: Boottime,
    /// The IKE SA that it was lost with.
    pub ike: Option<Serial>,
    // Nothing was tried since, so that nothing else can be why.
    holds: bool,
    // Lines that no finding has quoted yet.
    lines: Vec<Evidence>,
    // This many of them behind the last attempt are of no attempt; none where all attempts are told.
    again: Option<usize>,
}

impl From<WhyDown> for Reason {
    fn from(why: WhyDown) -> Self {
        match why {
            WhyDown::PeerRefused | WhyDown::ProposalRefused => Self::PeerRefused,
            WhyDown::NoAnswer => Self::NoAnswer,
            WhyDown::Authentication => Self::Authentication,
            WhyDown::NoProposal => Self::NoProposal,
            WhyDown::LostWithIke => Self::LostWithIkeSa,
            WhyDown::AddressGone => Self::AddressGone,
            WhyDown::EndsUnclear => Self::Unknown,
            WhyDown::Silent(SilentAt::QuickMode) => Self::PeerRefused,
            WhyDown::Silent(SilentAt::FirstEncrypted | SilentAt::Xauth | SilentAt::ModeConfig)
            | WhyDown::OwnIdRefused => Self::Authentication,
            WhyDown::PeerDeleted => Self::PeerDeleted,
            WhyDown::KernelRefused(reason) => reason,
        }
    }
}

impl Down {
    /// Somebody refused it, by a word or by silence.
    pub fn is_refused(&self) -> bool {
        matches!(
            self.why,
            WhyDown::PeerRefused
                | WhyDown::Authentication
                | WhyDown::NoProposal
                | WhyDown::ProposalRefused
                | WhyDown::OwnIdRefused
                | WhyDown::Silent(_)
                | WhyDown::KernelRefused(_)
        )
    }

    /// Until when it may come back by itself after the peer has deleted it; none where something else was said.
    pub fn patient_until(&self) -> Option<Boottime> {
        (self.why == WhyDown::PeerDeleted).then(|| self.since + PATIENCE)
    }

    pub fn new(why: WhyDown, now: Boottime) -> Self {
        Self { why, notify: None, since: now, said: now, ike: None, holds: false, lines: Vec::new(), again: None }
    }

    pub fn is_said(&mut self, (why, notify): (WhyDown, Option<&str>), now: Boottime, seen: Evidence) {
        // What follows from the kernel's refusal is no reason of its own.
        if self.holds {
            self.is_shown_by(seen);
            return;
        }
        if self.why != why {
            self.since = now;
        }
        (self.why, self.said, self.ike) = (why, now, None);
        self.notify = notify.map(ToOwned::to_owned);
        self.push(seen);
        self.again = Some(0);
    }

    /// A further line of the same attempt.
    pub fn is_shown_by(&mut self, line: Evidence) {
        self.push(line);
        self.again = self.again.map(|behind| behind + 1);
    }

    pub fn is_told(&mut self) {
        self.again = None;
        self.lines.clear();
    }

    /// It was told otherwise, and is why until something else is tried.
    pub fn hold(&mut self) {
        (self.holds, self.again) = (true, None);
    }

    /// Something is tried.
    pub fn may_change(&mut self) {
        self.holds = false;
    }

    /// The daemon's lines that no finding has quoted yet.
    pub fn lines(&self) -> &[Evidence] {
        &self.lines
    }

    /// The line of an attempt that nobody was told of.
    pub fn newest_attempt(&self) -> Option<&Evidence> {
        self.lines.iter().rev().nth(self.again?)
    }

    fn push(&mut self, line: Evidence) {
        self.lines.push(line);
        if self.lines.len() > LINES {
            self.lines.remove(0);
        }
    }
}
