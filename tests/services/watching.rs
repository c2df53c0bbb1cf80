//! A real swanwatch, the whole way: a daemon dies, and people are told.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::alertmanager::Alertmanager;
use crate::hearer::{Hearer, LONG};
use crate::process::{free_port, run};

/// The service; what it logs is read line by line.
pub struct Swanwatch {
    child: Child,
    notices: Notices,
    log: BufReader<std::process::ChildStderr>,
}

impl Swanwatch {
    /// Starts it with this configuration; its state is in `folder`.
    pub fn start(folder: &Path, configuration: &str, environment: &[(&str, &Path)]) -> Self {
        Self::started_by(&mut Command::new(env!("CARGO_BIN_EXE_swanwatch")), folder, configuration, environment)
    }

    /// Writes its configuration; the arguments with which it takes it.
    pub fn arguments(folder: &Path, configuration: &str) -> Vec<OsString> {
        let path = folder.join("swanwatch.yaml");
        std::fs::write(&path, configuration).unwrap();
        let socket = folder.join("swanwatch.sock");
        vec!["run".into(), "--config".into(), path.into(), "--socket".into(), socket.into()]
    }

    fn started_by(command: &mut Command, folder: &Path, configuration: &str, environment: &[(&str, &Path)]) -> Self {
        command.args(Self::arguments(folder, configuration));
        command.env("STATE_DIRECTORY", folder.join("state")).envs(environment.iter().copied());
        let notices = Notices::new(folder, command);
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, notices, log }
    }

    /// Waits until it has joined what it sees: before, a death is no news.
    pub fn is_ready(&self) {
        self.notices.ready();
    }

    /// Reads its log until a line has this in it; the line.
    pub fn logs(&mut self, words: &str) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            assert!(self.log.read_line(&mut line).unwrap() > 0, "it ended without «{words}»: {all}");
            if line.contains(words) {
                return line;
            }
            all.push_str(&line);
        }
    }

    pub fn kill(&mut self) {
        // Gone already, perhaps.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Swanwatch {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What the service tells its manager.
pub struct Notices(UnixDatagram);

impl Notices {
    /// Of what this command starts.
    pub fn new(folder: &Path, command: &mut Command) -> Self {
        let path = folder.join("notify");
        // A service before this one had it.
        let _ = std::fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        command.env("NOTIFY_SOCKET", path);
        Self(socket)
    }

    /// Waits until it is ready and has found the daemon: before, a death is no news.
    pub fn ready(&self) {
        let (mut is_ready, mut has_found) = (false, false);
        let mut notice = [0; 4096];
        while !(is_ready && has_found) {
            let length = self.0.recv(&mut notice).expect("it does not become ready, or finds no daemon");
            is_ready |= notice[..length].starts_with(b"READY=1");
            has_found |= notice[..length].starts_with(b"STATUS=daemon up");
        }
    }
}

/// A process with the daemon's name that does nothing, and dies when it is told to. Its pid file and its control socket prove that it is root's.
pub struct Pluto {
    child: Child,
    folder: PathBuf,
    control: Option<UnixListener>,
}

impl Pluto {
    pub fn start(folder: &Path) -> Self {
        let folder = folder.join("pluto");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy("/bin/bash", folder.join("pluto")).unwrap();
        let mut command = Command::new(folder.join("pluto"));
        command.args(["-c", "echo; read line; exit", "--rundir"]).arg(&folder);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
        std::fs::write(folder.join("pluto.pid"), format!("{}\n", child.id())).unwrap();
        let socket = folder.join("pluto.ctl");
        let control = UnixListener::bind(&socket).unwrap();
        std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600)).unwrap();
        Self { child, folder, control: Some(control) }
    }

    /// `daemon:` for the configuration.
    pub fn place(&self) -> String {
        let (socket, log) = (self.folder.join("pluto.ctl"), self.folder.join("log"));
        format!("daemon: {{kind: libreswan, socket: {}, log: {}}}\n", socket.display(), log.display())
    }

    pub fn die(&mut self) {
        // A process that ends listens no more.
        self.control = None;
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Pluto {
    fn drop(&mut self) {
        self.die();
    }
}

/// A certificate for localhost, and whom to trust for it.
fn certificates(folder: &Path) {
    let subject = |name: &str| format!("/CN={name}");
    let common = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    let mut authority = Command::new("openssl");
    authority.current_dir(folder).args(["req", "-x509", "-keyout", "ca.key", "-out", "ca.pem"]).args(common);
    run(authority.args(["-subj", &subject("test authority")]));
    let mut server = Command::new("openssl");
    server.current_dir(folder).args(["req", "-x509", "-keyout", "server.key", "-out", "server.pem"]).args(common);
    server.args(["-CA", "ca.pem", "-CAkey", "ca.key", "-subj", &subject("localhost")]);
    run(server.args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"]));
    std::fs::write(folder.join("web.yml"), "tls_server_config: {cert_file: server.pem, key_file: server.key}\n")
        .unwrap();
}

pub fn a_dead_daemon_is_told_to_everybody_over_tls_too() {
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    let web = format!("--web.config.file={}", folder.path().join("web.yml").display());
    let mut manager = Alertmanager::new(folder.path(), "manager", &[web]);
    manager.start();
    let webhook = Hearer::new();
    let program = folder.path().join("page");
    let paged = folder.path().join("paged");
    run(Command::new("mkfifo").arg(&paged));
    std::fs::write(&program, format!("#!/bin/sh\nexec /bin/cat >{}\n", paged.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut pluto = Pluto::start(folder.path());
    let configuration = format!(
        "{}alerts:\n  - alertmanager: https://localhost:{}\n  - webhook: http://{}/hook\n  - exec: {}\n",
        pluto.place(),
        manager.port,
        webhook.address,
        program.display()
    );
    let authority = folder.path().join("ca.pem");
    let swanwatch = Swanwatch::start(folder.path(), &configuration, &[("SSL_CERT_FILE", &authority)]);
    swanwatch.is_ready();
    pluto.die();
    let labels = [("alertname", "SwanwatchDaemonCrashed"), ("code", "daemon-crashed"), ("severity", "critical")];
    let told = manager.tells("firing", &labels);
    assert!(told["annotations"]["summary"].as_str().unwrap().contains("IKE daemon"), "{told}");
    let posted = webhook.until(|body| (body["labels"]["code"] == "daemon-crashed").then(|| body.clone()));
    let piped: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&paged).unwrap()).unwrap();
    assert_eq!(piped, posted);
}

fn waits_on_disk(store: &Path) {
    let begun = Instant::now();
    let kept = || {
        let store = rusqlite::Connection::open_with_flags(store, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        store.query_row("select count(*) from waiting", [], |row| row.get::<_, u32>(0)).ok()
    };
    while kept().is_none_or(|waiting| waiting == 0) {
        assert!(begun.elapsed() < LONG, "nothing is kept");
        std::thread::yield_now();
    }
}

pub fn what_waits_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("127.0.0.1:{}", free_port());
    let mut pluto = Pluto::start(folder.path());
    let configuration = format!("{}alerts: [{{webhook: \"http://{address}/\"}}]\n", pluto.place());
    let mut swanwatch = Swanwatch::start(folder.path(), &configuration, &[]);
    swanwatch.is_ready();
    pluto.die();
    swanwatch.logs("opened daemon-crashed");
    swanwatch.logs("nobody listens there");
    // It is told from memory, and kept beside that: what is not on disk yet cannot survive.
    waits_on_disk(&folder.path().join("state/history.db"));
    swanwatch.kill();
    let webhook = Hearer::on(address.parse().unwrap());
    // The daemon is gone for the new one: it finds nothing of its own.
    let _swanwatch = Swanwatch::start(folder.path(), &configuration, &[]);
    let posted = webhook.next();
    assert_eq!((&posted["status"], &posted["labels"]["code"]), (&"firing".into(), &"daemon-crashed".into()));
}

pub fn a_read_only_state_directory_is_said_and_alerts_go_out() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("state")).unwrap();
    let webhook = Hearer::new();
    let mut pluto = Pluto::start(folder.path());
    let configuration = format!("{}alerts: [{{webhook: \"http://{}/\"}}]\n", pluto.place(), webhook.address);
    let mut command = Command::new("unshare");
    let script = "mount -t tmpfs -o ro none \"$STATE_DIRECTORY\" && exec \"$@\"";
    command.args(["-m", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_swanwatch")]);
    let mut swanwatch = Swanwatch::started_by(&mut command, folder.path(), &configuration, &[]);
    let said = swanwatch.logs("would not survive");
    swanwatch.is_ready();
    assert!(said.contains("not watched as it should be: alerts") && said.contains("Read-only file system"), "{said}");
    pluto.die();
    let posted = webhook.until(|body| (body["labels"]["code"] == "daemon-crashed").then(|| body.clone()));
    assert_eq!(posted["status"], "firing");
}
