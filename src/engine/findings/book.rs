//! The life of findings: they open, change, close, and open again.

#[cfg(test)]
mod tests;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::Draft;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::slab::Slot;
use crate::model::{
    Affected, Boottime, Change, Code, Effect, Evidence, Finding, FindingPlace, RealTime, Remedy, Severity,
};

/// A finding that opens again within this time is the same one.
const SAME_WITHIN: Duration = Duration::from_secs(600);

/// Lines of evidence at each end.
const EVIDENCE_ENDS: usize = 10;

/// The open findings, and those closed a short while ago.
#[derive(Debug, Default)]
pub struct Book {
    open: BTreeMap<String, Finding>,
    closed: BTreeMap<String, (Boottime, Finding)>,
    /// In the order in which they closed.
    closings: VecDeque<(Boottime, String)>,
    /// How many are open of each code.
    codes: BTreeMap<Code, usize>,
    /// The connections that each open finding explains, and how many of a code explain each.
    spoken_of: BTreeMap<String, BTreeSet<Slot<Connection>>>,
    speakers: BTreeMap<(Code, Slot<Connection>), usize>,
}

/// `CODE:SCOPE`.
pub fn id(code: Code, scope: &str) -> String {
    format!("{code}:{scope}")
}

/// So many names of what a finding affects are made: more than are shown.
const NAMED: usize = 64;

/// What else a finding affects, `all` in number. Only the names that are shown are made: it may be told anew with each of many thousands.
pub fn listing(sas: u64, connections: u64, all: usize, names: impl Iterator<Item = String>) -> Affected {
    let affected = Affected::listing(sas, connections, names.take(NAMED));
    let more = all.saturating_sub(affected.list.len()) as u64;
    Affected { more, ..affected }
}

impl Book {
    /// Whether this finding is open.
    pub fn is_open(&self, code: Code, scope: &str) -> bool {
        // Asked after every observation and for every connection: mostly none of the code is open, and no text has to be made.
        self.codes.contains_key(&code) && self.open.contains_key(&id(code, scope))
    }

    /// An open finding.
    pub fn get(&self, id: &str) -> Option<&Finding> {
        self.open.get(id)
    }

    /// Open findings, worst first, then by id.
    pub fn worst_first(&self) -> Vec<Finding> {
        let mut findings: Vec<_> = self.all().cloned().collect();
        findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.code.cmp(&b.code)).then(a.id.cmp(&b.id)));
        findings
    }

    /// The ids of all open findings.
    pub fn ids(&self) -> Vec<String> {
        self.all().map(|finding| finding.id.clone()).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Finding> {
        let all = self.open.values();
        #[cfg(test)]
        let all = all.inspect(|_| crate::engine::work::looked());
        all
    }

    /// Writes into a finding what is done about it. Whether people should be told: its state is another one.
    pub fn set_remedy(&mut self, id: &str, remedy: Option<Remedy>) -> bool {
        let open = self.open.get_mut(id);
        let Some(finding) = open.or_else(|| self.closed.get_mut(id).map(|(_, finding)| finding)) else { return false };
        let state = |remedy: &Option<Remedy>| remedy.as_ref().map(|remedy| (remedy.kind, remedy.state));
        let news = state(&finding.remedy) != state(&remedy);
        finding.remedy = remedy;
        news
    }

    /// How many are open, by code and severity.
    pub fn counts(&self) -> BTreeMap<(Code, Severity), u64> {
        let mut counts = BTreeMap::new();
        for finding in self.all() {
            *counts.entry((finding.code, finding.severity)).or_default() += 1;
        }
        counts
    }

    /// Where findings are open and since when, the first `limit` of each code by their ids: a series stays what it is while others come.
    pub fn places(&self, limit: usize) -> BTreeMap<FindingPlace, RealTime> {
        let mut shown: BTreeMap<Code, usize> = BTreeMap::new();
        let mut places = BTreeMap::new();
        for finding in self.all() {
            let shown = shown.entry(finding.code).or_default();
            if *shown < limit {
                *shown += 1;
                let since = places.entry(FindingPlace::of(finding)).or_insert(finding.since);
                *since = finding.since.min(*since);
            }
        }
        places
    }

    /// Open findings with this code: those whose ids begin with it.
    pub fn of_code(&self, code: Code) -> impl Iterator<Item = &Finding> {
        let of = self.open.range(id(code, "")..).map(|(_, finding)| finding);
        #[cfg(test)]
        let of = of.inspect(|_| crate::engine::work::looked());
        of.take_while(move |finding| finding.code == code)
    }

    /// Whether an open finding with this code explains a connection.
    pub fn speaks_of(&self, code: Code, connection: Slot<Connection>) -> bool {
        self.speakers.contains_key(&(code, connection))
    }

    fn set_speaks_of(&mut self, code: Code, id: &str, connections: BTreeSet<Slot<Connection>>) {
        let before = self.spoken_of.remove(id).unwrap_or_default();
        for connection in before.difference(&connections) {
            if let Entry::Occupied(mut count) = self.speakers.entry((code, *connection)) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
        for connection in connections.difference(&before) {
            *self.speakers.entry((code, *connection)).or_default() += 1;
        }
        if !connections.is_empty() {
            self.spoken_of.insert(id.to_owned(), connections);
        }
    }

    /// The connections that open findings are about.
    pub fn connections(&self) -> impl Iterator<Item = &str> {
        self.all().filter_map(|finding| finding.subject.connection.as_deref())
    }

    /// Whether a finding with this code is open.
    pub fn has_code(&self, code: Code) -> bool {
        self.codes.contains_key(&code)
    }

    /// Opens a finding, or brings an open one up to date.
    pub fn open(&mut self, mut draft: Draft, now: Boottime, wall: RealTime, out: &mut Vec<Effect>) {
        let id = id(draft.code, &draft.scope);
        self.set_speaks_of(draft.code, &id, std::mem::take(&mut draft.speaks_of));
        if let Some(finding) = self.open.get_mut(&id) {
            if renew(finding, draft) {
                out.push(Effect::Tell { change: Change::Changed, finding: Box::new(finding.clone()) });
            }
            return;
        }
        let mut finding = Finding {
            id: id.clone(),
            code: draft.code,
            reason: draft.reason,
            severity: draft.severity,
            times: draft.again.max(1),
            subject: draft.subject,
            affected: draft.affected,
            since: wall,
            summary: draft.summary,
            advice: draft.advice,
            evidence: Vec::new(),
            remedy: None,
        };
        add_evidence(&mut finding, draft.evidence);
        if let Some((at, before)) = self.closed.remove(&id)
            && now.since(at) < SAME_WITHIN
        {
            finding.times += before.times;
        }
        out.push(Effect::Tell { change: Change::Opened, finding: Box::new(finding.clone()) });
        *self.codes.entry(finding.code).or_default() += 1;
        self.open.insert(id, finding);
    }

    /// Closes a finding; `why` is its last line of evidence.
    pub fn close(&mut self, id: &str, why: Evidence, now: Boottime, out: &mut Vec<Effect>) {
        if let Some(mut finding) = self.open.remove(id) {
            self.set_speaks_of(finding.code, id, BTreeSet::new());
            if let Entry::Occupied(mut count) = self.codes.entry(finding.code) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
            add_evidence(&mut finding, vec![why]);
            out.push(Effect::Tell { change: Change::Closed, finding: Box::new(finding.clone()) });
            self.closed.insert(id.to_owned(), (now, finding));
            self.closings.push_back((now, id.to_owned()));
        }
    }

    /// Forgets what closed too long ago to be the same again. Returns when to come back.
    pub fn prune(&mut self, now: Boottime) -> Option<Boottime> {
        while self.closings.front().is_some_and(|(at, _)| now.since(*at) >= SAME_WITHIN) {
            let Some((at, id)) = self.closings.pop_front() else { break };
            // It may have opened and closed again since.
            if self.closed.get(&id).is_some_and(|(closed, _)| *closed == at) {
                self.closed.remove(&id);
            }
        }
        self.forgets_at()
    }

    /// When there is something to forget.
    pub fn forgets_at(&self) -> Option<Boottime> {
        self.closings.front().map(|(at, _)| *at + SAME_WITHIN)
    }
}

/// Takes over what is new. Whether anything was.
fn renew(finding: &mut Finding, draft: Draft) -> bool {
    let same = finding.reason == draft.reason
        && finding.severity == draft.severity
        && finding.affected == draft.affected
        && finding.summary == draft.summary
        && finding.advice == draft.advice;
    if same && draft.again == 0 {
        // The same seen again is nothing new; something else that speaks for it is kept, but is no news by itself.
        let known =
            |line: &Evidence| finding.evidence.iter().any(|kept| kept.source == line.source && kept.text == line.text);
        let new: Vec<_> = draft.evidence.into_iter().filter(|line| !known(line)).collect();
        add_evidence(finding, new);
        return false;
    }
    finding.times += draft.again;
    finding.reason = draft.reason;
    finding.severity = draft.severity;
    finding.subject = draft.subject;
    finding.affected = draft.affected;
    finding.summary = draft.summary;
    finding.advice = draft.advice;
    add_evidence(finding, draft.evidence);
    true
}

/// Keeps the first lines, because they show how it began, and the last, because they show how it is.
fn add_evidence(finding: &mut Finding, lines: Vec<Evidence>) {
    for line in lines {
        if finding.evidence.contains(&line) {
            continue;
        }
        if finding.evidence.len() >= 2 * EVIDENCE_ENDS {
            finding.evidence.remove(EVIDENCE_ENDS);
        }
        finding.evidence.push(line);
    }
}
