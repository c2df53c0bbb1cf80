//! What pluto tells when asked through whack: 4.x puts codes in front of its lines (`000 `), 5.x does not.
//!
//! A line that is not understood is skipped and counted; the rest is read all the same.

mod brief;
mod connections;
mod ends;
mod lines;
mod states;

pub use self::brief::brief;
pub use self::connections::connections;
pub use self::states::states;

#[cfg(test)]
pub(super) mod releases;
