use super::*;
use crate::sinks::alerts::alert::{fingerprint, labels};
use crate::sinks::samples::{finding, time};

const REST: Rest = Rest { turned: Duration::from_secs(30), again: Duration::from_secs(300) };

fn alert(name: &str, status: AlertState, times: u64) -> (u64, Arc<Alert>) {
    let finding = finding(name);
    let labels = labels("gw1", &finding);
    let print = fingerprint(&labels);
    let alert = Alert::new(AlertState::Firing, labels, time(0), times, 1, &finding);
    (print, Arc::new(if status == AlertState::Resolved { alert.resolved(time(1)) } else { alert }))
}

/// Puts in and takes out with a clock of its own.
struct QueueCase {
    queue: AlertQueue,
    now: Instant,
}

impl QueueCase {
    fn new() -> Self {
        Self { queue: AlertQueue::new(REST), now: Instant::now() }
    }

    fn put(&mut self, name: &str, status: AlertState, times: u64) -> Put {
        let (print, alert) = alert(name, status, times);
        self.queue.put(print, alert, 100, self.now)
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    /// Everything that is due, told.
    fn tell(&mut self) -> Vec<(String, AlertState, u64)> {
        let mut told = Vec::new();
        while let Ok(waiting) = self.queue.next(self.now) {
            self.queue.done(&waiting, false, self.now);
            let name = waiting.alert.labels["connection"].clone();
            told.push((name, waiting.alert.status, waiting.alert.times));
        }
        told
    }
}

use AlertState::{Firing, Resolved};

fn told(list: &[(&str, AlertState, u64)]) -> Vec<(String, AlertState, u64)> {
    list.iter().map(|(name, status, times)| ((*name).to_owned(), *status, *times)).collect()
}

#[test]
fn what_waited_comes_in_order() {
    let mut case = QueueCase::new();
    for (name, status) in [("a", Firing), ("b", Firing), ("a", Resolved), ("c", Firing)] {
        case.put(name, status, 1);
    }
    case.wait(60);
    let expected = [("a", Firing, 1), ("b", Firing, 1), ("a", Resolved, 1), ("c", Firing, 1)];
    assert_eq!(case.tell(), told(&expected));
    assert_eq!(case.queue.len(), 0);
}

#[test]
fn a_flap_of_a_thousand_is_one_alert_with_a_count() {
    let mut case = QueueCase::new();
    for times in 1..=1_000 {
        case.put("a", Firing, times);
        case.put("a", Resolved, times);
        assert!(case.queue.len() <= 2);
    }
    case.put("a", Firing, 1_001);
    assert_eq!(case.tell(), told(&[("a", Firing, 1_001)]));
    // Told once, it flaps on: that is told with the count, and not before its time.
    for times in 1_002..2_000 {
        case.put("a", Resolved, times);
        case.put("a", Firing, times);
        assert_eq!(case.queue.len(), 1);
    }
    case.wait(299);
    assert_eq!(case.tell(), []);
    case.wait(1);
    assert_eq!(case.tell(), told(&[("a", Firing, 1_999)]));
}

#[test]
fn an_end_is_told_when_it_has_lasted_and_overtakes_a_count() {
    let mut case = QueueCase::new();
    case.put("a", Firing, 1);
    case.tell();
    case.put("a", Firing, 2);
    case.put("a", Resolved, 2);
    case.wait(29);
    assert_eq!(case.tell(), []);
    case.wait(1);
    assert_eq!(case.tell(), told(&[("a", Resolved, 2)]));
    case.wait(1_000);
    assert_eq!(case.tell(), []);
}

#[test]
fn what_is_held_back_holds_up_nobody() {
    let mut case = QueueCase::new();
    case.put("a", Firing, 1);
    case.tell();
    case.put("a", Firing, 2);
    case.put("b", Firing, 1);
    assert_eq!(case.tell(), told(&[("b", Firing, 1)]));
    assert_eq!(case.queue.next(case.now).unwrap_err(), Some(case.now + REST.again));
}

#[test]
fn what_the_receiver_knows_is_not_told_again() {
    let mut case = QueueCase::new();
    case.put("a", Firing, 1);
    case.tell();
    assert_eq!(case.put("a", Firing, 1).number, None);
    assert_eq!(case.put("b", Resolved, 1).number, None);
}

#[test]
fn it_is_bounded_and_says_what_it_drops() {
    let mut case = QueueCase::new();
    let dropped: u64 = (0..1_500).map(|number| case.put(&number.to_string(), Firing, 1).dropped).sum();
    assert_eq!((case.queue.len(), dropped), (MOST, 500));
    assert_eq!(case.queue.next(case.now).unwrap().alert.labels["connection"], "500");
    let (print, big) = alert("big", Firing, 1);
    assert_eq!(case.queue.put(print, big, MOST_BYTES, case.now).dropped, MOST as u64);
}

#[test]
fn what_is_refused_is_neither_believed_nor_tried_again() {
    let mut case = QueueCase::new();
    case.put("a", Firing, 1);
    let waiting = case.queue.next(case.now).unwrap();
    case.queue.done(&waiting, true, case.now);
    assert_eq!(case.queue.len(), 0);
    assert_eq!(case.queue.believed().count(), 0);
    assert_eq!(case.put("a", Firing, 1).number, None);
}

#[test]
fn what_comes_while_it_is_told_is_told_too() {
    let mut case = QueueCase::new();
    case.put("a", Firing, 1);
    let waiting = case.queue.next(case.now).unwrap();
    case.put("a", Firing, 2);
    case.queue.done(&waiting, false, case.now);
    case.wait(300);
    assert_eq!(case.tell(), told(&[("a", Firing, 2)]));
}

fn before(list: &[(&str, AlertState, u64)]) -> Vec<LeftAlert> {
    let before = |(name, status, times): &(&str, AlertState, u64)| {
        let (fingerprint, alert) = alert(name, *status, *times);
        LeftAlert { fingerprint, alert, bytes: 100 }
    };
    list.iter().map(before).collect()
}

#[test]
fn what_a_run_before_left_stands_before_what_came_since() {
    let mut case = QueueCase::new();
    case.put("new", Firing, 1);
    case.put("b", Firing, 7);
    let left = before(&[("a", Firing, 1), ("b", Firing, 6), ("c", Firing, 1)]);
    assert_eq!(case.queue.restore(Vec::new(), left, case.now), 0);
    assert_eq!(case.tell(), told(&[("a", Firing, 1), ("b", Firing, 7), ("c", Firing, 1), ("new", Firing, 1)]));
}

#[test]
fn what_was_heard_since_the_start_is_newer_than_what_a_run_before_left() {
    let mut case = QueueCase::new();
    case.put("a", Firing, 2);
    assert_eq!(case.tell(), told(&[("a", Firing, 2)]));
    case.put("b", Firing, 1);
    let left = before(&[("a", Firing, 1), ("a", Resolved, 1), ("b", Resolved, 1)]);
    case.queue.restore(before(&[("a", Firing, 1), ("b", Firing, 1)]), left, case.now);
    case.wait(1_000);
    assert_eq!(case.tell(), [], "a was told, and that b fires is believed, and was not over");
}

#[test]
fn a_run_before_that_left_too_much_costs_its_oldest() {
    let mut case = QueueCase::new();
    let names: Vec<_> = (0..MOST + 10).map(|number| number.to_string()).collect();
    let left: Vec<_> = names.iter().map(|name| (name.as_str(), Firing, 1)).collect();
    assert_eq!(case.queue.restore(Vec::new(), before(&left), case.now), 10);
    assert_eq!(case.put("new", Firing, 1).dropped, 1);
    assert_eq!((case.tell().len(), case.queue.bytes), (MOST, 0));
}

/// What was taken out to be kept, applied to what was kept before, is what is there.
#[test]
fn what_is_kept_is_an_image_of_what_is_there() {
    let mut case = QueueCase::new();
    let (mut waiting, mut believed) = (BTreeMap::new(), BTreeMap::new());
    let mut turn = 0_u64;
    for round in 0..2_000_u64 {
        turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let name = ((turn >> 40) % 7).to_string();
        match (turn >> 60) % 5 {
            0 | 1 => drop(case.put(&name, Firing, round)),
            2 => drop(case.put(&name, Resolved, round)),
            3 => drop(case.tell()),
            _ => case.wait(20),
        }
        if round % 100 == 99 {
            case.queue.unkept().all();
        }
        if round % 3 == 0 {
            let taken = case.queue.take_unkept();
            if taken.all {
                (waiting, believed) = Default::default();
            }
            for (list, image) in [(taken.waiting, &mut waiting), (taken.told, &mut believed)] {
                for (key, alert) in list {
                    match alert {
                        Some(alert) => drop(image.insert(key, alert.times)),
                        None => drop(image.remove(&key)),
                    }
                }
            }
            let there = case.queue.waiting.iter().map(|(number, waiting)| (*number, waiting.alert.times));
            assert_eq!(waiting, there.collect());
            assert_eq!(believed, case.queue.believed().map(|(print, alert)| (print, alert.times)).collect());
        }
    }
}
