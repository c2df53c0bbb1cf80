//! Real processes: one that works without an end, one that sleeps, one with a child, one that is gone.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::*;
use crate::model::SleepPlace;

struct StoppedDaemon(Child);

impl StoppedDaemon {
    fn new(script: &str) -> Self {
        Self(Command::new("/bin/sh").args(["-c", script]).spawn().unwrap())
    }

    fn follow(&self) -> Meanwhile {
        Meanwhile::begin(self.0.id(), Asker::default()).unwrap()
    }
}

impl Drop for StoppedDaemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Looks until this holds of what was seen.
fn look_until(meanwhile: &mut Meanwhile, holds: impl Fn(&Silence) -> bool) -> Silence {
    let began = Instant::now();
    loop {
        meanwhile.look();
        let silence = meanwhile.silence(u64::try_from(began.elapsed().as_micros()).unwrap());
        if holds(&silence) {
            return silence;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{silence:?}");
        std::thread::yield_now();
    }
}

#[test]
fn one_that_works_without_an_end_is_seen_at_work_or_waiting_for_it() {
    let daemon = StoppedDaemon::new("while :; do :; done");
    let silence = look_until(&mut daemon.follow(), |silence| silence.worked > Some(200_000));
    assert_eq!(silence.place, None);
    assert!(silence.looks.running > silence.looks.asleep, "{silence:?}");
    let all = silence.worked.unwrap() + silence.waited.unwrap_or(0);
    assert!(all >= silence.over / 2, "it is ready to run all the time: {silence:?}");
}

#[test]
fn one_that_sleeps_has_a_place_where_we_may_see_it_and_its_child_is_told() {
    let daemon = StoppedDaemon::new("sh -c 'sleep 1000; :'; :");
    let mut meanwhile = daemon.follow();
    let silence = look_until(&mut meanwhile, |silence| {
        silence.looks.asleep > 500 && silence.children.first().is_some_and(|child| child.name.contains("sleep"))
    });
    assert_eq!(silence.children[0].name, "sh > sleep");
    assert!(silence.worked.unwrap() < silence.over / 2);
    if let Some(SleepPlace { call: Some(call), .. }) = silence.place {
        assert!(["wait4", "waitid", "rt_sigsuspend"].contains(&call.as_str()), "{call}");
    }
    // It ends in the middle of it all.
    let child = silence.children[0].pid;
    drop(daemon);
    meanwhile.look();
    let after = meanwhile.silence(1);
    assert_eq!(after.looks, silence.looks);
    assert_eq!(after.children, []);
    let killed = Command::new("kill").arg(child.to_string()).status().unwrap();
    assert!(killed.success());
}

#[test]
fn one_that_is_gone_is_not_followed() {
    assert!(Meanwhile::begin(u32::MAX, Asker::default()).is_none());
}
