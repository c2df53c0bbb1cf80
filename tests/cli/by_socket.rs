//! A daemon in another PID namespace than the service's, as a container beside the other: its control socket alone is shared.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;

use swanwatch::testing::model::{Code, Reason, Severity, Source, SourceState, Status};

use crate::running::Running;
use crate::strangers::{World, covered, wait_for};
use crate::{code, stderr, swanwatch};

const SOCKET: &str = "/run/pluto/pluto.ctl";

/// A pid file that is nobody's business here.
const PID_FILE: &str = "1\n";

/// Who listens in a container: no process of the daemon's name is anywhere.
fn listen(world: &World) -> UnixListener {
    let folder = world.outside(Path::new("/run/pluto"));
    let socket = folder.join("pluto.ctl");
    let _ = fs::remove_file(&socket);
    fs::write(folder.join("pluto.pid"), PID_FILE).unwrap();
    world.inside(|| UnixListener::bind(&socket).unwrap())
}

/// The service, in a PID namespace of its own.
fn contained(world: &World) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let mut command = world.command("unshare");
    command.args(["--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c"]);
    command.arg("cd \"$0\" && exec setpriv --bounding-set=-all,+net_admin --inh-caps=-all \"$@\"");
    command.arg(folder.path()).arg(env!("CARGO_BIN_EXE_swanwatch"));
    let (whack, restart) = (world.path("whack"), world.path("restart"));
    let configuration = format!(
        "daemon: {{ kind: libreswan, socket: {SOCKET}, whack: {}, restart: [{}] }}\nact: [restart, restart-hung]\nhistory: off\n",
        whack.display(),
        restart.display()
    );
    let running = Running::start_by(command, folder, &configuration).unwrap();
    running.hear_nothing();
    running
}

fn is(status: &Status, state: &str) -> bool {
    status.daemon.state == state && status.daemon.pid.is_none() && status.daemon.unit.is_none()
}

#[test]
fn it_is_up_gone_and_back_and_nothing_of_it_is_touched() {
    let Some(world) = World::new() else { return };
    let listener = listen(&world);
    let running = contained(&world);
    let up = wait_for(&running, "it is not up", |status| is(status, "up"));
    let (state, said) = covered(&up);
    assert!(
        state == SourceState::Degraded && said.contains(SOCKET) && said.contains("/proc shows no process"),
        "{said}"
    );
    let log = up.coverage.iter().find(|line| line.source == Source::Log).unwrap();
    assert_eq!(log.state, SourceState::Absent, "{log:?}");
    assert!(up.findings.is_empty(), "{:?}", up.findings);

    drop(listener);
    let down = wait_for(&running, "its loss is not seen", |status| is(status, "down") && !status.findings.is_empty());
    let found: Vec<_> = down.findings.iter().map(|finding| (finding.code, finding.reason, finding.severity)).collect();
    assert_eq!(found, [(Code::DaemonDown, Reason::SocketGone, Severity::Warning)]);
    assert!(down.findings[0].remedy.is_none(), "{:?}", down.findings[0]);

    let listener = listen(&world);
    let back = wait_for(&running, "it is not back", |status| is(status, "up") && status.findings.is_empty());
    assert!(back.daemon.version.is_none(), "its whack says none");
    // The file alone is gone; who listens still does.
    fs::remove_file(world.outside(Path::new(SOCKET))).unwrap();
    wait_for(&running, "the file's loss is not seen", |status| is(status, "down") && !status.findings.is_empty());
    drop(listener);
    let _listener = listen(&world);
    wait_for(&running, "it is not back again", |status| is(status, "up") && status.findings.is_empty());

    assert!(!world.path("restarted").exists(), "it was restarted");
    assert_eq!(fs::read_to_string(world.outside(Path::new("/run/pluto/pluto.pid"))).unwrap(), PID_FILE);
    assert!(!running.log().contains("panicked"), "{}", running.log());
}

#[test]
fn a_strangers_listener_is_none() {
    let Some(world) = World::new() else { return };
    let _listener = listen(&world);
    let there = world.outside(Path::new(SOCKET));
    std::os::unix::fs::chown(&there, Some(65_534), None).unwrap();
    let running = contained(&world);
    let now = wait_for(&running, "nothing is said", |status| covered(status).1.contains("belongs to user 65534"));
    assert!(is(&now, "absent"), "{:?}", now.daemon);
    std::os::unix::fs::chown(&there, Some(0), None).unwrap();
    wait_for(&running, "it is not up", |status| is(status, "up"));
}

#[test]
fn a_socket_that_ends_with_a_process_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("swanwatch.yaml");
    fs::write(&path, "daemon: {kind: libreswan, socket: /proc/219/root/run/pluto/pluto.ctl}\n").unwrap();
    let output = swanwatch(&["check-config", path.to_str().unwrap()]);
    assert_ne!(code(&output), 0);
    assert!(stderr(&output).contains("bind mount"), "{}", stderr(&output));
}
