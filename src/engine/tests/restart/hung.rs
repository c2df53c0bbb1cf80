//! A daemon that is stopped, traced or hung.

use super::*;

#[test]
fn a_stopped_process_is_continued_and_a_traced_one_is_left_alone() {
    for (state, expected) in [(RunState::Stopped, true), (RunState::Traced, false), (RunState::Uninterruptible, false)]
    {
        let mut world = gateway(BOTH, "on-failure", &["t1"]);
        world.answers = false;
        world.see(What::Process(ProcessLook { pid: 100, state, unread: Unread::default() }));
        world.wait(300);
        let continued = world.steps.contains(&Step::Continue { pid: 100, start_ticks: 100 });
        assert_eq!(continued, expected, "{state:?}");
        assert_eq!(restarts(&world), 0, "{state:?}");
        if !expected {
            assert_eq!(remedy(&world, "daemon-hung:host").state, RemedyState::Refused);
        }
    }
}

#[test]
fn a_hung_daemon_is_restarted_where_that_harms_nobody() {
    let hang = |world: &mut World| {
        world.answers = false;
        world.wait(40);
    };
    let mut world = gateway(BOTH, "on-failure", &["t1"]);
    hang(&mut world);
    assert_eq!(restarts(&world), 0, "it has half a minute to go on by itself");
    world.wait(40);
    assert_eq!(world.steps, [Step::RestartUnit { unit: UNIT.to_owned(), main_pid: Some(100) }]);

    // Not without its word.
    let mut world = gateway(RESTART, "on-failure", &["t1"]);
    hang(&mut world);
    world.wait(300);
    assert_eq!(world.steps, []);
    assert_eq!(remedy(&world, "daemon-hung:host").state, RemedyState::Advised);

    // Not while it reads what strangers send it.
    let mut world = gateway(BOTH, "on-failure", &["t1"]);
    hang(&mut world);
    for second in 0..120 {
        let unread = Unread { ike: 1000 + 500 * (second % 3), ..Unread::default() };
        world.see(What::Process(ProcessLook { pid: 100, state: RunState::Running, unread }));
        world.wait(1);
    }
    assert_eq!(world.steps, []);
}

#[test]
fn a_hung_daemon_whose_sas_carry_traffic_is_not_restarted_before_one_of_them_ends() {
    for soon in [false, true] {
        let mut world = gateway(BOTH, "on-failure", &["t1"]);
        let age = u32::try_from((world.now() - START) / 1_000_000).unwrap();
        let rows: Vec<_> = world.kernel.values().copied().collect();
        for row in rows {
            let lifetime = Lifetime { hard_add_seconds: age + if soon { 500 } else { 5000 }, ..row.lifetime };
            let row = KernelSa { lifetime, ..row };
            world.kernel.insert(row.id, row);
            world.see(What::Kernel(Event::SaAdded(Box::new(row))));
        }
        world.answers = false;
        for _ in 0..15 {
            for row in world.kernel.values_mut() {
                row.counters.packets += 1000;
                row.counters.bytes += 100_000;
            }
            world.wait(10);
        }
        assert_eq!(restarts(&world), usize::from(soon), "soon: {soon}");
        if !soon {
            assert!(remedy(&world, "daemon-hung:host").why.contains("carry traffic"));
        }
    }
}

#[test]
fn a_daemon_that_waits_for_a_processor_is_not_restarted() {
    let mut world = gateway(BOTH, "on-failure", &["t1"]);
    world.answers = false;
    world.silent = Some(|over| Silence { waited: Some(over * 995_000), ..starves(over) });
    world.wait(61);
    world.stay_silent(5, 600);
    assert_eq!(world.open(), ["daemon-starved:host"]);
    assert_eq!(world.steps, []);
}

#[test]
fn what_a_hung_daemon_could_not_use_is_no_time_that_it_had_to_go_on() {
    let mut world = gateway(BOTH, "on-failure", &["t1"]);
    world.answers = false;
    world.silent = Some(sleeps);
    world.wait(40);
    assert_eq!(world.open(), ["daemon-hung:host"]);
    // From here on it gets nothing any more: what it waited for may have come.
    world.silent = Some(|over| {
        let waited = over.saturating_sub(10) * 1_000_000;
        let looks = Looks { running: u32::try_from(over).unwrap(), ..Looks::default() };
        Silence { looks, waited: Some(waited), ..sleeps(over) }
    });
    world.stay_silent(5, 300);
    assert_eq!(restarts(&world), 0);
    // It has a processor again, and still does not answer.
    world.silent = Some(|over| Silence { waited: Some(295_000_000), ..sleeps(over) });
    world.stay_silent(305, 40);
    assert_eq!(restarts(&world), 1);
}
