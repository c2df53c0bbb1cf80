//! `ike-sa-duplicates`: established IKE SAs that serve no Child SA pile up. By the daemon's tables, which are asked for when it counts more
//! of them than before.

mod page;
mod pile;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use self::pile::{IkePile, Piles, STANDS, TOO_MANY, Whom, piles};
use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::asks::TABLE_LIMIT;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::want::Want;
use crate::model::{Affected, Boottime, Code, Question, Source, Subject};

const CODE: Code = Code::IkeSaDuplicates;

/// Between two tables that are asked for because of them.
const PACE: Duration = Duration::from_secs(60);

/// What a pile has become is told this often at most, and looked at.
const RETELL: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(super) struct IkeSaDuplicates {
    /// Connections whose piles are told, each with the number of its IKE SAs without a Child SA.
    told: BTreeMap<Slot<Connection>, usize>,
    /// A table was read; up to this change of the IKE SAs they were looked at, and when.
    read: bool,
    seen: u64,
    judged: Option<Boottime>,
    /// IKE SAs that the daemon counted beyond its Child SAs when its table was read.
    counted: i64,
    /// A table is to be asked for then.
    ask_at: Option<Boottime>,
    asked: Option<Boottime>,
}

impl FindingRule for IkeSaDuplicates {
    fn codes(&self) -> &'static [Code] {
        &[CODE]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, _say: &mut Say<'_>) {
        if matches!(happened, Happened::TableRead) {
            self.counted = beyond_children(facts);
            self.read = true;
        }
    }

    fn look(&mut self, facts: &Facts, _touched: &Touched, say: &mut Say<'_>) {
        // Without a pile one that goes makes none.
        if self.read || (!self.told.is_empty() && self.seen != facts.ikes.changes()) {
            let again = self.judged.map(|at| at + RETELL).filter(|at| *at > facts.now && !self.read);
            match again {
                Some(again) => say.look_again(again),
                None => self.judge(facts, say),
            }
        }
        self.ask(facts, say);
    }

    fn undecided(&self) -> Vec<Slot<Connection>> {
        self.told.keys().copied().collect()
    }
}

impl IkeSaDuplicates {
    fn judge(&mut self, facts: &Facts, say: &mut Say<'_>) {
        (self.read, self.seen, self.judged) = (false, facts.ikes.changes(), Some(facts.now));
        let Piles { piles, undecided } = piles(facts);
        let mut connections: BTreeMap<Slot<Connection>, Vec<(Whom, IkePile)>> = BTreeMap::new();
        for (whom, pile) in piles {
            connections.entry(whom.0).or_default().push((whom, pile));
        }
        let over: Vec<_> = self.told.keys().filter(|slot| !connections.contains_key(slot)).copied().collect();
        for connection in over {
            self.told.remove(&connection);
            say.over(CODE, &facts.connection_text(connection), (Source::Daemon, words::OVER));
        }
        for (connection, piles) in connections {
            self.tell(facts, connection, &piles, say);
        }
        let pace = if undecided { STANDS } else { PACE };
        if undecided || !self.told.is_empty() {
            self.ask_by(facts.now + pace, say);
        }
    }

    fn ask_by(&mut self, at: Boottime, say: &mut Say<'_>) {
        if self.ask_at.is_none_or(|before| at < before) {
            self.ask_at = Some(at);
            say.look_again(at);
        }
    }

    /// Asks for the table where that may tell something new.
    fn ask(&mut self, facts: &Facts, say: &mut Say<'_>) {
        let due = self.ask_at.take_if(|at| *at <= facts.now).is_some();
        let few = i64::try_from(TOO_MANY).unwrap_or(i64::MAX);
        let more = beyond_children(facts) >= self.counted.saturating_add(few);
        let rested = self.asked.is_none_or(|asked| facts.now.since(asked) >= PACE);
        let small = facts.life.brief.is_some_and(|brief| brief.children <= TABLE_LIMIT);
        if small && !facts.daemon_is_in_trouble() && (due || (more && rested)) {
            self.asked = Some(facts.now);
            say.want(Want::Ask(Question::Table));
        }
    }

    /// Of a connection's peers the one with most is told.
    fn tell(&mut self, facts: &Facts, connection: Slot<Connection>, piles: &[(Whom, IkePile)], say: &mut Say<'_>) {
        let count = piles.iter().map(|(_, pile)| pile.bare.len()).sum();
        let before = self.told.get(&connection).copied();
        if before == Some(count) {
            return;
        }
        let size = |(_, pile): &(Whom, IkePile)| pile.bare.len();
        // The first of those with as many.
        let largest = piles.iter().reduce(|most, next| if size(next) > size(most) { next } else { most });
        let Some((whom, pile)) = largest else { return };
        self.told.insert(connection, count);
        let name = facts.connection_text(connection);
        let instance = whom.1.map(|name| facts.names.text(name).to_owned());
        let row = facts.claims.connection_at(connection);
        let remote =
            row.and_then(|row| row.loaded.as_ref()).and_then(|loaded| loaded.remote).filter(|_| instance.is_none());
        let peer = remote.map(|remote| remote.to_string());
        let at = |time: Boottime| facts.started.zone.moment(facts.wall.before(facts.now.since(time)));
        let text = format!("{name}{}", instance.as_deref().unwrap_or_default());
        let told = words::duplicates(
            &facts.life.behaviour,
            (&text, peer.as_deref()),
            pile,
            count - pile.bare.len(),
            &at(pile.since),
        );
        let lines = before.is_none().then(|| say.line(Source::Daemon, words::stand(&at(pile.last), &pile.bare)));
        let states = pile.bare.iter().map(|serial| format!("#{}", serial.0));
        let list = Affected::listing(0, 1, states);
        let subject = Subject { connection: Some(name.clone()), instance, dst: remote, ..Subject::default() };
        say.open(Draft::of(CODE, name, told).about(subject).affecting(list).shown_by(lines));
    }
}

/// How many IKE SAs more than Child SAs the daemon counts.
fn beyond_children(facts: &Facts) -> i64 {
    let brief = facts.life.brief.unwrap_or_default();
    i64::from(brief.ike.saturating_sub(brief.half_open)) - i64::from(brief.children)
}
