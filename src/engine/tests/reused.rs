//! A Child SA, tunnel or SA that takes the place of one that is gone, whose memory must not speak of it.

use super::world::*;
use crate::model::*;

/// t1's Child SA, known from the daemon's table, goes by the daemon's hand, and t2's takes its place while its events are lost.
fn another_takes_the_place(act: Vec<RemedyKind>) -> World {
    let mut world = World::unjoined();
    world.settings.act = act.into_iter().collect();
    let other = Some("10.0.0.9".parse().unwrap());
    world.connections = vec![
        connection("t1", OffloadSetting::No),
        LoadedConnection { remote: other, ..connection("t2", OffloadSetting::No) },
    ];
    let pair = |peer, spi| [sa(LOCAL, peer, spi, false), sa(peer, LOCAL, spi + 1, false)];
    let (first, second) = (pair(PEER, 4), pair("10.0.0.9", 0x77));
    world.kernel.extend(first.map(|row| (row.id, row)));
    world.policies.extend([first, second].as_flattened().iter().map(|row| (policy(row).id, policy(row))));
    world.daemon_claims("t1", 2, PEER, (Spi(4), Spi(5)));
    world.join();
    world.wait(30);
    assert_eq!(world.engine.status(RealTime::default()).summary.tunnels.up, 1);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.table.children.clear();
    for row in first {
        world.delete(row.id);
    }
    world.wait(30);
    world.kernel.extend(second.map(|row| (row.id, row)));
    world.daemon_claims("t2", 3, "10.0.0.9", (Spi(0x77), Spi(0x78)));
    let spis = SpiPair { protocol: Protocol::Esp, outbound: Spi(0x77), inbound: Spi(0x78) };
    let ike = Some(Serial(1));
    let says =
        Statement::ChildEstablished { ike, rekeys: None, spis, selectors: None, esn: false, offload_claim: None };
    world.log("t2", 3, says);
    world.wait(3);
    // What an engine would hear that asks for it at the peer of the one before; nobody waits for it.
    let [out, _] = first.map(|row| SaId { spi: Spi(0x77), ..row.id });
    world.see(What::Read { ask: AskId(1001), id: out, answer: Ok(None) });
    world.see(What::LogEnd { ask: Some(AskId(1002)) });
    world.wait(120);
    world
}

#[test]
fn the_sas_of_the_next_child_are_not_looked_for_at_the_peer_of_the_last() {
    let world = another_takes_the_place(Vec::new());
    assert_eq!(world.told, []);
    assert_eq!(world.engine.status(RealTime::default()).summary.tunnels.up, 1);
    world.keep_part("made-place-used-again");
}

#[test]
fn the_next_child_is_not_rekeyed_for_what_the_last_one_lacked() {
    let world = another_takes_the_place(vec![RemedyKind::Rekey]);
    assert_eq!((world.told.as_slice(), world.steps.as_slice()), ([].as_slice(), [].as_slice()));
    world.keep_part("made-place-used-again-not-rekeyed");
}
