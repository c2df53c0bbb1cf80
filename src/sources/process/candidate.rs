//! Whether a process with the daemon's name is the daemon. Anybody may call a process so and let it say anything of itself; what counts is what
//! only root can have made: the process, the pid file that names it, and the control socket at which root listens in our network namespace.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::control::{ControlError, ControlSocket};
use super::pid_file::{self, PidFileError};
use super::procfs::{self, Namespace, StatFile};
use crate::clock;
use crate::daemons::{DaemonPaths, Dialect};
use crate::model::{Netns, RunState};
use crate::root_path::{RootPathError, believed};

/// A process that may be the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub pid: u32,
    /// Its start in clock ticks after boot.
    pub start_ticks: u64,
    /// Its arguments, its program's name first: read once, as its number may be another's later.
    pub arguments: Vec<String>,
    /// Where it keeps things, by its arguments alone.
    pub places: DaemonPaths,
    /// Who started it.
    pub parent: u32,
    namespace: Namespace,
    speaks: bool,
    /// Its number in each PID namespace that it is in; its pid file has one of them.
    numbers: Vec<u32>,
}

/// A process with the daemon's name.
#[derive(Debug, PartialEq, Eq)]
pub enum Namesake {
    /// Of somebody who is not believed.
    Stranger(Stranger),
    /// Of root: its proofs are to be looked at.
    Candidate(Box<Candidate>),
}

/// A process that has the daemon's name and is somebody else's. Nothing that it says of itself is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Its id.
    pub pid: u32,
    /// Whose it is, in part at least.
    pub uid: u32,
}

/// Why root's process is not taken for the daemon.
#[derive(Debug, thiserror::Error)]
pub enum Doubt {
    /// No pid file of root's names it.
    #[error("its pid file {}: {error}", path.display())]
    PidFile {
        /// Where it would be.
        path: PathBuf,
        /// What is wrong with it.
        error: PidFileError,
    },
    /// There is a pid file, of another process.
    #[error("its pid file {} names process {named}", path.display())]
    Named { path: PathBuf, named: u32 },
    /// Root does not listen at its control socket.
    #[error("its control socket {}: {error}", path.display())]
    Control {
        /// Where it would be.
        path: PathBuf,
        /// What is wrong with it.
        error: ControlError,
    },
    /// sock_diag(7) does not work, and nothing else tells.
    #[error("whether it is in this network namespace cannot be seen without CAP_SYS_PTRACE")]
    Hidden,
}

/// Looks at the process with this number; none where it has another name than this daemon, is dead, or is in another network namespace. `speaks`: a socket to
/// the kernel's XFRM has its number as address in our network namespace. That is a hint and no proof: anybody may take a number that is free.
pub fn look_at(dialect: &dyn Dialect, pid: u32, own: Netns, speaks: bool) -> Option<Namesake> {
    if !procfs::has_name(pid, dialect.process_name()) {
        return None;
    }
    let identity = procfs::identity(pid).ok()?;
    let namespace = procfs::namespace(pid, own);
    if namespace == Namespace::Other {
        return None;
    }
    if let Some(uid) = identity.stranger(&believed()) {
        // One that is hidden and has nothing to do with us may be in any container.
        return (namespace == Namespace::Ours || speaks).then_some(Namesake::Stranger(Stranger { pid, uid }));
    }
    let stat = StatFile::open(pid).and_then(|file| file.read()).ok().filter(|stat| stat.state != RunState::Dead)?;
    let mut numbers = identity.numbers;
    numbers.push(pid);
    let arguments = procfs::arguments(pid);
    let places = dialect.paths_by_arguments(&arguments, None);
    let (start_ticks, parent) = (stat.start_ticks, stat.parent);
    let candidate = Candidate { pid, start_ticks, arguments, places, parent, namespace, speaks, numbers };
    Some(Namesake::Candidate(Box::new(candidate)))
}

impl Candidate {
    /// Whether it is proven to be the daemon, here.
    ///
    /// # Errors
    /// What is missing.
    pub fn prove(&self) -> Result<(), Doubt> {
        let path = &self.places.pid_file;
        match pid_file::read(path) {
            Ok(named) if self.numbers.contains(&named) => {}
            Ok(named) => return Err(Doubt::Named { path: path.clone(), named }),
            Err(error) => return Err(Doubt::PidFile { path: path.clone(), error }),
        }
        match ControlSocket::find(&self.places.socket, &believed()) {
            // The listener was found in our network namespace: so its process was there when it began to listen.
            Ok(_) => Ok(()),
            // Without sock_diag the pid file has to do.
            Err(ControlError::Io(_) | ControlError::OwnerUnknown) if self.seems_here() => Ok(()),
            Err(ControlError::Io(_) | ControlError::OwnerUnknown) => Err(Doubt::Hidden),
            Err(error) => Err(Doubt::Control { path: self.places.socket.clone(), error }),
        }
    }

    /// A doubt worth a word: a daemon in another network namespace, as far as can be seen, is none of ours.
    pub fn is_worth(&self, doubt: &Doubt) -> bool {
        let absent = match doubt {
            Doubt::Control { error: ControlError::NobodyListens, .. } => true,
            Doubt::Control { error: ControlError::Path(error), .. }
            | Doubt::PidFile { error: PidFileError::Path(error), .. } => {
                matches!(error, RootPathError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
            }
            _ => false,
        };
        self.seems_here() || !absent
    }

    /// How long it has been there.
    pub fn age(&self) -> Duration {
        Duration::from_micros(clock::boottime().micros().saturating_sub(procfs::started_after_boot(self.start_ticks)))
    }

    /// It is in our network namespace, as far as that can be told without its sockets.
    pub fn seems_here(&self) -> bool {
        self.namespace == Namespace::Ours || self.speaks
    }
}
