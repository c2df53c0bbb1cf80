//! How the faults of tunnels become findings.

use super::Fault;
use super::table::FaultPlace;
use crate::daemons::Behaviour;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::book::listing;
use crate::engine::findings::{Draft, Say, Sentences};
use crate::model::{Affected, Code, Source, Subject};

/// Whose faults are one finding, for its sentences.
#[derive(Debug)]
pub struct Whose {
    /// The connection.
    pub name: String,
    /// How many of its tunnels.
    pub tunnels: usize,
    /// The command that makes a new pair for the first of them.
    pub rekey: String,
    /// Whose words the sentences take.
    pub daemon: Behaviour,
}

impl Whose {
    /// As it stands in a sentence.
    pub fn text(&self) -> String {
        if self.tunnels > 1 { format!("{} ({} tunnels)", self.name, self.tunnels) } else { self.name.clone() }
    }
}

impl Say<'_> {
    /// Of the codes of this finding, these are the tunnel's faults now, and no others. A tunnel that is forgotten has none.
    pub fn set_faults(&mut self, facts: &Facts, tunnel: Slot<Tunnel>, faults: Vec<Fault>) {
        if faults.is_empty() && !self.faults().has_some(tunnel) {
            return;
        }
        let (codes, connection) = (self.codes(), facts.claims.tunnel_at(tunnel).map(|tunnel| tunnel.connection));
        self.faults_mut().set(codes, (tunnel, connection), faults);
    }

    /// These may be faults after the next window, and none else. See `foreseen_causes`.
    pub fn foresee(&mut self, code: Code, faults: Vec<Fault>) {
        self.faults_mut().foresee(code, faults);
    }

    /// Opens, changes and closes the findings whose faults have changed. `over` is the last line of one without any. It is to be called in
    /// every look: what was put off is told then.
    pub fn tell_faults(&mut self, facts: &Facts, words: impl Fn(&Fault, &Whose) -> Sentences, over: &str) {
        let (codes, now) = (self.codes(), facts.now);
        for code in codes {
            // Closed first: one fault in a direction that becomes one in both is one finding at a time.
            let (gone, there) = self.faults_mut().take_changed(*code, now);
            for place in gone {
                self.over(*code, &scope(facts, place), (Source::Engine, over));
            }
            for place in there {
                if let Some(again) = self.faults_mut().put_off(place, now) {
                    self.look_again(again);
                } else if let Some(draft) = self.draft_of_faults(facts, place, &words) {
                    self.open(draft);
                }
            }
        }
    }

    fn draft_of_faults(
        &self,
        facts: &Facts,
        place: FaultPlace,
        words: impl Fn(&Fault, &Whose) -> Sentences,
    ) -> Option<Draft> {
        let (code, connection, _) = place;
        let faults = self.faults().at(place)?;
        let (first, fault) = faults.first_key_value()?;
        let (name, tunnels) = (facts.connection_text(connection), faults.len());
        let whose = Whose { name, tunnels, rekey: facts.rekey_command(*first), daemon: facts.life.behaviour.clone() };
        let draft = Draft::of(code, scope(facts, place), words(fault, &whose));
        let name = whose.name;
        let names = faults.keys().map(|tunnel| format!("{name}{}", facts.instance_text(*tunnel).unwrap_or_default()));
        let affected = if tunnels > 1 { listing(tunnels as u64, 1, tunnels, names) } else { Affected::default() };
        let subject = Subject {
            connection: Some(name.clone()),
            instance: facts.instance_text(*first),
            spi: fault.spi,
            dst: fault.dst,
            direction: Some(fault.span),
            device: fault.device.clone(),
        };
        let severity = faults.values().map(|fault| fault.severity).max()?;
        let draft = Draft { severity, ..draft }.because(fault.reason).about(subject).affecting(affected);
        Some(draft.shown_by(fault.evidence.iter().cloned()))
    }
}

fn scope(facts: &Facts, (_, connection, span): FaultPlace) -> String {
    let name = facts.connection_text(connection);
    match span {
        Some(span) => format!("{name}:{span}"),
        None => name,
    }
}
