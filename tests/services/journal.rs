//! A journal of our own, with the catalog as it is shipped.

use std::process::Command;

use crate::process::run;
use crate::watching::{Notices, Pluto, Swanwatch};

/// Makes a journal in a mount namespace, runs swanwatch in it until it has told of a dead daemon, and shows what `journalctl -x` says.
const SCRIPT: &str = r#"
set -e
mount -t tmpfs none /run
mkdir -p /run/systemd/journal /run/log/journal /run/catalog /run/database /var/lib/systemd/catalog
cp "$CATALOG" /run/catalog/
mount --bind /run/catalog /usr/lib/systemd/catalog
mount --bind /run/database /var/lib/systemd/catalog
mount -t tmpfs none /var/log
mount -t tmpfs none /run/database
echo 0123456789abcdef0123456789abcdef >/run/machine-id
mount --bind /run/machine-id /etc/machine-id
journalctl --update-catalog
# It would tell our service manager that it is ready itself.
env -u NOTIFY_SOCKET /lib/systemd/systemd-journald 2>/dev/null &
trap "kill $!" EXIT
# Its socket takes what comes before it reads.
while [ ! -S /run/systemd/journal/stdout ]; do :; done
# As a service manager does it (systemd.exec(5)).
stream='export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); exec "$@"'
systemd-cat --identifier=swanwatch sh -c "$stream" sh "$@" &
service=$!
coproc follow { exec journalctl --follow --no-tail --output=cat; }
line=
await() { until [[ $line == *"$1"* ]]; do read -r line <&"${follow[0]}"; done; }
echo yes >"$FOLDER/watching"
read -r go <"$FOLDER/go"
await "opened daemon-crashed"
kill $follow_PID
kill $service
journalctl --output=json SWANWATCH_CODE=daemon-crashed | head -1
journalctl -x SWANWATCH_CODE=daemon-crashed
"#;

pub fn findings_have_fields_and_journalctl_explains_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut pluto = Pluto::start(folder.path());
    let arguments = Swanwatch::arguments(folder.path(), &pluto.place());
    let mut command = Command::new("unshare");
    command.args(["-m", "bash", "-c", SCRIPT, "bash", env!("CARGO_BIN_EXE_swanwatch")]).args(arguments);
    command.env("CATALOG", concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/journal/swanwatch.catalog"));
    command.env("FOLDER", folder.path()).env("STATE_DIRECTORY", folder.path().join("state"));
    run(Command::new("mkfifo").current_dir(folder.path()).args(["go", "watching"]));
    let notices = Notices::new(folder.path(), &mut command);
    let shown = std::thread::spawn(move || run(&mut command));
    notices.ready();
    assert_eq!(std::fs::read_to_string(folder.path().join("watching")).unwrap(), "yes\n");
    pluto.die();
    std::fs::write(folder.path().join("go"), "go\n").unwrap();
    let shown = shown.join().unwrap();
    let (entry, explained) = shown.split_once('\n').unwrap();
    let entry: serde_json::Value = serde_json::from_str(entry).unwrap();
    assert_eq!(
        entry["MESSAGE_ID"],
        swanwatch::testing::manual::message_id(swanwatch::testing::model::Code::DaemonCrashed).unwrap()
    );
    assert_eq!((&entry["PRIORITY"], &entry["SWANWATCH_CHANGE"]), (&"3".into(), &"opened".into()));
    assert_eq!((&entry["SWANWATCH_FINDING"], &entry["_TRANSPORT"]), (&"daemon-crashed:host".into(), &"journal".into()));
    assert!(explained.contains("Subject: The IKE daemon has crashed: daemon-crashed:host"), "{explained}");
    assert!(explained.contains("What to do: If systemd does not start it again"), "{explained}");
}
