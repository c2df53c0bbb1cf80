//! What the fence costs each packet that leaves: small datagrams out of a veth device, beside none of its rules.

use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

use swanwatch::testing::config::DaemonPlace;
use swanwatch::testing::model::{AddressPair, AskId, Netns, RemedyId, Step, StepResult, What};
use swanwatch::testing::remedies::RemedyHands;
use swanwatch::testing::sources::queue;

use crate::measure::{ROUNDS, median, time};
use crate::support::namespace::ip;
use crate::table::Row;

const PACKETS: u32 = 20_000;
const PAIRS: [u32; 3] = [0, 1, 1_000];

pub fn rows() -> Vec<Row> {
    ip("link add fence0 type veth peer name fence1");
    ip("addr add 192.0.2.1/24 dev fence0");
    ip("link set fence1 up");
    ip("link set fence0 up");
    // Nobody has this address: what arrives is dropped at once.
    ip("neigh add 192.0.2.2 lladdr 02:00:00:00:00:99 dev fence0 nud permanent");
    let socket = UdpSocket::bind("192.0.2.1:0").unwrap();
    socket.connect("192.0.2.2:9").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let send = || {
        time(|| {
            for _ in 0..PACKETS {
                assert_eq!(socket.send(&[0; 64]).unwrap(), 64);
            }
        })
    };
    let mut without = Vec::new();
    let mut with = PAIRS.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        without.push(send());
        for (pairs, times) in PAIRS.into_iter().zip(&mut with) {
            runtime.block_on(fence(pairs));
            times.push(send());
        }
        let taken = Command::new("nft").args(["delete", "table", "inet", "swanwatch_fence"]).status().unwrap();
        assert!(taken.success());
    }
    ip("link del fence0");
    let without = median(&mut without);
    let row = |(pairs, times): (u32, &mut Vec<Duration>)| {
        let with = median(times);
        Row {
            what: format!("sending a datagram past a fence of {pairs} address pairs"),
            ours: a_packet(with),
            against: format!("no fence {}", a_packet(without)),
            value: with.as_secs_f64() / without.as_secs_f64(),
            bound: None,
        }
    };
    PAIRS.into_iter().zip(&mut with).map(row).collect()
}

fn a_packet(time: Duration) -> String {
    format!("{:.0} ns", time.as_secs_f64() * 1e9 / f64::from(PACKETS))
}

/// Sets it as the service does: one pair that is taken away again leaves the rules alone.
async fn fence(pairs: u32) {
    let (queue, mut seen) = queue();
    let mut remedies = RemedyHands::new(queue, Netns::default(), &DaemonPlace::default());
    let protect: Vec<_> = (0..pairs.max(1)).map(pair).collect();
    let release = if pairs == 0 { protect.clone() } else { Vec::new() };
    for (protect, release) in [(protect, Vec::new()), (Vec::new(), release)] {
        let step = Step::Fence { protect, release, lasts: 120 };
        assert_eq!(remedies.act(AskId(1), RemedyId(1), step, None), None);
        let what = seen.recv().await.unwrap().what;
        assert!(matches!(&what, What::Outcome(outcome) if matches!(outcome.result, StepResult::Done(_))), "{what:?}");
    }
}

fn pair(number: u32) -> AddressPair {
    let net = |first: u8| [first, (number >> 8) as u8, number as u8, 0].into();
    AddressPair { src: net(10), src_prefix: 24, dst: net(11), dst_prefix: 24 }
}
