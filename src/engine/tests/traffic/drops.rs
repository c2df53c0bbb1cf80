//! `auth-failures`, `replay-drops`, `no-state-drops`: a share of what comes.

use super::*;

#[test]
fn drops_beside_traffic_are_warnings_and_close_after_three_quiet_windows() {
    type Happens = fn(&mut World, SaId);
    let cases: [(&str, Happens); 4] = [
        ("auth-failures:t1", |world, inn| world.sa(inn).counters.integrity_failures += 100),
        ("replay-drops:t1", |world, inn| world.sa(inn).counters.replay_window_drops += 100),
        ("nic-drops:eth0", |world, _| world.count("eth0", "ipsec_rx_drop_pkts", 100)),
        ("no-state-drops:host", |world, _| world.drop_without_state(100)),
    ];
    for (id, happens) in cases {
        let (mut world, out, inn) = carrying(true);
        let window = |world: &mut World| {
            world.healthy((out, inn), 20_000);
            happens(world, inn);
        };
        world.windows(2, window);
        // One window without it: no three in a row.
        world.windows(1, |world| world.healthy((out, inn), 20_000));
        world.windows(2, window);
        assert_eq!(world.told, [], "{id}");
        world.windows(3, window);
        assert_eq!(world.open(), [id]);
        let finding = world.finding(id);
        assert_eq!((finding.severity, finding.evidence.len()), (Severity::Warning, 3), "{id}");
        assert!(finding.evidence[0].text.contains("100"), "{:?}", finding.evidence);
        world.windows(3, |world| world.healthy((out, inn), 20_000));
        assert_eq!(world.closed(), [id]);
        world.keep(&format!("made-{}", finding.code));
    }
}

#[test]
fn few_drops_and_a_small_share_of_them_are_nothing() {
    let (mut world, out, inn) = carrying(true);
    let drops = |world: &mut World, count: u32| {
        world.sa(inn).counters.integrity_failures += count;
        world.sa(inn).counters.replay_drops += count;
        world.count("eth0", "ipsec_rx_drop_pkts", count.into());
        world.drop_without_state(count.into());
    };
    world.windows(5, |world| {
        world.healthy((out, inn), 1000);
        drops(world, 99);
    });
    world.windows(5, |world| {
        world.healthy((out, inn), 400_000);
        drops(world, 399);
    });
    assert_eq!(world.told, []);
}

#[test]
fn forged_packets_on_a_tunnel_at_rest_are_a_finding_and_ask_for_nothing() {
    let (mut world, _, inn) = in_software();
    let asked = world.asked.len();
    world.windows(3, |world| {
        world.sa(inn).counters.integrity_failures += 5000;
        world.drop_without_state(5000);
    });
    assert_eq!(world.open(), ["esp-blackhole:t1", "no-state-drops:host"]);
    // Whoever can send packets can have this: nothing is done about it, not even a question is asked.
    assert_eq!(world.asked.len(), asked);
    world.keep("made-forged");
}
