//! Over all codes together a receiver is told of so many new troubles in a minute, the worst first, and once how many more there are.
//! What is held back waits in its queue as ever: it is told in the next minutes, or was over before. An end is never held back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::alert::{Alert, AlertState, Labels, fingerprint};
use super::queue::{AlertQueue, WaitingAlert};
use crate::model::{RealTime, Severity};

/// New troubles in a minute: more than one who is on call can read, and fewer than drown a pager.
const MOST: usize = 20;

/// So many of these are kept for critical ones.
const FOR_CRITICAL: usize = 5;

const MINUTE: Duration = Duration::from_secs(60);

/// `alertname` of the one that says how many more there are.
const MORE: &str = "SwanwatchMoreFindings";

/// What one receiver was told lately.
#[derive(Debug, Default)]
pub struct Cap {
    told: VecDeque<Instant>,
    /// What was said of those held back, by severity.
    more: [Option<(u64, Arc<Alert>)>; 2],
}

/// Where not all that is due may be told: what may, and what is held back.
#[derive(Debug, Default)]
struct Picked {
    next: Option<WaitingAlert>,
    /// When something else is due.
    soonest: Option<Instant>,
    /// Critical ones, and others: how many, and the first.
    held: [(u64, Option<Arc<Alert>>); 2],
}

const SEVERITIES: [Severity; 2] = [Severity::Critical, Severity::Warning];

impl Cap {
    /// What is to be put into the queue now, so that the receiver hears how many more there are, or that there are none any more.
    pub fn more(&mut self, queue: &AlertQueue, now: Instant, wall: RealTime) -> Vec<(u64, Arc<Alert>)> {
        let room = self.room(now);
        let picked = pick(queue, now, room);
        let mut news = Vec::new();
        if picked.next.is_some() {
            // First those that go now.
            return news;
        }
        for ((severity, said), (count, worst)) in SEVERITIES.into_iter().zip(&mut self.more).zip(&picked.held) {
            let Some(worst) = worst.as_ref().filter(|_| *count > 0) else {
                news.extend(said.take().map(|(print, alert)| (print, Arc::new(alert.resolved(wall)))));
                continue;
            };
            let labels = labels(worst, severity);
            let print = fingerprint(&labels);
            let since = said.as_ref().map_or(wall, |(_, alert)| alert.starts_at);
            let alert = Arc::new(summary(worst, labels, *count, since));
            if said.as_ref().is_none_or(|(_, before)| !before.says_the_same_as(&alert)) {
                *said = Some((print, Arc::clone(&alert)));
                news.push((print, alert));
            }
        }
        news
    }

    /// The next that may be told; else when to come back.
    pub fn next(&mut self, queue: &AlertQueue, now: Instant) -> Result<WaitingAlert, Option<Instant>> {
        let picked = pick(queue, now, self.room(now));
        if picked.held.iter().all(|(count, _)| *count == 0) {
            return queue.next(now);
        }
        let again = self.told.front().map(|first| *first + MINUTE);
        picked.next.ok_or_else(|| picked.soonest.into_iter().chain(again).min())
    }

    /// The receiver has it.
    pub fn told(&mut self, alert: &Alert, now: Instant) {
        if counts(alert) {
            self.told.push_back(now);
        }
    }

    /// Whether this is the one that says how many more there are, and there are more.
    pub fn says(&self, print: u64) -> bool {
        self.more.iter().flatten().any(|(more, _)| *more == print)
    }

    fn room(&mut self, now: Instant) -> usize {
        while self.told.front().is_some_and(|at| now.duration_since(*at) >= MINUTE) {
            self.told.pop_front();
        }
        MOST.saturating_sub(self.told.len())
    }
}

/// It is news, and takes one of the places.
fn counts(alert: &Alert) -> bool {
    alert.status == AlertState::Firing && alert.labels.get("alertname").is_none_or(|name| name != MORE)
}

fn is_critical(alert: &Alert) -> bool {
    alert.finding.severity == Severity::Critical
}

/// Nothing where there is room for all; else ends first, then the critical, then the others.
fn pick(queue: &AlertQueue, now: Instant, room: usize) -> Picked {
    let mut picked = Picked::default();
    let (mut free, mut critical, mut other) = (None, None, None);
    for (waiting, due, is_first) in queue.in_order() {
        if due.is_some_and(|due| due > now) {
            picked.soonest = picked.soonest.into_iter().chain(due).min();
            continue;
        }
        let alert = &waiting.alert;
        if !counts(alert) {
            // An end goes behind its own beginning.
            if is_first && free.is_none() {
                free = Some(waiting);
            }
            continue;
        }
        let [criticals, others] = &mut picked.held;
        let (place, of_kind) = if is_critical(alert) { (&mut critical, criticals) } else { (&mut other, others) };
        place.get_or_insert(waiting);
        of_kind.0 += 1;
        of_kind.1.get_or_insert_with(|| Arc::clone(alert));
    }
    let due: u64 = picked.held.iter().map(|(count, _)| count).sum();
    if due <= room as u64 {
        return Picked::default();
    }
    let next = match (free, critical, other) {
        (Some(free), _, _) => Some(free),
        (None, Some(critical), _) if room > 0 => Some(critical),
        (None, None, Some(other)) if room > FOR_CRITICAL => Some(other),
        _ => None,
    };
    picked.next = next.cloned();
    picked
}

fn labels(worst: &Alert, severity: Severity) -> Labels {
    let host = worst.labels.get("host").cloned().unwrap_or_default();
    let labels = [("alertname", MORE.to_owned()), ("severity", severity.to_string()), ("host", host)];
    labels.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn summary(worst: &Alert, labels: Labels, count: u64, since: RealTime) -> Alert {
    let mut alert = Alert::new(AlertState::Firing, labels, since, 1, count, &worst.finding);
    let severity = worst.finding.severity;
    let (problems, wait) = if count == 1 { ("problem", "waits") } else { ("problems", "wait") };
    let text = format!("{count} more {severity} {problems} {wait} to be told; the first: {}", worst.finding.summary);
    alert.annotations.insert("summary".to_owned(), crate::text::escaped(&text).into_owned());
    let cure = format!(
        "'swanwatch status' on the gateway shows all of them now; {MOST} are told in a minute, the worst first"
    );
    alert.annotations.insert("description".to_owned(), cure);
    alert
}

#[cfg(test)]
mod tests;
