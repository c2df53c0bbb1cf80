//! `esp-blackhole`: a tunnel that carries one way alone.

use crate::engine::tests::traffic::*;
use crate::engine::tests::world::*;
use crate::model::*;

#[test]
fn a_tunnel_that_falls_silent_one_way_is_a_blackhole_after_three_windows() {
    let (mut world, out, inn) = in_software();
    world.windows(2, |world| world.both((out, inn), 50));
    world.windows(2, |world| world.send(out, 50));
    assert_eq!(world.told, []);
    world.windows(1, |world| world.send(out, 50));
    let finding = world.finding("esp-blackhole:t1");
    assert_eq!((finding.reason, finding.subject.direction), (Reason::NoAnswer, Some(Span::In)));
    assert_eq!((finding.subject.spi, finding.evidence.len()), (Some(inn.spi), 3));
    assert!(finding.evidence[0].text.contains("50 packets were sent and none received"), "{:?}", finding.evidence);
    world.windows(3, |world| world.both((out, inn), 50));
    assert_eq!(world.closed(), ["esp-blackhole:t1"]);
    world.keep("made-blackhole-no-answer");
}

#[test]
fn one_way_traffic_is_no_blackhole_where_no_answer_ever_came() {
    let (mut world, out, _) = in_software();
    world.windows(20, |world| world.send(out, 5000));
    assert_eq!(world.told, []);
    let story = world.engine.explain("t1").unwrap().now.join("\n");
    assert!(story.contains("one way only so far"), "{story}");
    world.keep("made-traffic-one-way");
}

#[test]
fn what_sas_carried_before_swanwatch_came_counts_as_carried() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::No));
    for (src, dst, spi) in [(LOCAL, PEER, 4), (PEER, LOCAL, 5)] {
        let mut row = sa(src, dst, spi, false);
        row.counters.packets = 9;
        world.kernel.insert(row.id, row);
    }
    world.daemon_claims("t1", 2, PEER, (Spi(4), Spi(5)));
    world.join();
    world.wait(2 * WINDOW);
    let out = sa(LOCAL, PEER, 4, false).id;
    world.windows(3, |world| world.send(out, 50));
    assert!(world.open().contains(&"esp-blackhole:t1".to_owned()), "{:?}", world.open());
}

#[test]
fn few_packets_and_pauses_are_no_blackhole() {
    let (mut world, out, inn) = in_software();
    world.windows(1, |world| world.both((out, inn), 50));
    // Liveness inside of the tunnel: 30 packets a window.
    world.windows(10, |world| world.send(out, 30));
    world.windows(1, |_| {});
    world.windows(9, |world| {
        world.send(out, 500);
        world.wait(WINDOW);
        world.send(out, 500);
        world.wait(WINDOW);
    });
    assert_eq!(world.told, []);
}

#[test]
fn what_is_received_and_never_answered_is_the_other_direction() {
    let (mut world, out, inn) = in_software();
    world.windows(1, |world| world.both((out, inn), 50));
    world.windows(3, |world| world.receive(inn, 400));
    let finding = world.finding("esp-blackhole:t1");
    assert_eq!((finding.reason, finding.subject.direction), (Reason::Unknown, Some(Span::Out)));
}

#[test]
fn an_end_that_drops_all_that_comes_says_so_though_nothing_ever_passed() {
    let (mut world, _, inn) = in_software();
    world.windows(3, |world| world.sa(inn).counters.integrity_failures += 40);
    let finding = world.finding("esp-blackhole:t1");
    assert_eq!((finding.reason, finding.subject.direction), (Reason::AuthFailed, Some(Span::In)));
    assert!(finding.evidence[0].text.contains("40 failed their integrity check"), "{:?}", finding.evidence);
    world.keep("made-blackhole-auth-failed");
}

#[test]
fn few_answers_to_much_that_is_sent_are_the_reason_where_all_of_them_fail() {
    for (failing, reason) in [(50, Reason::AuthFailed), (3, Reason::NoAnswer)] {
        let (mut world, out, inn) = in_software();
        world.windows(2, |world| {
            world.send(out, 2000);
            world.receive(inn, failing);
        });
        world.windows(3, |world| {
            world.send(out, 2000);
            world.sa(inn).counters.integrity_failures += failing as u32;
        });
        assert_eq!(world.finding("esp-blackhole:t1").reason, reason);
    }
}

#[test]
fn a_blackhole_that_begins_within_a_window_is_not_told_as_drops_first() {
    let (mut world, out, inn) = in_software();
    world.windows(2, |world| world.both((out, inn), 200));
    world.receive(inn, 50);
    world.windows(4, |world| {
        world.send(out, 200);
        world.sa(inn).counters.integrity_failures += 150;
    });
    let told: Vec<_> = world.told.iter().map(|(_, finding)| finding.id.as_str()).collect();
    assert_eq!(told, ["esp-blackhole:t1"]);
}

#[test]
fn each_cause_of_a_blackhole_has_its_reason() {
    type Happens = fn(&mut World, SaId);
    let cases: [(Happens, Reason); 3] = [
        (|world, inn| world.sa(inn).counters.replay_drops += 50, Reason::Replay),
        (|world, _| world.drop_without_state(50), Reason::NoState),
        (|world, _| world.count("eth0", "ipsec_rx_drop_pkts", 50), Reason::NicDrop),
    ];
    for (happens, reason) in cases {
        let (mut world, out, inn) = carrying(true);
        world.windows(2, |world| world.healthy((out, inn), 50));
        world.windows(3, |world| {
            world.send(out, 50);
            world.count("eth0", "ipsec_tx_pkts", 50);
            happens(world, inn);
        });
        assert_eq!(world.open(), ["esp-blackhole:t1"]);
        assert_eq!(world.finding("esp-blackhole:t1").reason, reason);
    }
}

#[test]
fn an_end_whose_nic_drops_what_it_sends_is_told_so_there() {
    let (mut world, out, inn) = carrying(true);
    world.windows(2, |world| world.healthy((out, inn), 50));
    world.windows(3, |world| {
        world.send(out, 50);
        world.count("eth0", "ipsec_tx_drop_pkts", 50);
    });
    assert_eq!(world.open(), ["esp-blackhole:t1"]);
    let finding = world.finding("esp-blackhole:t1");
    assert_eq!((finding.reason, finding.subject.direction), (Reason::NicDrop, Some(Span::Out)));
    assert_eq!(finding.subject.spi, Some(out.spi));
    assert!(finding.evidence[0].text.contains("50 were dropped by the NIC on their way out"), "{:?}", finding.evidence);
    world.keep("made-blackhole-nic-drops-what-is-sent");
}

#[test]
fn packets_without_state_explain_no_silence_where_two_tunnels_are_silent() {
    let mut world = World::unjoined();
    for name in ["t1", "t2"] {
        world.connections.push(connection(name, OffloadSetting::No));
    }
    world.join();
    let pairs = [world.establish_with("t1", 2, PEER, false), world.establish_with("t2", 3, "10.0.0.3", false)];
    world.wait(2 * WINDOW);
    for (out, inn) in pairs {
        world.both((out, inn), 50);
    }
    world.wait(WINDOW);
    world.windows(3, |world| {
        pairs.iter().for_each(|(out, _)| world.send(*out, 50));
        world.drop_without_state(50);
    });
    assert_eq!(world.open(), ["esp-blackhole:t1", "esp-blackhole:t2"]);
    assert_eq!(world.finding("esp-blackhole:t1").reason, Reason::NoAnswer);
}

#[test]
fn a_missing_sa_explains_both_the_silence_and_the_packets_without_state() {
    let (mut world, out, inn) = in_software();
    world.windows(2, |world| world.both((out, inn), 500));
    world.delete(inn);
    world.windows(6, |world| {
        world.send(out, 500);
        world.drop_without_state(500);
    });
    assert_eq!(world.open(), ["sa-missing:t1:in"]);
}
