//! A daemon that counts IKE SAs and Child SAs apart, tells of both by itself, and leaves some out of its table.

mod healthy;
mod numbers;
mod orders;
mod orphans;
mod partial;
mod soak;

use super::world::*;
use crate::model::*;

fn ids(world: &World) -> Vec<String> {
    world.open()
}
