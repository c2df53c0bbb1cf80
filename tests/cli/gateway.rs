//! A gateway of its own, with a pluto that is a script and whose tunnel never is up (`tests/support/gateway`).

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use swanwatch::testing::model::{Coverage, Source, Status};

use crate::running::is_root;
use crate::swanwatch;

/// Far beyond what anything here takes.
pub const LONG: Duration = Duration::from_secs(60);

/// The process that holds its namespaces.
pub struct Gateway {
    holder: Child,
    state: tempfile::TempDir,
}

impl Gateway {
    /// None, and a word why, where this user may not make one.
    pub fn new() -> Option<Self> {
        let able = |program: &str, arguments: &[&str]| {
            Command::new(program).args(arguments).output().is_ok_and(|done| done.status.success())
        };
        const SPACES: [&str; 3] = ["--net", "--uts", "--mount"];
        if !is_root() || !able("unshare", &[&SPACES[..], &["mount", "-t", "tmpfs", "tmpfs", "/run"]].concat()) {
            eprintln!("left out: this user may not make namespaces and mount file systems in them");
            return None;
        }
        if !able("perl", &["-MIO::Socket::UNIX", "-e", "1"]) {
            eprintln!("left out: the pluto is a script for perl, and there is none");
            return None;
        }
        let state = tempfile::tempdir().unwrap();
        let script =
            ". \"$0\"; mkdir /var/lib/swanwatch; mount --bind \"$1\" /var/lib/swanwatch; echo made; exec sleep 100000";
        let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/gateway");
        let mut holder = Command::new("unshare")
            .args(SPACES)
            .args(["bash", "-euc", script])
            .arg(setup)
            .arg(state.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut made = String::new();
        BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut made).unwrap();
        assert_eq!(made, "made\n");
        Some(Self { holder, state })
    }

    /// What is `/var/lib/swanwatch` in it, unless something else is mounted there. SQLite finds no file by `/proc/PID/root`.
    pub fn state(&self) -> &Path {
        self.state.path()
    }

    /// A file of the gateway.
    pub fn path(&self, path: &str) -> PathBuf {
        Path::new(&format!("/proc/{}/root", self.holder.id())).join(path.trim_start_matches('/'))
    }

    /// A program in it.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.holder.id().to_string(), "--net", "--uts", "--mount", program]);
        let path = std::env::var("PATH").unwrap_or_default();
        command.stdin(Stdio::null()).env("PATH", format!("/opt/bin:{path}"));
        command
    }

    /// A line for its shell, which must succeed.
    pub fn sh(&self, script: &str) {
        let done = self.command("sh").args(["-euc", script]).output().unwrap();
        assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Has its shell do something beside everything else.
    pub fn background(&self, script: &str) -> Ended {
        Ended(self.command("sh").args(["-c", script]).spawn().unwrap())
    }

    /// Starts its daemon.
    pub fn daemon(&self) -> Ended {
        Ended(self.command("/opt/bin/pluto").stderr(Stdio::null()).spawn().unwrap())
    }

    /// Starts the service, whose state is in `/var/lib/swanwatch`.
    pub fn service(&self, configuration: &str) -> Ended {
        std::fs::write(self.path("/run/swanwatch.yaml"), configuration).unwrap();
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.path("/run/log")).unwrap();
        let mut command = self.command(env!("CARGO_BIN_EXE_swanwatch"));
        command
            .args(["run", "--config", "/run/swanwatch.yaml"])
            .env_remove("STATE_DIRECTORY")
            .env_remove("NOTIFY_SOCKET");
        Ended(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// What the service says of itself; none where none answers.
    pub fn status(&self) -> Option<Status> {
        let socket = self.path("/run/swanwatch/swanwatch.sock");
        let output = swanwatch(&["status", "--json", "--socket", socket.to_str().unwrap()]);
        serde_json::from_slice(&output.stdout).ok()
    }

    /// Waits until the service is so.
    pub fn wait(&self, what: &str, is: impl Fn(&Status) -> bool) -> Status {
        let begun = Instant::now();
        loop {
            let status = self.status();
            match status {
                Some(status) if is(&status) => return status,
                _ => assert!(begun.elapsed() < LONG, "not {what}: {status:#?}: {}", self.log()),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("/run/log")).unwrap_or_default()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// The line of coverage of a source.
pub fn covered(status: &Status, source: Source) -> Option<&Coverage> {
    status.coverage.iter().find(|line| line.source == source)
}

/// A process that ends with its handle, at once.
pub struct Ended(Child);

impl Ended {
    pub fn kill(self) {}

    /// Has it end in order.
    pub fn end(mut self) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
