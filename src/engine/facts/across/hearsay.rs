//! Lines into which anybody may have put what they say: what is asked because of them, and which of them an answer bears out.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::down::WhyDown;
use crate::engine::facts::hearsay::{HearsaySaid, Hint, RefusedByHearsay};
use crate::engine::facts::refusals::Refusal;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::standing::TunnelPlace;
use crate::engine::facts::story::StoryLine;
use crate::engine::facts::timer::Timer;
use crate::model::{
    Daemon, Evidence, IkeState, KernelOperation, LogLine, Question, Serial, Source, Speaker, Statement,
};

/// Between two questions that such lines are the reason of: whoever writes them holds the daemon up by no more than that.
const ASKED_EVERY: Duration = Duration::from_secs(10);

/// An order that no answer bears out within this time was none.
const ORDERED_WITHIN: Duration = Duration::from_secs(60);

impl Facts {
    /// Nothing that the log says, or leaves out, can be relied on: it cannot be read, is not the daemon's, or is anybody's.
    pub(in crate::engine) fn log_proves_nothing(&self) -> bool {
        self.hearsay.is_all || !self.log_tells()
    }

    /// It may be about to end, by a word that proves nothing yet.
    pub(in crate::engine) fn may_be_ending(&self) -> bool {
        self.hearsay.ending(self.now).is_some()
    }

    /// Whose word a line is. Whether anybody may have written it: then it was taken as that.
    pub(super) fn is_hearsay(&mut self, line: &LogLine, seen: &Evidence) -> bool {
        if matches!(line.says, Statement::Missing { .. }) {
            return false;
        }
        self.hearsay.is_all = line.forgeable;
        if line.forgeable && self.is_of_this_process(line) {
            self.hear_say(line, seen);
        }
        line.forgeable
    }

    /// Other daemons of this kind, of other network namespaces, may write into the same log.
    fn is_of_this_process(&self, line: &LogLine) -> bool {
        let pid = self.life.daemon.as_ref().and_then(Daemon::pid);
        line.pid.is_none() || pid.is_none() || line.pid == pid
    }

    fn hear_say(&mut self, line: &LogLine, seen: &Evidence) {
        match &line.says {
            Statement::ShuttingDown => self.hearsay.ending = Some(seen.clone()),
            Statement::Dying => self.hearsay.dying = Some(seen.clone()),
            // Of the past the tables tell that are read anyway.
            Statement::Listening | Statement::ConnectionAdded if line.past => {}
            Statement::Listening | Statement::ConnectionAdded => self.ask_because_of_hearsay(Question::Connections),
            Statement::IkeFailed { .. } => self.hear_of_ike(line.about.as_ref().and_then(|about| about.serial), seen),
            says => {
                let Some(about) = &line.about else { return };
                for place in self.known_places(about) {
                    self.hear_of_connection((place, about), (says, line.past), seen);
                }
            }
        }
    }

    /// What the daemon has told of: anybody may write of others.
    fn known_places(&self, about: &Speaker) -> Vec<TunnelPlace> {
        let known = self.known_as(&about.connection).into_iter();
        known.filter_map(|connection| self.known_place(connection, about)).collect()
    }

    fn known_place(&self, connection: Slot<Connection>, about: &Speaker) -> Option<TunnelPlace> {
        let pair = about.instance.as_deref().and_then(|instance| self.life.dialect().pair_of_subnets(instance));
        let Some(pair) = pair else { return Some((connection, None)) };
        let name = self.names.find(pair)?;
        self.claims.connection_at(connection)?.subnets.get(name).map(|_| (connection, Some(name)))
    }

    fn hear_of_connection(
        &mut self,
        (place, about): (TunnelPlace, &Speaker),
        (says, past): (&Statement, bool),
        seen: &Evidence,
    ) {
        let (speaker, serial) = (self.speaks_as(about), about.serial);
        let down = |why| Some(HearsaySaid::Down(why, None));
        let refused = |sa, errno, of_policy| {
            Some(HearsaySaid::Refused(RefusedByHearsay { serial, sa, errno, of_policy, words: None, not_added: None }))
        };
        let by_word = self.why_by_word(says, Some(place.0), speaker);
        let by_word = by_word.map(|(why, notify)| HearsaySaid::Down(why, notify.map(ToOwned::to_owned)));
        let said = match says {
            Statement::NoChildSa => down(WhyDown::PeerRefused),
            Statement::PeerDeletes => down(WhyDown::PeerDeleted),
            Statement::PeerDead => down(WhyDown::NoAnswer),
            Statement::KernelRefused { operation: KernelOperation::AddSa, sa, errno } => refused(*sa, *errno, false),
            Statement::KernelRefused { operation: KernelOperation::Policy, errno, .. } => refused(None, *errno, true),
            Statement::ConnectionTerminated | Statement::ConnectionDown => {
                Some(HearsaySaid::TakenDown { unloaded: false })
            }
            Statement::ConnectionDeleted => Some(HearsaySaid::TakenDown { unloaded: true }),
            Statement::KernelSaid { words } => {
                let words = (words.clone(), seen.clone());
                self.hearsay.add_to_refusal(place, |refused| refused.words = refused.words.take().or(Some(words)));
                None
            }
            Statement::SaNotAdded { of_offload } => {
                let not_added = (*of_offload, seen.clone());
                self.hearsay.add_to_refusal(place, |refused| refused.not_added = Some(not_added));
                None
            }
            // What was wrong before it is over. Of what is written now the kernel and the table tell.
            Statement::ChildEstablished { .. } if past => {
                self.hearsay.forget_place(place);
                None
            }
            _ => by_word,
        };
        let Some(said) = said else { return };
        let question = match said {
            HearsaySaid::TakenDown { .. } => Question::Connections,
            HearsaySaid::Down(..) | HearsaySaid::Refused(_) => Question::Table,
        };
        self.hearsay.keep(place, said, seen.clone());
        if !(past && self.is_first_table_to_come()) {
            self.ask_because_of_hearsay(question);
        }
    }

    /// Its table was not asked for yet, and will be.
    fn is_first_table_to_come(&self) -> bool {
        let asked = self.asks.daemon.is_some_and(|(_, question)| question == Question::Table);
        self.life.table.is_none() && !self.life.tables_done && !asked
    }

    /// It takes with it what stood on it.
    fn hear_of_ike(&mut self, ike: Option<Serial>, seen: &Evidence) {
        let children = ike.into_iter().flat_map(|ike| self.claims.children_of_ike(ike));
        let tunnels = children.filter_map(|child| Some(self.claims.child_at(child)?.tunnel));
        let places: BTreeSet<_> = tunnels.filter_map(|tunnel| self.pair_of_tunnel(tunnel)).collect();
        for place in places {
            self.hearsay.keep(place, HearsaySaid::Down(WhyDown::LostWithIke, None), seen.clone());
            self.ask_because_of_hearsay(Question::Table);
        }
    }

    fn ask_because_of_hearsay(&mut self, question: Question) {
        self.hearsay.wants.insert(question);
        self.hearsay_due();
    }

    /// Asks what is to be asked, if it is time.
    pub(in crate::engine) fn hearsay_due(&mut self) {
        let last = self.hearsay.asked;
        if let Some((at, _)) = last
            && self.now.since(at) < ASKED_EVERY
        {
            self.timers.set(at + ASKED_EVERY, Timer::Hearsay);
            return;
        }
        // In turn, so that neither is kept from being asked.
        let wants = &mut self.hearsay.wants;
        let other = wants.iter().copied().find(|wanted| last.is_none_or(|(_, before)| *wanted != before));
        let Some(question) = other.or_else(|| wants.first().copied()) else { return };
        wants.remove(&question);
        let more = !wants.is_empty();
        self.hearsay.asked = Some((self.now, question));
        self.want_daemon(question);
        if more {
            self.timers.set(self.now + ASKED_EVERY, Timer::Hearsay);
        }
    }

    /// The daemon's table of states was read.
    pub(super) fn table_bears_out(&mut self, ike: &[IkeState]) {
        let stands = ike.iter().filter(|state| state.established);
        let answering: BTreeSet<_> = stands.flat_map(|state| self.known_as(&state.connection)).collect();
        let asked = self.life.asked.map_or(self.now, |(at, _)| at);
        let taken = self.hearsay.take(asked, |said| !matches!(said, HearsaySaid::TakenDown { .. }));
        // The refusal of an SA comes before what came of it, and one attempt counts once.
        for (place, hint) in taken {
            match hint {
                hint if self.is_wanted_and_down(place) => {
                    self.borne_out(place, hint, answering.contains(&place.0));
                }
                Hint { said: HearsaySaid::Refused(refused), seen } => self.may_have_fallen_back(place, refused, seen),
                Hint { .. } => {}
            }
        }
    }

    /// It is up all the same, with the very SA that was refused: whether that is in software the kernel shows, and this may be why.
    fn may_have_fallen_back(&mut self, place: TunnelPlace, refused: RefusedByHearsay, seen: Evidence) {
        let RefusedByHearsay { serial, sa: Some(sa), errno, of_policy: false, words, not_added } = refused else {
            return;
        };
        let Some(slot) = serial.and_then(|serial| self.claims.find_child(serial)) else { return };
        let Some(child) = self.claims.child_at(slot) else { return };
        let (tunnel, spis) = (child.tunnel, [child.outbound.spi, child.inbound.spi]);
        if self.pair_of_tunnel(tunnel) != Some(place) || !spis.contains(&sa.spi) {
            return;
        }
        let mut refusal = Refusal::new(serial, Some(sa), errno, seen.at);
        refusal.lines.push(seen);
        if let Some((words, seen)) = words {
            refusal.words = Some(words);
            refusal.lines.push(seen);
        }
        if let Some((of_offload, seen)) = not_added {
            refusal.of_offload = of_offload;
            refusal.lines.push(seen);
        }
        self.refusals.fell_back_by(slot, refusal);
        self.touch_child(slot);
    }

    fn is_wanted_and_down(&self, place: TunnelPlace) -> bool {
        let is_wanted = |row: &Connection| match place.1 {
            Some(name) if !row.subnets.is_empty() => row.subnets.get(name).is_some_and(|pair| pair.wanted),
            _ => row.wanted,
        };
        self.claims.connection_at(place.0).is_some_and(is_wanted) && !self.has_child(place)
    }

    /// `peer_answers`: the daemon has an IKE SA with its peer.
    fn borne_out(&mut self, place: TunnelPlace, hint: Hint, peer_answers: bool) {
        let connection = place.0;
        let Hint { said, seen } = hint;
        let name = self.claims.connection_at(connection).map(|row| row.name);
        match said {
            // What was said first stays, as anybody may say something else, unless the table refutes it.
            HearsaySaid::Down(why, _)
                if self.down_of(place).is_some_and(|down| {
                    !(peer_answers && down.why == WhyDown::NoAnswer && why != WhyDown::NoAnswer)
                }) => {}
            HearsaySaid::Down(why, notify) => {
                self.story.tell(StoryLine { line: seen.clone(), connection: name, sa: None });
                self.went_down(place, why, notify.as_deref(), seen);
                let agrees = self.table_agrees(place);
                self.down_is_shown_by(connection, &agrees);
            }
            HearsaySaid::Refused(refused) => {
                self.story.tell(StoryLine { line: seen.clone(), connection: name, sa: None });
                let RefusedByHearsay { serial, sa, errno, of_policy, words, not_added } = refused;
                if of_policy {
                    self.policy_refused(place, serial, errno, seen);
                } else {
                    self.kernel_refused(place, serial, (sa, errno), seen);
                }
                if let Some((of_offload, seen)) = not_added {
                    self.sa_not_added((connection, None), None, of_offload, seen);
                }
                if let Some((words, seen)) = words {
                    self.kernel_said(connection, &words, seen);
                }
                let agrees = self.table_agrees(place);
                self.refusal_followed(connection, agrees);
            }
            HearsaySaid::TakenDown { .. } => {}
        }
    }

    fn table_agrees(&self, (connection, pair): TunnelPlace) -> Evidence {
        let (name, pair) = (self.connection_text(connection), pair.map_or("", |pair| self.names.text(pair)));
        self.evidence(Source::Daemon, format!("asked because of this, the daemon has no Child SA of {name}{pair}"))
    }

    /// The daemon's connections were read: these should not be up any more, and should have been before.
    pub(super) fn connections_bear_out(&mut self, given_up: &BTreeSet<Slot<Connection>>) {
        let asked = self.life.asked.map_or(self.now, |(at, _)| at);
        let now = self.now;
        for ((connection, _), hint) in self.hearsay.take(asked, |said| matches!(said, HearsaySaid::TakenDown { .. })) {
            let HearsaySaid::TakenDown { unloaded } = hint.said else { continue };
            if given_up.contains(&connection) && now.since(hint.seen.at) < ORDERED_WITHIN {
                self.taken_down((connection, None), unloaded, hint.seen);
            }
        }
    }
}
