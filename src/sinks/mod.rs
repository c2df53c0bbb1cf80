//! Who is told, and who may ask. A sink carries no policy.

mod desk;
mod events;
pub mod journal;

pub use self::desk::{Asked, Desk, Gone, desk};
pub use self::events::{Ended, EventHub, Reader};
