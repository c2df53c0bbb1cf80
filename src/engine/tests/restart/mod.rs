//! The daemon is brought back, or left alone, and its tunnels with it.

mod another_run;
mod crashed;
mod hung;

use std::collections::BTreeSet;

use super::daemon::unit;
use super::world::*;
use crate::model::*;

const UNIT: &str = "ipsec.service";

fn under_unit(pid: u32) -> Daemon {
    Daemon { unit: Some(UNIT.to_owned()), ..daemon(pid) }
}

fn look(active: &str, sub: &str, result: &str, policy: &str) -> UnitLook {
    let main_pid = (active == "active").then_some(100);
    UnitLook { restart_policy: policy.to_owned(), main_pid, ..unit(active, sub, result) }
}

/// A gateway whose daemon runs under a unit with this `Restart=`, with these tunnels up.
fn gateway(act: &[RemedyKind], policy: &str, names: &[&str]) -> World {
    let mut world = World::unjoined();
    world.settings.act = act.iter().copied().collect();
    world.connections.extend(names.iter().map(|name| connection(name, OffloadSetting::Crypto)));
    world.unit = Some(UNIT.to_owned());
    world.join();
    world.see(What::Unit(look("active", "running", "success", policy)));
    for (serial, name) in (2..).zip(names) {
        world.establish_with(name, serial, &format!("10.0.1.{serial}"), true);
    }
    world.wait(30);
    world.steps.clear();
    world
}

fn dies(world: &mut World) {
    world.see(What::DaemonGone(Death { pid: 100 }));
    world.kernel.clear();
    world.policies.clear();
    world.see(What::Kernel(Event::PoliciesFlushed));
    world.see(What::Kernel(Event::SasFlushed { protocol: None }));
}

fn back(world: &mut World, pid: u32) {
    world.table.children.clear();
    world.see(What::Unit(UnitLook { main_pid: Some(pid), ..look("active", "running", "success", "no") }));
    world.see(What::DaemonFound(Box::new(under_unit(pid))));
}

fn remedy(world: &World, id: &str) -> Remedy {
    world.finding(id).remedy.unwrap_or_else(|| panic!("{id} has no remedy"))
}

const RESTART: &[RemedyKind] = &[RemedyKind::Restart];
const BOTH: &[RemedyKind] = &[RemedyKind::Restart, RemedyKind::RestartHung];

fn restarts(world: &World) -> usize {
    world.steps.iter().filter(|step| matches!(step, Step::RestartUnit { .. } | Step::RestartCommand)).count()
}

fn initiated(world: &World) -> BTreeSet<&str> {
    world.steps.iter().filter_map(initiates).collect()
}

fn initiates(step: &Step) -> Option<&str> {
    match step {
        Step::Initiate { connection } => Some(connection),
        _ => None,
    }
}
