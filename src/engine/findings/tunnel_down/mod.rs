//! `tunnel-down`: a connection that should be up has no pair. Whatever explains it is told instead.

mod ikev1;
mod page;
#[cfg(test)]
mod tests;
mod words;

use super::{Draft, Finding, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::down::{WANTED_AFTER, Why};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::want::Want;
use crate::model::{Code, Evidence, Reason, Source, Subject};

/// It remembers nothing: what the daemon said, and whether that was told, are facts.
#[derive(Debug, Default)]
pub(super) struct TunnelDown;

impl Finding for TunnelDown {
    fn codes(&self) -> &'static [Code] {
        &[Code::TunnelDown]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match happened {
            Happened::Stood(connection) => {
                say.over(Code::TunnelDown, &facts.connection_text(*connection), (Source::Engine, words::OVER));
            }
            Happened::TakenDown(connection, seen) => {
                say.close(Code::TunnelDown, &facts.connection_text(*connection), seen.clone());
            }
            _ => {}
        }
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        for connection in touched.connections.keys().filter(|connection| should_be_up(facts, **connection)) {
            if !is_explained(facts, *connection, say) {
                judge(facts, (*connection, facts.connection_text(*connection)), say);
            }
        }
    }
}

/// And has no pair, not even one that lacks something.
fn should_be_up(facts: &Facts, connection: Slot<Connection>) -> bool {
    facts.claims.connection_at(connection).is_some_and(|row| {
        let template = row.loaded.as_ref().is_some_and(|loaded| loaded.template);
        row.wanted
            && !template
            && !facts.takedowns.is_undecided(connection)
            && row.tunnels.iter().all(|tunnel| facts.claims.newest(*tunnel).is_none())
    })
}

/// Another finding tells why, or is about to.
fn is_explained(facts: &Facts, connection: Slot<Connection>, say: &Say<'_>) -> bool {
    facts.daemon_is_in_trouble()
        || facts.life.dying.is_some()
        || facts.refusals.pending(connection).is_some()
        || facts.was_on_lost_device(connection)
        || say.is_explained(Code::TunnelDown, connection)
}

fn judge(facts: &Facts, (connection, name): (Slot<Connection>, String), say: &mut Say<'_>) {
    let is_open = say.is_open(Code::TunnelDown, &name);
    let blocked = || facts.blocked(connection);
    let gone = facts.address_gone(connection);
    let Some(down) = facts.down.get(&connection) else {
        if !is_open && is_silent(facts, connection) {
            let lines = or_this(blocked(), say);
            let (reason, sentences) = match gone {
                Some(gone) => (Reason::AddressGone, words::address_gone(&facts.life.behaviour, &name, Some(gone))),
                None => (Reason::Unknown, words::silent(&facts.life.behaviour, &name)),
            };
            say.open(draft(name, reason, sentences).shown_by(lines));
        }
        return;
    };
    say.want(Want::DownTold(connection));
    let again = down.newest_attempt().is_some();
    let more = !down.lines().is_empty() || (down.why == Why::AddressGone && is_open);
    if again || more || !is_open {
        let daemon = &facts.life.behaviour;
        let sentences = match down.why {
            Why::AddressGone => words::address_gone(daemon, &name, gone),
            why => words::tunnel_down(daemon, &name, why, down.notify.as_deref()),
        };
        let lines = or_this(down.lines().iter().cloned().chain(blocked()).collect(), say);
        let draft = draft(name, down.why.into(), sentences).shown_by(lines);
        say.open(if again { draft.again() } else { draft });
    }
}

/// Nobody said why: it has some time to come up by itself.
fn is_silent(facts: &Facts, connection: Slot<Connection>) -> bool {
    let negotiates = facts.claims.connection_at(connection).is_some_and(|row| row.negotiating.is_some());
    !negotiates && facts.now.since(facts.life.found) >= WANTED_AFTER
}

fn draft(name: String, reason: Reason, sentences: super::Sentences) -> Draft {
    let subject = Subject { connection: Some(name.clone()), ..Subject::default() };
    Draft::of(Code::TunnelDown, name, sentences).because(reason).critical().about(subject)
}

/// Where nothing else speaks for it.
fn or_this(mut lines: Vec<Evidence>, say: &Say<'_>) -> Vec<Evidence> {
    if lines.is_empty() {
        lines.push(say.line(Source::Engine, words::NO_PAIR));
    }
    lines
}
