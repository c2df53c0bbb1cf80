//! What charon answers over its control socket (libcharon/plugins/vici/vici_query.c), in 5.9 and 6.x. Values are text but for identities; numbers
//! are decimal, SPIs hexadecimal without a prefix.

mod brief;
mod connections;
mod known;
mod section;
mod states;

pub use self::brief::{brief, done, version};
pub use self::connections::{ListedConnections, traps};
pub use self::known::KnownSas;
pub use self::section::{ChildSa, IkeSa, ike_sas};
pub use self::states::SaTable;
