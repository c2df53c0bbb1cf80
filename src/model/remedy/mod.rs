//! What can be done about a finding: kinds, states, single steps, and what they came to. Nothing here can hold a key.

mod kept;
mod kind;
mod state;
mod step;
mod target;
mod told;

use serde::{Deserialize, Serialize};

pub use self::kept::*;
pub use self::kind::*;
pub use self::state::*;
pub use self::step::*;
pub use self::target::*;
pub use self::told::*;

/// What a finding says of its remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// What is, was or could be done.
    pub kind: RemedyKind,
    /// How far it has come.
    pub state: RemedyState,
    /// Why it is there. One sentence; for one that is advised with the command that does it.
    pub why: String,
}
