//! A flood of policy events: every one applied, or its loss noticed and healed; and the CPU time it takes, against `ip xfrm monitor`.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::driver::Driver;
use crate::measure::{cpu_time, cpu_time_of, milliseconds, ratio};
use crate::support::kernel::Kernel;
use crate::table::Row;

/// As an argument, makes this program the one that causes the flood.
pub const WRITER: &str = "write-policies";

const EVENTS: u32 = 200_000;
const POLICIES: u32 = 2_000;
/// Each turn adds all policies and removes them.
const TURNS: u32 = EVENTS / POLICIES / 2;
/// Rounds of each contender; the one in the middle counts.
const FLOODS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(5);

/// Causes the flood; one policy stays at the end.
pub fn write() {
    let kernel = Kernel::open();
    for _ in 0..TURNS {
        kernel.add_policies(0..POLICIES, false);
        kernel.delete_policies(0..POLICIES);
    }
    kernel.add_policies(0..1, false);
}

pub fn rows() -> Vec<Row> {
    let kernel = Kernel::open();
    kernel.flush();
    let mut rounds: [Vec<Flood>; 3] = Default::default();
    for _ in 0..FLOODS {
        for (floods, flood) in rounds.iter_mut().zip([(|| ours(false)) as fn() -> Flood, || ours(true), monitor]) {
            floods.push(flood());
            kernel.flush();
        }
    }
    let each = |cpu: Duration, events: u64| cpu.div_f64(events as f64);
    let [bare, ours, monitor] = rounds.map(|mut floods| {
        floods.sort_by_key(|flood| each(flood.cpu, flood.received));
        floods.swap_remove(FLOODS / 2)
    });
    vec![
        Row {
            what: format!("flood of {EVENTS} policy events: CPU time to ip xfrm monitor"),
            ours: milliseconds(ours.cpu),
            against: milliseconds(monitor.cpu),
            value: ratio(ours.cpu, monitor.cpu),
            bound: Some(1.0),
        },
        Row {
            what: format!("the same for an event received ({} and {})", ours.received, monitor.received),
            ours: format!("{} ns", each(ours.cpu, ours.received).as_nanos()),
            against: format!("{} ns", each(monitor.cpu, monitor.received).as_nanos()),
            value: ratio(each(ours.cpu, ours.received), each(monitor.cpu, monitor.received)),
            bound: Some(1.0),
        },
        Row {
            what: format!("keeping the last minutes meanwhile ({} and {} events)", ours.received, bare.received),
            ours: format!("{} ns", each(ours.cpu, ours.received).as_nanos()),
            against: format!("{} ns without", each(bare.cpu, bare.received).as_nanos()),
            value: ratio(each(ours.cpu, ours.received), each(bare.cpu, bare.received)),
            bound: Some(1.15),
        },
    ]
}

struct Flood {
    cpu: Duration,
    received: u64,
}

fn ours(recent: bool) -> Flood {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut driver = Driver::start();
        if recent {
            driver.keep_recent();
        }
        assert!(driver.until(PATIENCE, |counts| counts.dumps == 2).await);
        let dumps = driver.counts.dumps;
        let begun = cpu_time();
        let mut writer = writer();
        let all = u64::from(EVENTS) + 1;
        let every_one = driver.until(PATIENCE, |counts| counts.policy_events == all).await;
        let cpu = cpu_time() - begun;
        assert!(writer.wait().unwrap().success());
        let counts = driver.counts;
        if !every_one {
            assert!(counts.lost > 0, "events are missing and nothing was said: {counts:?}");
            assert!(counts.dumps > dumps && counts.rows == 1, "a loss was not healed: {counts:?}");
        }
        Flood { cpu, received: counts.policy_events }
    })
}

fn monitor() -> Flood {
    let mut monitor = Command::new("ip").args(["xfrm", "monitor"]).stdout(Stdio::null()).spawn().unwrap();
    let socket = wait_for(|| socket_of(monitor.id()));
    let begun = cpu_time_of(monitor.id());
    assert!(writer().wait().unwrap().success());
    // It has read everything once its socket is empty.
    wait_for(|| socket_of(monitor.id()).filter(|socket| socket.unread == 0));
    let cpu = cpu_time_of(monitor.id()) - begun;
    let dropped = socket_of(monitor.id()).unwrap().dropped - socket.dropped;
    monitor.kill().unwrap();
    monitor.wait().unwrap();
    Flood { cpu, received: u64::from(EVENTS) + 1 - dropped }
}

fn writer() -> Child {
    Command::new(std::env::current_exe().unwrap()).arg(WRITER).spawn().unwrap()
}

struct Socket {
    unread: u64,
    dropped: u64,
}

/// The line of a process's listening XFRM socket in /proc/net/netlink.
fn socket_of(pid: u32) -> Option<Socket> {
    let text = std::fs::read_to_string("/proc/net/netlink").unwrap();
    text.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is = fields[1] == "6" && fields[2] == pid.to_string() && fields[3] != "00000000";
        is.then(|| Socket { unread: fields[4].parse().unwrap(), dropped: fields[8].parse().unwrap() })
    })
}

fn wait_for<T>(mut what: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(Instant::now() < deadline, "ip xfrm monitor does not come up or to rest");
        // Another program's state in /proc can only be looked at.
        std::thread::sleep(Duration::from_millis(20));
    }
}
