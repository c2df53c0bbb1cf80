//! Who is told, and who may ask. A sink carries no policy.

mod desk;

pub use self::desk::{Asked, Desk, Gone, desk};
