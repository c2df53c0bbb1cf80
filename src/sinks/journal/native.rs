//! Entries with fields of their own, by the journal's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram each.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use super::line;
use crate::manual::message_id;
use crate::model::{Change, Finding, Severity};
use crate::text::escaped;

/// Where the journal listens (a unit with `LogNamespace=` finds its own there).
pub(super) const SOCKET: &str = "/run/systemd/journal/socket";

/// More bytes of one field are cut: a datagram has room for some hundred thousand.
const LONGEST: usize = 8 << 10;

/// A socket to the journal.
#[derive(Debug)]
pub(super) struct Native {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Native {
    /// To the journal on this socket. It need not be there yet, and may be started anew.
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        // A journal that does not read must not hold up the watching.
        socket.set_nonblocking(true)?;
        Ok(Self { socket, path: path.to_owned() })
    }

    /// One change of a finding as one entry.
    pub(super) fn tell(&self, change: Change, finding: &Finding) -> io::Result<()> {
        self.socket.send_to(entry(change, finding).as_bytes(), &self.path).map(|_| ())
    }
}

/// The datagram. No value has a line break or anything else that is no text: none needs the form for binary values.
fn entry(change: Change, finding: &Finding) -> String {
    let subject = &finding.subject;
    let priority = match (change, finding.severity) {
        (Change::Closed, _) => "6",
        (_, Severity::Critical) => "3",
        (_, Severity::Warning) => "4",
    };
    let fields = [
        ("MESSAGE", Some(line(change, finding))),
        ("PRIORITY", Some(priority.to_owned())),
        ("MESSAGE_ID", message_id(finding.code)),
        ("SYSLOG_IDENTIFIER", Some("swanwatch".to_owned())),
        ("SWANWATCH_FINDING", Some(finding.id.clone())),
        ("SWANWATCH_CHANGE", Some(change.as_str().to_owned())),
        ("SWANWATCH_CODE", Some(finding.code.to_string())),
        ("SWANWATCH_REASON", Some(finding.reason.to_string())),
        ("SWANWATCH_SEVERITY", Some(finding.severity.to_string())),
        ("SWANWATCH_TIMES", Some(finding.times.to_string())),
        ("SWANWATCH_SUMMARY", Some(finding.summary.clone())),
        ("SWANWATCH_ADVICE", Some(finding.advice.clone())),
        ("SWANWATCH_CONNECTION", subject.connection.clone()),
        ("SWANWATCH_INSTANCE", subject.instance.clone()),
        ("SWANWATCH_DIRECTION", subject.direction.map(|direction| direction.to_string())),
        ("SWANWATCH_DEVICE", subject.device.clone()),
        ("SWANWATCH_SPI", subject.spi.map(|spi| spi.to_string())),
        ("SWANWATCH_DST", subject.dst.map(|dst| dst.to_string())),
    ];
    let mut text = String::new();
    for (name, value) in fields {
        let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
        let value = escaped(&value);
        let end = (0..=LONGEST.min(value.len())).rev().find(|end| value.is_char_boundary(*end)).unwrap_or(0);
        text.extend([name, "=", value.get(..end).unwrap_or_default(), "\n"]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::samples::finding;

    #[test]
    fn an_entry_has_what_is_asked_for_in_fields() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let journal = UnixDatagram::bind(&path).unwrap();
        Native::new(&path).unwrap().tell(Change::Opened, &finding("t1")).unwrap();
        let mut room = [0; 4096];
        let length = journal.recv(&mut room).unwrap();
        let text = std::str::from_utf8(&room[..length]).unwrap();
        let id = format!("MESSAGE_ID={}", message_id(finding("t1").code).unwrap());
        for expected in [
            "MESSAGE=opened sa-not-offloaded:t1:out: t1 is encrypted by the CPU DO: put the tunnel on eth1, or set nic-offload=no",
            "PRIORITY=4",
            id.as_str(),
            "SWANWATCH_FINDING=sa-not-offloaded:t1:out",
            "SWANWATCH_CODE=sa-not-offloaded",
            "SWANWATCH_REASON=device-not-capable",
            "SWANWATCH_CONNECTION=t1",
            "SWANWATCH_DIRECTION=out",
            "SWANWATCH_DEVICE=eth1.7",
            "SWANWATCH_SPI=0xc63bbe1f",
        ] {
            assert!(text.lines().any(|line| line == expected), "{expected}: {text}");
        }
        assert!(!text.contains("SWANWATCH_DST") && !text.contains("SWANWATCH_INSTANCE"), "{text}");
    }

    #[test]
    fn what_a_peer_wrote_makes_no_field_of_its_own_and_has_an_end() {
        let mut evil = finding("t1\nPRIORITY=0\n");
        evil.summary = "ä".repeat(100_000);
        let text = entry(Change::Closed, &evil);
        assert_eq!(text.lines().filter(|line| line.starts_with("PRIORITY=")).collect::<Vec<_>>(), ["PRIORITY=6"]);
        assert!(text.len() < 64 << 10);
    }

    #[test]
    fn a_journal_that_is_not_there_or_does_not_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let native = Native::new(&path).unwrap();
        assert!(native.tell(Change::Opened, &finding("t1")).is_err());
        let _journal = UnixDatagram::bind(&path).unwrap();
        let told = (0..100_000).find_map(|_| native.tell(Change::Opened, &finding("t1")).err());
        assert_eq!(told.unwrap().kind(), io::ErrorKind::WouldBlock);
    }
}
