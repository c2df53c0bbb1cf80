//! `tunnel-not-restored`: a permanent tunnel that was up before the daemon died is not back 60 s after the daemon is.

mod page;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::recovery::Recovery;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::standing::TunnelPlace;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::want::Want;
use crate::model::{Affected, Code, Evidence, Reason, Source, Subject};

/// Which death was judged last; what the daemon said of a tunnel since, and whether that was told, are facts.
#[derive(Debug, Default)]
pub(super) struct TunnelNotRestored {
    judged: u64,
    // The tunnels of a connection that are told of.
    missing: BTreeMap<Slot<Connection>, Vec<TunnelPlace>>,
}

impl FindingRule for TunnelNotRestored {
    fn codes(&self) -> &'static [Code] {
        &[Code::TunnelNotRestored]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match happened {
            Happened::Stood(connection) if self.is_whole(*connection, facts) => {
                say.over(Code::TunnelNotRestored, &facts.connection_text(*connection), (Source::Engine, words::OVER));
            }
            Happened::TakenDown(connection, seen) => {
                self.missing.remove(connection);
                say.close(Code::TunnelNotRestored, &facts.connection_text(*connection), seen.clone());
            }
            _ => {}
        }
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        if say.book().has_code(Code::TunnelNotRestored) {
            for connection in touched.connections.keys() {
                self.tell_again(*connection, facts, say);
            }
        }
        self.judge_crash(facts, say);
    }
}

impl TunnelNotRestored {
    /// Tells of what was up before a crash, and has had its time to come back.
    fn judge_crash(&mut self, facts: &Facts, say: &mut Say<'_>) {
        let crash = facts.life.death.as_ref().filter(|death| death.is_crash() && death.had_its_time(facts.now));
        let Some((death, pid)) = crash.and_then(|death| Some((death, death.who.pid()?))) else { return };
        if self.judged == death.number || facts.recovery() != Some(Recovery::Partial) {
            return;
        }
        self.judged = death.number;
        let text = words::was_up(pid);
        let how = Evidence { time: death.wall, at: death.at, source: Source::Process, text };
        let mut missing: BTreeMap<Slot<Connection>, Vec<TunnelPlace>> = BTreeMap::new();
        for place in death.before.permanent.iter().filter(|place| !facts.place_stands(**place)) {
            missing.entry(place.0).or_default().push(*place);
        }
        for (connection, places) in missing {
            say.open(draft(connection, &places, how.clone(), (facts, say)));
            // What it quotes is no further attempt.
            say.want(Want::DownTold(connection));
            self.missing.insert(connection, places);
        }
    }

    /// Whether all of its tunnels that are told of are up again: of several pairs of subnets each stands by itself.
    fn is_whole(&mut self, connection: Slot<Connection>, facts: &Facts) -> bool {
        let whole = self.missing.get(&connection).is_none_or(|places| places.iter().all(|it| facts.has_child(*it)));
        if whole {
            self.missing.remove(&connection);
        }
        whole
    }

    /// Another attempt has failed while that is told.
    fn tell_again(&self, connection: Slot<Connection>, facts: &Facts, say: &mut Say<'_>) {
        let places = self.missing.get(&connection).into_iter().flatten().copied();
        let places: Vec<TunnelPlace> = places.filter(|place| !facts.has_child(*place)).collect();
        let mut attempts = places.iter().filter_map(|place| facts.down_of(*place)?.newest_attempt());
        let Some(seen) = attempts.next_back().cloned() else { return };
        if say.is_open(Code::TunnelNotRestored, &facts.connection_text(connection)) {
            say.open(draft(connection, &places, seen, (facts, say)).again());
            say.want(Want::DownTold(connection));
        }
    }
}

/// `how`: the line that says why it is told now.
fn draft(
    connection: Slot<Connection>,
    places: &[TunnelPlace],
    how: Evidence,
    (facts, say): (&Facts, &Say<'_>),
) -> Draft {
    let name = facts.connection_text(connection);
    let down = places.first().and_then(|place| facts.down_of(*place));
    let unloaded = is_unloaded(connection, facts);
    let sentences = words::tunnel_not_restored(&facts.life.behaviour, &name, down.map(|down| down.why), unloaded);
    let quoted = down.into_iter().flat_map(|down| down.lines()).cloned();
    let unloaded = unloaded.then(|| say.line(Source::Daemon, words::unloaded_line(&name)));
    let lines = [how].into_iter().chain(quoted).chain(unloaded).chain(facts.blocked(connection));
    let instances = || places.iter().filter_map(|(_, instance)| Some(facts.names.text((*instance)?).to_owned()));
    let affected = match places.len() {
        0 | 1 => Affected::default(),
        _ => Affected::listing(0, 1, instances().map(|instance| format!("{name}{instance}"))),
    };
    let subject = Subject { connection: Some(name.clone()), instance: instances().next(), ..Subject::default() };
    Draft::of(Code::TunnelNotRestored, name, sentences)
        .because(down.map_or(Reason::Unknown, |down| down.why.into()))
        .critical()
        .about(subject)
        .affecting(affected)
        .shown_by(lines)
        .explaining([connection])
}

/// The daemon tells what it has loaded, and this is not among it.
fn is_unloaded(connection: Slot<Connection>, facts: &Facts) -> bool {
    let loaded = |row: &Connection| row.loaded.is_some();
    !facts.claims.connection_at(connection).is_some_and(loaded)
        && facts.claims.connections().any(|(_, row)| loaded(row))
}
