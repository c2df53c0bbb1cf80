//! A probe of a real kernel. Without ESP in it nothing can be taken: then that, and not the device, is what the table says.

use std::sync::atomic::AtomicBool;

use swanwatch::testing::model::{Abilities, Direction, Link, OffloadMode, ProbeAnswer, ProbedAnswer};
use swanwatch::testing::probe::{Permissions, ProbeError, plan, probe};
use swanwatch::testing::sources::nic;

use crate::support::kernel::Kernel;
use crate::support::namespace::ip;

async fn link(name: &str) -> Link {
    nic::links().await.unwrap().into_iter().find(|link| link.name == name).unwrap()
}

fn tried(link: &Link, stop: bool) -> Result<swanwatch::testing::model::ProbedDevice, ProbeError> {
    probe(link, Permissions::default(), ("test", Abilities::default()), &AtomicBool::new(stop))
}

pub async fn the_loopback_is_probed_and_nothing_is_left(_kernel: Kernel) {
    let lo = link("lo").await;
    let table = tried(&lo, false).unwrap();
    assert!(table.complete && !table.takes_any());
    assert_eq!(ip("xfrm state"), "");
    assert!(table.features.iter().any(|feature| feature.name == "esp-hw-offload" && !feature.on));
    assert_eq!(table.columns.len(), plan::COLUMNS.len());
    for column in &table.columns {
        assert_eq!(column.cells.len(), plan::variations().len());
        for cell in &column.cells {
            let fits = match (&cell.answer, column.wanted) {
                // This kernel may have no ESP, no AH or not that algorithm.
                (ProbeAnswer::NotInKernel { errno, .. }, _) => *errno != 0,
                (ProbeAnswer::Software { .. }, OffloadMode::Crypto) => true,
                (ProbeAnswer::Refused { errno: 22, .. }, mode) => {
                    mode == OffloadMode::Packet || cell.name.starts_with("ah-")
                }
                _ => false,
            };
            assert!(fits, "{:?} {}: {:?}", column.wanted, cell.name, cell.answer);
        }
    }
    // Whatever this kernel has: the loopback is never said to take an SA.
    let said = table.says(OffloadMode::Crypto, Direction::Out, &plan::preferred());
    assert!(!matches!(said, ProbedAnswer::Accepted), "{said:?}");
}

pub async fn an_interrupted_probe_says_so(_kernel: Kernel) {
    let table = tried(&link("lo").await, true).unwrap();
    assert!(!table.complete);
    let mut cells = table.columns.iter().flat_map(|column| &column.cells);
    assert!(cells.all(|cell| matches!(&cell.answer, ProbeAnswer::NotTried { why } if why == "interrupted")));
}

pub async fn addresses_in_use_and_other_probes_are_met_before_the_first_sa(kernel: Kernel) {
    let lo = link("lo").await;
    // Its source is 192.0.2.1.
    kernel.allocate_spis(0..1);
    let error = tried(&lo, false).unwrap_err().to_string();
    assert!(error.starts_with("an SA (esp 0x00001000 to 10.0.0.0, reqid 0) uses 192.0.2.1,"), "{error}");
    kernel.flush();
    kernel.add_policies(0..1, false);
    let error = tried(&lo, false).unwrap_err().to_string();
    assert!(error.starts_with("a policy (index ") && error.contains(") uses 192.0.2.1,"), "{error}");
    kernel.flush();
    ip("route add 198.51.100.64/26 dev lo");
    let error = tried(&lo, false).unwrap_err().to_string();
    assert!(error.starts_with("a route uses 198.51.100.64/26,"), "{error}");
    ip("route del 198.51.100.64/26 dev lo");
    ip("route add blackhole 198.51.100.0/24");
    assert!(tried(&lo, false).is_ok(), "what drops is no use of an address");
    ip("route del blackhole 198.51.100.0/24");
    // A device that went away, or is another one now.
    let gone = Link { index: 4_000, ..lo };
    assert!(matches!(tried(&gone, false), Err(ProbeError::DeviceGone(_))));
}
