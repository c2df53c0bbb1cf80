//! Remedies: what all their tests share.

mod healed;
mod limits;
mod memory;
mod rekey;
mod request;

use super::world::*;
use crate::model::*;

const MISSING: &str = "sa-missing:t1:out";

/// A gateway on which `act` may act, and nothing else.
fn acting(act: &[RemedyKind]) -> World {
    let mut world = World::unjoined();
    world.settings.act = act.iter().copied().collect();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.join();
    world
}

fn rekey(name: &str) -> Step {
    Step::Rekey { connection: name.to_owned(), state: None }
}

/// States that a remedy came through, one after the other.
fn states(world: &World) -> Vec<RemedyState> {
    let mut states: Vec<_> = world.remedied.iter().map(|change| change.state).collect();
    states.dedup();
    states
}

/// The daemon makes the new pair, and lets the old one go.
fn rekeyed(world: &mut World, old: u32, new: u32) -> (SaId, SaId) {
    world.log("t1", new, Statement::Initiating { rekeys: Some(Serial(old)) });
    let pair = world.establish("t1", new, true);
    world.log("t1", old, Statement::Deleting { is_ike: false, established: true });
    world.table.children.retain(|child| child.serial != Serial(old));
    pair
}

fn carries(world: &mut World, id: SaId, packets: u64) {
    world.kernel.get_mut(&id).unwrap().counters.packets = packets;
}

fn remedy(world: &World, id: &str) -> (RemedyKind, RemedyState, String) {
    let remedy = world.finding(id).remedy.expect("it has a remedy");
    (remedy.kind, remedy.state, remedy.why)
}
