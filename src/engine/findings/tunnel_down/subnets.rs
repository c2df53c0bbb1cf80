//! Connections with several pairs of subnets: those that are down for one cause are one finding.

use std::collections::{BTreeMap, BTreeSet};

use super::shown::{each_once, or_this};
use super::words;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::down::{Down, WANTED_AFTER, WhyDown};
use crate::engine::facts::names::Name;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::standing::STANDS_AFTER;
use crate::engine::facts::want::Want;
use crate::engine::findings::{Draft, Say, Sentences};
use crate::model::{Affected, Boottime, Code, Reason, Source, Subject};

/// What is told of pairs of subnets: which of them are in which open finding.
#[derive(Debug, Default)]
pub(super) struct SubnetsDown {
    told: BTreeMap<Slot<Connection>, Vec<PairsGroup>>,
    // A pair of SAs has come, and has to stand a while.
    settling: BTreeSet<Slot<Connection>>,
}

/// One finding. Its scope stays as it was when it opened, whoever leaves it.
#[derive(Debug)]
struct PairsGroup {
    scope: String,
    cause: PairCause,
    members: Vec<Name>,
    // What was said of it last.
    said: Option<(PairCause, Vec<Name>)>,
    // Where the last one that left it went.
    left: &'static str,
}

/// By the daemon's word, the peer's in it too; none where nobody said why.
type PairCause = Option<(WhyDown, Option<String>)>;

impl SubnetsDown {
    pub(super) fn is_told(&self, connection: Slot<Connection>) -> bool {
        self.told.contains_key(&connection)
    }

    /// The connections that are to be looked at again, touched or not.
    pub(super) fn settling(&self) -> BTreeSet<Slot<Connection>> {
        self.settling.clone()
    }

    /// In one finding, and under this name.
    pub(super) fn is_told_as_one(&self, connection: Slot<Connection>, name: &str) -> bool {
        matches!(self.told.get(&connection).map(Vec::as_slice), Some([one]) if one.scope == name)
    }

    /// The finding of that name is another's from now on.
    pub(super) fn forget(&mut self, connection: Slot<Connection>) {
        self.told.remove(&connection);
        self.settling.remove(&connection);
    }

    /// From now on it is told under another connection's name.
    pub(super) fn told_with_others(&mut self, connection: Slot<Connection>, say: &mut Say<'_>) {
        for group in self.told.remove(&connection).into_iter().flatten() {
            say.over(Code::TunnelDown, &group.scope, (Source::Engine, words::TOLD_WITH_OTHERS));
        }
        self.settling.remove(&connection);
    }

    /// The finding of its name, in which it was told with others, is about its pairs alone from now on.
    pub(super) fn take_over(&mut self, facts: &Facts, connection: Slot<Connection>, why: WhyDown) {
        let members = facts.wanted_places(connection).into_iter().filter_map(|(_, name)| name).collect();
        let scope = facts.connection_text(connection);
        let group = PairsGroup { scope, cause: Some((why, None)), members, said: None, left: words::OVER };
        self.told.insert(connection, vec![group]);
    }

    /// Opens, changes and closes what is told of a connection. `untold`: nothing new is said, as another finding tells why
    /// what is down now is, or nobody knows yet by whose wish.
    pub(super) fn look(&mut self, facts: &Facts, connection: Slot<Connection>, untold: bool, say: &mut Say<'_>) {
        let mut groups = self.told.remove(&connection).unwrap_or_default();
        self.settling.remove(&connection);
        let (down, patient_until) = causes(facts, connection);
        if let Some(until) = patient_until {
            say.look_again(until);
            self.settling.insert(connection);
        }
        for group in &mut groups {
            if let Some(again) = group.settle(facts, connection, &down) {
                say.look_again(again);
                self.settling.insert(connection);
            }
        }
        merge(&mut groups);
        if !untold {
            join(facts, connection, &mut groups, &down);
        }
        for group in groups.iter_mut().filter(|group| !group.members.is_empty()) {
            sort(facts, &mut group.members);
            let said = Some((group.cause.clone(), group.members.clone()));
            if !untold && (group.said != said || group.has_news(facts, connection)) {
                say.open(group.draft(facts, connection, say));
                say.want(Want::DownTold(connection));
                group.said = said;
            }
        }
        groups.retain(|group| {
            if group.members.is_empty() {
                say.over(Code::TunnelDown, &group.scope, (Source::Engine, group.left));
            }
            !group.members.is_empty()
        });
        if !groups.is_empty() {
            self.told.insert(connection, groups);
        }
    }
}

/// The pairs that should be up, have no Child SA, and have had their time or a word of the daemon. When another one will have had it.
fn causes(facts: &Facts, connection: Slot<Connection>) -> (BTreeMap<Name, PairCause>, Option<Boottime>) {
    let (mut causes, mut patient_until) = (BTreeMap::new(), None);
    let Some(row) = facts.claims.connection_at(connection) else { return (causes, patient_until) };
    let negotiates = row.negotiating.is_some();
    for place in facts.wanted_places(connection).into_iter().filter(|place| !facts.has_child(*place)) {
        let Some(name) = place.1 else { continue };
        let down = facts.down_of(place);
        match (down, down.and_then(Down::patient_until)) {
            // It may come up by itself.
            (_, Some(until)) if negotiates || facts.now < until => {
                let until = Some(until).filter(|until| *until > facts.now);
                patient_until = [patient_until, until].into_iter().flatten().min();
            }
            (Some(down), _) => drop(causes.insert(name, Some((down.why, down.notify.clone())))),
            (None, _) => {
                let since = row.subnets.get(name).map_or(facts.now, |pair| pair.since.max(facts.life.found));
                if !negotiates && facts.now.since(since) >= WANTED_AFTER {
                    causes.insert(name, None);
                }
            }
        }
    }
    (causes, patient_until)
}

/// Two to whom the same befell are one.
fn merge(groups: &mut [PairsGroup]) {
    let mut before: Vec<&mut PairsGroup> = Vec::new();
    for group in groups.iter_mut().filter(|group| !group.members.is_empty()) {
        match before.iter_mut().find(|other| other.cause == group.cause) {
            Some(other) => {
                other.members.append(&mut group.members);
                group.left = words::TOLD_WITH_OTHERS;
            }
            None => before.push(group),
        }
    }
}

/// Those of whom nothing is told yet go to whom the same befell, else by themselves.
fn join(facts: &Facts, connection: Slot<Connection>, groups: &mut Vec<PairsGroup>, down: &BTreeMap<Name, PairCause>) {
    let told: Vec<Name> = groups.iter().flat_map(|group| group.members.iter().copied()).collect();
    let mut new: Vec<Name> = down.keys().copied().filter(|name| !told.contains(name)).collect();
    sort(facts, &mut new);
    for name in new {
        let Some(cause) = down.get(&name) else { continue };
        match groups.iter_mut().find(|group| group.cause == *cause && !group.members.is_empty()) {
            Some(group) => group.members.push(name),
            None => {
                let text = facts.connection_text(connection);
                let scopes: Vec<&str> = groups.iter().map(|group| group.scope.as_str()).collect();
                let own = format!("{text}{}", facts.names.text(name));
                let scope = if scopes.contains(&text.as_str()) { own } else { text };
                groups.push(PairsGroup {
                    scope,
                    cause: cause.clone(),
                    members: vec![name],
                    said: None,
                    left: words::OVER,
                });
            }
        }
    }
}

/// In the order of their numbers.
fn sort(facts: &Facts, names: &mut [Name]) {
    names.sort_by_key(|name| {
        let text = facts.names.text(*name);
        let numbers = text.trim_start_matches('/').split('x').map(|number| number.parse().unwrap_or(u32::MAX));
        (numbers.collect::<Vec<_>>(), text.to_owned())
    });
}

impl PairsGroup {
    /// Without those that are up again, or are not wanted any more, or for whom another cause holds now. When one that has come is up.
    fn settle(
        &mut self,
        facts: &Facts,
        connection: Slot<Connection>,
        down: &BTreeMap<Name, PairCause>,
    ) -> Option<Boottime> {
        let (wanted, mut again) = (facts.wanted_places(connection), None);
        self.members.retain(|name| {
            let place = (connection, Some(*name));
            if !wanted.contains(&place) {
                self.left = words::NOT_WANTED;
                return false;
            }
            if !facts.has_child(place) {
                return true;
            }
            let over = facts.place_stands_since(place).map(|since| since + STANDS_AFTER);
            again = [again, over.filter(|over| *over > facts.now)].into_iter().flatten().min();
            let stays = over.is_none_or(|over| over > facts.now);
            if !stays {
                self.left = words::OVER;
            }
            stays
        });
        let now: Vec<&PairCause> = self.members.iter().filter_map(|name| down.get(name)).collect();
        if let Some(first) = now.first().filter(|_| !now.contains(&&self.cause)) {
            self.cause = (*first).clone();
        }
        let cause = &self.cause;
        self.members.retain(|name| down.get(name).is_none_or(|now| now == cause));
        again
    }

    fn words<'a>(&self, facts: &'a Facts, connection: Slot<Connection>) -> impl Iterator<Item = &'a Down> {
        let places: Vec<_> = self.members.iter().map(|name| (connection, Some(*name))).collect();
        places.into_iter().filter_map(|place| facts.down_of(place))
    }

    /// Whether something was said of one of them that nobody was told of.
    fn has_news(&self, facts: &Facts, connection: Slot<Connection>) -> bool {
        // Whether the address is back is seen elsewhere.
        let changes = matches!(self.cause, Some((WhyDown::AddressGone, _)));
        changes || self.words(facts, connection).any(|down| !down.lines().is_empty())
    }

    /// The same of the first of them: all are tried again and again, and that is counted once.
    fn is_tried_again(&self, facts: &Facts, connection: Slot<Connection>) -> bool {
        self.words(facts, connection).next().is_some_and(|down| down.newest_attempt().is_some())
    }

    fn draft(&self, facts: &Facts, connection: Slot<Connection>, say: &Say<'_>) -> Draft {
        let name = facts.connection_text(connection);
        let names: Vec<String> =
            self.members.iter().map(|member| format!("{name}{}", facts.names.text(*member))).collect();
        let all = facts.wanted_places(connection).len();
        // By the name of the connection all of its pairs are meant.
        let commanded = names.first().filter(|_| names.len() == 1).unwrap_or(&name);
        let cause = self.cause.as_ref().map(|(why, notify)| (*why, notify.as_deref()));
        let (reason, sentences) = said(facts, connection, commanded, cause);
        let sentences = if names.len() > 1 { words::of_pairs(sentences, &name, (names.len(), all)) } else { sentences };
        let said = self.words(facts, connection).flat_map(Down::lines).cloned();
        let lines = each_once(said.chain(facts.blocked(connection)));
        let subject = Subject {
            connection: Some(name),
            instance: self.members.first().map(|member| facts.names.text(*member).to_owned()),
            ..Subject::default()
        };
        let affected = if names.len() > 1 { Affected::listing(0, 1, names) } else { Affected::default() };
        let draft = Draft::of(Code::TunnelDown, self.scope.clone(), sentences).because(reason).critical();
        let draft = draft.about(subject).affecting(affected).shown_by(or_this(lines, say));
        if say.is_open(Code::TunnelDown, &self.scope) && self.is_tried_again(facts, connection) {
            draft.again()
        } else {
            draft
        }
    }
}

/// Why, and in which words; `name` is what the daemon's commands take.
fn said(
    facts: &Facts,
    connection: Slot<Connection>,
    name: &str,
    cause: Option<(WhyDown, Option<&str>)>,
) -> (Reason, Sentences) {
    let (daemon, gone) = (&facts.life.behaviour, facts.address_gone(connection));
    let all_are = words::all_are(name, 1);
    match cause {
        Some((why, notify)) if why != WhyDown::AddressGone => {
            (why.into(), words::tunnel_down(daemon, (name, &all_are), why, notify))
        }
        None if gone.is_none() => (Reason::Unknown, words::silent(daemon, name, facts.log_tells())),
        _ => (Reason::AddressGone, words::address_gone(daemon, (name, &all_are), gone)),
    }
}
