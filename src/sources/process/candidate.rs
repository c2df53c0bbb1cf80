//! Whether a process with the daemon's name is the daemon. Anybody may call a process so and let it say anything of itself; what counts is what
//! only root can have made: the process, the pid file that names it, and the control socket at which root listens in our network namespace.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::control::{ControlError, ControlSocket};
use super::listener::Tie;
use super::named::NamedProcess;
use super::pid_file::{self, PidFileError};
use super::procfs::{self, Namespace, StatFile};
use crate::clock;
use crate::daemons::{DaemonPaths, Dialect, Proof, dialect};
use crate::model::{DaemonKind, Netns, RunState};
use crate::root_path::{RootPathError, believed};

/// A clock that was set forward by less makes nobody younger than his pid file.
const SET_CLOCK: Duration = Duration::from_secs(10);

/// A process that may be the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which daemon it would be.
    pub kind: DaemonKind,
    /// Its name, as in `/proc/PID/comm`.
    pub name: &'static str,
    /// Its id.
    pub pid: u32,
    /// Its start in clock ticks after boot.
    pub start_ticks: u64,
    /// Its arguments, its program's name first: read once, as its number may be another's later.
    pub arguments: Vec<String>,
    /// Where it keeps things: by its arguments alone, or where its control socket was found.
    pub places: DaemonPaths,
    /// What the kernel says of its control socket, where that is its proof and was looked at.
    pub tie: Option<Tie>,
    /// Who started it.
    pub parent: u32,
    namespace: Namespace,
    speaks: bool,
    of_unit: bool,
    group: Option<u32>,
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
    /// What it calls itself.
    pub name: &'static str,
    /// Its id.
    pub pid: u32,
    /// Whose it is, in part at least.
    pub uid: u32,
}

/// Why root's process is not taken for the daemon.
#[derive(Debug, thiserror::Error)]
pub enum CandidateDoubt {
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
    /// The pid file is of one that had its number before.
    #[error("its pid file {} is older than the process itself", path.display())]
    Younger { path: PathBuf },
    /// Somebody started a set-user-ID program.
    #[error("its group is {gid} and not root's, as of a set-user-ID program that somebody else has started")]
    Group { gid: u32 },
    /// Root does not listen at its control socket.
    #[error("its control socket {}: {error}", path.display())]
    Control {
        /// Where it would be.
        path: PathBuf,
        /// What is wrong with it.
        error: ControlError,
    },
    /// The kernel does not name it as the one who listens there.
    #[error("its control socket {}: {tie}", path.display())]
    Listener { path: PathBuf, tie: Tie },
    /// sock_diag(7) does not work, and nothing else tells.
    #[error("whether it is in this network namespace cannot be seen without CAP_SYS_PTRACE")]
    Hidden,
}

/// Which of these daemons the process with this number is called as.
pub fn kind_of(kinds: &[DaemonKind], pid: u32) -> Option<(DaemonKind, &'static str)> {
    let comm = procfs::name(pid)?;
    let named = |kind: DaemonKind| Some((kind, *dialect(kind).process_names().iter().find(|name| **name == comm)?));
    kinds.iter().find_map(|kind| named(*kind))
}

/// Looks at the process with this number; none where it has another name than these daemons, is dead, or is in another network namespace.
/// `speaks`: a socket to the kernel's XFRM has its number as address in our network namespace. That is a hint and no proof: anybody may take a
/// number that is free.
pub fn look_at(kinds: &[DaemonKind], pid: u32, own: Netns, speaks: bool) -> Option<Namesake> {
    let (kind, name) = kind_of(kinds, pid)?;
    let dialect = dialect(kind);
    let identity = procfs::identity(pid).ok()?;
    let namespace = procfs::namespace(pid, own);
    if namespace == Namespace::Other {
        return None;
    }
    if let Some(uid) = identity.stranger(&believed()) {
        // One that is hidden and has nothing to do with us may be in any container.
        return (namespace == Namespace::Ours || speaks).then_some(Namesake::Stranger(Stranger { name, pid, uid }));
    }
    let stat = StatFile::open(pid).and_then(|file| file.read()).ok().filter(|stat| stat.state != RunState::Dead)?;
    let of_unit = dialect.usual_units().iter().any(|unit| procfs::is_in_unit(pid, unit));
    let group = identity.strange_group();
    let mut numbers = identity.numbers;
    numbers.push(pid);
    let arguments = procfs::arguments(pid);
    let places = dialect.paths_by_arguments(&arguments, None);
    let (start_ticks, parent) = (stat.start_ticks, stat.parent);
    let candidate = Candidate {
        kind,
        name,
        pid,
        start_ticks,
        arguments,
        places,
        tie: None,
        parent,
        namespace,
        speaks,
        of_unit,
        group,
        numbers,
    };
    Some(Namesake::Candidate(Box::new(candidate)))
}

impl Candidate {
    /// Whether it is proven to be the daemon, here.
    ///
    /// # Errors
    /// What is missing.
    pub fn prove(&self) -> Result<(), CandidateDoubt> {
        if let Some(gid) = self.group {
            return Err(CandidateDoubt::Group { gid });
        }
        if self.dialect().proof() == Proof::Listener {
            return self.prove_by_listener();
        }
        let path = &self.pid_file();
        match pid_file::read(path) {
            Ok(named) if self.numbers.contains(&named) => {}
            Ok(named) => return Err(CandidateDoubt::Named { path: path.clone(), named }),
            Err(error) => return Err(CandidateDoubt::PidFile { path: path.clone(), error }),
        }
        self.prove_by(ControlSocket::find(&self.places.socket, &believed()).map(drop))
    }

    /// One that is too busy to be connected to is believed where nothing else speaks against it.
    fn prove_by_listener(&self) -> Result<(), CandidateDoubt> {
        let tie = match &self.tie {
            Some(Tie::Itself) => return Ok(()),
            Some(Tie::Busy) if self.seems_here() => return Ok(()),
            Some(tie) => tie.clone(),
            None => Tie::Unknown,
        };
        Err(CandidateDoubt::Listener { path: self.places.socket.clone(), tie })
    }

    /// `control`: who listens at its control socket.
    fn prove_by(&self, control: Result<(), ControlError>) -> Result<(), CandidateDoubt> {
        match control {
            // The listener was found in our network namespace: so its process was there when it began to listen.
            Ok(()) => Ok(()),
            // Without sock_diag the pid file has to do. One that a dead daemon left names whoever takes its number.
            Err(ControlError::Io(_) | ControlError::OwnerUnknown) if self.is_younger_than_its_pid_file() => {
                Err(CandidateDoubt::Younger { path: self.pid_file() })
            }
            Err(ControlError::Io(_) | ControlError::OwnerUnknown) if self.seems_here() => Ok(()),
            Err(ControlError::Io(_) | ControlError::OwnerUnknown) => Err(CandidateDoubt::Hidden),
            Err(error) => Err(CandidateDoubt::Control { path: self.places.socket.clone(), error }),
        }
    }

    /// It began after its pid file was written, so that another one has written that: a daemon writes it when it has begun. A clock that was
    /// set forward in between looks the same, so that this alone is no proof. It is never so in the daemon's own unit, where nobody but root
    /// begins anything.
    pub fn is_younger_than_its_pid_file(&self) -> bool {
        let began = procfs::started(self.start_ticks);
        !self.of_unit
            && self.dialect().proof() == Proof::PidFile
            && pid_file::read_dated(&self.pid_file()).is_ok_and(|(_, written)| began > written.after(SET_CLOCK))
    }

    /// A doubt worth a word: a daemon in another network namespace, as far as can be seen, is none of ours.
    pub fn is_worth(&self, doubt: &CandidateDoubt) -> bool {
        let absent = match doubt {
            CandidateDoubt::Control { error: ControlError::NobodyListens, .. } => true,
            CandidateDoubt::Control { error: ControlError::Path(error), .. }
            | CandidateDoubt::PidFile { error: PidFileError::Path(error), .. } => {
                matches!(error, RootPathError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
            }
            CandidateDoubt::Listener { tie, .. } => tie.is_absent(),
            _ => false,
        };
        self.seems_here() || !absent
    }

    pub const fn named(&self) -> NamedProcess {
        NamedProcess { name: self.name, pid: self.pid }
    }

    pub fn dialect(&self) -> &'static dyn Dialect {
        dialect(self.kind)
    }

    /// Those of which one is its unit's main process: itself, or what starts it.
    pub fn main_processes(&self) -> Vec<u32> {
        let starter = self.dialect().starter_name().is_some_and(|starter| procfs::has_name(self.parent, starter));
        std::iter::once(self.pid).chain(starter.then_some(self.parent)).collect()
    }

    /// Its pid file, or where one beside its control socket would be.
    fn pid_file(&self) -> PathBuf {
        self.places.pid_file.clone().unwrap_or_else(|| self.dialect().pid_file_beside(&self.places.socket))
    }

    /// It is where its distribution has it.
    pub fn is_in_usual_place(&self) -> bool {
        let usual = self.dialect().usual_sockets();
        usual.iter().any(|socket| self.places.socket == Path::new(socket))
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

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::SystemTime;

    use super::super::tests::fake::Fake;
    use super::*;
    use crate::sources::xfrm::current_netns;

    fn candidate(fake: &Fake) -> Candidate {
        match look_at(&[DaemonKind::Libreswan], fake.pid(), current_netns().unwrap(), true) {
            Some(Namesake::Candidate(candidate)) => *candidate,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_that_took_the_number_of_a_dead_daemon_is_not_the_daemon() {
        let mut fake = Fake::new();
        fake.start(None);
        fake.write_pid_file();
        let candidate = candidate(&fake);
        let blind = || Err(ControlError::OwnerUnknown);
        candidate.prove().unwrap();
        candidate.prove_by(blind()).unwrap();
        let pid_file = File::options().write(true).open(candidate.places.pid_file.as_ref().unwrap()).unwrap();
        pid_file.set_modified(SystemTime::now() - SET_CLOCK * 10).unwrap();
        assert!(matches!(candidate.prove_by(blind()), Err(CandidateDoubt::Younger { .. })));
        let of_unit = Candidate { of_unit: true, ..candidate.clone() };
        of_unit.prove_by(blind()).unwrap();
        // Its listener shows that the clock was set.
        candidate.prove().unwrap();
    }

    #[test]
    fn a_set_user_id_program_of_somebody_else_is_not_the_daemon() {
        let mut fake = Fake::new();
        fake.start(None);
        fake.write_pid_file();
        let started_by_somebody = Candidate { group: Some(65_534), ..candidate(&fake) };
        let doubt = started_by_somebody.prove().unwrap_err();
        assert!(
            matches!(doubt, CandidateDoubt::Group { gid: 65_534 }) && started_by_somebody.is_worth(&doubt),
            "{doubt}"
        );
    }
}
