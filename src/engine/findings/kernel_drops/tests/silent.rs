//! What is ordinary, and what another finding says.

use super::*;

#[test]
fn what_comes_in_bursts_or_is_little_is_ordinary() {
    let (mut world, out, inn) = in_software();
    for _ in 0..3 {
        // A larval SA's life and a piece; a rekey; a path that repeats a packet now and then.
        growing(&mut world, (out, inn), ("XfrmOutNoStates", 5000), 5);
        growing(&mut world, (out, inn), ("XfrmInStateInvalid", 3), 1);
        growing(&mut world, (out, inn), ("XfrmInStateSeqError", 9), 10);
    }
    // Strangers: few, and malformed.
    world.windows(10, |world| world.count_host("XfrmInHdrError", 99));
    // Less than a thousandth.
    world.windows(10, |world| {
        world.both((out, inn), 200_000);
        world.count_host("XfrmOutStateModeError", 150);
    });
    // No counter's name.
    world.windows(10, |world| ["", "Xfrm\u{1b}[2J", "Icmp"].iter().for_each(|name| world.count_host(name, 5000)));
    assert_eq!(world.told, []);
    world.keep("made-kernel-drops-ordinary");
}

#[test]
fn packets_without_a_state_are_not_told_twice() {
    let (mut world, out, inn) = in_software();
    growing(&mut world, (out, inn), ("XfrmInNoStates", 500), 10);
    assert_eq!(world.open(), ["no-state-drops:host"]);
}

#[test]
fn what_an_sa_counts_itself_is_its_own() {
    let (mut world, out, inn) = in_software();
    world.windows(10, |world| {
        world.both((out, inn), 1000);
        world.count_host("XfrmInStateSeqError", 105);
        world.sa(inn).counters.replay_drops += 100;
        world.count_host("XfrmInStateProtoError", 105);
        world.sa(inn).counters.integrity_failures += 100;
    });
    assert_eq!(world.open(), ["replay-drops:t1", "auth-failures:t1"]);
}

#[test]
fn a_finding_that_is_open_says_why() {
    let (mut world, out, inn) = in_software();
    growing(&mut world, (out, inn), ("XfrmOutNoStates", 100), 7);
    assert_eq!(world.open(), ["kernel-drops:XfrmOutNoStates"]);
    world.delete(out);
    world.windows(2, |world| world.count_host("XfrmOutNoStates", 100));
    assert_eq!(world.open(), ["sa-missing:t1:out"]);
}

#[test]
fn nothing_is_left_to_measure() {
    let (mut world, out, inn) = in_software();
    growing(&mut world, (out, inn), ("XfrmInNoPols", 100), 7);
    world.see(What::DaemonGone(Death { pid: 100 }));
    world.wait(30);
    assert!(world.closed().contains(&"kernel-drops:XfrmInNoPols"), "{:?}", world.closed());
}
