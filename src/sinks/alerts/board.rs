//! Which alerts fire: findings with the same labels are one.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::alert::{Alert, AlertState, Labels, fingerprint, labels};
use crate::model::{Change, Finding, RealTime};

/// Every alert that fires.
#[derive(Debug)]
pub struct Board {
    host: String,
    groups: BTreeMap<u64, AlertGroup>,
    /// Where an open finding is.
    of: HashMap<String, u64>,
}

#[derive(Debug)]
struct AlertGroup {
    labels: Labels,
    /// The open findings, and how often each happened.
    open: BTreeMap<String, u64>,
    since: RealTime,
    /// What happened to those that are over.
    over: u64,
    alert: Arc<Alert>,
}

impl Board {
    /// One of this host on which nothing fires.
    pub fn new(host: String) -> Self {
        Self { host, groups: BTreeMap::new(), of: HashMap::new() }
    }

    /// Takes one change. Returns the alerts that are another way now: one mostly, two where a finding has become another alert.
    pub fn tell(&mut self, change: Change, finding: &Finding, now: RealTime) -> Vec<(u64, Arc<Alert>)> {
        let labels = labels(&self.host, finding);
        let here = fingerprint(&labels);
        let mut told = Vec::new();
        let before = self.of.get(&finding.id).copied();
        if change == Change::Closed {
            // It may have changed as it closed; what is over is what was told.
            told.extend(before.and_then(|before| self.leave(before, finding, now)));
            return told;
        }
        if let Some(before) = before.filter(|before| *before != here) {
            told.extend(self.leave(before, finding, now));
        }
        told.push(self.join(here, labels, finding));
        told
    }

    /// Every alert that fires.
    pub fn firing(&self) -> impl Iterator<Item = (u64, &Arc<Alert>)> {
        self.groups.iter().map(|(fingerprint, group)| (*fingerprint, &group.alert))
    }

    /// Whether this one fires.
    pub fn fires(&self, fingerprint: u64) -> bool {
        self.groups.contains_key(&fingerprint)
    }

    fn join(&mut self, here: u64, labels: Labels, finding: &Finding) -> (u64, Arc<Alert>) {
        self.of.insert(finding.id.clone(), here);
        let alert = |labels, since, times, count| {
            Arc::new(Alert::new(AlertState::Firing, labels, since, times, count, finding))
        };
        let group = self.groups.entry(here).or_insert_with(|| AlertGroup {
            alert: alert(labels.clone(), finding.since, finding.times, 1),
            labels,
            open: BTreeMap::new(),
            since: finding.since,
            over: 0,
        });
        group.open.insert(finding.id.clone(), finding.times);
        group.since = group.since.min(finding.since);
        let times = group.over + group.open.values().sum::<u64>();
        group.alert = alert(group.labels.clone(), group.since, times, group.open.len() as u64);
        (here, Arc::clone(&group.alert))
    }

    /// The alert goes on without this finding, or is over.
    fn leave(&mut self, from: u64, finding: &Finding, now: RealTime) -> Option<(u64, Arc<Alert>)> {
        self.of.remove(&finding.id);
        let group = self.groups.get_mut(&from)?;
        group.over += group.open.remove(&finding.id).unwrap_or(0);
        if group.open.is_empty() {
            let group = self.groups.remove(&from)?;
            let shown = if group.alert.finding.id == finding.id {
                let mut last = (*group.alert).clone();
                last.finding.clone_from(finding);
                last.resolved(now)
            } else {
                group.alert.resolved(now)
            };
            return Some((from, Arc::new(shown)));
        }
        let mut alert = (*group.alert).clone();
        alert.findings = group.open.len() as u64;
        group.alert = Arc::new(alert);
        Some((from, Arc::clone(&group.alert)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Severity;
    use crate::sinks::samples::{finding, time};

    fn board() -> Board {
        Board::new("gw1".to_owned())
    }

    #[test]
    fn a_thousand_alike_are_one_alert_with_a_count() {
        let mut board = board();
        let mut prints = Vec::new();
        for number in 0..1_000 {
            let mut finding = finding("t1");
            finding.id = format!("sa-orphaned:{number}");
            prints.extend(board.tell(Change::Opened, &finding, time(1)).into_iter().map(|(print, _)| print));
        }
        prints.dedup();
        assert_eq!(prints.len(), 1);
        let (_, alert) = board.firing().next().unwrap();
        assert_eq!((alert.times, alert.findings, alert.annotations["times"].as_str()), (1_000, 1_000, "1000"));
        // It is over with the last of them.
        for number in 0..1_000 {
            let mut finding = finding("t1");
            finding.id = format!("sa-orphaned:{number}");
            let told = board.tell(Change::Closed, &finding, time(2));
            let expected = if number == 999 { AlertState::Resolved } else { AlertState::Firing };
            assert_eq!(told[0].1.status, expected);
            assert_eq!(told[0].1.ends_at.is_some(), number == 999);
        }
        assert_eq!(board.firing().count(), 0);
    }

    #[test]
    fn what_gets_worse_is_another_alert_and_the_one_before_is_over() {
        let mut board = board();
        let mut finding = finding("t1");
        board.tell(Change::Opened, &finding, time(1));
        finding.severity = Severity::Critical;
        let told = board.tell(Change::Changed, &finding, time(2));
        let seen: Vec<_> = told.iter().map(|(_, alert)| (alert.status, alert.labels["severity"].as_str())).collect();
        assert_eq!(seen, [(AlertState::Resolved, "warning"), (AlertState::Firing, "critical")]);
    }

    #[test]
    fn what_never_opened_is_not_told_to_be_over() {
        assert!(board().tell(Change::Closed, &finding("t1"), time(1)).is_empty());
    }
}
