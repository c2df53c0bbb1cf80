//! A dump of 20,000 larval SAs, decoded and joined, against a loop that receives the same dump and looks at nothing but headers,
//! and against `ip -s xfrm state >/dev/null`.

use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, sendto, socket_with};
use swanwatch::testing::sources::xfrm::numbers::*;

use crate::driver::Driver;
use crate::measure::{ROUNDS, median, milliseconds, ratio, time};
use crate::support::encode;
use crate::support::kernel::Kernel;
use crate::table::Row;

const SAS: u32 = 20_000;
const PATIENCE: Duration = Duration::from_secs(10);

pub fn rows() -> Vec<Row> {
    let kernel = Kernel::open();
    kernel.flush();
    let mut empty: Vec<Duration> = (0..ROUNDS).map(|_| ip()).collect();
    let start = median(&mut empty);
    std::fs::write("/proc/sys/net/core/xfrm_acq_expires", "3600").unwrap();
    kernel.allocate_spis(0..SAS);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut ours, mut bare, mut iproute) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        ours.push(join(&runtime));
        bare.push(time(|| assert_eq!(receive_only(), SAS)));
        iproute.push(ip().saturating_sub(start));
    }
    kernel.flush();
    let (ours, bare, iproute) = (median(&mut ours), median(&mut bare), median(&mut iproute));
    let row = |name: &str, other: Duration, bound| Row {
        what: format!("dump and join of {SAS} larval SAs, to {name}"),
        ours: milliseconds(ours),
        against: milliseconds(other),
        value: ratio(ours, other),
        bound: Some(bound),
    };
    vec![row("a loop that only receives", bare, 1.5), row("ip -s xfrm state", iproute, 0.1)]
}

/// From the engine's request to the end of the SAD's dump, with an engine that knows nothing yet.
fn join(runtime: &tokio::runtime::Runtime) -> Duration {
    runtime.block_on(async {
        let mut driver = Driver::start();
        // The source is ready and idle, and the engine has had the dumps that it asked for at its start.
        assert!(driver.until(PATIENCE, |counts| counts.dumps == 2).await);
        let known = driver.forget();
        let begun = std::time::Instant::now();
        assert!(driver.until(PATIENCE, |counts| counts.dumps >= 1 && counts.rows == SAS as usize).await);
        let took = begun.elapsed();
        drop(known);
        took
    })
}

/// Receives a dump of the SAD and walks over its headers.
pub fn receive_only() -> u32 {
    let socket =
        socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, Some(netlink::XFRM)).unwrap();
    bind(&socket, &SocketAddrNetlink::new(0, 0)).unwrap();
    let request = encode::message(XFRM_MSG_GETSA, NLM_F_REQUEST | NLM_F_DUMP, 1, &[]);
    sendto(&socket, &request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0)).unwrap();
    let mut buffer = vec![0; 64 << 10];
    let mut count = 0;
    loop {
        let (_, length) = recv(&socket, &mut buffer[..], RecvFlags::empty()).unwrap();
        let mut rest = &buffer[..length];
        while let Some((header, _)) = rest.split_first_chunk::<16>() {
            let [a, b, c, d, kind, _, ..] = *header;
            if u16::from(kind) == NLMSG_DONE {
                return count;
            }
            count += 1;
            let length = u32::from_ne_bytes([a, b, c, d]) as usize;
            rest = &rest[length.next_multiple_of(4)..];
        }
    }
}

fn ip() -> Duration {
    time(|| {
        let status = Command::new("ip").args(["-s", "xfrm", "state"]).stdout(Stdio::null()).status().unwrap();
        assert!(status.success());
    })
}
