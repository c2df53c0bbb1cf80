//! Processes that call themselves as the daemon is called, beside the service, in a network and a mount namespace of their own.

use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType, netlink};
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use swanwatch::testing::model::{Source, SourceState, Status};

use crate::running::{Running, is_root, unshared};
use crate::{code, stderr, stdout};

/// Far beyond what anything here takes.
const LONG: Duration = Duration::from_secs(60);

const NOBODY: u32 = 65_534;

/// What asks the daemon: an answer to every question.
const WHACK: &str =
    "#!/bin/sh\necho '000 IKE SAs: total(0), half-open(0)'\necho '000 IPsec SAs: total(0), authenticated(0)'\n";

/// Two namespaces, held by a process, and a folder. What is there is root's.
pub struct World {
    holder: Child,
    folder: tempfile::TempDir,
}

/// A process of this name, with what pluto has.
pub struct Pluto {
    child: Child,
    /// It ends with this.
    _life: UnixStream,
    listener: Option<UnixListener>,
    _speaker: OwnedFd,
}

impl World {
    /// None where this user may not.
    pub fn new() -> Option<Self> {
        if !is_root() {
            eprintln!("left out: only root has processes of other users");
            return None;
        }
        unshared("true")?;
        let mut holder = Command::new("unshare")
            .args([
                "--net",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/pluto && echo && exec sleep infinity",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        holder.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        fs::copy("/bin/bash", folder.path().join("pluto")).unwrap();
        let world = Self { holder, folder };
        world.program("whack", WHACK);
        world.program("restart", &format!("#!/bin/sh\n: > {}\n", world.path("restarted").display()));
        Some(world)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same place, seen from outside.
    pub fn outside(&self, path: &Path) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root", self.holder.id())).join(path.strip_prefix("/").unwrap())
    }

    fn program(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), Permissions::from_mode(0o755)).unwrap();
    }

    /// Begins a command in here.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        let namespace = |name| format!("/proc/{}/ns/{name}", self.holder.id());
        command.arg(format!("--net={}", namespace("net"))).arg(format!("--mount={}", namespace("mnt"))).arg(program);
        command
    }

    fn run(&self, line: &str) {
        let output = self.command("sh").args(["-c", line]).output().unwrap();
        assert!(output.status.success(), "{line}: {}", stderr(&output));
    }

    /// Does something in this network namespace.
    pub fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let namespace = File::open(format!("/proc/{}/ns/net", self.holder.id())).unwrap();
        let there = || {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            work()
        };
        std::thread::scope(|scope| scope.spawn(there).join().unwrap())
    }

    /// A service with no more rights than its unit gives it.
    fn service(&self, configuration: &str) -> Running {
        let folder = tempfile::tempdir().unwrap();
        // Whoever enters a mount namespace is at its root.
        let mut command = self.command("sh");
        command.args(["-c", "cd \"$0\" && exec setpriv --bounding-set=-all,+net_admin --inh-caps=-all \"$@\""]);
        command.arg(folder.path()).arg(env!("CARGO_BIN_EXE_swanwatch"));
        let running = Running::start_by(command, folder, configuration).unwrap();
        running.hear_nothing();
        running
    }

    /// Its `daemon:` with a whack and a restart of ours.
    fn configuration(&self) -> String {
        let (whack, restart) = (self.path("whack"), self.path("restart"));
        format!(
            "daemon: {{ kind: libreswan, whack: {}, restart: [{}] }}\nact: [restart]\nhistory: off\n",
            whack.display(),
            restart.display()
        )
    }

    /// A process of this user with these arguments, whose things are in `rundir`, which is made where it is not there.
    fn pluto(&self, uid: u32, rundir: &Path, arguments: &[&str]) -> Pluto {
        let ids = [format!("--reuid={uid}"), format!("--regid={uid}"), "--clear-groups".to_owned()];
        self.pluto_as(&ids, uid, rundir, arguments)
    }

    /// The same, as setpriv makes it with these options; its things are `uid`'s.
    fn pluto_as(&self, ids: &[String], uid: u32, rundir: &Path, arguments: &[&str]) -> Pluto {
        let there = self.outside(rundir);
        fs::create_dir_all(&there).unwrap();
        let _ = fs::remove_file(there.join("pluto.ctl"));
        let (mut life, theirs) = UnixStream::pair().unwrap();
        let mut command = self.command("setpriv");
        // -p: bash keeps what a set-user-ID program has.
        command.args(ids).arg(self.path("pluto")).args(["-p", "-c", "echo >&2; read -u 2 line; exit"]);
        if rundir != Path::new("/run/pluto") {
            command.arg("--rundir").arg(rundir);
        }
        let child = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(OwnedFd::from(theirs));
        let child = child.spawn().unwrap();
        life.read_exact(&mut [0]).unwrap();
        let number = child.id();
        let (listener, speaker) = self.inside(|| {
            let listener = UnixListener::bind(there.join("pluto.ctl")).unwrap();
            let flags = SocketFlags::CLOEXEC;
            let xfrm = Some(netlink::XFRM);
            let speaker = rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, xfrm).unwrap();
            rustix::net::bind(&speaker, &netlink::SocketAddrNetlink::new(number, 0)).unwrap();
            (listener, speaker)
        });
        fs::write(there.join("pluto.pid"), format!("{number}\n")).unwrap();
        if uid != 0 {
            // The socket is its user's too, and not only the file.
            rustix::fs::fchown(&listener, Some(rustix::fs::Uid::from_raw(uid)), None).unwrap();
            for name in ["", "pluto.ctl", "pluto.pid"] {
                chown(there.join(name), Some(uid), Some(uid)).unwrap();
            }
        }
        Pluto { child, _life: life, listener: Some(listener), _speaker: speaker }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

impl Pluto {
    fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its sockets end with it.
    fn kill(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::KILL).unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Pluto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn status(running: &Running) -> Status {
    let output = running.ask(&["status", "--json", "--socket", "swanwatch.sock"]);
    assert!(code(&output) <= 1, "{}", stderr(&output));
    serde_json::from_str(stdout(&output)).unwrap()
}

/// What is said of the daemon's process.
pub fn covered(status: &Status) -> (SourceState, &str) {
    let line = status.coverage.iter().find(|line| line.source == Source::Process);
    line.map_or((SourceState::Absent, "nothing yet"), |line| (line.state, &line.detail))
}

pub fn wait_for(running: &Running, what: &str, holds: impl Fn(&Status) -> bool) -> Status {
    let begin = Instant::now();
    loop {
        let now = status(running);
        if holds(&now) {
            return now;
        }
        assert!(begin.elapsed() < LONG, "{what}: {:?}: {:?}", now.daemon, now.coverage);
    }
}

fn wait_up(running: &Running, pid: u32) -> Status {
    wait_for(running, "the daemon is not up", |status| status.daemon.pid == Some(pid) && status.daemon.state == "up")
}

/// Pages that it has now, in KiB.
fn resident(running: &Running) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/status", running.child.id())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// A configuration that leads everywhere; its includes are what its user could make.
fn endless(world: &World, uid: u32) -> String {
    let folder = world.path(&format!("endless-{uid}"));
    fs::create_dir(&folder).unwrap();
    for number in 0..40 {
        File::create(folder.join(format!("{number}.inc"))).unwrap().set_len(8 << 20).unwrap();
    }
    let path = folder.join("ipsec.conf");
    let text = format!(
        "include {}/*.inc\ninclude /proc/*/task/*/**/*\ninclude /sys/**/*\ninclude /**/*.conf\nconfig setup\n\tlogfile=/etc/passwd\n",
        folder.display()
    );
    fs::write(&path, text).unwrap();
    for path in [&folder, &path] {
        chown(path, Some(uid), Some(uid)).unwrap();
    }
    path.display().to_string()
}

/// It answers within half a second, whoever else uses this machine: the best of some.
fn answers_soon(running: &Running) {
    let took = (0..10).map(|_| {
        let begin = Instant::now();
        status(running);
        begin.elapsed()
    });
    let best = took.min().unwrap();
    assert!(best < Duration::from_millis(500), "{best:?}");
}

#[test]
fn a_strangers_pluto_is_never_the_daemon() {
    let Some(world) = World::new() else { return };
    let trap = endless(&world, NOBODY);
    let arguments = ["--config", trap.as_str(), "--logfile", "/etc/passwd"];
    let before = world.pluto(NOBODY, &world.path("before"), &arguments);
    let mut running = world.service(&world.configuration());
    let said = format!("process {} calls itself pluto and belongs to user {NOBODY}", before.pid());
    let now = wait_for(&running, "nothing is said", |status| covered(status).1.contains(&said));
    assert_eq!((now.daemon.state.as_str(), now.daemon.pid), ("absent", None));
    assert_eq!(covered(&now).0, SourceState::Degraded);
    answers_soon(&running);
    let begun = resident(&running);

    // Beside the real one, which is found all the same.
    let real = world.pluto(0, Path::new("/run/pluto"), &[]);
    let now = wait_up(&running, real.pid());
    assert!(covered(&now).1.contains(&format!("watches process {}", real.pid())), "{:?}", covered(&now));
    let beside = world.pluto(NOBODY, &world.path("beside"), &arguments);
    before.kill();
    answers_soon(&running);
    let now = wait_up(&running, real.pid());
    assert!(now.findings.is_empty(), "{:?}", now.findings);
    assert!(!world.path("restarted").exists());

    // The real one's death is found, is mended, and stays found.
    let after = world.pluto(NOBODY, &world.path("after"), &arguments);
    real.kill();
    let crashed = |status: &Status| status.findings.iter().any(|finding| finding.id.starts_with("daemon-crashed"));
    wait_for(&running, "its death is hidden", crashed);
    wait_for(&running, "nothing restarts it", |_| world.path("restarted").exists());
    fs::remove_file(world.path("restarted")).unwrap();
    beside.kill();
    after.kill();
    let last = world.pluto(NOBODY, &world.path("last"), &arguments);
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(3) {
        let now = status(&running);
        assert!(crashed(&now) && now.daemon.pid.is_none(), "{:?} {:?}", now.daemon, now.findings);
    }
    last.kill();
    answers_soon(&running);
    let grown = resident(&running).saturating_sub(begun);
    assert!(grown < 2 << 10, "{grown} KiB more than before");
    assert_eq!(running.end(), 0, "{}", running.log());
}

#[test]
fn a_stranger_alone_is_found_neither_alive_nor_dead() {
    let Some(world) = World::new() else { return };
    let trap = endless(&world, NOBODY);
    let running = world.service(&world.configuration());
    for _ in 0..3 {
        // Where the real one would be, the folder and all: as good as it gets.
        let stranger = world.pluto(NOBODY, Path::new("/run/pluto"), &["--config", &trap]);
        wait_for(&running, "nothing is said", |status| covered(status).1.contains(&format!("user {NOBODY}")));
        stranger.kill();
        let now = status(&running);
        assert!(now.findings.is_empty() && now.daemon.pid.is_none(), "{:?} {:?}", now.daemon, now.findings);
    }
    assert!(!world.path("restarted").exists());
}

#[test]
fn a_program_that_a_stranger_started_with_roots_rights_is_his() {
    let Some(world) = World::new() else { return };
    let running = world.service(&world.configuration());
    // As a set-user-ID program: the owner of /proc/PID is root.
    let his = world.pluto_as(&[format!("--ruid={NOBODY}")], 0, Path::new("/run/pluto"), &[]);
    let said = format!("process {} calls itself pluto and belongs to user {NOBODY}", his.pid());
    let now = wait_for(&running, "nothing is said", |status| covered(status).1.contains(&said));
    assert_eq!(now.daemon.pid, None);
}

#[test]
fn a_listener_of_somebody_else_at_roots_path_is_no_control_socket() {
    let Some(world) = World::new() else { return };
    let real = world.pluto(0, Path::new("/run/pluto"), &[]);
    let listener = real.listener.as_ref().unwrap();
    rustix::fs::fchown(listener, Some(rustix::fs::Uid::from_raw(NOBODY)), None).unwrap();
    let running = world.service(&world.configuration());
    let said = format!("a process of user {NOBODY} listens on it");
    wait_for(&running, "nothing is said", |status| covered(status).1.contains(&said));
    rustix::fs::fchown(listener, Some(rustix::fs::Uid::ROOT), None).unwrap();
    wait_up(&running, real.pid());
}

#[test]
fn roots_process_does_not_count_where_others_could_have_made_what_it_shows() {
    let Some(world) = World::new() else { return };
    let real = world.pluto(0, &world.path("theirs"), &[]);
    chown(world.path("theirs"), Some(NOBODY), None).unwrap();
    let running = world.service(&world.configuration());
    let said = format!("pluto with process {} is not taken for the daemon", real.pid());
    let now = wait_for(&running, "nothing is said", |status| covered(status).1.contains(&said));
    assert!(covered(&now).1.contains("belongs to user 65534"), "{:?}", covered(&now));
    chown(world.path("theirs"), Some(0), None).unwrap();
    wait_up(&running, real.pid());
}

#[test]
fn an_endless_configuration_of_roots_is_read_to_a_bound_and_that_is_said() {
    let Some(world) = World::new() else { return };
    let trap = endless(&world, 0);
    let running = world.service(&world.configuration());
    wait_for(&running, "nothing is said", |status| covered(status).1.contains("runs in this network namespace; looks"));
    let begun = resident(&running);
    let real = world.pluto(0, Path::new("/run/pluto"), &["--config", &trap]);
    answers_soon(&running);
    let now = wait_up(&running, real.pid());
    assert!(covered(&now).1.contains("of its configuration something was not read"), "{:?}", covered(&now));
    answers_soon(&running);
    let grown = resident(&running).saturating_sub(begun);
    assert!(grown < 2 << 10, "{grown} KiB more than before");
}

#[test]
fn of_two_at_the_start_none_is_guessed_and_the_usual_one_is_taken() {
    let Some(world) = World::new() else { return };
    let one = world.pluto(0, &world.path("one"), &[]);
    let two = world.pluto(0, &world.path("two"), &[]);
    let running = world.service(&world.configuration());
    let names_both = |status: &Status| {
        let said = covered(status).1;
        [&one, &two].iter().all(|pluto| said.contains(&format!("process {}", pluto.pid()))) && said.contains("socket: ")
    };
    let now = wait_for(&running, "nothing is said", names_both);
    assert_eq!((now.daemon.state.as_str(), covered(&now).0), ("absent", SourceState::Degraded));
    let usual = world.pluto(0, Path::new("/run/pluto"), &[]);
    wait_up(&running, usual.pid());
    wait_for(&running, "the others are not named", |status| covered(status).1.contains("another pluto"));
    drop(running);
    // The same at the start.
    wait_up(&world.service(&world.configuration()), usual.pid());
}

#[test]
fn its_socket_is_known_by_its_file_on_every_file_system() {
    let Some(world) = World::new() else { return };
    let base = world.path("base");
    world.run(&format!(
        "mkdir {0} && mount -t tmpfs -o mode=755 tmpfs {0} && cd {0} && mkdir lower upper work over bound to && \
         mount --bind bound to && (mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay over || touch no-overlay)",
        base.display()
    ));
    for place in ["over", "to", "lower"] {
        if place == "over" && world.outside(&base.join("no-overlay")).exists() {
            eprintln!("left out: no overlay can be mounted here");
            continue;
        }
        let running = world.service(&world.configuration());
        let pluto = world.pluto(0, &base.join(place).join("run"), &[]);
        let now = wait_up(&running, pluto.pid());
        assert_eq!(covered(&now), (SourceState::Ok, format!("watches process {}", pluto.pid()).as_str()), "{place}");
    }
}
