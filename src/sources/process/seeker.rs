//! Finding a daemon through the control socket that the configuration names, where `/proc` does not show it: a container with a PID namespace
//! of its own that shares its run directory. A process that is seen always comes first.

use std::path::{Path, PathBuf};

use super::control::ControlSocket;
use super::listening::{Listening, end_of};
use crate::model::ListenerEnd;
use crate::root_path::believed;

/// So many looks in a row see a listener and no process. A listener does not live without its process, so one look through all of them after
/// it was seen would do.
const LOOKS: u32 = 3;

/// Looks at one path.
#[derive(Debug)]
pub struct Seeker {
    path: PathBuf,
    /// Who listens, and how many looks in a row saw it alone.
    alone: Option<(u32, u32)>,
}

/// What a look at it saw, when no process was seen.
#[derive(Debug)]
pub enum Sought {
    /// Nobody listens.
    Nobody,
    /// Something is there that is not believed, and why.
    Doubtful(String),
    /// Somebody listens who did not before: his process may be seen in a new look through all of them.
    New,
    /// The same one as before; look again.
    Soon,
    /// Root's daemon, wherever it runs.
    Found(Box<Listening>),
}

impl Seeker {
    /// Looks at this path.
    pub const fn new(path: PathBuf) -> Self {
        Self { path, alone: None }
    }

    /// One look, behind one at the processes that saw none of this socket.
    pub fn look(&mut self) -> Sought {
        let control = match ControlSocket::find(&self.path, &believed()) {
            Ok(control) => control,
            Err(error) => {
                self.alone = None;
                return match end_of(&error) {
                    Some(ListenerEnd::FileGone | ListenerEnd::NobodyListens) => Sought::Nobody,
                    _ => Sought::Doubtful(error.to_string()),
                };
            }
        };
        let listener = control.listener();
        let looks = self.alone.filter(|(known, _)| *known == listener).map_or(1, |(_, looks)| looks + 1);
        self.alone = Some((listener, looks));
        match looks {
            1 => Sought::New,
            LOOKS.. => {
                self.alone = None;
                Sought::Found(Box::new(Listening::new(&self.path, control)))
            }
            _ => Sought::Soon,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Somebody listens, and more looks are needed.
    pub const fn is_at_it(&self) -> bool {
        self.alone.is_some()
    }

    /// A process was seen that is, or may become, the daemon of this socket.
    pub const fn begin_anew(&mut self) {
        self.alone = None;
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn bind(path: &Path) -> UnixListener {
        let listener = UnixListener::bind(path).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
        listener
    }

    #[test]
    fn three_looks_in_a_row_see_the_same_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.ctl");
        let mut seeker = Seeker::new(path.clone());
        assert!(matches!(seeker.look(), Sought::Nobody));
        let first = bind(&path);
        if ControlSocket::find(&path, &believed()).is_err() {
            return;
        }
        assert!(matches!(seeker.look(), Sought::New));
        assert!(matches!(seeker.look(), Sought::Soon));
        seeker.begin_anew();
        assert!(matches!(seeker.look(), Sought::New));
        assert!(matches!(seeker.look(), Sought::Soon));
        drop(first);
        // What another test starts just now has all our sockets open, too, until it executes.
        while ControlSocket::find(&path, &believed()).is_ok() {
            std::thread::yield_now();
        }
        assert!(matches!(seeker.look(), Sought::Nobody));
        std::fs::remove_file(&path).unwrap();
        let _second = bind(&path);
        assert!(matches!(seeker.look(), Sought::New));
        assert!(matches!(seeker.look(), Sought::Soon));
        assert!(matches!(seeker.look(), Sought::Found(found) if found.path() == path));
    }

    #[test]
    fn what_others_may_change_is_doubtful() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.ctl");
        let _listener = bind(&path);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        let mut seeker = Seeker::new(path);
        assert!(matches!(seeker.look(), Sought::Doubtful(why) if why.contains("chmod go-w")));
    }
}
