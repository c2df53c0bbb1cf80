//! The service with 1,000 SAs and nothing to do, for 60 seconds; and the memory that it takes with 100,000.

use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::measure::milliseconds;
use crate::support::kernel::Kernel;
use crate::table::Row;

const SAS: u32 = 1_000;
const IDLE: Duration = Duration::from_secs(60);
/// What it may use.
const CPU_SHARE: f64 = 0.002;
const WAKE_UPS: f64 = 1.5;
const ANONYMOUS: f64 = 12.0;
/// As many as a large gateway has.
const MANY: u32 = 100_000;
/// The unit's MemoryMax= is for a million.
const PEAK: f64 = 1024.0 / 10.0;

pub fn rows() -> Vec<Row> {
    let kernel = Kernel::open();
    kernel.flush();
    std::fs::write("/proc/sys/net/core/xfrm_acq_expires", "3600").unwrap();
    kernel.allocate_spis(0..SAS);
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let before = Used::by(service.pid());
    // The measurement itself, not a wait for something.
    std::thread::sleep(IDLE);
    let used = Used::by(service.pid());
    let anonymous = megabytes(service.pid(), "RssAnon:");
    drop(service);
    kernel.flush();
    let cpu = used.cpu.saturating_sub(before.cpu);
    let share = cpu.as_secs_f64() / IDLE.as_secs_f64();
    let wake_ups = (used.switches - before.switches) as f64 / IDLE.as_secs_f64();
    let row = |what: &str, ours: String, against: &str, value: f64| Row {
        what: format!("idle with {SAS} SAs: {what}"),
        ours,
        against: against.to_owned(),
        value,
        bound: Some(1.0),
    };
    vec![
        row("CPU time in 60 s", milliseconds(cpu), "120 ms", share / CPU_SHARE),
        row("wake-ups a second", format!("{wake_ups:.2}"), "1.5", wake_ups / WAKE_UPS),
        row("RssAnon", format!("{anonymous:.2} MB"), "12 MB", anonymous / ANONYMOUS),
    ]
}

pub fn memory() -> Vec<Row> {
    let kernel = Kernel::open();
    kernel.flush();
    std::fs::write("/proc/sys/net/core/xfrm_acq_expires", "3600").unwrap();
    kernel.allocate_spis(0..MANY);
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let (peak, anonymous) = (megabytes(service.pid(), "VmHWM:"), megabytes(service.pid(), "RssAnon:"));
    drop(service);
    kernel.flush();
    vec![Row {
        what: format!("the most memory at the start with {MANY} SAs ({anonymous:.0} MB stay)"),
        ours: format!("{peak:.1} MB"),
        against: format!("{PEAK:.0} MB"),
        value: peak / PEAK,
        bound: Some(1.0),
    }]
}

/// The shipped binary; it ends with this.
struct Service {
    process: Child,
}

impl Service {
    /// Returns once it says that it is ready.
    fn start(folder: &std::path::Path) -> Self {
        let notices = UnixDatagram::bind(folder.join("notify")).unwrap();
        notices.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_swanwatch"));
        command
            .args(["run", "--socket"])
            .arg(folder.join("swanwatch.sock"))
            .env("STATE_DIRECTORY", folder.join("state"));
        command.env("NOTIFY_SOCKET", folder.join("notify")).stderr(Stdio::null());
        let service = Self { process: command.spawn().unwrap() };
        let mut text = [0; 4096];
        loop {
            let length = notices.recv(&mut text).unwrap();
            if String::from_utf8_lossy(&text[..length]).contains("READY=1") {
                return service;
            }
        }
    }

    fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// What all threads of a process have used.
struct Used {
    cpu: Duration,
    switches: u64,
}

impl Used {
    fn by(pid: u32) -> Self {
        let mut used = Self { cpu: Duration::ZERO, switches: 0 };
        for task in std::fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
            let task = task.unwrap().path();
            let time = std::fs::read_to_string(task.join("schedstat")).unwrap();
            used.cpu += Duration::from_nanos(time.split(' ').next().unwrap().parse().unwrap());
            used.switches += number(&std::fs::read_to_string(task.join("status")).unwrap(), "voluntary_ctxt_switches:");
        }
        used
    }
}

/// A line of its status, in megabytes.
fn megabytes(pid: u32, name: &str) -> f64 {
    number(&std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap(), name) as f64 / 1024.0
}

fn number(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
