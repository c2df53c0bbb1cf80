//! A dump of real SAs on a device, joined with the table of a daemon that knows each of them, against a loop that receives the same dump
//! and looks at nothing but headers. Needs a kernel with ESP and a device with room: tests/lab/bench-dump has both, and names the device.

use std::time::{Duration, Instant};

use swanwatch::testing::model::{
    ChildSettings, ChildState, KernelSa, LoadedConnection, OffloadSetting, Serial, SpiPair, StateTable,
};

use crate::driver::{Driver, Replayed};
use crate::dump::receive_only;
use crate::full_size;
use crate::measure::{ROUNDS, median, milliseconds, ratio, time};
use crate::support::kernel::Kernel;
use crate::table::Row;

/// Set to the device's name where the row is wanted.
pub const DEVICE: &str = "SWANWATCH_BENCH_DEVICE";

const SAS: u32 = 20_000;
const PATIENCE: Duration = Duration::from_secs(60);

pub fn rows() -> Vec<Row> {
    let device = std::env::var(DEVICE).expect("the name of a device with room for 20,000 SAs");
    let index = std::fs::read_to_string(format!("/sys/class/net/{device}/ifindex")).unwrap();
    let index: u32 = index.trim().parse().unwrap();
    let kernel = Kernel::open();
    kernel.flush();
    kernel.add_sas(0..SAS, |number| on(index, number));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut ours, mut bare) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        ours.push(join(&runtime));
        bare.push(time(|| assert_eq!(receive_only(), SAS)));
    }
    kernel.flush();
    let (ours, bare) = (median(&mut ours), median(&mut bare));
    vec![Row {
        what: format!("dump of {SAS} SAs on a device, joined with the daemon's table, to a loop that only receives"),
        ours: milliseconds(ours),
        against: milliseconds(bare),
        value: ratio(ours, bare),
        bound: Some(1.25),
    }]
}

/// A full-size SA on this device. Of an outbound one the kernel wants no replay window where it is told the direction.
fn on(index: u32, number: u32) -> KernelSa {
    let mut sa = full_size::sa(number);
    sa.direction = None;
    sa.offload = sa.offload.map(|offload| swanwatch::testing::model::Offload { ifindex: index, ..offload });
    sa
}

/// From a start to the end of the SAD's dump, when each SA is joined with the Child SA that claims it. What is judged then is not in it.
fn join(runtime: &tokio::runtime::Runtime) -> Duration {
    runtime.block_on(async {
        let mut driver = Driver::beside(Some(daemon()));
        assert!(driver.until(PATIENCE, |counts| counts.dumps == 2).await);
        let known = driver.forget();
        let begun = Instant::now();
        assert!(driver.until(PATIENCE, |counts| counts.dumps >= 1 && counts.rows == SAS as usize).await);
        let took = begun.elapsed();
        let summary = driver.engine().status(swanwatch::testing::clock::real_time()).summary;
        assert_eq!(
            (summary.offloaded.crypto, summary.tunnels.up),
            (u64::from(SAS), u64::from(SAS / 2)),
            "not all is joined"
        );
        drop(known);
        took
    })
}

/// One that made every SA.
fn daemon() -> Replayed {
    let pairs = (0..SAS / 2).map(|pair| (pair, full_size::sa(2 * pair), full_size::sa(2 * pair + 1)));
    let (mut children, mut connections) = (Vec::new(), Vec::new());
    for (pair, out, inn) in pairs {
        children.push(ChildState {
            serial: Serial(pair + 1),
            ike: None,
            connection: format!("t{pair}"),
            instance: None,
            established: true,
            newest: true,
            spis: Some(SpiPair { protocol: out.id.protocol, outbound: out.id.spi, inbound: inn.id.spi }),
            remote: Some(out.id.dst),
            local: Some(out.src),
        });
        connections.push(LoadedConnection {
            connection: format!("t{pair}"),
            instance: None,
            offload: Some(OffloadSetting::Crypto),
            wanted_up: None,
            routed: None,
            template: false,
            local: Some(out.src),
            remote: Some(out.id.dst),
            oriented: None,
            ike: None,
            unrouted: false,
            interface: None,
            local_selector: None,
            remote_selector: None,
            reqid: None,
            child: ChildSettings::default(),
        });
    }
    Replayed { states: StateTable { ike: Vec::new(), children, partial: false }, connections }
}
