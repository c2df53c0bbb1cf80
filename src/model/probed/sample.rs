//! A probed device for tests, of which each tells only what it is about.

use super::ProbedDevice;
use crate::model::RealTime;

/// `eth0`, on which nothing was tried.
pub fn device() -> ProbedDevice {
    ProbedDevice {
        schema: 1,
        version: "0".to_owned(),
        time: RealTime::from_micros(0),
        device: "eth0".to_owned(),
        kind: None,
        driver: Some("d".to_owned()),
        firmware: None,
        bus: None,
        kernel: "6.12".to_owned(),
        abilities: crate::model::Abilities::LINUX_6_12,
        up: true,
        features: vec![],
        counters: vec![],
        held: 0,
        columns: vec![],
        complete: true,
    }
}
