//! What the service manager is told of us: sd_notify(3). Without one (`NOTIFY_SOCKET` unset) nothing is told. One that does not read is never
//! waited for: what matters is told again with the next turn of the service's loop.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use crate::clock;
use crate::model::{Boottime, Severity, Status};
use crate::plural::counted;
use sd_notify::NotifyState;

/// The status line changes at most this often.
const STATUS_PAUSE: Duration = Duration::from_secs(5);

/// Tells the service manager.
#[derive(Debug)]
pub struct Notifier {
    ready: bool,
    status: String,
    next_status: Boottime,
}

/// A service manager started this process and waits for what it tells.
pub fn is_managed() -> bool {
    std::env::var_os("NOTIFY_SOCKET").is_some_and(|socket| !socket.is_empty())
}

/// Half of what `WatchdogSec=` allows between two signs of life; none where no watchdog waits.
pub fn watchdog_period() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|allowed| allowed / 2).filter(|period| !period.is_zero())
}

impl Notifier {
    /// One that has told nothing.
    pub fn new() -> Self {
        Self { ready: false, status: String::new(), next_status: clock::boottime() }
    }

    /// The service is ready, once; called again, where that could not be told.
    pub fn ready(&mut self) {
        self.ready = self.ready || tell(&[NotifyState::Ready]);
    }

    /// The configuration is being read again. To be followed by `reloaded`.
    pub fn reloading(&self) {
        if let (true, Ok(now)) = (self.ready, NotifyState::monotonic_usec_now()) {
            tell(&[NotifyState::Reloading, now]);
        }
    }

    /// The configuration was read again, or the old one stays.
    pub fn reloaded(&mut self) {
        if std::mem::take(&mut self.ready) {
            self.ready();
        }
    }

    /// The service is ending.
    pub fn stopping(&self) {
        tell(&[NotifyState::Stopping]);
    }

    /// A sign of life.
    pub fn alive(&self) {
        tell(&[NotifyState::Watchdog]);
    }

    /// When the status may be told again.
    pub const fn next_status(&self) -> Boottime {
        self.next_status
    }

    /// Tells the status, where it is another than before.
    pub fn status(&mut self, status: &Status) {
        self.next_status = clock::boottime() + STATUS_PAUSE;
        let line = status_line(status);
        if line != self.status && tell(&[NotifyState::Status(&line)]) {
            self.status = line;
        }
    }
}

impl Default for Notifier {
    fn default() -> Self {
        Self::new()
    }
}

/// `daemon up; 2048 SAs: 2040 NIC, 8 CPU; 1 critical, 0 warnings: …` in one line.
pub fn status_line(status: &Status) -> String {
    let (summary, offloaded) = (&status.summary, &status.summary.offloaded);
    let count = |severity| status.findings.iter().filter(|finding| finding.severity == severity).count();
    let (critical, warnings) = (count(Severity::Critical), count(Severity::Warning));
    let mut line = format!(
        "daemon {}; {}: {} NIC, {} CPU",
        status.daemon.state,
        counted(summary.sas, "SA"),
        offloaded.packet + offloaded.crypto,
        summary.software
    );
    match status.findings.first() {
        None if !status.is_whole() => line.push_str("; not everything is seen yet"),
        None => line.push_str("; nothing wrong"),
        Some(worst) => {
            line.push_str(&format!("; {critical} critical, {warnings} warnings: {}", worst.summary));
        }
    }
    // A line break would begin another assignment of the protocol.
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Whether that is done: the service manager has it, or there is none that could ever be told.
fn tell(state: &[NotifyState<'_>]) -> bool {
    let Some(name) = std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) else { return true };
    let lines: Vec<String> = state.iter().map(ToString::to_string).collect();
    match send(&name, &lines.join("\n")) {
        Ok(()) => true,
        Err(error) => {
            tracing::debug!("the service manager cannot be told: {error}");
            error.kind() != io::ErrorKind::WouldBlock
        }
    }
}

/// One datagram, without waiting: a queue that nobody reads is full after ten (unix(7), `max_dgram_qlen`).
fn send(name: &OsStr, text: &str) -> io::Result<()> {
    let address = match name.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        path => SocketAddr::from_pathname(OsStr::from_bytes(path))?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.send_to_addr(text.as_bytes(), &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DaemonStatus, KernelStatus, OffloadCount, RealTime, Summary};

    fn status() -> Status {
        let daemon = DaemonStatus {
            kind: None,
            version: None,
            state: "up".into(),
            pid: None,
            unit: None,
            since: None,
            due: None,
        };
        let offloaded = OffloadCount { packet: 2, crypto: 3 };
        let summary = Summary { sas: 6, software: 1, offloaded, ..Summary::default() };
        let (findings, coverage) = (Vec::new(), Vec::new());
        Status {
            schema: 1,
            time: RealTime::default(),
            version: String::new(),
            kernel: KernelStatus::default(),
            daemon,
            summary,
            findings,
            notes: Vec::new(),
            coverage,
        }
    }

    #[test]
    fn a_manager_that_does_not_read_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let refused = (0..100_000).find_map(|_| send(path.as_os_str(), "STATUS=x").err()).unwrap();
        assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
        let mut read = [0; 16];
        assert_eq!(manager.recv(&mut read).unwrap(), 8);
        send(path.as_os_str(), "READY=1").unwrap();
    }

    #[test]
    fn a_healthy_status_is_one_line() {
        assert_eq!(status_line(&status()), "daemon up; 6 SAs: 5 NIC, 1 CPU; nothing wrong");
        let mut begun = status();
        begun.daemon.state = crate::model::UNKNOWN.into();
        assert_eq!(status_line(&begun), "daemon unknown; 6 SAs: 5 NIC, 1 CPU; not everything is seen yet");
    }

    #[test]
    fn a_status_cannot_smuggle_in_another_assignment() {
        let mut status = status();
        status.daemon.state = "up\nMAINPID=1".into();
        assert_eq!(status_line(&status).lines().count(), 1);
    }
}
