//! The service itself, in a network namespace of its own, without a daemon.

use std::fmt::Write;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use notify::Watcher;
use swanwatch::testing::model::{DumpTable, Source, Status};

use crate::{code, stderr, stdout};

/// Far beyond what anything here takes.
pub const LONG: Duration = Duration::from_secs(60);

/// A service and the folder with all that is its own.
pub struct Running {
    pub folder: tempfile::TempDir,
    notices: UnixDatagram,
    pub heard: String,
    pub child: Child,
}

/// In a network namespace of its own: the instance lock is one for each. None where this user may not make one.
pub fn unshared(program: &str) -> Option<Command> {
    let mut flags = vec!["--net", "--map-root-user"];
    if is_root() {
        flags.pop();
    }
    let possible = Command::new("unshare").args(&flags).arg("true").output().is_ok_and(|done| done.status.success());
    if !possible {
        eprintln!("left out: this user may not make a network namespace");
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(flags).arg(program);
    Some(command)
}

pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// What the service tells its manager next. A receive with a time limit ends without a word when the process is stopped and continued, and
/// whenever somebody traces it (signal(7)).
pub fn next_notice(notices: &UnixDatagram) -> std::io::Result<String> {
    let mut notice = [0; 4096];
    loop {
        match notices.recv(&mut notice) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            received => return received.map(|length| String::from_utf8_lossy(&notice[..length]).into_owned()),
        }
    }
}

/// Waits until what stands in a file is so: it is read again whenever something in its folder is written.
pub fn await_file(path: &Path, patience: Duration, is: impl Fn(&str) -> bool) -> Result<(), String> {
    let (sender, changes) = std::sync::mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event| drop(sender.send(event))).unwrap();
    watcher.watch(path.parent().unwrap(), notify::RecursiveMode::NonRecursive).unwrap();
    let until = Instant::now() + patience;
    loop {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        if is(&text) {
            return Ok(());
        }
        changes.recv_timeout(until.saturating_duration_since(Instant::now())).map_err(|_| text)?.unwrap();
    }
}

/// Where a service manager would hear, for whoever waits no longer than that.
pub fn notices(folder: &Path) -> UnixDatagram {
    let notices = UnixDatagram::bind(folder.join("notify")).unwrap();
    notices.set_read_timeout(Some(LONG)).unwrap();
    notices
}

impl Running {
    /// One that is ready.
    pub fn start(configuration: &str) -> Option<Self> {
        Self::start_in(tempfile::tempdir().unwrap(), configuration)
    }

    /// One that is ready, where another one may have been.
    pub fn start_in(folder: tempfile::TempDir, configuration: &str) -> Option<Self> {
        Self::start_by(unshared(env!("CARGO_BIN_EXE_swanwatch"))?, folder, configuration)
    }

    /// One that is ready, where this command runs the program.
    pub fn start_by(command: Command, folder: tempfile::TempDir, configuration: &str) -> Option<Self> {
        std::fs::write(folder.path().join("swanwatch.yaml"), configuration).unwrap();
        Some(Self::start_with(command, folder))
    }

    /// As `start_by`, where the configuration is there already.
    pub fn start_with(mut command: Command, folder: tempfile::TempDir) -> Self {
        // What one before it left.
        for name in ["recording", "notify"] {
            let _ = std::fs::remove_file(folder.path().join(name));
        }
        let notices = notices(folder.path());
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = command
            .current_dir(folder.path())
            .args(["run", "--config", "swanwatch.yaml", "--socket", "swanwatch.sock", "--record", "recording"])
            .env("NOTIFY_SOCKET", folder.path().join("notify"))
            .env("STATE_DIRECTORY", folder.path().join("state"))
            .env("WATCHDOG_USEC", "400000")
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut running = Self { folder, notices, heard: String::new(), child };
        running.hear("READY=1");
        running
    }

    /// From here on takes whatever it tells the service manager, and forgets it: who tells waits where nobody reads.
    pub fn hear_nothing(&self) {
        let notices = self.notices.try_clone().unwrap();
        std::thread::spawn(move || while next_notice(&notices).is_ok() {});
    }

    /// Waits until the service has told this to the service manager.
    pub fn hear(&mut self, what: &str) {
        while !self.heard.contains(what) {
            let notice = next_notice(&self.notices);
            assert!(notice.is_ok(), "no {what}: {notice:?}: {}", self.log());
            writeln!(self.heard, "{}", notice.unwrap()).unwrap();
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }

    pub fn ask(&self, arguments: &[&str]) -> Output {
        let program = env!("CARGO_BIN_EXE_swanwatch");
        Command::new(program).current_dir(self.folder.path()).args(arguments).output().unwrap()
    }

    /// Waits until this source says how it works.
    pub fn wait_covered(&self, source: Source) {
        let begin = Instant::now();
        loop {
            let output = self.ask(&["status", "--json", "--socket", "swanwatch.sock"]);
            let status: Status = serde_json::from_str(stdout(&output)).unwrap();
            if status.coverage.iter().any(|line| line.source == source) {
                return;
            }
            assert!(begin.elapsed() < LONG, "{:?}", status.coverage);
        }
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Its exit status.
    pub fn end(&mut self) -> i32 {
        self.signal("-TERM");
        let begin = Instant::now();
        let status = self.child.wait().unwrap();
        assert!(begin.elapsed() < Duration::from_secs(10), "it took {:?} to end", begin.elapsed());
        status.code().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already, mostly.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_starts_without_a_daemon_answers_and_ends_in_order() {
    let Some(mut running) = Running::start("") else { return };
    running.hear("WATCHDOG=1");
    let output = running.ask(&["status", "--json", "--socket", "swanwatch.sock"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let status: Status = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(status.daemon.state, "absent");
    assert_eq!(running.end(), 0, "{}", running.log());
    assert!(!running.path("swanwatch.sock").exists() && !running.path("control.sock").exists());
    running.hear("STOPPING=1");
}

#[test]
fn what_it_recorded_is_lived_through_again() {
    let Some(mut running) = Running::start("") else { return };
    assert_eq!(running.end(), 0, "{}", running.log());
    let recording = std::fs::read_to_string(running.path("recording")).unwrap();
    for table in [DumpTable::Sad, DumpTable::Spd] {
        let begin = format!("\"table\":{}", serde_json::to_string(&table).unwrap());
        assert!(recording.contains(&begin), "{recording}");
    }
    let output = running.ask(&["replay", "recording"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert!(stdout(&output).contains("the same as in the recorded run ("), "{}", stdout(&output));
}

#[test]
fn a_reload_takes_the_whole_file_or_nothing() {
    let Some(mut running) = Running::start("offload: auto\n") else { return };
    let cases = [
        ("offload: required\n", "the configuration was read again"),
        ("alerts: [{webhook: \"http://127.0.0.1:1/\"}]\n", "the configuration was read again"),
        ("offload: never\n", "swanwatch.yaml:1:10: offload: 'never' is not known"),
    ];
    for (text, said) in cases {
        std::fs::write(running.path("swanwatch.yaml"), text).unwrap();
        running.heard.clear();
        running.signal("-HUP");
        running.hear("RELOADING=1");
        running.hear("READY=1");
        assert!(running.log().contains(said), "{said}: {}", running.log());
    }
    assert_eq!(running.end(), 0);
    let recording = std::fs::read_to_string(running.path("recording")).unwrap();
    assert_eq!(recording.matches("\"reconfigured\"").count(), 2, "{recording}");
}

#[test]
fn a_second_one_in_the_namespace_is_refused() {
    let Some(mut command) = unshared("sh") else { return };
    let folder = tempfile::tempdir().unwrap();
    let notices = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    notices.set_read_timeout(Some(LONG)).unwrap();
    let script = "\"$0\" run --socket a/swanwatch.sock 2>first & read -r go; unset NOTIFY_SOCKET; \
        \"$0\" run --socket b/swanwatch.sock; echo \"second: $?\"; kill $!; wait $!; echo \"first: $?\"";
    let mut shell = command
        .args(["-c", script, env!("CARGO_BIN_EXE_swanwatch")])
        .current_dir(folder.path())
        .env("NOTIFY_SOCKET", folder.path().join("notify"))
        .env("STATE_DIRECTORY", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !next_notice(&notices).unwrap().starts_with("READY=1") {}
    // Closed: what is read is an end of file, and the shell goes on.
    drop(shell.stdin.take());
    let output = shell.wait_with_output().unwrap();
    assert_eq!(stdout(&output), "second: 75\nfirst: 0\n", "{}", stderr(&output));
    assert!(stderr(&output).contains("already runs in this network namespace"), "{}", stderr(&output));
}

#[test]
fn a_wrong_configuration_is_78_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("swanwatch.yaml");
    std::fs::write(&path, "offload: auto\nwatch: everything\n").unwrap();
    let output = crate::swanwatch(&["run", "--config", path.to_str().unwrap(), "--socket", "/nonexistent/x"]);
    assert_eq!(code(&output), 78);
    assert!(stderr(&output).contains("swanwatch.yaml:2:1: the key 'watch' is not known"), "{}", stderr(&output));
}

#[test]
fn a_socket_that_cannot_be_is_said() {
    let Some(mut command) = unshared(env!("CARGO_BIN_EXE_swanwatch")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("swanwatch.sock");
    std::fs::write(&path, "precious").unwrap();
    let output = command.args(["run", "--socket", path.to_str().unwrap()]).output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stderr(&output).contains("this is there and is no socket"), "{}", stderr(&output));
}

#[test]
fn without_the_capability_it_is_77_and_names_it() {
    let program = env!("CARGO_BIN_EXE_swanwatch");
    for verb in [&["run", "--socket", "/nonexistent/x"][..], &["status", "--once"], &["sas", "--once"]] {
        let Some(mut command) = unshared("setpriv") else { return };
        let output = command.args(["--bounding-set", "-net_admin", program]).args(verb).output().unwrap();
        assert_eq!(code(&output), 77, "{verb:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("CAP_NET_ADMIN is missing"), "{}", stderr(&output));
    }
}

#[test]
fn one_look_needs_no_service() {
    for (verb, first) in [("status", "No problem found"), ("sas", "DIR  CONNECTION")] {
        let Some(mut command) = unshared(env!("CARGO_BIN_EXE_swanwatch")) else { return };
        let output = command.args([verb, "--once"]).output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(stdout(&output).starts_with(first), "{}", stdout(&output));
    }
    let Some(mut command) = unshared(env!("CARGO_BIN_EXE_swanwatch")) else { return };
    let output = command.args(["status", "--once", "--json"]).output().unwrap();
    assert_eq!(serde_json::from_str::<Status>(stdout(&output)).unwrap().schema, 1);
}

#[test]
fn a_look_leaves_what_the_service_keeps_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    // What would be written is written beside the end of the process: once in a while would be enough.
    for _ in 0..20 {
        let Some(mut command) = unshared(env!("CARGO_BIN_EXE_swanwatch")) else { return };
        let output = command.env("STATE_DIRECTORY", &state).args(["status", "--once"]).output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(!state.exists(), "{:?}", std::fs::read_dir(&state).unwrap().collect::<Vec<_>>());
    }
}
