//! Whom it speaks with, and whom not.

use std::os::unix::fs::{PermissionsExt, chown};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, connect, listen, socket_with};

use super::charon::FakeCharon;
use super::{HeardCharon, LATE, SOON};
use crate::model::{Answer, Failure, Question};

async fn refusal(charon: FakeCharon, pid: Option<u32>) -> String {
    let mut talk = HeardCharon::to(charon, pid);
    let answer = talk.ask(Question::Brief, LATE).await;
    // Whoever connects to see who listens goes again.
    let written: Vec<_> = talk.charon.asked().into_iter().filter(|what| what != "closed").collect();
    assert_eq!(written, Vec::<String>::new(), "nothing is written to it");
    match answer {
        Answer::None(Failure::Error(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_socket_that_others_could_have_put_there_is_written_nothing() {
    let charon = FakeCharon::start();
    std::fs::set_permissions(&charon.socket, std::fs::Permissions::from_mode(0o777)).unwrap();
    assert!(refusal(charon, None).await.contains("is writable by others than root"));
    if rustix::process::geteuid().is_root() {
        let charon = FakeCharon::start();
        chown(&charon.socket, Some(65_534), None).unwrap();
        assert!(refusal(charon, None).await.contains("belongs to user 65534, not to root"));
    }
}

#[tokio::test]
async fn another_process_than_the_known_one_is_written_nothing() {
    let error = refusal(FakeCharon::start(), Some(1)).await;
    assert!(error.contains(&format!("process {} listens on it, and not process 1", std::process::id())), "{error}");
}

#[tokio::test]
async fn a_file_that_is_left_over_is_said_to_be_one() {
    let charon = FakeCharon::start();
    std::fs::remove_file(&charon.socket).unwrap();
    drop(std::os::unix::net::UnixListener::bind(&charon.socket).unwrap());
    std::fs::set_permissions(&charon.socket, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert!(refusal(charon, None).await.contains("nobody in this network namespace listens on it"));
}

/// Its backlog is full: it is busy, or stopped, and both are waited for.
#[tokio::test]
async fn a_full_backlog_is_waited_for() {
    let charon = FakeCharon::start();
    std::fs::remove_file(&charon.socket).unwrap();
    let stream = || socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::NONBLOCK, None).unwrap();
    let (listener, address) = (stream(), SocketAddrUnix::new(&charon.socket).unwrap());
    bind(&listener, &address).unwrap();
    listen(&listener, 0).unwrap();
    std::fs::set_permissions(&charon.socket, std::fs::Permissions::from_mode(0o700)).unwrap();
    let first = stream();
    connect(&first, &address).unwrap();
    assert!(connect(stream(), &address).is_err());
    let mut talk = HeardCharon::with(charon);
    assert_eq!(talk.ask(Question::Brief, SOON).await, Answer::None(Failure::Timeout));
    // It goes on.
    talk.charon.listen_on(listener);
    while !matches!(talk.see().await, crate::model::What::DaemonAnsweredLate { .. }) {}
}
