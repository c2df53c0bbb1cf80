//! Laws that hold whatever is tried, helps and fails, and whenever swanwatch restarts.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const KIND: RemedyKind = RemedyKind::Rekey;

fn target(number: usize) -> RemedyTarget {
    RemedyTarget::Tunnel { connection: format!("t{number}"), instance: None }
}

/// What may happen next.
#[derive(Clone, Copy, Debug)]
enum GuardTurn {
    Try(usize),
    Helped(usize),
    Failed(usize),
    Pass(u64),
    Restart,
}

fn turns() -> impl Strategy<Value = Vec<GuardTurn>> {
    let turn = prop_oneof![
        6 => (0..30_usize).prop_map(GuardTurn::Try),
        2 => (0..30_usize).prop_map(GuardTurn::Helped),
        3 => (0..30_usize).prop_map(GuardTurn::Failed),
        3 => (0..600_000_u64).prop_map(GuardTurn::Pass),
        1 => Just(GuardTurn::Restart),
    ];
    prop::collection::vec(turn, 1..300)
}

proptest! {
    #[test]
    fn no_history_gets_past_the_limits(seed: u64, turns in turns()) {
        let rates = RemedyRates::of(KIND);
        let (mut guard, mut now) = (Guard::new(seed, &[]), Boottime::from_micros(1_000_000));
        // Since the last restart for what is not kept over it.
        let (mut all, mut begun): (Vec<(usize, Boottime)>, Vec<Boottime>) = Default::default();
        let mut at_work = std::collections::BTreeSet::new();
        let mut failures = [0_u32; 30];
        for turn in turns {
            match turn {
                GuardTurn::Try(number) => match guard.may(KIND, &target(number), now) {
                    GuardVerdict::Go => {
                        prop_assert!(at_work.insert(number), "two at once on one target");
                        prop_assert!(at_work.len() <= rates.in_flight);
                        prop_assert!(failures[number] < rates.patience, "it was given up");
                        guard.begin(KIND, &target(number), now);
                        all.push((number, now));
                        begun.push(now);
                    }
                    GuardVerdict::Wait(until, _) => prop_assert!(until.is_none_or(|until| until > now)),
                    GuardVerdict::GivenUp(count) => prop_assert!(count >= rates.patience && failures[number] == count),
                },
                GuardTurn::Helped(number) if at_work.remove(&number) => {
                    guard.helped(KIND, &target(number), now);
                    failures[number] = 0;
                    let until = now + rates.cool_down;
                    prop_assert_eq!(guard.may(KIND, &target(number), now), GuardVerdict::Wait(Some(until), Hold::CoolDown));
                }
                GuardTurn::Failed(number) if at_work.remove(&number) => {
                    guard.failed(KIND, &target(number), now);
                    failures[number] += 1;
                    prop_assert!(guard.may(KIND, &target(number), now) != GuardVerdict::Go, "it waits after a failure");
                }
                GuardTurn::Pass(millis) => now = now + Duration::from_millis(millis),
                GuardTurn::Restart => {
                    guard = Guard::new(seed, &guard.kept(now));
                    at_work.clear();
                    begun.clear();
                }
                GuardTurn::Helped(_) | GuardTurn::Failed(_) => {}
            }
            prop_assert_eq!(guard.busy().len(), at_work.len());
        }
        // Per target over restarts too.
        for (number, first) in &all {
            let inside = all.iter().filter(|(other, at)| {
                other == number && at >= first && at.since(*first) < rates.of_target.within()
            });
            prop_assert!(inside.count() <= rates.of_target.most() as usize);
        }
        for first in &begun {
            let inside = begun.iter().filter(|at| *at >= first && at.since(*first) < rates.pace.within()).count();
            prop_assert!(inside <= rates.pace.most() as usize);
        }
    }

    #[test]
    fn who_waits_as_long_as_he_is_told_gets_on(seed: u64, failures in 0_u32..4) {
        let (mut guard, mut now) = (Guard::new(seed, &[]), Boottime::from_micros(1));
        for _ in 0..failures {
            guard.begin(KIND, &target(0), now);
            guard.failed(KIND, &target(0), now);
            // Bounded: each wait ends later than the one before.
            for _ in 0..4 {
                if let GuardVerdict::Wait(Some(until), _) = guard.may(KIND, &target(0), now) {
                    prop_assert!(until > now);
                    now = until;
                }
            }
        }
        let expected = if failures >= RemedyRates::of(KIND).patience { GuardVerdict::GivenUp(failures) } else { GuardVerdict::Go };
        prop_assert_eq!(guard.may(KIND, &target(0), now), expected);
    }
}

#[test]
fn a_person_begins_anew_after_it_was_given_up() {
    let (mut guard, now) = (Guard::new(1, &[]), Boottime::from_micros(1));
    for _ in 0..RemedyRates::of(KIND).patience {
        guard.begin(KIND, &target(0), now);
        guard.failed(KIND, &target(0), now);
    }
    assert_eq!(guard.may(KIND, &target(0), now), GuardVerdict::GivenUp(4));
    guard.forgive(&target(0));
    assert_eq!(guard.may(KIND, &target(0), now), GuardVerdict::Go);
}

#[test]
fn one_target_is_busy_for_every_kind() {
    let (mut guard, now) = (Guard::new(1, &[]), Boottime::from_micros(1));
    guard.begin(RemedyKind::Reinstall, &target(0), now);
    assert_eq!(guard.may(KIND, &target(0), now), GuardVerdict::Wait(None, Hold::Busy));
    guard.left_alone(&target(0));
    assert_eq!(guard.may(KIND, &target(0), now), GuardVerdict::Go);
}

#[test]
fn all_targets_together_keep_the_pace() {
    let (mut guard, now) = (Guard::new(1, &[]), Boottime::from_micros(1));
    for number in 0..5 {
        assert_eq!(guard.may(KIND, &target(number), now), GuardVerdict::Go);
        guard.begin(KIND, &target(number), now);
    }
    let until = now + Duration::from_secs(1);
    assert_eq!(guard.may(KIND, &target(5), now), GuardVerdict::Wait(Some(until), Hold::Pace));
    assert_eq!(guard.may(KIND, &target(5), until), GuardVerdict::Go);
}

#[test]
fn where_one_kind_is_spent_the_next_has_its_turn_at_once_over_a_restart_too() {
    let (mut guard, mut now) = (Guard::new(1, &[]), Boottime::from_micros(1));
    for _ in 0..RemedyRates::of(KIND).patience {
        guard.begin(KIND, &target(0), now);
        guard.failed(KIND, &target(0), now);
        now = now + Duration::from_secs(600);
    }
    let mut again = Guard::new(1, &guard.kept(now));
    for guard in [&mut guard, &mut again] {
        assert_eq!(guard.may(KIND, &target(0), now), GuardVerdict::GivenUp(4));
        assert_eq!(guard.may(RemedyKind::Reinstall, &target(0), now), GuardVerdict::Go);
        guard.begin(RemedyKind::Reinstall, &target(0), now);
        guard.helped(RemedyKind::Reinstall, &target(0), now);
        // What helped is given its time by every kind.
        let until = Some(now + RemedyRates::of(RemedyKind::Reinstall).cool_down);
        assert_eq!(guard.may(KIND, &target(0), now), GuardVerdict::Wait(until, Hold::CoolDown));
    }
}

#[test]
fn a_restart_counts_whatever_it_was_for_and_what_failed_for_a_hang_keeps_nobody_from_a_death() {
    let (mut guard, mut now) = (Guard::new(1, &[]), Boottime::from_micros(1));
    let (death, hang, daemon) = (RemedyKind::Restart, RemedyKind::RestartHung, RemedyTarget::Daemon);
    for _ in 0..RemedyRates::of(hang).patience {
        guard.begin(hang, &daemon, now);
        guard.failed(hang, &daemon, now);
        now = now + Duration::from_secs(60);
    }
    assert_eq!(guard.may(death, &daemon, now), GuardVerdict::Go);
    for _ in RemedyRates::of(hang).patience..5 {
        guard.begin(death, &daemon, now);
        guard.helped(death, &daemon, now);
        now = now + Duration::from_secs(60);
    }
    assert_eq!(
        guard.may(death, &daemon, now),
        GuardVerdict::Wait(Some(Boottime::from_micros(3_600_000_001)), Hold::OfTarget)
    );
}

#[test]
fn what_was_kept_without_its_kinds_counts_for_each() {
    let at = vec![Boottime::from_micros(1); 6];
    let not_before = Boottime::from_micros(5);
    let kept = Tries {
        target: target(0),
        at,
        tried: BTreeMap::new(),
        failures: 1,
        failed: BTreeMap::new(),
        not_before,
        waits: BTreeMap::new(),
    };
    let guard = Guard::new(1, &[kept]);
    for kind in [KIND, RemedyKind::Reinstall] {
        assert_eq!(
            guard.may(kind, &target(0), Boottime::from_micros(2)),
            GuardVerdict::Wait(Some(not_before), Hold::BackOff)
        );
        let full = guard.may(kind, &target(0), not_before);
        assert!(matches!(full, GuardVerdict::Wait(Some(_), Hold::OfTarget)), "{full:?}");
    }
}
