//! Events, dumps and reads that cross.

use super::world::*;
use crate::model::*;

fn begin(world: &mut World, ask: u64) {
    world.see(What::DumpBegin { ask: AskId(ask), table: DumpTable::Sad });
}

fn rows(world: &mut World, ask: u64, rows: &[KernelSa]) {
    world.see(What::Sas { ask: AskId(ask), rows: rows.to_vec() });
}

fn end(world: &mut World, ask: u64, how: Dumped) {
    world.see(What::DumpEnd { ask: AskId(ask), how, took: 1 });
}

fn spis(world: &World) -> Vec<u32> {
    let mut shown = Vec::new();
    world.engine.sas(0, usize::MAX, &mut shown);
    let mut spis: Vec<_> = shown.iter().map(|row| row.spi.0).collect();
    spis.sort_unstable();
    spis
}

#[test]
fn only_a_complete_dump_removes() {
    for (how, left) in
        [(Dumped::Complete, vec![]), (Dumped::Interrupted, vec![5]), (Dumped::Failed(Failure::Timeout), vec![5])]
    {
        let mut world = World::new();
        let row = sa(LOCAL, PEER, 5, false);
        world.see(What::Kernel(Event::SaAdded(Box::new(row))));
        begin(&mut world, 1 << 60);
        end(&mut world, 1 << 60, how);
        assert_eq!(spis(&world), left);
    }
}

#[test]
fn an_sa_added_while_a_dump_runs_stays_though_the_dump_does_not_show_it() {
    let mut world = World::new();
    begin(&mut world, 1 << 60);
    let row = sa(LOCAL, PEER, 5, false);
    world.kernel.insert(row.id, row);
    world.see(What::Kernel(Event::SaAdded(Box::new(row))));
    end(&mut world, 1 << 60, Dumped::Complete);
    assert_eq!(spis(&world), [5]);
}

#[test]
fn an_sa_deleted_while_a_dump_runs_does_not_come_back_by_a_late_row() {
    let mut world = World::new();
    let row = sa(LOCAL, PEER, 5, false);
    world.see(What::Kernel(Event::SaAdded(Box::new(row))));
    begin(&mut world, 1 << 60);
    world.see(What::Kernel(Event::SaDeleted { id: row.id, last: None }));
    rows(&mut world, 1 << 60, &[row]);
    end(&mut world, 1 << 60, Dumped::Complete);
    assert_eq!(spis(&world), [] as [u32; 0]);
}

#[test]
fn a_read_that_an_event_overtook_is_void() {
    let mut world = World::new();
    let row = sa(LOCAL, PEER, 5, true);
    world.see(What::Kernel(Event::SaAdded(Box::new(row))));
    // The update over an installed SA shows the request; the kernel is asked, and has the SA still offloaded.
    world.kernel.insert(row.id, row);
    let request = KernelSa { offload: None, ..row };
    world.see(What::Kernel(Event::SaUpdated(Box::new(request))));
    assert_eq!(world.engine.status(RealTime::default()).summary.offloaded.crypto, 1);
}

#[test]
fn an_update_over_a_larval_sa_is_the_sa() {
    let mut world = World::new();
    let mut larval = sa(LOCAL, PEER, 5, false);
    larval.stage = SaStage::Larval;
    begin(&mut world, 1 << 60);
    rows(&mut world, 1 << 60, &[larval]);
    end(&mut world, 1 << 60, Dumped::Complete);
    assert_eq!(world.engine.status(RealTime::default()).summary.larval, 1);
    world.see(What::Kernel(Event::SaUpdated(Box::new(sa(LOCAL, PEER, 5, true)))));
    let summary = world.engine.status(RealTime::default()).summary;
    assert_eq!((summary.larval, summary.offloaded.crypto), (0, 1));
}

#[test]
fn an_sa_that_came_of_a_larval_one_after_the_daemon_was_asked_is_no_orphan() {
    let mut world = World::new();
    let pair = [sa(LOCAL, PEER, 5, false), sa(PEER, LOCAL, 6, false)];
    begin(&mut world, 1 << 60);
    rows(&mut world, 1 << 60, &pair.map(|row| KernelSa { stage: SaStage::Larval, ..row }));
    end(&mut world, 1 << 60, Dumped::Complete);
    world.wait(2);
    world.log_of_daemon(Statement::Listening);
    assert_eq!(world.asked.last(), Some(&Question::Table));
    // From here on it answers nothing, as while it waits for a script of its own, and it is not known yet that it hangs.
    world.answers = false;
    world.silent = Some(|over| Silence { asker_waited: over * 900_000, ..sleeps(over) });
    for row in pair {
        let counters = Counters { add_time: world.wall().seconds(), ..row.counters };
        let row = KernelSa { counters, ..row };
        world.kernel.insert(row.id, row);
        world.see(What::Kernel(Event::SaUpdated(Box::new(row))));
    }
    world.wait(25);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn lost_events_are_told_and_healed_by_whole_dumps() {
    let mut world = World::new();
    world.wait(10);
    let row = sa(LOCAL, PEER, 5, false);
    world.kernel.insert(row.id, row);
    world.see(What::EventsLost { malformed: 0 });
    let told: Vec<_> = world.told.iter().map(|(change, finding)| (*change, finding.id.as_str())).collect();
    assert_eq!(told, [(Change::Opened, "events-lost:host"), (Change::Closed, "events-lost:host")]);
    assert_eq!(spis(&world), [5]);
    world.keep("made-events-lost");
}

#[test]
fn dumps_rest_in_between() {
    let mut world = World::new();
    world.wait(10);
    let dumps = world.dumps;
    for _ in 0..100 {
        world.see(What::EventsLost { malformed: 0 });
    }
    assert_eq!(world.dumps, dumps + 2);
    world.wait(4);
    assert_eq!(world.dumps, dumps + 2);
    world.wait(2);
    assert_eq!(world.dumps, dumps + 4);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn a_flush_while_a_dump_runs_makes_it_void() {
    let mut world = World::new();
    let row = sa(LOCAL, PEER, 5, false);
    begin(&mut world, 1 << 60);
    world.see(What::Kernel(Event::SasFlushed { protocol: None }));
    rows(&mut world, 1 << 60, &[row]);
    end(&mut world, 1 << 60, Dumped::Complete);
    world.wait(seconds(10).as_secs());
    assert_eq!(spis(&world), [] as [u32; 0]);
}
