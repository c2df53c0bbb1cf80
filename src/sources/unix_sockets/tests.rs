//! Against the kernel that runs, and with torn answers.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::Path;

use super::file_id::device_of;
use super::*;
use crate::root_path::RootPath;

fn at(path: &Path) -> FileId {
    let flags = rustix::fs::OFlags::PATH | rustix::fs::OFlags::CLOEXEC;
    FileId::of(rustix::fs::open(path, flags, rustix::fs::Mode::empty()).unwrap().as_fd()).unwrap()
}

#[test]
fn a_socket_is_found_by_its_file_and_not_by_what_its_path_says() {
    let folder = tempfile::tempdir().unwrap();
    let (path, moved) = (folder.path().join("a control.ctl"), folder.path().join("moved"));
    let listener = UnixListener::bind(&path).unwrap();
    let mut sockets = UnixSockets::open().unwrap();
    let found = sockets.listening_at(at(&path)).unwrap().unwrap();
    assert_eq!(found.uid, Some(rustix::process::geteuid().as_raw()));
    // Another file where the first was: the text of the path is the same.
    std::fs::rename(&path, &moved).unwrap();
    File::create(&path).unwrap();
    assert_eq!(sockets.listening_at(at(&path)).unwrap(), None);
    assert_eq!(sockets.listening_at(at(&moved)).unwrap(), Some(found));
    drop(listener);
    assert_eq!(sockets.listening_at(at(&moved)).unwrap(), None);
}

#[test]
fn connections_that_nobody_accepts_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctl");
    let listener = UnixListener::bind(&path).unwrap();
    let mut sockets = UnixSockets::open().unwrap();
    let inode = sockets.listening_at(at(&path)).unwrap().unwrap().inode;
    assert_eq!(sockets.waiting(inode).unwrap(), 0);
    let waiting = [UnixStream::connect(&path).unwrap(), UnixStream::connect(&path).unwrap()];
    assert_eq!(sockets.waiting(inode).unwrap(), 2);
    drop(listener.accept().unwrap());
    assert_eq!(sockets.waiting(inode).unwrap(), 1);
    drop(listener);
    assert_eq!(sockets.waiting(inode).unwrap_err().kind(), io::ErrorKind::NotFound);
    drop(waiting);
}

#[test]
fn abstract_names_are_told_with_their_owner() {
    let name = format!("swanwatch-test-names-{}", std::process::id());
    let _listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let mut owners = Vec::new();
    let mut sockets = UnixSockets::open().unwrap();
    sockets
        .listening(|socket| owners.extend((socket.name == SocketName::Abstract(name.as_bytes())).then_some(socket.uid)))
        .unwrap();
    assert_eq!(owners, [Some(rustix::process::geteuid().as_raw())]);
}

#[test]
fn many_sockets_take_several_pieces_and_all_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..400).map(|n| folder.path().join(format!("{n:080}"))).collect();
    let _listeners: Vec<_> = paths.iter().map(|path| UnixListener::bind(path).unwrap()).collect();
    let mut sockets = UnixSockets::open().unwrap();
    for path in [&paths[0], &paths[199], &paths[399]] {
        assert!(sockets.listening_at(at(path)).unwrap().is_some());
    }
}

#[test]
fn the_device_of_a_mount_is_the_kernels_own() {
    let line = "36 35 98:3 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue";
    assert_eq!(device_of(line, 36), Some(98 << 20 | 3));
    assert_eq!(device_of(line, 35), None);
    for cut in 0..9 {
        assert_eq!(device_of(&line[..cut], 36), None);
    }
}

#[test]
fn torn_answers_are_errors_and_end() {
    let folder = tempfile::tempdir().unwrap();
    let _listener = UnixListener::bind(folder.path().join("ctl")).unwrap();
    let mut sockets = UnixSockets::open().unwrap();
    sockets.ask(wire::all_that_listen).unwrap();
    let (length, _) = rustix::net::recv(&sockets.netlink, sockets.buffer.as_mut_slice(), RecvFlags::empty()).unwrap();
    let piece = sockets.buffer[..length].to_vec();
    for cut in 0..length {
        let _ = read_piece(&piece[..cut], &mut |_| {});
    }
    for place in 0..length.min(400) {
        let mut bent = piece.clone();
        bent[place] ^= 0xff;
        let _ = read_piece(&bent, &mut |_| {});
    }
    assert!(read_piece(&[4, 0, 0, 0], &mut |_| {}).is_err());
}

#[test]
fn what_root_path_opens_is_named_as_the_kernel_names_it() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctl");
    let _listener = UnixListener::bind(&path).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let found = RootPath::open(&path).unwrap();
    assert!(found.is_socket());
    assert_eq!(FileId::of(found.descriptor.as_fd()).unwrap(), at(&path));
}
