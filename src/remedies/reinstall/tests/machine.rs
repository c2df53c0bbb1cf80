//! What must never happen, whatever the kernel answers, whoever sends, and wherever it is killed.

use proptest::prelude::*;

use super::model::{Model, RequestFault};
use super::wire::{self, WireSa, crypto};
use crate::model::{Direction, Offload};
use crate::remedies::reinstall::sequence::MARGIN;
use crate::remedies::reinstall::{Machine, ReinstallEnd, ReinstallOrder, WhyNotAsOrdered, reinstall};

/// Runs in CI; `SWANWATCH_RUNS` asks for more.
fn runs() -> u32 {
    std::env::var("SWANWATCH_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(100_000)
}

fn sa(offload: Option<Offload>) -> WireSa {
    WireSa { sent: 4_711, received: 42, esn: true, offload, packets: 300 }
}

fn order(direction: Direction, offload: Option<Offload>) -> ReinstallOrder {
    ReinstallOrder { sa: wire::id(), direction, offload }
}

fn onto_the_nic(faults: &[u8]) -> (ReinstallEnd, Model) {
    let mut model = Model::new(sa(None), faults, 3);
    let end = reinstall(order(Direction::Out, Some(crypto(4, Direction::Out))), &mut model);
    (end, model)
}

/// What goes wrong, in the order of the model's lists.
const WELL: u8 = 0;
const FIRST: u8 = 1;
const SECOND: u8 = 3;
const THIRD: u8 = 5;
const FOURTH: u8 = 7;
const FIFTH: u8 = 9;

#[test]
fn an_sa_goes_onto_the_nic_with_its_numbers_moved_ahead_and_nothing_asks_for_it_meanwhile() {
    let (end, model) = onto_the_nic(&[]);
    let ReinstallEnd::Done { offload: Some(offload), numbers: Some((before, after)) } = end else { panic!("{end:?}") };
    assert_eq!((offload.ifindex, after - before), (4, MARGIN));
    let sa = model.sa.unwrap();
    assert!(sa.offload.is_some() && sa.sent > after && model.used == sa.sent);
    assert_eq!((model.acquires, model.blocked), (0, false));
    assert!(sa.packets > 300, "its lifetime goes on");
}

#[test]
fn it_comes_off_the_nic_without_asking_the_nic() {
    let mut model = Model::new(sa(Some(crypto(4, Direction::In))), &[], 1);
    let end = reinstall(order(Direction::In, None), &mut model);
    assert_eq!(end, ReinstallEnd::Done { offload: None, numbers: None });
    assert!(model.told.iter().all(|(request, _)| !["takes", "block"].contains(request)), "{:?}", model.told);
}

#[test]
fn what_the_nic_would_refuse_is_not_touched() {
    let (end, model) = onto_the_nic(&[WELL, FIRST]);
    assert_eq!(end, ReinstallEnd::Refused(WhyNotAsOrdered::Probe("no".to_owned())));
    assert_eq!(model.last("delete"), None);
    let (end, model) = onto_the_nic(&[WELL, WELL, FIRST]);
    assert_eq!(end, ReinstallEnd::Refused(WhyNotAsOrdered::Unblocked("no".to_owned())));
    assert_eq!(model.last("delete"), None);
}

#[test]
fn what_is_refused_after_all_is_put_back() {
    let (end, model) = onto_the_nic(&[WELL, WELL, WELL, WELL, FIRST]);
    let why = WhyNotAsOrdered::NotTaken { offload: Some(crypto(4, Direction::Out)), words: "no".to_owned() };
    assert_eq!(end, ReinstallEnd::PutBack(why));
    assert!(model.sa.unwrap().offload.is_none());
    // From one NIC to another that refuses, and the first refuses too: in software.
    let mut model = Model::new(sa(Some(crypto(3, Direction::Out))), &[WELL, WELL, WELL, WELL, FIRST, FIRST], 3);
    let end = reinstall(order(Direction::Out, Some(crypto(4, Direction::Out))), &mut model);
    assert!(matches!(end, ReinstallEnd::InSoftware(_)) && model.sa.unwrap().offload.is_none(), "{end:?}");
}

#[test]
fn what_the_kernel_takes_in_software_without_a_word_is_told() {
    let (end, _) = onto_the_nic(&[WELL, WELL, WELL, WELL, FOURTH]);
    assert_eq!(end, ReinstallEnd::PutBack(WhyNotAsOrdered::Silently { words: None }));
}

#[test]
fn without_the_last_word_of_the_kernel_nothing_is_put_back() {
    let (end, model) = onto_the_nic(&[WELL, WELL, WELL, FOURTH]);
    assert_eq!(end, ReinstallEnd::Lost(WhyNotAsOrdered::NoLastState));
    assert!(model.last("add").is_none() && !model.blocked);
    // A deletion that was not answered and not done.
    let (end, model) = onto_the_nic(&[WELL, WELL, WELL, THIRD]);
    assert!(matches!(end, ReinstallEnd::Refused(WhyNotAsOrdered::NotDeleted(_))) && model.sa.is_some(), "{end:?}");
}

#[test]
fn an_sa_that_may_be_in_is_never_put_in_again() {
    let (end, _) = onto_the_nic(&[WELL, WELL, WELL, WELL, SECOND]);
    assert!(matches!(end, ReinstallEnd::Done { .. }), "{end:?}");
    let (end, model) = onto_the_nic(&[WELL, WELL, WELL, WELL, THIRD]);
    assert_eq!(end, ReinstallEnd::Lost(WhyNotAsOrdered::Unanswered("lost".to_owned())));
    assert_eq!(model.told.iter().filter(|(request, _)| *request == "add").count(), 1);
}

#[test]
fn somebody_elses_sa_is_left_alone() {
    let mut model = Model::new(sa(None), &[], 3);
    model.overtakes = true;
    let end = reinstall(order(Direction::Out, Some(crypto(4, Direction::Out))), &mut model);
    assert_eq!(end, ReinstallEnd::InSoftware(WhyNotAsOrdered::Overtaken));
}

fn moved(on_nic: bool, faults: &[u8]) -> (ReinstallEnd, Model) {
    let nic = Some(crypto(4, Direction::Out));
    let mut model = Model::new(sa(nic.filter(|_| on_nic)), faults, 3);
    model.moves = true;
    let end = reinstall(order(Direction::Out, nic.filter(|_| !on_nic)), &mut model);
    (end, model)
}

#[test]
fn where_the_kernel_moves_an_sa_it_is_never_taken_out_and_its_numbers_go_on_by_one() {
    for on_nic in [true, false] {
        let (end, model) = moved(on_nic, &[]);
        assert!(matches!(end, ReinstallEnd::Moved { offload } if offload.is_some() != on_nic), "{end:?}");
        let asked: Vec<_> = model.told.iter().map(|(request, _)| *request).collect();
        assert_eq!(asked, ["look", "migrate", "look"]);
        // Three packets with each request, and between them.
        assert_eq!((model.used - 4_711) % 3, 0);
        assert!(model.used - 4_711 < 30 && model.acquires == 0);
    }
}

#[test]
fn what_was_moved_is_read_and_what_was_not_is_taken_out_after_all() {
    for (fault, away) in [(FIRST, true), (SECOND, false), (THIRD, true), (FOURTH, false)] {
        let (end, model) = moved(true, &[WELL, fault]);
        let is_in_software = model.sa.is_some_and(|sa| sa.offload.is_none());
        assert!(is_in_software && model.last("delete").is_some() == away, "{fault} {end:?} {:?}", model.told);
    }
    // Onto the NIC, and the kernel only says so: it is asked of the device like any other.
    let (end, model) = moved(false, &[WELL, FOURTH]);
    assert!(matches!(end, ReinstallEnd::Done { .. }) && model.last("takes").is_some(), "{end:?}");
}

#[test]
fn what_the_kernel_lost_while_it_moved_it_is_told_as_lost_so_that_the_daemon_replaces_it() {
    for on_nic in [true, false] {
        let (end, model) = moved(on_nic, &[WELL, FIFTH]);
        assert_eq!(end, ReinstallEnd::Lost(WhyNotAsOrdered::LostOnItsWay("no room".to_owned())));
        assert!(model.sa.is_none() && model.last("delete").is_none());
    }
    // One that the daemon took away before is nobody's loss.
    let mut model = Model::new(sa(Some(crypto(4, Direction::Out))), &[], 3);
    model.moves = true;
    let mut machine = Machine::new(order(Direction::Out, None));
    assert_eq!(machine.step(&mut model), None);
    model.take_away();
    assert_eq!(machine.step(&mut model), Some(ReinstallEnd::Refused(WhyNotAsOrdered::NotThere)));
}

#[test]
fn what_may_not_be_taken_out_is_moved_all_the_same() {
    let numbers = WireSa { sent: u64::from(u32::MAX) - 20_000, esn: false, ..sa(Some(crypto(4, Direction::Out))) };
    let mut model = Model::new(numbers, &[], 3);
    let off = order(Direction::Out, None);
    assert!(matches!(reinstall(off, &mut model), ReinstallEnd::Refused(WhyNotAsOrdered::NearTheEnd(_))));
    model.moves = true;
    assert_eq!(reinstall(off, &mut model), ReinstallEnd::Moved { offload: None });
}

fn any_sa() -> impl Strategy<Value = WireSa> {
    let numbers = prop_oneof![
        3 => 0..10_000_u64,
        1 => (u64::from(u32::MAX) / 10 * 9 - 3_000)..(u64::from(u32::MAX) / 10 * 9 + 10),
        1 => (u64::from(u32::MAX) - 2_000)..=u64::from(u32::MAX),
        1 => (u64::MAX - 3_000)..u64::MAX - 1_000,
    ];
    (numbers, any::<bool>(), any::<bool>()).prop_map(|(sent, esn, on_nic)| WireSa {
        sent: if esn { sent } else { sent & u64::from(u32::MAX) },
        received: 42,
        esn,
        offload: on_nic.then(|| crypto(3, Direction::Out)),
        packets: 300,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: runs(), failure_persistence: None, ..ProptestConfig::default() })]

    /// The model itself fails where a number is used twice.
    #[test]
    fn whatever_happens_no_number_is_used_twice_and_no_sa_is_lost_that_could_be_kept(
        sa in any_sa(),
        faults: [u8; 10],
        traffic in 0..2_000_u64,
        to_nic: bool,
        outbound: bool,
        killed_after in 0..20_usize,
        taken_away_after in 0..40_usize,
        overtakes in prop::bool::weighted(0.05),
        moves: bool,
    ) {
        let direction = if outbound { Direction::Out } else { Direction::In };
        let faults = faults.map(|byte| byte % 12);
        let mut model = Model::new(sa, &faults, traffic);
        model.overtakes = overtakes;
        model.moves = moves;
        let mut machine = Machine::new(order(direction, to_nic.then(|| crypto(4, direction))));
        let mut end = None;
        for step in 0..killed_after {
            if step == taken_away_after {
                model.take_away();
            }
            end = machine.step(&mut model);
            model.send();
            if end.is_some() {
                break;
            }
        }
        let Some(end) = end else {
            // Killed. An SA that is away was deleted by us, and the intent on disk tells of that. The block expires, and a swanwatch that
            // comes after finds what there is and may begin anew.
            prop_assert!(model.sa.is_some() || model.taken_away || model.last("delete").is_some());
            drop(machine);
            model.blocked = false;
            model.send();
            reinstall(order(direction, to_nic.then(|| crypto(4, direction))), &mut model);
            model.send();
            return Ok(());
        };
        prop_assert!(!model.blocked);
        model.send();
        if model.taken_away || overtakes {
            return Ok(());
        }
        let last_word = matches!(model.last("delete"), Some(RequestFault::None));
        match &end {
            ReinstallEnd::Done { offload, .. } | ReinstallEnd::Moved { offload } => {
                prop_assert_eq!(offload.is_some(), to_nic);
                prop_assert_eq!(model.sa.unwrap().offload.is_some(), to_nic);
            }
            ReinstallEnd::Refused(_) => {
                prop_assert!(model.sa.is_some());
                prop_assert_eq!(model.sa.unwrap().offload, sa.offload);
                prop_assert_eq!(model.last("add"), None);
            }
            // Nothing could be read, after the kernel had lost it.
            ReinstallEnd::Unproved(_) if model.last("migrate") == Some(RequestFault::Gone) => {}
            ReinstallEnd::PutBack(_) | ReinstallEnd::InSoftware(_) | ReinstallEnd::Unproved(_) => prop_assert!(model.sa.is_some()),
            // Only where the kernel's last word was lost, it refused in every way, or it may be in and is not.
            ReinstallEnd::Lost(_) => prop_assert!(
                model.last("migrate") == Some(RequestFault::Gone) || !last_word || matches!(model.last("add"), Some(RequestFault::Refuse | RequestFault::Lost)) || model.last("look") == Some(RequestFault::Lost),
                "{:?} {:?}", end, model
            ),
        }
        if outbound && !model.told.iter().any(|(_, fault)| *fault != RequestFault::None) {
            prop_assert_eq!(model.acquires, 0);
        }
    }
}
