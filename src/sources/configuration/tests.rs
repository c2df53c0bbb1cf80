//! Files that change under a follower, by root's hand and by others'.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use tokio::sync::mpsc;

use super::*;
use crate::daemons::LogPlace;
use crate::model::{Daemon, DaemonKind, RealTime, What};
use crate::sources::{Seen, queue};

struct FollowedConfiguration {
    seen: mpsc::Receiver<Seen>,
    running: channel::Sender<Option<RunningDaemon>>,
    folder: tempfile::TempDir,
}

/// A daemon, this process, that was started with this file.
fn running(file: &Path) -> RunningDaemon {
    let daemon = Daemon {
        kind: DaemonKind::Libreswan,
        known: KnownBy::Process { pid: std::process::id(), start_ticks: 1 },
        since: RealTime::default(),
        version: None,
        unit: None,
        log: String::new(),
        socket: String::new(),
        log_addresses: None,
        debug: Vec::new(),
    };
    let (socket, log, pid_file) = (PathBuf::new(), LogPlace::Unknown, None);
    RunningDaemon { daemon, socket, log, pid_file, is_loaded: true, configuration: Some(file.to_owned()) }
}

impl FollowedConfiguration {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (sender, receiver) = channel::channel(None);
        let (queue, seen) = queue();
        let followed = Self { seen, running: sender, folder };
        fs::create_dir(followed.path("d")).unwrap();
        fs::write(followed.file(), text.replace("HERE", &followed.folder.path().display().to_string())).unwrap();
        followed.running.send_replace(Some(running(&followed.file())));
        spawn(queue, receiver);
        followed
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self) -> PathBuf {
        self.path("ipsec.conf")
    }

    /// What is told next: names and offload.
    async fn told(&mut self) -> Option<Vec<(String, String)>> {
        let seen = tokio::time::timeout(Duration::from_secs(60), self.seen.recv()).await.unwrap().unwrap();
        let What::Configured(told) = seen.what else { panic!("{:?}", seen.what) };
        let offload = |one: &crate::model::ConfiguredConnection| {
            one.settings.get("nic-offload").cloned().flatten().unwrap_or_default()
        };
        told.map(|told| told.connections.iter().map(|one| (one.connection.clone(), offload(one))).collect())
    }
}

fn one(name: &str, offload: &str) -> (String, String) {
    (name.to_owned(), offload.to_owned())
}

#[tokio::test]
async fn what_is_written_is_told_when_it_is_whole() {
    let mut followed = FollowedConfiguration::new("conn a\n\tnic-offload=no\ninclude HERE/d/*.conf\n");
    assert_eq!(followed.told().await, Some(vec![one("a", "no")]));
    // Renamed over it, as editors do.
    let whole = "conn a\n\tnic-offload=yes\ninclude HERE/d/*.conf\n";
    let whole = whole.replace("HERE", &followed.folder.path().display().to_string());
    fs::write(followed.path("new"), &whole).unwrap();
    fs::rename(followed.path("new"), followed.file()).unwrap();
    assert_eq!(followed.told().await, Some(vec![one("a", "yes")]));
    // Half of a new file, which lasts longer than it takes to settle.
    let mut half = File::create(followed.path("d/b.conf")).unwrap();
    half.write_all(b"conn b\n\tnic-offload=no\n").unwrap();
    tokio::time::sleep(SETTLES * 2).await;
    half.write_all(b"conn c\n\tnic-offload=yes\n").unwrap();
    drop(half);
    assert_eq!(followed.told().await, Some(vec![one("a", "yes"), one("b", "no"), one("c", "yes")]));
    // The same again says nothing: the next that is told is another change.
    fs::write(followed.file(), &whole).unwrap();
    tokio::time::sleep(SETTLES * 2).await;
    fs::remove_file(followed.path("d/b.conf")).unwrap();
    assert_eq!(followed.told().await, Some(vec![one("a", "yes")]));
}

#[tokio::test]
async fn what_others_may_write_is_not_believed() {
    let mut followed = FollowedConfiguration::new("conn a\n\tnic-offload=no\n");
    assert_eq!(followed.told().await, Some(vec![one("a", "no")]));
    fs::set_permissions(followed.file(), fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(followed.told().await, None);
    fs::set_permissions(followed.file(), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(followed.told().await, Some(vec![one("a", "no")]));
    fs::write(followed.file(), "conn a\n\tnic-off").unwrap();
    assert_eq!(followed.told().await, None);
}

#[tokio::test]
async fn another_daemon_has_its_own_file_or_none() {
    let mut followed = FollowedConfiguration::new("conn a\n\tnic-offload=no\n");
    assert_eq!(followed.told().await, Some(vec![one("a", "no")]));
    fs::write(followed.path("other.conf"), "conn b\n").unwrap();
    followed.running.send_replace(Some(running(&followed.path("other.conf"))));
    assert_eq!(followed.told().await, Some(vec![one("b", "")]));
    let by_socket = RunningDaemon { configuration: None, ..running(&followed.file()) };
    followed.running.send_replace(Some(by_socket));
    assert_eq!(followed.told().await, None);
}
