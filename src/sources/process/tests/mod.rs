//! Against real processes: a shell under the daemon's name, in this namespace.

pub mod fake;

use std::net::UdpSocket;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::mpsc::Receiver;

use self::fake::Fake;
use super::*;
use crate::model::{ProcessLook, RunState, What};
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
    DaemonPlace { socket: Some(fake.socket()), ..DaemonPlace::default() }
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
