//! A process with the daemon's name that does nothing.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// One at a time; it dies with this value.
pub struct Fake {
    folder: TempDir,
    child: Option<(Child, UnixStream)>,
    /// Its control socket is bound here: whose process holds a socket is not told by the kernel.
    listener: Option<UnixListener>,
}

impl Fake {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy("/bin/bash", folder.path().join("pluto")).unwrap();
        Self { folder, child: None, listener: None }
    }

    /// Its control socket, unlike that of any other fake.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("pluto.ctl")
    }

    /// Starts it, with these two sockets open in it; the second is its control socket.
    pub fn start(&mut self, sockets: Option<(OwnedFd, OwnedFd)>) {
        if sockets.is_none() {
            let _ = std::fs::remove_file(self.socket());
            self.listener = Some(UnixListener::bind(self.socket()).unwrap());
        }
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        // It says when it is there, and waits for a line on its standard error that never comes.
        let mut command = Command::new(self.folder.path().join("pluto"));
        command.args(["-c", "echo >&2; read -u 2 line; exit", "--rundir"]).arg(self.folder.path());
        let (input, output) = sockets.map_or((Stdio::null(), Stdio::null()), |(i, o)| (i.into(), o.into()));
        let child = command.stdin(input).stdout(output).stderr(OwnedFd::from(theirs)).spawn().unwrap();
        ours.read_exact(&mut [0]).unwrap();
        self.child = Some((child, ours));
    }

    /// Nobody listens at its control socket any more.
    pub fn close_socket(&mut self) {
        self.listener = None;
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().0.id()
    }

    pub fn write_pid_file(&self) {
        std::fs::write(self.folder.path().join("pluto.pid"), format!("{}\n", self.pid())).unwrap();
    }

    /// Sends a signal. After SIGKILL the process is reaped, as its parent would.
    pub fn signal(&mut self, signal: Signal) {
        kill_process(Pid::from_raw(self.pid().cast_signed()).unwrap(), signal).unwrap();
        if signal == Signal::KILL {
            self.child.as_mut().unwrap().0.wait().unwrap();
        }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
