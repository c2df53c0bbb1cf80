//! `policy-mismatch`: an SA serves only packets that a policy sends to it, and in packet mode only if both are on the same device.

mod disagreement;
mod page;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use self::disagreement::disagreement;
use super::deadlines::Deadlines;
use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::want::Want;
use crate::model::{Boottime, Code, Direction, Evidence, KernelPolicy, Reason, Source, Subject};

const CODE: Code = Code::PolicyMismatch;

/// Policies shown as evidence.
const SHOWN: usize = 4;

/// Policies are written one by one: for so long they may disagree with the SA, and so long they have to agree again.
const STANDS_AFTER: Duration = Duration::from_secs(5);

/// A tunnel among those of its connection.
type OfConnection = (Slot<Connection>, Slot<Tunnel>);

/// Tunnels whose SA and policy disagree, since when, or since when they agree again.
#[derive(Debug, Default)]
pub(super) struct PolicyMismatch {
    rows: BTreeMap<OfConnection, Mismatch>,
    deadlines: Deadlines<OfConnection>,
}

#[derive(Clone, Copy, Debug)]
struct Mismatch {
    wrong: Option<(Reason, Direction)>,
    since: Boottime,
}

impl FindingRule for PolicyMismatch {
    fn codes(&self) -> &'static [Code] {
        &[CODE]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match happened {
            Happened::PolicySet(policy) => self.policy_came(policy, facts, say),
            // What waited for the whole table is judged anew.
            Happened::PoliciesDumped => {
                self.rows.keys().for_each(|(_, tunnel)| say.want(Want::Tunnel(*tunnel)));
            }
            _ => {}
        }
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        let mut due: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (connection, tunnel) in self.deadlines.take_due(facts.now) {
            due.entry(connection).or_default().insert(tunnel);
        }
        for (connection, judged) in &touched.connections {
            let due = due.remove(connection).unwrap_or_default();
            self.judge(*connection, judged.iter().copied().chain(due), facts, say);
        }
        for (connection, tunnels) in due {
            self.judge(connection, tunnels.into_iter(), facts, say);
        }
    }

    /// The daemon writes its policies anew with each pair, its bypass for IKE with none.
    fn tunnels(&self, code: Code, connection: Slot<Connection>) -> BTreeSet<Slot<Tunnel>> {
        if code != CODE {
            return BTreeSet::new();
        }
        let is_wrong = |row: &Mismatch| row.wrong.is_some_and(|(reason, _)| reason != Reason::BypassMissing);
        self.remembered(connection).filter(|(_, row)| is_wrong(row)).map(|(tunnel, _)| tunnel).collect()
    }
}

impl PolicyMismatch {
    fn remembered(&self, connection: Slot<Connection>) -> impl Iterator<Item = (Slot<Tunnel>, &Mismatch)> {
        let of = self.rows.range((connection, Slot::FIRST)..).take_while(move |((other, _), _)| *other == connection);
        of.map(|((_, tunnel), row)| (*tunnel, row))
    }

    /// It matters where one was wrong, and where packet offload is in play.
    fn policy_came(&self, policy: &KernelPolicy, facts: &Facts, say: &mut Say<'_>) {
        if self.rows.is_empty() && facts.sad.counts().packet == 0 {
            return;
        }
        let connection = policy.template.and_then(|template| facts.claims.connection_of_reqid(template.reqid));
        connection.into_iter().for_each(|connection| say.want(Want::Connection(connection)));
    }

    /// Of the tunnels that were touched, and those of which something is remembered.
    fn judge(
        &mut self,
        connection: Slot<Connection>,
        touched: impl Iterator<Item = Slot<Tunnel>>,
        facts: &Facts,
        say: &mut Say<'_>,
    ) {
        let tunnels: BTreeSet<_> = self.remembered(connection).map(|(tunnel, _)| tunnel).chain(touched).collect();
        let mut told = None;
        for tunnel in tunnels {
            if let Some((reason, direction)) = self.wrong_for_long((connection, tunnel), facts, say) {
                told.get_or_insert((tunnel, reason, direction));
            }
        }
        let name = facts.connection_text(connection);
        match told {
            Some((tunnel, reason, direction)) => {
                let draft = draft(name, tunnel, (reason, direction), facts, say);
                draft.into_iter().for_each(|draft| say.open(draft));
            }
            // It is wrong still, or right not for long enough, where something is remembered.
            None if self.remembered(connection).next().is_none() => {
                say.over(CODE, &name, (Source::Engine, words::OVER))
            }
            None => {}
        }
    }

    /// The disagreement, once it has held for its time.
    fn wrong_for_long(
        &mut self,
        tunnel: OfConnection,
        facts: &Facts,
        say: &mut Say<'_>,
    ) -> Option<(Reason, Direction)> {
        let wrong = disagreement(tunnel.1, facts);
        let before = self.rows.get(&tunnel).copied();
        let is_gone = facts.claims.tunnel_at(tunnel.1).is_none();
        if is_gone || (before.is_none() && wrong.is_none()) {
            self.rows.remove(&tunnel);
            return None;
        }
        let same = before.filter(|before| before.wrong.is_some() == wrong.is_some());
        let since = same.map_or(facts.now, |before| before.since);
        let held = facts.now.since(since) >= STANDS_AFTER;
        if held && wrong.is_none() {
            self.rows.remove(&tunnel);
            return None;
        }
        self.rows.insert(tunnel, Mismatch { wrong, since });
        if !held {
            self.deadlines.set(since + STANDS_AFTER, tunnel, say);
        }
        wrong.filter(|_| held)
    }
}

fn draft(
    name: String,
    tunnel: Slot<Tunnel>,
    (reason, direction): (Reason, Direction),
    facts: &Facts,
    say: &Say<'_>,
) -> Option<Draft> {
    let sa = facts.sad.get(facts.claims.newest_child(tunnel)?.claim(direction).sa?)?;
    let of_policy = || facts.spd.with_reqid(sa.reqid).find_map(|policy| policy.offload);
    let device = sa.offload.or_else(of_policy).map(|offload| facts.links.name(offload.ifindex));
    let rekey = facts.rekey_command(tunnel);
    let told = words::policy_mismatch(&facts.life.behaviour, (&name, &rekey), reason, direction, device.as_deref());
    let subject = Subject {
        connection: Some(name.clone()),
        instance: facts.instance_text(tunnel),
        spi: Some(sa.spi),
        dst: Some(sa.dst),
        direction: Some(direction.into()),
        device,
    };
    Some(Draft::of(CODE, name, told).because(reason).critical().about(subject).shown_by(lines(sa, facts, say)))
}

/// The SA and its policies, each with where it is.
fn lines(sa: &Sa, facts: &Facts, say: &Say<'_>) -> Vec<Evidence> {
    let device = |ifindex| facts.links.name(ifindex);
    let id = sa.id(facts.started.netns);
    let offload = sa.offload.map(|offload| (offload.mode, device(offload.ifindex)));
    let policies = facts.spd.with_reqid(sa.reqid).take(SHOWN);
    let policies = policies.map(|policy| words::policy(policy, policy.offload.map(|offload| device(offload.ifindex))));
    let all = [words::sa(&id, sa.reqid, offload)].into_iter().chain(policies);
    all.map(|text| say.line(Source::Xfrm, text)).collect()
}
