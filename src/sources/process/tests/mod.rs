//! Against real processes: a shell under the daemon's name, in this namespace.

pub mod fake;

use std::net::UdpSocket;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::mpsc::Receiver;

use self::fake::Fake;
use super::*;
use crate::model::{Daemon, DaemonKind, KnownBy, ListenerEnd, ListenerLook, ListenerLoss, ProcessLook, RunState, What};
use crate::sources::xfrm::current_netns;
use crate::sources::{Seen, queue};

/// The next observation that `wanted` picks; whatever this machine's service manager says is passed over.
async fn next<T>(seen: &mut Receiver<Seen>, wanted: impl Fn(&What) -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = wanted(&seen.recv().await.unwrap().what) {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), found).await.expect("nothing of the kind came")
}

fn found(what: &What) -> Option<Daemon> {
    if let What::DaemonFound(daemon) = what { Some((**daemon).clone()) } else { None }
}

fn looked(what: &What) -> Option<ProcessLook> {
    if let What::Process(look) = what { Some(*look) } else { None }
}

fn wanted(fake: &Fake) -> DaemonPlace {
    DaemonPlace { kind: Some(DaemonKind::Libreswan), socket: Some(fake.socket()), ..DaemonPlace::default() }
}

#[tokio::test]
async fn a_daemon_with_its_pid_file_is_found_at_once_and_its_death_told() {
    let mut fake = Fake::new();
    fake.start(None);
    fake.write_pid_file();
    let (queue, mut seen) = queue();
    let mut handle = spawn(queue, current_netns().unwrap(), wanted(&fake)).await.unwrap();
    let daemon = next(&mut seen, found).await;
    assert_eq!(daemon.pid(), Some(fake.pid()));
    assert_eq!(daemon.socket, fake.socket().display().to_string());
    assert_eq!(daemon.unit, None);
    assert_eq!(handle.running.borrow_and_update().as_ref().map(|running| &running.daemon), Some(&daemon));

    fake.signal(Signal::KILL);
    let killed = tokio::time::Instant::now();
    let gone = next(&mut seen, |what| if let What::DaemonGone(death) = what { Some(death.pid) } else { None }).await;
    assert_eq!(Some(gone), daemon.pid());
    // By the pidfd, not by a look a second later.
    assert!(killed.elapsed() < Duration::from_millis(500), "{:?}", killed.elapsed());
    handle.running.changed().await.unwrap();
    assert_eq!(*handle.running.borrow(), None);
}

#[tokio::test]
async fn a_daemon_that_comes_later_is_found_and_its_successor_too() {
    let mut fake = Fake::new();
    let (queue, mut seen) = queue();
    let _handle = spawn(queue, current_netns().unwrap(), wanted(&fake)).await.unwrap();
    next(&mut seen, |what| (*what == What::DaemonAbsent).then_some(())).await;
    fake.start(None);
    fake.write_pid_file();
    let first = next(&mut seen, found).await;
    assert_eq!(first.pid(), Some(fake.pid()));
    fake.signal(Signal::KILL);
    next(&mut seen, |what| matches!(what, What::DaemonGone(_)).then_some(())).await;
    fake.start(None);
    fake.write_pid_file();
    let second = next(&mut seen, found).await;
    assert_eq!(second.pid(), Some(fake.pid()));
    let ticks = |daemon: &Daemon| match daemon.known {
        crate::model::KnownBy::Process { start_ticks, .. } => start_ticks,
        known => panic!("{known:?}"),
    };
    assert!(ticks(&second) >= ticks(&first));
}

#[tokio::test]
async fn it_is_no_daemon_before_its_pid_file_names_it() {
    let mut fake = Fake::new();
    fake.start(None);
    let (queue, mut seen) = queue();
    let _handle = spawn(queue, current_netns().unwrap(), wanted(&fake)).await.unwrap();
    next(&mut seen, |what| (*what == What::DaemonAbsent).then_some(())).await;
    fake.write_pid_file();
    assert_eq!(next(&mut seen, found).await.pid(), Some(fake.pid()));
}

#[tokio::test]
async fn one_that_listens_and_is_no_process_is_known_by_its_socket_until_it_is_a_process() {
    let mut fake = Fake::new();
    let whack = fake.socket().with_file_name("whack");
    std::fs::write(&whack, "#!/bin/sh\necho 'Libreswan 4.10'\n").unwrap();
    std::fs::set_permissions(&whack, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let place = DaemonPlace { program: Some(whack), ..wanted(&fake) };
    let listener = UnixListener::bind(fake.socket()).unwrap();
    let Ok(control) = control::ControlSocket::find(&fake.socket(), &crate::root_path::believed()) else { return };
    let (queue, mut seen) = queue();
    let mut handle = spawn(queue, current_netns().unwrap(), place).await.unwrap();
    let daemon = next(&mut seen, found).await;
    let first = KnownBy::Socket { listener: control.listener() };
    assert_eq!((daemon.known, daemon.unit.as_ref(), daemon.version.as_deref()), (first, None, Some("4.10")));
    let running = handle.running.borrow_and_update().clone().unwrap();
    assert_eq!((running.log, running.pid_file), (LogPlace::Unknown, None));

    // What waits there is seen without its number.
    let caller = UnixStream::connect(fake.socket()).unwrap();
    let waiting = |what: &What| if let What::Listener(look) = what { Some(*look) } else { None };
    let look = next(&mut seen, waiting).await;
    assert_eq!(look, ListenerLook { listener: control.listener(), waiting: 1 });
    drop((caller, listener));
    let lost = |what: &What| if let What::ListenerGone(loss) = what { Some(*loss) } else { None };
    let loss = next(&mut seen, lost).await;
    assert_eq!(loss, ListenerLoss { listener: control.listener(), how: ListenerEnd::NobodyListens });
    handle.running.changed().await.unwrap();
    assert_eq!(*handle.running.borrow_and_update(), None);

    // Another one, and then its process can be seen.
    std::fs::remove_file(fake.socket()).unwrap();
    let listener = UnixListener::bind(fake.socket()).unwrap();
    let second = next(&mut seen, found).await;
    assert!(second.is_by_socket() && second.known != first);
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    fake.start(Some((udp.into(), listener.try_clone().unwrap().into())));
    fake.write_pid_file();
    let third = next(&mut seen, |what| {
        assert!(!matches!(what, What::ListenerGone(_)), "{what:?}");
        found(what)
    })
    .await;
    assert_eq!(third.pid(), Some(fake.pid()));
}

#[tokio::test]
async fn a_process_that_listens_there_is_never_known_by_its_socket_alone() {
    let mut fake = Fake::new();
    fake.start(None);
    let (queue, mut seen) = queue();
    let _handle = spawn(queue, current_netns().unwrap(), wanted(&fake)).await.unwrap();
    next(&mut seen, |what| (*what == What::DaemonAbsent).then_some(())).await;
    // It has no pid file yet, for longer than a listener that is no process would be looked at.
    let early = tokio::time::timeout(Duration::from_secs(5), next(&mut seen, found)).await;
    assert!(early.is_err(), "{early:?}");
    fake.write_pid_file();
    assert_eq!(next(&mut seen, found).await.pid(), Some(fake.pid()));
}

#[test]
fn a_pid_file_may_have_the_number_that_its_process_has_in_its_own_namespace() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("pluto");
    std::fs::copy("/bin/bash", &program).unwrap();
    let _listener = UnixListener::bind(folder.path().join("pluto.ctl")).unwrap();
    let mut command = std::process::Command::new("unshare");
    command.args(["--pid", "--fork", "--kill-child", "--"]).arg(&program);
    // Its first child is the shell of this name: number 1 there.
    command.args(["-c", "echo $$ > \"$2/pluto.pid\"; echo; read line; exit", "pluto", "--rundir"]).arg(folder.path());
    let mut child = command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut said = [0];
    if std::io::Read::read(child.stdout.as_mut().unwrap(), &mut said).unwrap() == 0 {
        let _ = child.wait();
        return;
    }
    let children = format!("/proc/{0}/task/{0}/children", child.id());
    let pid: u32 = std::fs::read_to_string(children).unwrap().trim().parse().unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("pluto.pid")).unwrap(), "1\n");
    let Some(candidate::Namesake::Candidate(candidate)) =
        candidate::look_at(&[DaemonKind::Libreswan], pid, current_netns().unwrap(), false)
    else {
        panic!()
    };
    candidate.prove().unwrap();
    std::fs::write(folder.path().join("pluto.pid"), "2\n").unwrap();
    assert!(matches!(candidate.prove(), Err(candidate::CandidateDoubt::Named { named: 2, .. })));
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[tokio::test]
async fn a_stopped_process_is_told_while_it_lasts_and_once_when_it_is_over() {
    let mut fake = Fake::new();
    fake.start(None);
    fake.write_pid_file();
    let (queue, mut seen) = queue();
    let _handle = spawn(queue, current_netns().unwrap(), wanted(&fake)).await.unwrap();
    next(&mut seen, found).await;
    fake.signal(Signal::STOP);
    for _ in 0..2 {
        assert_eq!(next(&mut seen, looked).await.state, RunState::Stopped);
    }
    fake.signal(Signal::CONT);
    // One look may already be on its way.
    while next(&mut seen, looked).await.state != RunState::Running {}
    let more = tokio::time::timeout(Duration::from_millis(2_500), next(&mut seen, looked)).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn what_waits_unread_for_two_looks_is_told() {
    let mut fake = Fake::new();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let listener = UnixListener::bind(fake.socket()).unwrap();
    fake.start(Some((udp.try_clone().unwrap().into(), listener.try_clone().unwrap().into())));
    fake.write_pid_file();
    let (queue, mut seen) = queue();
    let _handle = spawn(queue, current_netns().unwrap(), wanted(&fake)).await.unwrap();
    next(&mut seen, found).await;
    let can_see_control = control::ControlSocket::find(&fake.socket(), &crate::root_path::believed()).is_ok();

    udp.send_to(b"anybody there?", udp.local_addr().unwrap()).unwrap();
    let _caller = UnixStream::connect(fake.socket()).unwrap();
    let look = next(&mut seen, looked).await;
    assert_eq!(look.state, RunState::Running);
    assert!(look.unread.ike > 0, "{look:?}");
    assert_eq!(look.unread.control, u64::from(can_see_control), "{look:?}");

    udp.recv(&mut [0; 64]).unwrap();
    drop(listener.accept().unwrap());
    while next(&mut seen, looked).await.unread != crate::model::Unread::default() {}
}
