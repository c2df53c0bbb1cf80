//! One instance in a network namespace, and a process that keeps its memory to itself.

use std::io;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use crate::model::{Coverage, Source, SourceState};
use crate::root_name::{NameDoubt, RootName, RootNameError};

/// What every instance's sockets are called (see `root_name`).
const NAME: &str = "swanwatch";

/// Held as long as the instance lives.
#[derive(Debug)]
pub struct InstanceLock {
    name: RootName,
}

/// Why there cannot be an instance.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    #[error(
        "swanwatch already runs in this network namespace, as process {pid} (as its own container counts them); \
         a second one is for another namespace: of two IKE daemons in one namespace one is watched, \
         and 'daemon:' in the configuration of the first says which"
    )]
    Running {
        /// The process of the first, in its PID namespace.
        pid: u32,
    },
    #[error("cannot keep a second instance out of this network namespace: cannot bind an abstract socket: {0}")]
    Name(io::Error),
    #[error("cannot keep this process's memory from being dumped: {0}")]
    Dumpable(io::Error),
}

impl InstanceLock {
    /// Becomes the one instance of this network namespace.
    ///
    /// # Errors
    /// There is another one.
    pub fn claim() -> Result<Self, InstanceError> {
        match RootName::take(NAME) {
            Ok(name) => Ok(Self { name }),
            Err(RootNameError::Held { pid }) => Err(InstanceError::Running { pid }),
            Err(RootNameError::System(error)) => Err(InstanceError::Name(error)),
        }
    }

    /// What there is to say of others who were there when it began; mostly nothing.
    pub fn coverage(&self) -> Option<Coverage> {
        let detail = match self.name.doubt()? {
            doubt @ NameDoubt::Blind(_) => format!("{doubt}: a second instance here would not be noticed"),
            doubt @ NameDoubt::Strangers { .. } => doubt.to_string(),
        };
        Some(Coverage { source: Source::Swanwatch, state: SourceState::Degraded, detail })
    }
}

/// Keeps this process's memory, which holds parts of kernel answers with keys, out of core files and from debuggers
/// (prctl(2) `PR_SET_DUMPABLE`, `RLIMIT_CORE` 0).
///
/// # Errors
/// The system refuses.
pub fn protect_memory() -> Result<(), InstanceError> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| InstanceError::Dumpable(error.into()))?;
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).map_err(|error| InstanceError::Dumpable(error.into()))
}
