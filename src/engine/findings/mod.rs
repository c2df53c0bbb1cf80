//! What can be wrong: a folder for each code, or for two that one rule tells apart. In it is all that is known of it: the rule with its
//! memory, its sentences, the page of the runbook. A finding reads the facts and cannot write them.

mod acquire_unanswered;
pub mod book;
mod cause;
mod clear_text_route;
mod clear_text_window;
mod configuration_wrong;
mod daemon_crash_loop;
mod daemon_gone;
mod daemon_hung;
mod daemon_starved;
mod deadlines;
mod device_unsafe;
mod draft;
mod esp_blackhole;
mod events_lost;
mod explains;
mod faults;
mod felled;
mod finding;
mod hw_sw_mismatch;
mod ike_sa_duplicates;
mod kernel_drops;
mod nat_moved;
mod never_answered;
mod nic_drops;
mod no_state_drops;
mod offload_capacity;
mod offload_lost;
mod offload_rejected;
mod page;
mod policies_orphaned;
mod policy_mismatch;
mod refused;
mod sa_duplicates;
mod sa_expiring;
mod sa_missing;
mod sa_not_offloaded;
mod sa_orphaned;
mod say;
mod senders;
mod sentences;
mod silence;
mod source_blind;
mod streak;
mod tunnel_down;
mod tunnel_drops;
mod tunnel_not_restored;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::facts::want::Want;

pub use self::daemon_gone::is_absence;
pub use self::draft::{Draft, HOST};
pub use self::faults::{Fault, Faults, Whose};
pub use self::finding::FindingRule;
pub use self::page::Page;
pub use self::refused::is_refused;
pub use self::say::Say;
pub use self::sentences::{Sentences, quoted, way};

use self::book::Book;
use super::facts::Facts;
use super::facts::claims::{Connection, Tunnel};
use super::facts::happened::Happened;
use super::facts::slab::Slot;
use super::facts::touched::Touched;
use super::timers::Timers;
use crate::model::{Boottime, Code, Effect};

/// Every finding, in the order in which they look.
fn all() -> Vec<Box<dyn FindingRule>> {
    vec![
        Box::<acquire_unanswered::AcquireUnanswered>::default(),
        Box::<sa_missing::SaMissing>::default(),
        Box::new(sa_not_offloaded::SaNotOffloaded),
        Box::new(sa_expiring::SaExpiring),
        Box::<esp_blackhole::EspBlackhole>::default(),
        Box::<tunnel_drops::TunnelDrops>::default(),
        Box::<hw_sw_mismatch::HwSwMismatch>::default(),
        Box::<never_answered::NeverAnswered>::default(),
        Box::<nat_moved::NatMoved>::default(),
        Box::<nic_drops::NicDrops>::default(),
        Box::<no_state_drops::NoStateDrops>::default(),
        Box::new(configuration_wrong::ConfigurationWrong),
        Box::<sa_orphaned::SaOrphaned>::default(),
        Box::new(device_unsafe::DeviceUnsafe),
        Box::<events_lost::EventsLost>::default(),
        Box::new(daemon_hung::DaemonHung),
        Box::new(daemon_starved::DaemonStarved),
        Box::new(offload_lost::OffloadLost),
        Box::<clear_text_route::ClearTextRoute>::default(),
        Box::<sa_duplicates::SaDuplicates>::default(),
        Box::<ike_sa_duplicates::IkeSaDuplicates>::default(),
        Box::<offload_rejected::OffloadRejected>::default(),
        Box::<offload_capacity::OffloadCapacity>::default(),
        Box::<policies_orphaned::PoliciesOrphaned>::default(),
        Box::<policy_mismatch::PolicyMismatch>::default(),
        Box::<tunnel_down::TunnelDown>::default(),
        Box::<tunnel_not_restored::TunnelNotRestored>::default(),
        Box::<clear_text_window::ClearTextWindow>::default(),
        Box::<kernel_drops::KernelDrops>::default(),
        Box::<daemon_gone::DaemonGone>::default(),
        Box::<daemon_crash_loop::CrashLoop>::default(),
        Box::<source_blind::SourceBlind>::default(),
    ]
}

/// The pages of the findings.
static PAGES: LazyLock<Vec<&'static Page>> =
    LazyLock::new(|| all().iter().flat_map(|finding| finding.pages()).collect());

/// The page of a code.
pub fn page(code: Code) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.code == code.as_str()).copied()
}

/// The rules and when they look again.
#[derive(Debug)]
pub struct Findings {
    all: Vec<Box<dyn FindingRule>>,
    timers: Timers<Code>,
    faults: Faults,
}

impl Default for Findings {
    fn default() -> Self {
        Self { all: all(), timers: Timers::default(), faults: Faults::default() }
    }
}

impl Findings {
    /// Each hears of what happened. What they want is appended to `wants`.
    pub fn hear(
        &mut self,
        happened: &Happened,
        facts: &Facts,
        (book, wants): (&mut Book, &mut Vec<Want>),
        out: &mut Vec<Effect>,
    ) {
        for finding in &mut self.all {
            let by = finding.codes();
            let own = (&mut self.timers, &mut self.faults);
            let mut say = Say::new(facts, by, (&mut *book, &mut *wants), own, out);
            finding.hear(happened, facts, &mut say);
        }
    }

    /// Each looks at what the step touched.
    pub fn look(
        &mut self,
        facts: &Facts,
        touched: &Touched,
        (book, wants): (&mut Book, &mut Vec<Want>),
        out: &mut Vec<Effect>,
    ) {
        for finding in &mut self.all {
            let by = finding.codes();
            let own = (&mut self.timers, &mut self.faults);
            let mut say = Say::new(facts, by, (&mut *book, &mut *wants), own, out);
            finding.look(facts, touched, &mut say);
        }
    }

    /// What is wrong with tunnels.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Wakes those whose time has come. Most have nothing to do then: they look in every step.
    pub fn wake(&mut self, facts: &Facts, (book, wants): (&mut Book, &mut Vec<Want>), out: &mut Vec<Effect>) {
        let due = self.timers.take_due(facts.now);
        if due.is_empty() {
            return;
        }
        for finding in self.all.iter_mut().filter(|finding| finding.codes().first().is_some_and(|by| due.contains(by)))
        {
            let by = finding.codes();
            let own = (&mut self.timers, &mut self.faults);
            let mut say = Say::new(facts, by, (&mut *book, &mut *wants), own, out);
            finding.wake(facts, &mut say);
        }
    }

    /// When to look again.
    pub fn next(&self) -> Option<Boottime> {
        self.timers.next()
    }

    /// Tunnels of a connection of which an open finding with this code speaks, and which a new pair may set right.
    pub fn tunnels(&self, code: Code, connection: Slot<Connection>) -> BTreeSet<Slot<Tunnel>> {
        self.all.iter().flat_map(|finding| finding.tunnels(code, connection)).collect()
    }

    /// Connections that are not to be forgotten.
    pub fn undecided(&self) -> impl Iterator<Item = Slot<Connection>> {
        self.all.iter().flat_map(|finding| finding.undecided())
    }
}
