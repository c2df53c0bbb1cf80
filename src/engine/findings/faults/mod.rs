//! Faults of tunnels, gathered by connection and direction: a thousand instances of one connection are one finding. Each finding sets those
//! of its own codes, tunnel by tunnel, and tells what has changed; whoever is explained by them asks for them.

mod fault;
mod table;
mod tell;

pub use self::fault::Fault;
pub use self::table::Faults;
pub use self::tell::Whose;
