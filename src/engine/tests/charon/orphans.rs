//! Whose an SA is that nobody claims.

use super::*;

fn stranger(world: &mut World, peer: &str, spi: u32) -> [SaId; 2] {
    let pair = [sa(LOCAL, peer, spi, true), sa(peer, LOCAL, spi + 1, true)];
    for row in pair {
        let mut row = row;
        row.reqid = 77;
        row.counters.add_time = u64::try_from(world.wall().micros() / 1_000_000).unwrap();
        world.kernel.insert(row.id, row);
        world.see(What::Kernel(Event::SaAdded(Box::new(row))));
    }
    pair.map(|row| row.id)
}

#[test]
fn between_the_ends_of_an_ike_sa_that_is_told_it_is_an_orphan() {
    let mut world = World::charon("5.9.8", &["t1"]);
    world.makes("gw/t1", 1, None);
    world.wait(30);
    stranger(&mut world, PEER, 0x900);
    world.wait(90);
    assert_eq!(ids(&world), [format!("sa-orphaned:{LOCAL}-{PEER}")]);
}

#[test]
fn where_the_table_may_leave_out_whose_it_is_nothing_is_said() {
    let mut world = World::charon("5.9.8", &["t1"]);
    world.connections.push(LoadedConnection { remote: Some("10.0.0.9".parse().unwrap()), ..child_of("big", "x") });
    world.connections.push(child_of("other", "y"));
    world.makes("gw/t1", 1, None);
    world.says("big", 7, Statement::ConnectionAdded);
    world.wait(30);
    // Another IKE connection has these ends, too, and a third one those.
    stranger(&mut world, PEER, 0x900);
    stranger(&mut world, "10.0.0.9", 0xa00);
    world.wait(3600);
    assert!(!ids(&world).iter().any(|id| id.starts_with("sa-")), "{:?}", ids(&world));
    // As soon as it has no IKE SA at all, they are nobody's.
    world.table.ike.clear();
    world.table.children.clear();
    world.brief.ike = 0;
    world.wait(120);
    assert_eq!(ids(&world).iter().filter(|id| id.starts_with("sa-orphaned")).count(), 2, "{:?}", ids(&world));
}

#[test]
fn what_a_crash_leaves_is_an_orphan_and_its_successor_is_not() {
    let mut world = World::charon("5.9.8", &["t1"]);
    world.unit = Some("strongswan.service".to_owned());
    let old = world.makes("gw/t1", 1, None);
    world.wait(100);
    world.see(What::DaemonGone(Death { pid: 100 }));
    // Nothing is flushed, and the unit brings it back.
    world.table.ike.clear();
    world.table.children.clear();
    world.brief.ike = 0;
    world.connections[0].wanted_up = Some(true);
    world.rest(std::time::Duration::from_millis(700));
    world.see(What::DaemonFound(Box::new(Daemon { since: world.wall(), ..world.process(200) })));
    world.says("gw", 1, Statement::Initiating { rekeys: None });
    world.says("gw/t1", 1, Statement::Initiating { rekeys: None });
    world.ike_stands(1);
    let pair = [sa(LOCAL, PEER, 0x500, true), sa(PEER, LOCAL, 0x501, true)];
    for mut row in pair {
        row.counters.add_time = u64::try_from(world.wall().micros() / 1_000_000).unwrap();
        world.kernel.insert(row.id, row);
        world.see(What::Kernel(Event::SaAdded(Box::new(row))));
        world.set_policy(policy(&row));
    }
    let pair = pair.map(|row| row.id);
    world.daemon_claims("gw/t1", 1, PEER, (pair[0].spi, pair[1].spi));
    let established = world.established(&pair, None);
    world.says("gw/t1", 1, established.clone());
    world.tells("gw/t1", 1, established);
    world.wait(120);
    let orphaned = format!("sa-orphaned:{LOCAL}-{PEER}");
    assert_eq!(world.open(), [orphaned.as_str()]);
    assert_eq!(world.finding(&orphaned).affected.sas, 2);
    world.keep("made-charon-orphans-after-a-crash");
    // They live until their limit.
    old.iter().for_each(|id| world.delete(*id));
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn beside_another_daemon_nothing_is_an_orphan() {
    let mut world = World::charon("5.9.8", &["t1"]);
    let other = OtherDaemon { name: "pluto".to_owned(), pid: 300, supported: true };
    world.see(What::OtherDaemons(vec![other]));
    world.makes("gw/t1", 1, None);
    stranger(&mut world, PEER, 0x900);
    stranger(&mut world, "192.0.2.77", 0xa00);
    world.table.ike.clear();
    world.brief.ike = 0;
    world.wait(700);
    assert!(!world.told.iter().any(|(_, finding)| finding.id.contains("orphaned")), "{:?}", world.told);
    world.keep("made-charon-beside-another-daemon");
}

#[test]
fn the_larval_sa_of_a_packet_is_not_the_sa_whose_spi_it_has() {
    let mut world = World::charon("5.9.8", &["t1"]);
    let [out, inn] = world.makes("gw/t1", 1, None);
    world.wait(30);
    world.delete(out);
    world.wait(2);
    assert_eq!(ids(&world), ["sa-missing:gw/t1:out"]);
    let finding = world.finding("sa-missing:gw/t1:out");
    assert!(finding.summary.contains("which traffic does not bring about"), "{}", finding.summary);
    // The next packet has one reserved by the same name; a dump shows it.
    let larval = KernelSa { stage: SaStage::Larval, offload: None, ..sa(LOCAL, PEER, out.spi.0, false) };
    world.kernel.insert(out, larval);
    world.wait(700);
    assert_eq!(ids(&world), ["sa-missing:gw/t1:out"]);
    let selector = Box::new(policy(&larval).id.selector);
    world.kernel.remove(&out);
    world.see(What::Kernel(Event::SaExpired { sa: Box::new(larval), hard: true, selector }));
    world.wait(60);
    assert_eq!(ids(&world), ["sa-missing:gw/t1:out"]);
    world.keep("made-charon-deleted");
    let pair = world.rekeys("gw/t1", (1, [out, inn]), 2);
    world.wait(30);
    assert_eq!((world.open(), pair.len()), (vec![], 2));
}

#[test]
fn one_that_went_without_an_event_is_missing_though_a_larval_one_has_its_name() {
    let mut world = World::charon("5.9.8", &["t1"]);
    let [out, _] = world.makes("gw/t1", 1, None);
    world.wait(30);
    let larval = KernelSa { stage: SaStage::Larval, offload: None, ..sa(LOCAL, PEER, out.spi.0, false) };
    world.kernel.insert(out, larval);
    world.see(What::EventsLost { malformed: 0 });
    world.wait(60);
    assert!(ids(&world).contains(&"sa-missing:gw/t1:out".to_owned()), "{:?}", ids(&world));
}
