//! What one receiver has still to be told, in order and bounded. It knows no clock but the one that it is shown.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::alert::{Alert, State};
use super::unkept::{Unkept, Wanting};

/// How many alerts may wait.
const MOST: usize = 1_000;

/// How many bytes they may have together.
const MOST_BYTES: usize = 16 << 20;

/// Number of the first alert of a run. What a run before left gets those before it.
const FIRST: u64 = 1 << 32;

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
    /// What has changed since it was kept.
    unkept: Unkept,
}

/// What a run before left of an alert.
#[derive(Debug)]
pub struct Before {
    /// Which.
    pub fingerprint: u64,
    /// What to say, or what was said.
    pub alert: Arc<Alert>,
    /// Its length.
    pub bytes: usize,
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
    pub number: Option<u64>,
    /// How many had to go because there was no room for them.
    pub dropped: u64,
}

// === impl Queue ===

impl Queue {
    /// An empty one.
    pub fn new(rest: Rest) -> Self {
        Self {
            rest,
            next: FIRST,
            waiting: BTreeMap::new(),
            bytes: 0,
            of: HashMap::new(),
            told: HashMap::new(),
            unkept: Unkept::default(),
        }
    }

    /// Takes what a run before has told and left waiting, oldest first: all of it stands before what came since the start. Returns how
    /// many had to go because there was no room for them.
    pub fn restore(&mut self, told: Vec<Before>, waiting: Vec<Before>, now: Instant) -> u64 {
        let since = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        self.of.clear();
        // What the receiver has heard in this run is newer.
        let heard: HashSet<u64> = self.told.keys().copied().collect();
        for Before { fingerprint, alert, .. } in told {
            self.told.entry(fingerprint).or_insert(Told { alert, at: now, refused: false });
        }
        self.next = FIRST.saturating_sub(waiting.len() as u64);
        let mut dropped = 0;
        for Before { fingerprint, alert, bytes } in waiting {
            if heard.contains(&fingerprint) {
                continue;
            }
            if alert.status == State::Resolved && self.last_of(fingerprint).is_none() {
                // It would not wait if its beginning had not been told.
                self.append(Waiting { fingerprint, alert, bytes, since: now });
            } else {
                dropped += self.put(fingerprint, alert, bytes, now).dropped;
            }
        }
        dropped += self.drop_the_oldest();
        self.next = FIRST;
        for (_, Waiting { fingerprint, alert, bytes, since }) in since {
            dropped += self.put(fingerprint, alert, bytes, since).dropped;
        }
        self.unkept.all();
        dropped
    }

    /// What has changed since it was kept.
    pub fn unkept(&mut self) -> &mut Unkept {
        &mut self.unkept
    }

    /// Takes that out, for being kept.
    pub fn take_unkept(&mut self) -> Wanting {
        let believed = |told: &Told| told.alert.status == State::Firing && !told.refused;
        let kept = |told: &Told| believed(told).then(|| Arc::clone(&told.alert));
        let alert = |waiting: &Waiting| Arc::clone(&waiting.alert);
        match self.unkept.take() {
            None => Wanting {
                all: true,
                waiting: self.waiting.iter().map(|(number, waiting)| (*number, Some(alert(waiting)))).collect(),
                told: self.told.iter().filter_map(|(print, told)| Some((*print, Some(kept(told)?)))).collect(),
            },
            Some((waiting, told)) => Wanting {
                all: false,
                waiting: waiting.into_iter().map(|number| (number, self.waiting.get(&number).map(alert))).collect(),
                told: told.into_iter().map(|print| (print, self.told.get(&print).and_then(kept))).collect(),
            },
        }
    }

    /// Puts an alert behind all others; where one that waits is of the same, that one says more now.
    pub fn put(&mut self, fingerprint: u64, alert: Arc<Alert>, bytes: usize, now: Instant) -> Put {
        if let Some((last, status)) = self.last_of(fingerprint) {
            // Not over after all; or over, where the receiver only waits for a count.
            let void = status != alert.status && (status == State::Resolved || self.believes(fingerprint));
            if void {
                self.remove(last);
            }
        }
        match self.last_of(fingerprint) {
            Some((only, status)) if status == alert.status => {
                self.replace(only, alert, bytes);
                return Put { number: Some(only), dropped: self.drop_the_oldest() };
            }
            Some(_) => {}
            None if self.knows(fingerprint, &alert) => return Put::default(),
            None => {}
        }
        let number = self.append(Waiting { fingerprint, alert, bytes, since: now });
        Put { number: Some(number), dropped: self.drop_the_oldest() }
    }

    /// Until the rest has room. Returns how many had to go.
    fn drop_the_oldest(&mut self) -> u64 {
        let mut dropped = 0;
        while self.waiting.len() > MOST || self.bytes > MOST_BYTES {
            let Some((&oldest, _)) = self.waiting.first_key_value() else { break };
            self.remove(oldest);
            dropped += 1;
        }
        dropped
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
    pub fn next(&self, now: Instant) -> Result<Waiting, Option<Instant>> {
        let mut soonest: Option<Instant> = None;
        for waiting in self.waiting.values() {
            let due = self.due(waiting);
            if due.is_none_or(|due| due <= now) {
                return Ok(waiting.clone());
            }
            soonest = soonest.into_iter().chain(due).min();
        }
        Err(soonest)
    }

    /// All that wait, in order: when it may be told (none: at once), and whether nothing of the same alert waits before it.
    pub fn in_order(&self) -> impl Iterator<Item = (&Waiting, Option<Instant>, bool)> {
        self.waiting.iter().map(|(number, waiting)| {
            let is_first = self.of.get(&waiting.fingerprint).and_then(|numbers| numbers.first()) == Some(number);
            (waiting, self.due(waiting), is_first)
        })
    }

    /// The receiver has it, or will never take it. What came meanwhile under the same number still waits.
    pub fn done(&mut self, waiting: &Waiting, refused: bool, now: Instant) {
        self.told.insert(waiting.fingerprint, Told { alert: Arc::clone(&waiting.alert), at: now, refused });
        self.unkept.told(waiting.fingerprint);
        self.forget(now);
        let is_it =
            |number: &&u64| self.waiting.get(*number).is_some_and(|found| Arc::ptr_eq(&found.alert, &waiting.alert));
        if let Some(number) = self.of.get(&waiting.fingerprint).and_then(|numbers| numbers.iter().find(is_it)).copied()
        {
            self.remove(number);
        }
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

    /// Puts it behind all others. Returns its number.
    fn append(&mut self, waiting: Waiting) -> u64 {
        let number = self.next;
        self.next += 1;
        self.insert(number, waiting);
        number
    }

    fn insert(&mut self, number: u64, waiting: Waiting) {
        self.unkept.waits(number);
        self.bytes += waiting.bytes;
        self.of.entry(waiting.fingerprint).or_default().push(number);
        self.waiting.insert(number, waiting);
    }

    fn replace(&mut self, number: u64, alert: Arc<Alert>, bytes: usize) {
        self.unkept.waits(number);
        if let Some(waiting) = self.waiting.get_mut(&number) {
            self.bytes = self.bytes - waiting.bytes + bytes;
            waiting.alert = alert;
            waiting.bytes = bytes;
        }
    }

    fn remove(&mut self, number: u64) {
        let Some(gone) = self.waiting.remove(&number) else { return };
        self.unkept.waits(number);
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
            while let Ok(waiting) = self.queue.next(self.now) {
                self.queue.done(&waiting, false, self.now);
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
        assert_eq!(case.put("a", Firing, 1).number, None);
        assert_eq!(case.put("b", Resolved, 1).number, None);
    }

    #[test]
    fn it_is_bounded_and_says_what_it_drops() {
        let mut case = Case::new();
        let dropped: u64 = (0..1_500).map(|number| case.put(&number.to_string(), Firing, 1).dropped).sum();
        assert_eq!((case.queue.len(), dropped), (MOST, 500));
        assert_eq!(case.queue.next(case.now).unwrap().alert.labels["connection"], "500");
        let (print, big) = alert("big", Firing, 1);
        assert_eq!(case.queue.put(print, big, MOST_BYTES, case.now).dropped, MOST as u64);
    }

    #[test]
    fn what_is_refused_is_neither_believed_nor_tried_again() {
        let mut case = Case::new();
        case.put("a", Firing, 1);
        let waiting = case.queue.next(case.now).unwrap();
        case.queue.done(&waiting, true, case.now);
        assert_eq!(case.queue.len(), 0);
        assert_eq!(case.queue.believed().count(), 0);
        assert_eq!(case.put("a", Firing, 1).number, None);
    }

    #[test]
    fn what_comes_while_it_is_told_is_told_too() {
        let mut case = Case::new();
        case.put("a", Firing, 1);
        let waiting = case.queue.next(case.now).unwrap();
        case.put("a", Firing, 2);
        case.queue.done(&waiting, false, case.now);
        case.wait(300);
        assert_eq!(case.tell(), told(&[("a", Firing, 2)]));
    }

    fn before(list: &[(&str, State, u64)]) -> Vec<Before> {
        let before = |(name, status, times): &(&str, State, u64)| {
            let (fingerprint, alert) = alert(name, *status, *times);
            Before { fingerprint, alert, bytes: 100 }
        };
        list.iter().map(before).collect()
    }

    #[test]
    fn what_a_run_before_left_stands_before_what_came_since() {
        let mut case = Case::new();
        case.put("new", Firing, 1);
        case.put("b", Firing, 7);
        let left = before(&[("a", Firing, 1), ("b", Firing, 6), ("c", Firing, 1)]);
        assert_eq!(case.queue.restore(Vec::new(), left, case.now), 0);
        assert_eq!(case.tell(), told(&[("a", Firing, 1), ("b", Firing, 7), ("c", Firing, 1), ("new", Firing, 1)]));
    }

    #[test]
    fn what_was_heard_since_the_start_is_newer_than_what_a_run_before_left() {
        let mut case = Case::new();
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
        let mut case = Case::new();
        let names: Vec<_> = (0..MOST + 10).map(|number| number.to_string()).collect();
        let left: Vec<_> = names.iter().map(|name| (name.as_str(), Firing, 1)).collect();
        assert_eq!(case.queue.restore(Vec::new(), before(&left), case.now), 10);
        assert_eq!(case.put("new", Firing, 1).dropped, 1);
        assert_eq!((case.tell().len(), case.queue.bytes), (MOST, 0));
    }

    /// What was taken out to be kept, applied to what was kept before, is what is there.
    #[test]
    fn what_is_kept_is_an_image_of_what_is_there() {
        let mut case = Case::new();
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
}
