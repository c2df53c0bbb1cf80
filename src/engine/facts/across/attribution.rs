//! Who does to this host's SAs, or sends on them, what the daemon does not: heard, and joined with what it concerns.

use std::collections::BTreeSet;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Leg;
use crate::engine::facts::gone::GoneInbound;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::join::{How, Loss};
use crate::engine::facts::removals::RemovalAsked;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::senders::Counted;
use crate::engine::facts::slab::Slot;
use crate::model::{
    AskId, Boottime, Daemon, Direction, Effect, Evidence, Failure, PolicyId, Protocol, Reason, Removal, Removals,
    Removed, SaId, Senders, Source, Spi,
};
use crate::text::shell_word;

impl Facts {
    /// Somebody asked for SAs or policies to go. What the daemon does is its own matter.
    pub(in crate::engine) fn removals_asked_for(&mut self, removals: &Removals) {
        let daemon = self.life.daemon.as_ref().and_then(Daemon::pid);
        for removal in removals.rows.iter().filter(|removal| Some(removal.pid) != daemon) {
            let wall = self.wall.before(self.now.since(removal.at));
            let asked = RemovalAsked { removal: removal.clone(), wall };
            if self.tell_of_request(&asked) {
                self.removals.keep(asked);
                self.removal_concerns(&removal.what);
            }
        }
    }

    /// A program that asks for what nobody has is not worth a line, nor the place of another request. Gives whether it is.
    fn tell_of_request(&mut self, asked: &RemovalAsked) -> bool {
        let sa = if let Removed::Sa(id) = &asked.removal.what { Some(*id) } else { None };
        // Its mark is not read.
        let is_it = |slot: &Slot<Sa>, id: SaId| self.sad.get(*slot).is_some_and(|row| row.dst == id.dst);
        let there = sa.and_then(|id| {
            let of_spi = self.sad.with_spi(id.spi, id.protocol);
            self.sad.find(&id).or_else(|| of_spi.into_iter().find(|slot| is_it(slot, id)))
        });
        let was_there =
            |id: SaId| self.gone.with_spi(id.spi).is_some() || self.claims.absent(id.spi, id.protocol).next().is_some();
        let concerns = sa.is_none_or(|id| there.is_some() || was_there(id));
        if concerns {
            let connection = there.and_then(|slot| self.connection_name_of_sa(slot));
            self.tell_story(Source::Attribution, connection, sa, self.asked_text(asked));
        }
        concerns
    }

    /// Whoever lacks what went is judged anew: the event may have come first.
    fn removal_concerns(&mut self, what: &Removed) {
        match what {
            Removed::Sa(id) => {
                let legs: Vec<Leg> = self.claims.absent(id.spi, id.protocol).collect();
                legs.into_iter().for_each(|leg| self.touch_child(leg.child));
            }
            Removed::Sas { .. } if self.joined && !self.losses.is_empty() => self.touch_every_tunnel(),
            Removed::Sas { .. } => {}
            Removed::Policy { .. } | Removed::Policies => self.happens(Happened::PolicyRemovalNamed),
        }
    }

    /// An SA left by which this host received.
    pub(super) fn received_by(&mut self, id: SaId, sa: &Sa, how: How) {
        let way = sa.claim.map(|leg| leg.direction).or(sa.direction);
        if id.spi == Spi::LARVAL || way == Some(Direction::Out) {
            return;
        }
        let connection = self.claims.connection_of(sa);
        self.gone.keep(GoneInbound { id, src: sa.src, connection, how, at: self.now, wall: self.wall });
    }

    // --- who sends

    /// Has it counted who sends what is dropped, unless that was done a short while ago.
    pub(in crate::engine) fn name_senders(&mut self, out: &mut Vec<Effect>) {
        if let Some(ask) = self.senders.ask(self.now) {
            out.push(Effect::NameSenders { ask });
        }
    }

    pub(in crate::engine) fn senders_named(&mut self, ask: AskId, answer: &Result<Senders, Failure>) {
        let (at, wall) = (self.now, self.wall);
        let counted = answer.as_ref().ok().map(|senders| Counted { senders: senders.clone(), at, wall });
        if !self.senders.answered(ask, counted) {
            return;
        }
        // Somebody may still send on what is missing.
        let spis: BTreeSet<Spi> = answer.iter().flat_map(|senders| &senders.rows).map(|sender| sender.spi).collect();
        let both = [Protocol::Esp, Protocol::Ah];
        let missing = spis.into_iter().flat_map(|spi| both.map(|protocol| (spi, protocol)));
        let legs: Vec<Leg> = missing.flat_map(|(spi, protocol)| self.claims.absent(spi, protocol)).collect();
        legs.into_iter().for_each(|leg| self.touch_child(leg.child));
        self.happens(Happened::SendersNamed);
    }

    // --- who had it taken out

    /// The line that says who had this SA taken out, where somebody did.
    pub(in crate::engine) fn remover_of(&self, loss: &Loss) -> Option<Evidence> {
        let asked = self.removals.of_sa(loss.id.as_ref()?, loss.how, loss.at)?;
        Some(self.asked_line(asked))
    }

    /// The same of the policy with this id and index that went at that time.
    pub(in crate::engine) fn remover_of_policy(
        &self,
        policy: (&PolicyId, u32),
        reason: Reason,
        at: Boottime,
    ) -> Option<Evidence> {
        self.removals.of_policy(policy, reason, at).map(|asked| self.asked_line(asked))
    }

    fn asked_line(&self, asked: &RemovalAsked) -> Evidence {
        let text = self.asked_text(asked);
        crate::engine::facts::story::evidence(asked.wall, asked.removal.at, Source::Attribution, text)
    }

    fn asked_text(&self, asked: &RemovalAsked) -> String {
        let what = match &asked.removal.what {
            Removed::Sa(id) => format!("{id} was deleted"),
            Removed::Sas { protocol: None } => "all SAs were flushed".to_owned(),
            Removed::Sas { protocol: Some(protocol) } => format!("all {protocol} SAs were flushed"),
            Removed::Policy { id: Some(id), .. } => format!("the policy {id} was deleted"),
            Removed::Policy { id: None, index } => format!("the policy with index {index} was deleted"),
            Removed::Policies => "all policies were flushed".to_owned(),
        };
        format!("{what} by {} at {}", by(asked), self.started.zone.clock(asked.wall))
    }

    /// Who took it out and how, as it stands behind `until 12:03:00`.
    pub(in crate::engine) fn how_it_went(&self, gone: &GoneInbound) -> String {
        let who = self.removals.of_sa(&gone.id, gone.how, gone.at).map(|asked| format!(" by {}", by(asked)));
        let how = match gone.how {
            How::Deleted => "deleted",
            How::Flushed => "flushed",
            How::Expired => "expired",
            How::Silently | How::NeverSeen if who.is_some() => "deleted",
            How::Silently | How::NeverSeen => "gone without a word of the kernel",
        };
        format!("{how}{}", who.unwrap_or_default())
    }
}

/// `ip (pid 4711)`. Whoever runs it chooses its name, which may look like a number in brackets.
fn by(asked: &RemovalAsked) -> String {
    let Removal { process, pid, .. } = &asked.removal;
    let process = if process.is_empty() { "a process".to_owned() } else { shell_word(process) };
    format!("{process} (pid {pid})")
}
