//! What a death leaves: peers that have to call again, selectors without a policy.

use super::daemon::gone;
use super::world::*;
use crate::model::*;

pub fn permanent(names: &[&str]) -> World {
    let mut world = World::unjoined();
    world.connections.extend(names.iter().map(|name| connection(name, OffloadSetting::Crypto)));
    world.join();
    world
}

pub fn back(world: &mut World, pid: u32) {
    world.table.children.clear();
    world.see(What::DaemonFound(Box::new(daemon(pid))));
}

pub fn dies(world: &mut World, pid: u32) {
    world.see(What::DaemonGone(Death { pid }));
}

pub fn flush(world: &mut World) {
    world.kernel.clear();
    world.policies.clear();
    world.see(What::Kernel(Event::PoliciesFlushed));
    world.see(What::Kernel(Event::SasFlushed { protocol: None }));
}

#[test]
fn peers_that_call_by_themselves_are_counted_and_not_waited_for() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.connections.push(LoadedConnection {
        template: true,
        remote: None,
        ..connection("rw", OffloadSetting::Crypto)
    });
    world.join();
    world.establish("t1", 2, true);
    world.establish_with("rw", 3, "10.0.0.3", true);
    gone(&mut world);
    flush(&mut world);
    let finding = world.finding("daemon-crashed:host");
    assert!(finding.evidence.iter().any(|line| line.text.contains("1 road warrior was connected")));
    back(&mut world, 200);
    world.wait(6);
    world.establish("t1", 2, true);
    world.wait(1);
    assert_eq!(world.open(), ["clear-text-window:host"]);
    world.wait(120);
    assert_eq!(world.open(), [] as [&str; 0]);
    let (_, window) = world.told.iter().rfind(|(_, finding)| finding.code == Code::ClearTextWindow).unwrap();
    assert!(window.evidence.last().unwrap().text.contains("1 of them is not expected back"), "{window:?}");
}

#[test]
fn what_is_taken_down_by_order_opens_no_window() {
    let mut world = permanent(&["t1"]);
    let (out, inn) = world.establish("t1", 2, true);
    world.wait(10);
    let policies: Vec<_> = world.policies.keys().copied().collect();
    // The events may come before the daemon's line.
    for id in policies {
        world.delete_policy(id);
    }
    world.log("t1", 2, Statement::ConnectionTerminated);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.delete(out);
    world.delete(inn);
    world.wait(60);
    assert_eq!(world.told, []);
}

#[test]
fn a_policy_that_is_replaced_by_a_wider_one_or_a_block_opens_no_window() {
    for block in [false, true] {
        let mut world = permanent(&["t1"]);
        world.establish("t1", 2, true);
        let own = super::policies::outbound(&world);
        let selector = Selector { src_prefix: 8, dst_prefix: 8, ..own.id.selector };
        let wider = KernelPolicy { id: PolicyId { selector, ..own.id }, ..own };
        let wider =
            if block { KernelPolicy { action: Action::Block, template: None, templates: 0, ..wider } } else { wider };
        world.set_policy(wider);
        world.delete_policy(own.id);
        world.wait(3);
        assert!(!world.open().contains(&"clear-text-window:host".to_owned()), "block: {block}");
        world.delete_policy(wider.id);
        world.wait(3);
        assert_eq!(world.open().contains(&"clear-text-window:host".to_owned()), !block);
    }
}

#[test]
fn an_orderly_stop_opens_no_window_and_names_no_tunnel() {
    let mut world = permanent(&["t1"]);
    world.establish("t1", 2, true);
    world.log_of_daemon(Statement::ShuttingDown);
    flush(&mut world);
    gone(&mut world);
    back(&mut world, 200);
    world.wait(70);
    let codes: std::collections::BTreeSet<_> = world.told.iter().map(|(_, finding)| finding.code).collect();
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), [Code::DaemonDown]);
}
