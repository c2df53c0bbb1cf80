//! What a device can really do: SAs with random keys are added to it, read back and deleted, one after the other.
//!
//! Each one lives for a moment. It carries a reqid of its own, which the running service leaves out; addresses for documentation, after a
//! look that nobody uses them; a selector that meets no packet; and a hard lifetime of ten seconds, so that the kernel removes it if
//! this process dies.

mod attempt;
pub mod connections;
mod error;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
pub mod migration;
pub mod plan;
mod prober;
pub mod remembered;
pub mod request;
mod safety;
pub mod talk;

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::net::{AddressFamily, SocketType, netdevice, socket};

pub use self::error::ProbeError;

use self::attempt::{Tried, attempt};
use self::prober::Prober;
use self::talk::{Acknowledgement, RequestSocket};
use crate::clock;
use crate::model::{
    Abilities, Direction, Link, Offload, OffloadMode, ProbeAnswer, ProbedCell, ProbedColumn, ProbedDevice,
    ProbedFeature, SaShape,
};
use crate::reasons::{self, Case, Device, Entry};
use crate::sources::nic::{DeviceFacts, DriverIdentity, ESP_HW_OFFLOAD, Ethtool};

/// Version of the table's form.
pub const SCHEMA: u32 = 1;

/// What the person allowed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Permissions {
    /// Packet mode on mlx5.
    pub packet: bool,
    /// A bond.
    pub force: bool,
}

/// What there is to say about a device before it is probed.
pub fn warnings(link: &Link, abilities: &Abilities) -> Vec<String> {
    safety::warnings(link, abilities)
}

/// Probes a device. Between two SAs it is looked whether `stop` is set: then the rest is not tried.
///
/// # Errors
/// What speaks against it; not permitted; the device went away.
pub fn probe(
    link: &Link,
    permissions: Permissions,
    kernel: (&str, Abilities),
    stop: &AtomicBool,
) -> Result<ProbedDevice, ProbeError> {
    let ethtool = Ethtool::open().map_err(ProbeError::tried("opening a socket for ethtool"))?;
    let facts = ethtool.facts(&link.name);
    let _lock = safety::lock()?;
    let held = safety::check(link, &facts, &kernel.1, permissions.force)?;
    let talk = RequestSocket::xfrm().map_err(ProbeError::tried("opening a NETLINK_XFRM socket"))?;
    let mut prober = Prober::new(talk, link, &facts, kernel.1, stop);
    let mut columns = Vec::new();
    for (wanted, direction) in plan::COLUMNS {
        columns.push(match excuse(&facts, wanted, permissions) {
            Some(why) => untried(wanted, direction, why),
            None => prober.column(wanted, direction)?,
        });
    }
    let complete = !stop.load(Ordering::Relaxed);
    safety::nothing_left()?;
    if index_of(&link.name) != Some(link.index) {
        return Err(ProbeError::DeviceGone(link.name.clone()));
    }
    // Afterwards: they tell whether the device noticed.
    let DeviceFacts { identity: DriverIdentity { driver, firmware, bus }, features, counters } =
        ethtool.facts(&link.name);
    Ok(ProbedDevice {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        time: clock::real_time(),
        device: link.name.clone(),
        kind: link.kind.clone(),
        driver,
        firmware,
        bus,
        kernel: kernel.0.to_owned(),
        abilities: kernel.1,
        up: link.up,
        features: features.into_iter().map(|(name, on, fixed)| ProbedFeature { name, on, fixed }).collect(),
        counters,
        held: held.inbound + held.outbound,
        columns,
        complete,
    })
}

/// Whether a device takes an SA of this shape now: one with a random key is added and deleted. The inner result is its answer, in words where
/// it is no.
///
/// # Errors
/// What speaks against trying.
pub fn takes(
    link: &Link,
    abilities: &Abilities,
    mode: OffloadMode,
    direction: Direction,
    shape: &SaShape,
) -> Result<Result<(), String>, ProbeError> {
    let facts = Ethtool::open().map_err(ProbeError::tried("opening a socket for ethtool"))?.facts(&link.name);
    let driver = facts.identity.driver.as_deref();
    let device = Device { name: &link.name, driver, kind: link.kind.as_deref(), esp_hw_offload: None };
    if let Some(entry) = reasons::hazard(&device, abilities) {
        return Ok(Err(entry.means.to_owned()));
    }
    let _lock = safety::lock()?;
    safety::check(link, &facts, abilities, false)?;
    let mut talk = RequestSocket::xfrm().map_err(ProbeError::tried("opening a NETLINK_XFRM socket"))?;
    let Tried { acknowledgement: Acknowledgement { errno, words }, offload } =
        attempt(&mut talk, shape, direction, Some((link.index, mode)))?;
    let here = offload.is_some_and(|offload| offload.ifindex == link.index && offload.mode == mode);
    Ok(match (errno, here) {
        (0, true) => Ok(()),
        (0, false) => Err(words.unwrap_or_else(|| format!("the kernel took it in software, not on {}", link.name))),
        (errno, _) => {
            let error = talk::error(errno);
            Err(words.map_or_else(|| error.to_string(), |words| format!("{words} ({error})")))
        }
    })
}

/// Whether this kernel moves an SA of this shape to a device without taking it out: one with a random key is added in software, moved, read
/// back and deleted. The request alone tells nothing: Linux 7.3 answers that it was done where the SA stayed in software.
///
/// # Errors
/// What speaks against trying.
pub fn moves_onto(
    link: &Link,
    abilities: &Abilities,
    mode: OffloadMode,
    direction: Direction,
    shape: &SaShape,
) -> Result<bool, ProbeError> {
    let facts = Ethtool::open().map_err(ProbeError::tried("opening a socket for ethtool"))?.facts(&link.name);
    let _lock = safety::lock()?;
    safety::check(link, &facts, abilities, false)?;
    let mut talk = RequestSocket::xfrm().map_err(ProbeError::tried("opening a NETLINK_XFRM socket"))?;
    let offload = Offload { ifindex: link.index, mode, direction };
    let found = attempt::moved(&mut talk, shape, offload)?;
    Ok(found.is_some_and(|found| found.ifindex == link.index && found.mode == mode))
}

/// The entry of the list of reasons that explains a cell of a table, where one does.
pub fn entry(
    table: &ProbedDevice,
    wanted: OffloadMode,
    direction: Direction,
    cell: &ProbedCell,
) -> Option<&'static Entry> {
    let (errno, text) = match &cell.answer {
        ProbeAnswer::Refused { errno, words, .. } => (*errno, words.as_deref()),
        ProbeAnswer::Software { words, .. } => (0, words.as_deref()),
        _ => return None,
    };
    let device = Device {
        name: &table.device,
        driver: table.driver.as_deref(),
        kind: table.kind.as_deref(),
        esp_hw_offload: table.features.iter().find(|feature| feature.name == ESP_HW_OFFLOAD).map(|feature| feature.on),
    };
    let (wanted, direction, device, shape) = (Some(wanted), Some(direction), Some(device), Some(&cell.shape));
    let (errno, abilities) = (Some(errno), table.abilities);
    reasons::judge(&Case { errno, text, wanted, direction, device, shape, abilities, ..Case::default() })
}

/// Why a kind of offload is not tried on this device.
fn excuse(facts: &DeviceFacts, wanted: OffloadMode, permissions: Permissions) -> Option<&'static str> {
    let mlx5 = facts.identity.driver.as_deref().is_some_and(|driver| driver.starts_with("mlx5"));
    (mlx5 && wanted == OffloadMode::Packet && !permissions.packet).then_some(
        "mlx5 refuses changes of eswitch and TC offload while such an SA stands: '--packet' tries it all the same",
    )
}

fn untried(wanted: OffloadMode, direction: Direction, why: &str) -> ProbedColumn {
    let cells = plan::variations().into_iter().map(|variation| ProbedCell {
        shape: variation.of(&plan::preferred()),
        name: variation.name,
        answer: ProbeAnswer::NotTried { why: why.to_owned() },
    });
    ProbedColumn { wanted, direction, base: None, cells: cells.collect() }
}

fn index_of(name: &str) -> Option<u32> {
    let socket = socket(AddressFamily::INET, SocketType::DGRAM, None).ok()?;
    netdevice::name_to_index(socket.as_fd(), name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packet_mode_of_mlx5_needs_a_word() {
        let facts = |driver: &str| DeviceFacts {
            identity: DriverIdentity { driver: Some(driver.to_owned()), ..DriverIdentity::default() },
            ..DeviceFacts::default()
        };
        let allowed = Permissions { packet: true, force: false };
        assert!(excuse(&facts("mlx5_core"), OffloadMode::Packet, Permissions::default()).is_some());
        assert!(excuse(&facts("mlx5_core"), OffloadMode::Packet, allowed).is_none());
        assert!(excuse(&facts("mlx5_core"), OffloadMode::Crypto, Permissions::default()).is_none());
        assert!(excuse(&facts("netdevsim"), OffloadMode::Packet, Permissions::default()).is_none());
        let column = untried(OffloadMode::Packet, Direction::In, "because");
        assert_eq!(column.cells.len(), plan::variations().len());
    }
}
