//! One remedy on one target: who wants it, how far it is, and what each kind says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::engine::remedies::guard::OrderedBy;
use crate::model::{AskId, Boottime, RemedyId, RemedyKind, RemedyLimit, RemedyState, RemedyTarget, SaId, Serial, Step};

/// One remedy on one target.
#[derive(Clone, Debug)]
pub struct Run {
    pub id: RemedyId,
    pub kind: RemedyKind,
    pub target: RemedyTarget,
    /// Who wants it.
    pub by: OrderedBy,
    /// Because of which findings: one pair of SAs may be wrong in both directions.
    pub findings: BTreeSet<String>,
    /// How far it is.
    pub state: RemedyState,
    /// Why it is there.
    pub why: String,
    /// Since when it is wanted.
    pub wanted: Boottime,
    /// Since when the present try is under way; of the last one otherwise.
    pub began: Boottime,
    /// The newest Child SA of the tunnel when the try began.
    pub before: Option<Serial>,
    /// What was done in this try. Shared: of a device it may be thousands of steps, and a run is copied with each of them.
    pub plan: Arc<Plan>,
    /// A device said no: it is not asked again before this, unless a device changes.
    pub rests_until: Option<Boottime>,
    /// The kernel was asked what it came to.
    pub asked: bool,
    /// A step of this try was not begun, and why; the others do not need it.
    pub refused: Option<String>,
    /// A try of it was not seen to help.
    pub failed: bool,
    /// What was wrong is over, and not by this remedy.
    pub healed: bool,
    /// A person's wish has taken its place.
    pub replaced: bool,
    /// What it waits for is a limit.
    pub limit: Option<RemedyLimit>,
    /// Since when it looks as if it had helped.
    pub holds: Option<Boottime>,
    /// What else the person said who asked for it.
    pub wish: Wish,
    pub(super) stage: RunStage,
}

/// Where a run is in its try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunStage {
    /// No try is under way.
    Idle,
    /// Its intent is being kept, since this question or the next one.
    Keeping(Option<AskId>),
    /// This step of its plan is being done.
    Acting(usize),
    /// Its steps are done.
    Verifying,
}

/// What is to be done in one try.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In this order.
    pub steps: Vec<Step>,
    /// SAs that it takes away or replaces.
    pub sas: Vec<SaId>,
    /// Whose they are, where it does not work on one tunnel.
    pub of: BTreeMap<SaId, RemedyTarget>,
    /// How long after the last step it may take to be seen to help.
    pub patience: Duration,
    /// How it is seen. One sentence.
    pub proof: String,
}

/// What belongs to an evacuation alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// What was taken off is put back.
    pub back: bool,
    /// SAs in packet mode stay.
    pub leave_packet_mode: bool,
}

/// Whether the time is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ready {
    Now,
    /// Not yet; it is looked at again then, and whenever something happens that it may wait for.
    Wait(Option<Boottime>, String),
    /// It would do harm or cannot help, as things are.
    Refuse(String),
}

/// Why it is not needed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// What was wrong is right.
    Healed,
    /// The daemon is back.
    DaemonIsBack,
    /// The daemon answers again.
    DaemonAnswers,
    /// There is nothing any more that it could be right with.
    TunnelGone,
    /// It is part of the daemon's death.
    DaemonIsGone,
}

/// Whether it helped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    Helped(String),
    /// It looks so, and is looked at again then.
    Looks(Boottime, String),
    /// Nothing is seen yet.
    NotYet,
    Failed(String),
}

impl Run {
    pub(super) fn new(
        id: RemedyId,
        kind: RemedyKind,
        target: RemedyTarget,
        by: OrderedBy,
        findings: BTreeSet<String>,
        now: Boottime,
    ) -> Self {
        Self {
            id,
            kind,
            target,
            by,
            findings,
            state: RemedyState::Queued,
            why: String::new(),
            wanted: now,
            began: now,
            before: None,
            plan: Arc::default(),
            rests_until: None,
            asked: false,
            refused: None,
            failed: false,
            healed: false,
            replaced: false,
            limit: None,
            holds: None,
            wish: Wish::default(),
            stage: RunStage::Idle,
        }
    }

    /// The finding that it is told with.
    pub fn finding(&self) -> Option<&str> {
        self.findings.first().map(String::as_str)
    }

    /// The step at hand.
    pub(super) fn step(&self) -> Option<&Step> {
        match self.stage {
            RunStage::Acting(number) => self.plan.steps.get(number),
            RunStage::Idle | RunStage::Keeping(_) | RunStage::Verifying => None,
        }
    }

    /// A try is under way.
    pub(super) fn is_at_work(&self) -> bool {
        self.stage != RunStage::Idle
    }
}
