//! What is sampled, and what healthy traffic looks like.

use super::*;

#[test]
fn nothing_is_sampled_where_no_tunnel_stands() {
    let mut world = World::new();
    world.wait(300);
    assert_eq!(world.samplings, 0);
    let (out, inn) = world.establish("t1", 2, true);
    world.wait(101);
    assert_eq!(world.samplings, 10);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.table.children.clear();
    world.delete(out);
    world.delete(inn);
    world.wait(100);
    assert_eq!(world.samplings, 10);
}

#[test]
fn rates_are_of_the_wire_and_unknown_before_the_second_sampling() {
    let mut world = World::new();
    let (out, inn) = world.establish("t1", 2, true);
    let rates = |world: &World| {
        let mut rows = Vec::new();
        world.engine.sas(0, 10, &mut rows);
        rows.iter().map(|row| (row.packets_per_second, row.bytes_per_second)).collect::<Vec<_>>()
    };
    world.wait(WINDOW);
    assert_eq!(rates(&world), [(None, None); 2]);
    world.send(out, 5000);
    world.receive(inn, 20);
    world.wait(WINDOW);
    assert_eq!(rates(&world), [(Some(500), Some(500_000)), (Some(2), Some(2000))]);
    // Set back: what came since is not known.
    world.sa(out).replay.sent = 7;
    world.wait(WINDOW);
    assert_eq!(rates(&world), [(None, None), (Some(0), Some(0))]);
}

#[test]
fn healthy_traffic_with_rekeys_is_silent() {
    let (mut world, mut out, mut inn) = carrying(true);
    for serial in 3..6 {
        world.windows(2, |world| world.healthy((out, inn), 100_000));
        // The rekey comes in the middle of a window, and the old pair's last packets are known from its deletion alone.
        world.log("t1", serial, Statement::Initiating { rekeys: Some(Serial(serial - 1)) });
        let next = world.establish("t1", serial, true);
        world.healthy((out, inn), 60_000);
        for id in [out, inn] {
            let last = world.kernel.remove(&id).map(Box::new);
            world.log("t1", serial - 1, Statement::Deleting { is_ike: false, established: true });
            world.see(What::Kernel(Event::SaDeleted { id, last }));
        }
        world.table.children.retain(|child| child.serial != Serial(serial - 1));
        (out, inn) = next;
        world.healthy((out, inn), 40_000);
        world.wait(WINDOW);
        let story = world.engine.explain("t1").unwrap().now.join("\n");
        assert!(story.contains("its SAs carried 100000 packets in the last window"), "{story}");
    }
    world.windows(3, |_| {});
    assert_eq!(world.told, []);
    world.keep("made-traffic-healthy");
}

#[test]
fn a_daemon_that_is_gone_is_told_and_its_traffic_no_more() {
    let (mut world, out, inn) = in_software();
    world.windows(1, |world| world.both((out, inn), 50));
    world.windows(4, |world| world.send(out, 50));
    assert_eq!(world.open(), ["esp-blackhole:t1"]);
    world.see(What::DaemonGone(Death { pid: 100 }));
    world.wait(30);
    assert_eq!(world.open(), ["daemon-crashed:host"]);
}
