//! Who had SAs and policies taken out, and who sends what is dropped: evidence, and nothing but evidence.

use super::traffic::{WINDOW, carrying, in_software};
use super::world::*;
use crate::model::*;

const IP: u32 = 4_711;
const STRANGER: &str = "203.0.113.9";

/// Somebody asks for this to go, now.
fn asks(world: &World, pid: u32, process: &str, what: Removed) -> What {
    let removal = Removal { at: Boottime::from_micros(world.now()), pid, process: process.to_owned(), what };
    What::Removals(Removals { rows: vec![removal], more: 0 })
}

fn lines(finding: &Finding) -> Vec<&str> {
    let of = finding.evidence.iter().filter(|line| line.source == Source::Attribution);
    of.map(|line| line.text.as_str()).collect()
}

fn sender(why: Dropped, spi: u32, src: &str, packets: u64) -> Sender {
    Sender { why, spi: Spi(spi), src: src.parse().unwrap(), packets }
}

fn counted(rows: Vec<Sender>, more: u64) -> Option<Senders> {
    Some(Senders { rows, more, over: 10_000_000 })
}

/// Packets without an SA, for so many windows.
fn drop_for(world: &mut World, pair: (SaId, SaId), windows: usize) {
    world.windows(windows, |world| {
        world.healthy(pair, 20_000);
        world.drop_without_state(500);
    });
}

#[test]
fn who_deleted_an_sa_is_named_whichever_is_told_first() {
    for late in [false, true] {
        let mut world = World::new();
        let (out, _) = world.establish("t1", 2, true);
        let asked = asks(&world, IP, "ip", Removed::Sa(out));
        if late {
            world.delete(out);
            assert_eq!(lines(&world.finding("sa-missing:t1:out")), [] as [&str; 0]);
            world.see(asked);
        } else {
            world.see(asked);
            world.delete(out);
        }
        let finding = world.finding("sa-missing:t1:out");
        assert_eq!(finding.reason, Reason::Deleted);
        assert_eq!(
            lines(&finding),
            ["esp 0x00000004 to 10.0.0.2 was deleted by ip (pid 4711) at 22:30:00 UTC"],
            "late: {late}"
        );
        assert_eq!(world.told.len(), 1, "it is no news by itself");
    }
}

#[test]
fn who_flushed_is_named_at_each_connection() {
    let mut world = World::unjoined();
    world.connections = ["t1", "t2"].map(|name| connection(name, OffloadSetting::Crypto)).to_vec();
    world.join();
    world.establish("t1", 2, true);
    world.establish("t2", 3, true);
    let flush = Removed::Sas { protocol: None };
    world.see(asks(&world, IP, "ip", flush));
    world.kernel.clear();
    world.see(What::Kernel(Event::SasFlushed { protocol: None }));
    for id in ["sa-missing:t1:both", "sa-missing:t2:both"] {
        assert_eq!(lines(&world.finding(id)), ["all SAs were flushed by ip (pid 4711) at 22:30:00 UTC"], "{id}");
    }
    world.keep("made-flushed-by-ip");
}

#[test]
fn a_request_of_the_daemon_or_of_long_ago_or_for_another_names_nobody() {
    let mut world = World::new();
    let (out, inn) = world.establish("t1", 2, true);
    world.see(asks(&world, IP, "ip", Removed::Sa(out)));
    world.see(asks(&world, IP, "ip", Removed::Sas { protocol: Some(Protocol::Ah) }));
    world.wait(60);
    world.see(asks(&world, IP, "ip", Removed::Sa(inn)));
    // The daemon's process.
    world.see(asks(&world, 100, "pluto", Removed::Sa(out)));
    world.see(asks(&world, IP, "ip", Removed::Policies));
    world.delete(out);
    assert_eq!(lines(&world.finding("sa-missing:t1:out")), [] as [&str; 0]);
}

#[test]
fn requests_alone_are_no_finding_and_many_of_them_take_no_room() {
    let mut world = World::new();
    let (out, _) = world.establish("t1", 2, true);
    for number in 0..100 {
        let what = Removed::Sa(SaId { spi: Spi(0x1000 + number), ..out });
        world.see(asks(&world, 5_000 + number, "script", what));
    }
    world.wait(300);
    assert_eq!(world.told, []);
    world.keep("made-removals-healthy");
}

#[test]
fn who_flushed_the_policies_is_named_where_packets_leave_in_clear() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    world.see(asks(&world, IP, "ip", Removed::Policies));
    world.policies.clear();
    world.see(What::Kernel(Event::PoliciesFlushed));
    world.wait(2);
    let finding = world.finding("clear-text-window:host");
    assert_eq!(lines(&finding), ["all policies were flushed by ip (pid 4711) at 22:30:00 UTC"]);
}

#[test]
fn a_peer_that_goes_on_sending_is_named_with_whose_sa_it_was_and_who_deleted_it() {
    let (mut world, out, inn) = carrying(true);
    let (other_out, other_inn) = world.establish_with("t2", 3, "10.0.0.3", true);
    world.see(asks(&world, IP, "ip", Removed::Sa(other_inn)));
    world.delete(other_inn);
    assert_eq!(world.open(), ["sa-missing:t2:in"]);
    // Somebody takes the rest of it down in order, and the peer does not hear of it.
    world.log("t2", 3, Statement::Deleting { is_ike: false, established: true });
    world.table.children.retain(|child| child.connection == "t1");
    world.delete(other_out);
    world.wait(WINDOW);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.told.clear();
    let rows = vec![
        sender(Dropped::NoState, 0xdead_beef, STRANGER, 9_000),
        sender(Dropped::NoState, other_inn.spi.0, "10.0.0.3", 480),
        sender(Dropped::NoState, 0x77, PEER, 20),
        sender(Dropped::Integrity, 0x78, STRANGER, 20),
    ];
    world.senders = counted(rows, 12);
    drop_for(&mut world, (out, inn), 5);
    assert_eq!(world.counts_of_senders, 1);
    let finding = world.finding("no-state-drops:host");
    let lines = lines(&finding);
    assert!(lines[0].starts_with("10.0.0.3 sends on SPI 0x00000007, which was t2's until 22:"), "{lines:?}");
    assert!(lines[0].ends_with("UTC (deleted by ip (pid 4711)): 480 packets in 10 s"), "{lines:?}");
    assert_eq!(
        lines[1..],
        [
            "10.0.0.2, the peer of t1, sends on SPI 0x00000077, which no SA was seen to have here: 20 packets in 10 s",
            "203.0.113.9 sends on SPI 0xdeadbeef, which no SA was seen to have here; no tunnel is with this address: \
             9,000 packets in 10 s",
            "others sent 12 packets",
            "anybody can write any sender into such packets: these addresses are no proof",
        ]
    );
    assert_eq!(finding.severity, Severity::Warning);
    world.keep("made-stranger-named");
}

#[test]
fn senders_are_counted_once_in_ten_minutes_whatever_comes() {
    let (mut world, out, inn) = carrying(true);
    let rows = (0..256).map(|number| sender(Dropped::NoState, number + 100, STRANGER, 1)).collect();
    world.senders = counted(rows, 1_000_000);
    drop_for(&mut world, (out, inn), 59);
    assert_eq!(world.counts_of_senders, 1);
    drop_for(&mut world, (out, inn), 60);
    assert_eq!(world.counts_of_senders, 2);
    let finding = world.finding("no-state-drops:host");
    assert!(finding.evidence.len() <= 20, "{}", finding.evidence.len());
    let opened = world.told.iter().filter(|(change, _)| *change == Change::Opened).count();
    assert_eq!((world.told.len(), opened), (1, 1), "nobody is told again because of it");
    assert_eq!(lines(&finding)[4], "252 more senders sent 1,000,252 packets");
    world.keep("made-stranger-flood");
}

#[test]
fn what_cannot_be_counted_costs_the_finding_nothing() {
    let (mut world, out, inn) = carrying(true);
    drop_for(&mut world, (out, inn), 3);
    assert_eq!(world.counts_of_senders, 1);
    assert_eq!(lines(&world.finding("no-state-drops:host")), [] as [&str; 0]);
}

#[test]
fn few_drops_have_nobody_counted() {
    let (mut world, out, inn) = carrying(true);
    world.senders = counted(vec![sender(Dropped::NoState, 0x77, STRANGER, 5)], 0);
    world.windows(5, |world| {
        world.healthy((out, inn), 20_000);
        world.drop_without_state(5);
    });
    assert_eq!((world.counts_of_senders, world.told.len()), (0, 0));
    world.keep("made-stranger-few");
}

#[test]
fn packets_that_fail_on_a_tunnel_are_the_peers_or_a_strangers() {
    for (code, why, says) in [
        ("auth-failures", Dropped::Integrity, "that fail their integrity check"),
        ("replay-drops", Dropped::Replay, "that the replay window refuses"),
    ] {
        let (mut world, out, inn) = carrying(true);
        let rows = [STRANGER, PEER].map(|src| sender(why, inn.spi.0, src, 300));
        let other = sender(Dropped::NoState, inn.spi.0, STRANGER, 5);
        world.senders = counted(rows.into_iter().chain([other]).collect(), 0);
        world.windows(3, |world| {
            world.healthy((out, inn), 20_000);
            let counters = &mut world.sa(inn).counters;
            match why {
                Dropped::Integrity => counters.integrity_failures += 100,
                _ => counters.replay_window_drops += 100,
            }
        });
        let expected = [
            format!("10.0.0.2, the peer, sends packets on SPI 0x00000005 {says}: 300 packets in 10 s"),
            format!(
                "203.0.113.9, which is not the peer 10.0.0.2, sends packets on SPI 0x00000005 {says}: 300 packets in 10 s"
            ),
            "anybody can write any sender into such packets: these addresses are no proof".to_owned(),
        ];
        assert_eq!(lines(&world.finding(&format!("{code}:t1"))), expected, "{code}");
    }
}

#[test]
fn a_stranger_pulls_no_lever() {
    let (mut world, _, inn) = in_software();
    let asked = world.asked.len();
    world.senders = counted(vec![sender(Dropped::NoState, inn.spi.0, STRANGER, 5_000)], 0);
    world.windows(3, |world| world.drop_without_state(5_000));
    assert_eq!(world.open(), ["no-state-drops:host"]);
    assert_eq!((world.asked.len(), world.steps.len()), (asked, 0));
}

#[test]
fn who_goes_on_sending_on_a_missing_sa_is_said_there() {
    let (mut world, _, inn) = carrying(true);
    let other = world.establish_with("t2", 3, "10.0.0.3", true);
    world.see(asks(&world, IP, "ip", Removed::Sa(inn)));
    world.delete(inn);
    assert_eq!(world.open(), ["sa-missing:t1:in"]);
    let rows =
        vec![sender(Dropped::NoState, 0xdead_beef, STRANGER, 9_000), sender(Dropped::NoState, inn.spi.0, PEER, 480)];
    world.senders = counted(rows, 12);
    drop_for(&mut world, other, 3);
    // What is missing explains the drops.
    assert_eq!(world.open(), ["sa-missing:t1:in"]);
    let finding = world.finding("sa-missing:t1:in");
    let lines = lines(&finding);
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].contains("was deleted by ip (pid 4711) at 22:"), "{lines:?}");
    assert!(lines[1].starts_with("10.0.0.2 sends on SPI 0x00000005, which was t1's until 22:"), "{lines:?}");
    assert!(lines[1].ends_with("UTC (deleted by ip (pid 4711)): 480 packets in 10 s"), "{lines:?}");
    world.keep("made-missing-and-sent-on");
}

#[test]
fn a_programs_name_cannot_pass_for_another_process() {
    for (name, shown) in [
        ("ip (pid 1) x", "\"ip (pid 1) x\" (pid 4711)"),
        ("a\\u{a}\"b'", "\"a\\\\u{a}\\\"b'\" (pid 4711)"),
        ("kworker/0:1", "kworker/0:1 (pid 4711)"),
        ("", "a process (pid 4711)"),
    ] {
        let mut world = World::new();
        let (out, _) = world.establish("t1", 2, true);
        world.see(asks(&world, IP, name, Removed::Sa(out)));
        world.delete(out);
        let finding = world.finding("sa-missing:t1:out");
        assert!(lines(&finding)[0].contains(&format!("deleted by {shown} at ")), "{:?}", lines(&finding));
    }
}

#[test]
fn requests_for_what_nobody_has_do_not_push_out_one_that_took_an_sa() {
    for marked in [false, true] {
        let mut world = World::new();
        let (out, _) = world.establish("t1", 2, true);
        let mut gone = out;
        if marked {
            // A request's mark is not read.
            let row = world.kernel.remove(&out).unwrap();
            world.see(What::Kernel(Event::SaDeleted { id: out, last: None }));
            gone = SaId { mark: Mark { value: 5, mask: 0xff }, ..out };
            world.kernel.insert(gone, KernelSa { id: gone, ..row });
            world.see(What::Kernel(Event::SaAdded(Box::new(KernelSa { id: gone, ..row }))));
            world.wait(60);
        }
        world.see(asks(&world, IP, "ip", Removed::Sa(out)));
        for number in 0..1000 {
            world.see(asks(&world, 5_000, "script", Removed::Sa(SaId { spi: Spi(0x1000 + number), ..out })));
        }
        world.delete(gone);
        let finding = world.finding("sa-missing:t1:out");
        assert_eq!(lines(&finding).len(), 1, "marked: {marked}: {finding:?}");
        assert!(lines(&finding)[0].contains("was deleted by ip (pid 4711)"), "{:?}", lines(&finding));
    }
}
