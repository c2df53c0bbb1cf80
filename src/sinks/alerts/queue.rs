//! What one receiver has still to be told, in order and bounded. It knows no clock but the one that it is shown.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::alert::{Alert, State};

/// How many alerts may wait.
const MOST: usize = 1_000;

/// How many bytes they may have together.
const MOST_BYTES: usize = 16 << 20;

/// How often one alert may be told.
#[derive(Clone, Copy, Debug)]
pub struct Rest {
    /// So long it must be over until that is told, and after that until it is told anew: what flaps is one alert with a count.
    pub turned: Duration,
    /// So long until it is told that it only happened again.
    pub again: Duration,
}

/// What waits, and what was told.
#[derive(Debug)]
pub struct Queue {
    rest: Rest,
    next: u64,
    waiting: BTreeMap<u64, Waiting>,
    bytes: usize,
    /// At most two of one alert wait: that it began, and that it is over.
    of: HashMap<u64, Vec<u64>>,
    /// What the receiver believes.
    told: HashMap<u64, Told>,
}

/// One alert that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Which.
    pub fingerprint: u64,
    /// What to say.
    pub alert: Arc<Alert>,
    bytes: usize,
    since: Instant,
}

#[derive(Debug)]
struct Told {
    alert: Arc<Alert>,
    at: Instant,
    /// It was refused: told to nobody, and not to be tried again.
    refused: bool,
}

/// What became of an alert that was put in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// Its number; none where the receiver knows it already.
    pub kept: Option<u64>,
    /// Numbers that wait no more: it stands for them, or there was no room for them.
    pub gone: Vec<u64>,
    /// How many of these nothing stands for.
    pub dropped: u64,
}

// === impl Queue ===

impl Queue {
    /// An empty one.
    pub fn new(rest: Rest) -> Self {
        Self { rest, next: 1, waiting: BTreeMap::new(), bytes: 0, of: HashMap::new(), told: HashMap::new() }
    }

    /// Takes what a run before left waiting under this number.
    pub fn restore_waiting(&mut self, number: u64, fingerprint: u64, alert: Arc<Alert>, bytes: usize, now: Instant) {
        self.next = self.next.max(number + 1);
        self.insert(number, Waiting { fingerprint, alert, bytes, since: now });
    }

    /// Takes what a run before has told.
    pub fn restore_told(&mut self, fingerprint: u64, alert: Arc<Alert>, now: Instant) {
        self.told.insert(fingerprint, Told { alert, at: now, refused: false });
    }

    /// Puts an alert behind all others; where one that waits is of the same, that one says more now.
    pub fn put(&mut self, fingerprint: u64, alert: Arc<Alert>, bytes: usize, now: Instant) -> Put {
        let mut put = Put::default();
        if let Some((last, status)) = self.last_of(fingerprint) {
            // Not over after all; or over, where the receiver only waits for a count.
            let void = status != alert.status && (status == State::Resolved || self.believes(fingerprint));
            if void {
                self.remove(last);
                put.gone.push(last);
            }
        }
        match self.last_of(fingerprint) {
            Some((only, status)) if status == alert.status => {
                self.replace(only, alert, bytes);
                put.kept = Some(only);
                return put;
            }
            Some(_) => {}
            None if self.knows(fingerprint, &alert) => return put,
            None => {}
        }
        let number = self.next;
        self.next += 1;
        self.insert(number, Waiting { fingerprint, alert, bytes, since: now });
        put.kept = Some(number);
        while self.waiting.len() > MOST || self.bytes > MOST_BYTES {
            let Some((&oldest, _)) = self.waiting.first_key_value() else { break };
            self.remove(oldest);
            put.gone.push(oldest);
            put.dropped += 1;
        }
        put
    }

    /// The receiver has nothing to learn from it.
    fn knows(&self, fingerprint: u64, alert: &Alert) -> bool {
        match self.told.get(&fingerprint) {
            Some(told) if told.alert.status == State::Resolved => alert.status == State::Resolved,
            Some(told) => told.alert.says_the_same_as(alert),
            // Nobody has heard of it, and nobody needs to hear that it is over.
            None => alert.status == State::Resolved,
        }
    }

    fn last_of(&self, fingerprint: u64) -> Option<(u64, State)> {
        let last = *self.of.get(&fingerprint)?.last()?;
        Some((last, self.waiting.get(&last)?.alert.status))
    }

    /// The first that may be told now; else when to come back.
    pub fn next(&self, now: Instant) -> Result<(u64, Waiting), Option<Instant>> {
        let mut soonest: Option<Instant> = None;
        for (number, waiting) in &self.waiting {
            let due = self.due(waiting);
            if due.is_none_or(|due| due <= now) {
                return Ok((*number, waiting.clone()));
            }
            soonest = soonest.into_iter().chain(due).min();
        }
        Err(soonest)
    }

    /// The receiver has it, or will never take it. What came meanwhile under the same number still waits: false.
    pub fn done(&mut self, number: u64, waiting: &Waiting, refused: bool, now: Instant) -> bool {
        self.told.insert(waiting.fingerprint, Told { alert: Arc::clone(&waiting.alert), at: now, refused });
        self.forget(now);
        let same = self.waiting.get(&number).is_some_and(|found| Arc::ptr_eq(&found.alert, &waiting.alert));
        if same {
            self.remove(number);
        }
        same
    }

    /// What the receiver believes to fire, because it took it.
    pub fn believed(&self) -> impl Iterator<Item = (u64, &Arc<Alert>)> {
        let firing = self.told.iter().filter(|(_, told)| told.alert.status == State::Firing && !told.refused);
        firing.map(|(fingerprint, told)| (*fingerprint, &told.alert))
    }

    /// Whether it was told that this fires.
    pub fn believes(&self, fingerprint: u64) -> bool {
        self.told.get(&fingerprint).is_some_and(|told| told.alert.status == State::Firing)
    }

    /// Whether something of this alert waits.
    pub fn has(&self, fingerprint: u64) -> bool {
        self.of.contains_key(&fingerprint)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// How many more may wait.
    pub fn room(&self) -> usize {
        MOST.saturating_sub(self.waiting.len())
    }

    fn due(&self, waiting: &Waiting) -> Option<Instant> {
        if waiting.alert.status == State::Resolved {
            return Some(waiting.since + self.rest.turned);
        }
        let told = self.told.get(&waiting.fingerprint)?;
        let rest = if told.alert.status == State::Firing { self.rest.again } else { self.rest.turned };
        Some(told.at + rest)
    }

    /// What is over for so long that nothing waits for it.
    fn forget(&mut self, now: Instant) {
        let rest = self.rest.again;
        self.told.retain(|_, told| told.alert.status == State::Firing || now.duration_since(told.at) < rest);
    }

    fn insert(&mut self, number: u64, waiting: Waiting) {
        self.bytes += waiting.bytes;
        self.of.entry(waiting.fingerprint).or_default().push(number);
        self.waiting.insert(number, waiting);
    }

    fn replace(&mut self, number: u64, alert: Arc<Alert>, bytes: usize) {
        if let Some(waiting) = self.waiting.get_mut(&number) {
            self.bytes = self.bytes - waiting.bytes + bytes;
            waiting.alert = alert;
            waiting.bytes = bytes;
        }
    }

    fn remove(&mut self, number: u64) {
        let Some(gone) = self.waiting.remove(&number) else { return };
        self.bytes -= gone.bytes;
        if let Some(numbers) = self.of.get_mut(&gone.fingerprint) {
            numbers.retain(|kept| *kept != number);
            if numbers.is_empty() {
                self.of.remove(&gone.fingerprint);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::alerts::alert::{fingerprint, labels};
    use crate::sinks::samples::{finding, time};

    const REST: Rest = Rest { turned: Duration::from_secs(30), again: Duration::from_secs(300) };

    fn alert(name: &str, status: State, times: u64) -> (u64, Arc<Alert>) {
        let finding = finding(name);
        let labels = labels("gw1", &finding);
        let print = fingerprint(&labels);
        let alert = Alert::new(State::Firing, labels, time(0), times, 1, &finding);
        (print, Arc::new(if status == State::Resolved { alert.resolved(time(1)) } else { alert }))
    }

    /// Puts in and takes out with a clock of its own.
    struct Case {
        queue: Queue,
        now: Instant,
    }

    impl Case {
        fn new() -> Self {
            Self { queue: Queue::new(REST), now: Instant::now() }
        }

        fn put(&mut self, name: &str, status: State, times: u64) -> Put {
            let (print, alert) = alert(name, status, times);
            self.queue.put(print, alert, 100, self.now)
        }

        fn wait(&mut self, seconds: u64) {
            self.now += Duration::from_secs(seconds);
        }

        /// Everything that is due, told.
        fn tell(&mut self) -> Vec<(String, State, u64)> {
            let mut told = Vec::new();
            while let Ok((number, waiting)) = self.queue.next(self.now) {
                self.queue.done(number, &waiting, false, self.now);
                let name = waiting.alert.labels["connection"].clone();
                told.push((name, waiting.alert.status, waiting.alert.times));
            }
            told
        }
    }

    use State::{Firing, Resolved};

    fn told(list: &[(&str, State, u64)]) -> Vec<(String, State, u64)> {
        list.iter().map(|(name, status, times)| ((*name).to_owned(), *status, *times)).collect()
    }

    #[test]
    fn what_waited_comes_in_order() {
        let mut case = Case::new();
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
        let mut case = Case::new();
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
        let mut case = Case::new();
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
        let mut case = Case::new();
        case.put("a", Firing, 1);
        case.tell();
        case.put("a", Firing, 2);
        case.put("b", Firing, 1);
        assert_eq!(case.tell(), told(&[("b", Firing, 1)]));
        assert_eq!(case.queue.next(case.now).unwrap_err(), Some(case.now + REST.again));
    }

    #[test]
    fn what_the_receiver_knows_is_not_told_again() {
        let mut case = Case::new();
        case.put("a", Firing, 1);
        case.tell();
        assert_eq!(case.put("a", Firing, 1).kept, None);
        assert_eq!(case.put("b", Resolved, 1).kept, None);
    }

    #[test]
    fn it_is_bounded_and_says_what_it_drops() {
        let mut case = Case::new();
        let dropped: u64 = (0..1_500).map(|number| case.put(&number.to_string(), Firing, 1).dropped).sum();
        assert_eq!((case.queue.len(), dropped), (MOST, 500));
        assert_eq!(case.queue.next(case.now).unwrap().1.alert.labels["connection"], "500");
        let (print, big) = alert("big", Firing, 1);
        assert_eq!(case.queue.put(print, big, MOST_BYTES, case.now).dropped, MOST as u64);
    }

    #[test]
    fn what_is_refused_is_neither_believed_nor_tried_again() {
        let mut case = Case::new();
        case.put("a", Firing, 1);
        let (number, waiting) = case.queue.next(case.now).unwrap();
        assert!(case.queue.done(number, &waiting, true, case.now));
        assert_eq!(case.queue.believed().count(), 0);
        assert_eq!(case.put("a", Firing, 1).kept, None);
    }

    #[test]
    fn what_comes_while_it_is_told_is_told_too() {
        let mut case = Case::new();
        case.put("a", Firing, 1);
        let (number, waiting) = case.queue.next(case.now).unwrap();
        case.put("a", Firing, 2);
        assert!(!case.queue.done(number, &waiting, false, case.now));
        case.wait(300);
        assert_eq!(case.tell(), told(&[("a", Firing, 2)]));
    }
}
