//! Interfaces: the first look, addresses, down, gone.

use std::net::IpAddr;

use swanwatch::testing::model::{Coverage, Link, Source, SourceState, What};
use swanwatch::testing::sources::nic;

use crate::collector::Collector;
use crate::support::kernel::Kernel;
use crate::support::namespace::ip;

pub async fn links_and_addresses_are_told_as_they_change(_kernel: Kernel) {
    ip("link set lo up");
    let (queue, receiver) = swanwatch::testing::sources::queue();
    nic::spawn(queue).unwrap();
    let mut seen = Collector::new(receiver);
    let What::Link(lo) = seen.next().await else { panic!() };
    assert_eq!((lo.name.as_str(), lo.up, lo.esp_hw_offload, lo.kind.as_deref()), ("lo", true, Some(false), None));
    assert!(lo.addresses.contains(&IpAddr::from([127, 0, 0, 1])));
    seen.until(|what| (what == What::LinksKnown).then_some(())).await;
    let What::Coverage(Coverage { source: Source::Links, state: SourceState::Ok, .. }) = seen.next().await else {
        panic!()
    };

    ip("addr add 192.0.2.9/32 dev lo");
    let with: Link = seen.until(link).await;
    assert!(with.addresses.contains(&IpAddr::from([192, 0, 2, 9])));
    ip("addr del 192.0.2.9/32 dev lo");
    assert_eq!(seen.until(link).await.addresses, lo.addresses);

    ip("link set lo down");
    let down: Link = seen.until(link).await;
    assert!(!down.up);
    ip("link set lo up");
    seen.until(|what| link(what).filter(|link| link.up)).await;

    let made =
        std::process::Command::new("ip").args("link add sw0 type veth peer name sw1".split(' ')).output().unwrap();
    if !made.status.success() {
        println!("note: this kernel has no veth; the rest of links is left out");
        return;
    }
    let veth = seen.until(|what| link(what).filter(|link| link.name == "sw0")).await;
    assert_eq!((veth.kind.as_deref(), veth.lower, veth.driver.as_deref()), (Some("veth"), None, Some("veth")));
    ip("link del sw0");
    seen.until(|what| (what == What::LinkGone { index: veth.index }).then_some(())).await;
}

fn link(what: What) -> Option<Link> {
    match what {
        What::Link(link) => Some(link),
        _ => None,
    }
}
