use super::*;
use crate::sinks::alerts::Rest;
use crate::sinks::alerts::alert::labels as labels_of;
use crate::sinks::samples::{finding, time};

const REST: Rest = Rest { turned: Duration::from_secs(30), again: Duration::from_secs(300) };

/// A queue behind a cap, with a clock of its own.
struct CapCase {
    queue: AlertQueue,
    cap: Cap,
    now: Instant,
}

impl CapCase {
    fn new() -> Self {
        Self { queue: AlertQueue::new(REST), cap: Cap::default(), now: Instant::now() }
    }

    fn put(&mut self, name: &str, severity: Severity, status: AlertState) {
        let mut finding = finding(name);
        finding.severity = severity;
        let labels = labels_of("gw1", &finding);
        let print = fingerprint(&labels);
        let alert = Alert::new(AlertState::Firing, labels, time(0), 1, 1, &finding);
        let alert = if status == AlertState::Resolved { alert.resolved(time(1)) } else { alert };
        self.queue.put(print, Arc::new(alert), 100, self.now);
    }

    /// Everything that may be told now.
    fn tell(&mut self) -> Vec<Arc<Alert>> {
        let mut told = Vec::new();
        loop {
            for (print, alert) in self.cap.more(&self.queue, self.now, time(2)) {
                self.queue.put(print, alert, 100, self.now);
            }
            let Ok(waiting) = self.cap.next(&self.queue, self.now) else { return told };
            self.cap.told(&waiting.alert, self.now);
            self.queue.done(&waiting, false, self.now);
            told.push(waiting.alert);
            assert!(told.len() < 5_000, "it never ends");
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }
}

fn is_more(alert: &Arc<Alert>) -> bool {
    alert.labels["alertname"] == MORE
}

fn names(told: &[Arc<Alert>]) -> Vec<String> {
    told.iter().filter(|alert| !is_more(alert)).map(|alert| alert.labels["connection"].clone()).collect()
}

use AlertState::{Firing, Resolved};
use Severity::{Critical, Warning};

#[test]
fn a_few_come_in_order_and_nothing_else_is_said() {
    let mut case = CapCase::new();
    for name in 0..MOST {
        case.put(&name.to_string(), if name == 7 { Critical } else { Warning }, Firing);
    }
    let told = case.tell();
    assert_eq!(names(&told), (0..MOST).map(|name| name.to_string()).collect::<Vec<_>>());
    assert!(!told.iter().any(is_more));
}

#[test]
fn a_flood_is_so_many_in_a_minute_and_one_that_counts_the_others_and_all_are_told_in_the_end() {
    let mut case = CapCase::new();
    for name in 0..100 {
        case.put(&name.to_string(), Warning, Firing);
    }
    let told = case.tell();
    let warnings = MOST - FOR_CRITICAL;
    assert_eq!(names(&told).len(), warnings);
    let more: Vec<_> = told.iter().filter(|alert| is_more(alert)).collect();
    assert_eq!((more.len(), more[0].labels["severity"].as_str(), more[0].findings), (1, "warning", 85));
    // The places that are kept are used, before all others.
    case.put("worst", Critical, Firing);
    assert_eq!(names(&case.tell()), ["worst"]);
    for name in 0..10 {
        case.put(&format!("bad {name}"), Critical, Firing);
    }
    let told = case.tell();
    assert_eq!(names(&told), ["bad 0", "bad 1", "bad 2", "bad 3"]);
    let more: Vec<_> = told.iter().filter(|alert| is_more(alert)).collect();
    let said: Vec<_> = more.iter().map(|alert| (alert.labels["severity"].as_str(), alert.findings)).collect();
    assert_eq!(said, [("critical", 6)]);
    assert!(more[0].annotations["summary"].starts_with("6 more critical problems wait to be told; the first: bad 4 "));
    assert!(more[0].annotations["description"].contains("'swanwatch status'"));
    let mut minutes = Vec::new();
    while case.queue.len() > 0 {
        case.wait(60);
        let told = case.tell();
        assert!(names(&told).len() <= MOST);
        minutes.push(told);
        assert!(minutes.len() < 20);
    }
    let all: Vec<_> = minutes.iter().flat_map(|told| names(told)).collect();
    assert_eq!(all.len(), 91, "nothing is lost");
    assert_eq!(all[..6], ["bad 4", "bad 5", "bad 6", "bad 7", "bad 8", "bad 9"]);
    // What was said of the others is over with them.
    let ended = minutes.iter().flatten().filter(|alert| is_more(alert) && alert.status == Resolved).count();
    assert_eq!(ended, 2);
}

#[test]
fn an_end_is_never_held_back_and_what_was_over_before_is_not_told() {
    let mut case = CapCase::new();
    for name in 0..15 {
        case.put(&name.to_string(), Warning, Firing);
    }
    case.tell();
    for name in 15..100 {
        case.put(&name.to_string(), Warning, Firing);
    }
    for name in 0..15 {
        case.put(&name.to_string(), Warning, Resolved);
    }
    case.wait(30);
    let told = case.tell();
    assert_eq!(told.iter().filter(|alert| alert.status == Resolved).count(), 15);
    assert!(told.iter().all(|alert| alert.status == Resolved || is_more(alert)), "{:?}", names(&told));
    assert!(case.cap.next(&case.queue, case.now).unwrap_err().is_some(), "it comes back");
}

#[test]
fn what_is_not_told_again_costs_nothing() {
    let mut case = CapCase::new();
    for name in 0..500 {
        case.put(&name.to_string(), Critical, Firing);
    }
    case.tell();
    for _ in 0..3 {
        assert_eq!(case.tell().len(), 0);
        assert!(case.cap.more(&case.queue, case.now, time(3)).is_empty(), "nothing new is said of the same");
    }
}
