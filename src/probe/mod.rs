//! What a device can really do: SAs with random keys are added to it, read back and deleted, one after the other.
//!
//! Each one lives for a moment. It carries a reqid of its own, which the running service leaves out; addresses for documentation, after a
//! look that nobody uses them; a selector that meets no packet; and a hard lifetime of ten seconds, so that the kernel removes it if
//! this process dies.

mod algorithms;
pub mod connections;
mod error;
pub mod plan;
pub mod remembered;
mod request;
mod safety;
mod talk;

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::net::{AddressFamily, SocketType, netdevice, socket};

pub use self::error::ProbeError;

use self::request::{Trial, draw};
use self::talk::{Acknowledgement, Talk};
use crate::clock;
use crate::model::{
    Direction, Link, Netns, Offload, OffloadMode, ProbeAnswer, ProbedCell, ProbedColumn, ProbedDevice, ProbedFeature,
    SaShape, Spi,
};
use crate::reasons::{self, Case, Device, Entry};
use crate::sources::nic::{Ethtool, Facts};
use crate::sources::xfrm::decode::Decoder;
use crate::sources::xfrm::numbers::XFRM_MSG_NEWSA;

/// `NETIF_F_HW_ESP` as ethtool names it (net/ethtool/common.c).
const ESP_HW_OFFLOAD: &str = "esp-hw-offload";
/// EPERM, ESRCH, EEXIST.
const NOT_PERMITTED: u32 = 1;
const NOT_THERE: u32 = 3;
const EXISTS: u32 = 17;
/// SPIs are drawn out of four thousand million; a second one that is taken is no accident.
const SPI_TRIES: usize = 3;
/// SPIs below are reserved (RFC 4303 §2.1).
const FIRST_SPI: u32 = 0x100;

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
pub fn warnings(link: &Link) -> Vec<String> {
    safety::warnings(link)
}

/// Probes a device. Between two SAs it is looked whether `stop` is set: then the rest is not tried.
///
/// # Errors
/// What speaks against it; not permitted; the device went away.
pub fn probe(
    link: &Link,
    permissions: Permissions,
    kernel: &str,
    stop: &AtomicBool,
) -> Result<ProbedDevice, ProbeError> {
    let ethtool = Ethtool::open().map_err(ProbeError::tried("opening a socket for ethtool"))?;
    let facts = ethtool.facts(&link.name);
    let held = safety::check(link, &facts, permissions.force)?;
    let talk = Talk::xfrm().map_err(ProbeError::tried("opening a NETLINK_XFRM socket"))?;
    let mut prober = Prober { talk, link, facts: &facts, kernel, stop, software: Vec::new() };
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
    let Facts { driver, firmware, bus, features, counters } = ethtool.facts(&link.name);
    Ok(ProbedDevice {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        time: clock::real_time(),
        device: link.name.clone(),
        kind: link.kind.clone(),
        driver,
        firmware,
        bus,
        kernel: kernel.to_owned(),
        up: link.up,
        features: features.into_iter().map(|(name, on, fixed)| ProbedFeature { name, on, fixed }).collect(),
        counters,
        held: held.inbound + held.outbound,
        columns,
        complete,
    })
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
    let (errno, kernel) = (Some(errno), table.kernel.as_str());
    reasons::judge(&Case { errno, text, wanted, direction, device, shape, kernel, ..Case::default() })
}

/// Why a kind of offload is not tried on this device.
fn excuse(facts: &Facts, wanted: OffloadMode, permissions: Permissions) -> Option<&'static str> {
    let mlx5 = facts.driver.as_deref().is_some_and(|driver| driver.starts_with("mlx5"));
    (mlx5 && wanted == OffloadMode::Packet && !permissions.packet).then_some(
        "mlx5 refuses changes of eswitch and TC offload while such an SA stands: «--packet» tries it all the same",
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

struct Prober<'a> {
    talk: Talk,
    link: &'a Link,
    facts: &'a Facts,
    kernel: &'a str,
    stop: &'a AtomicBool,
    /// What the kernel said to SAs without offload, so that each is tried once.
    software: Vec<(SaShape, Acknowledgement)>,
}

/// An SA that was tried.
struct Tried {
    acknowledgement: Acknowledgement,
    /// As read back, where it was added.
    offload: Option<Offload>,
}

impl Prober<'_> {
    /// One kind of offload and direction: a base that is taken, and its variations.
    fn column(&mut self, wanted: OffloadMode, direction: Direction) -> Result<ProbedColumn, ProbeError> {
        let mut known: Vec<(SaShape, ProbeAnswer)> = Vec::new();
        let mut base = None;
        for candidate in plan::bases() {
            let answer = self.answer(wanted, direction, &candidate, &mut known)?;
            if matches!(answer, ProbeAnswer::Accepted { .. }) {
                base = Some(candidate);
                break;
            }
        }
        let around = base.unwrap_or_else(plan::preferred);
        let mut cells = Vec::new();
        for variation in plan::variations() {
            let shape = variation.of(&around);
            let answer = self.answer(wanted, direction, &shape, &mut known)?;
            cells.push(ProbedCell { name: variation.name, shape, answer });
        }
        Ok(ProbedColumn { wanted, direction, base, cells })
    }

    /// Each SA is tried once.
    fn answer(
        &mut self,
        wanted: OffloadMode,
        direction: Direction,
        shape: &SaShape,
        known: &mut Vec<(SaShape, ProbeAnswer)>,
    ) -> Result<ProbeAnswer, ProbeError> {
        if let Some((_, answer)) = known.iter().find(|(tried, _)| tried == shape) {
            return Ok(answer.clone());
        }
        if self.stop.load(Ordering::Relaxed) {
            return Ok(ProbeAnswer::NotTried { why: "interrupted".to_owned() });
        }
        let answer = self.ask(wanted, direction, shape)?;
        known.push((*shape, answer.clone()));
        Ok(answer)
    }

    fn ask(&mut self, wanted: OffloadMode, direction: Direction, shape: &SaShape) -> Result<ProbeAnswer, ProbeError> {
        let Tried { acknowledgement: Acknowledgement { errno, words }, offload } =
            self.attempt(shape, direction, Some((self.link.index, wanted)))?;
        if errno == 0 {
            let here = |offload: &Offload| offload.ifindex == self.link.index && offload.mode == wanted;
            if offload.as_ref().is_some_and(here) {
                return Ok(ProbeAnswer::Accepted { words });
            }
            let case = self.case(0, words.as_deref(), wanted, direction, shape);
            let reason = reasons::judge(&case).map(|entry| entry.reason);
            return Ok(ProbeAnswer::Software { words, reason });
        }
        // Whether it was refused for its offload is known once it was tried without.
        let without = self.without_offload(shape, direction)?;
        if without.errno != 0 {
            return Ok(ProbeAnswer::NotInKernel { errno: without.errno, words: without.words });
        }
        let case = self.case(errno, words.as_deref(), wanted, direction, shape);
        let reason = reasons::judge(&case).map(|entry| entry.reason);
        Ok(ProbeAnswer::Refused { errno, words, reason })
    }

    fn case<'a>(
        &'a self,
        errno: u32,
        text: Option<&'a str>,
        wanted: OffloadMode,
        direction: Direction,
        shape: &'a SaShape,
    ) -> Case<'a> {
        let esp = self.facts.features.iter().find(|(name, ..)| name == ESP_HW_OFFLOAD);
        let device = Device {
            name: &self.link.name,
            driver: self.facts.driver.as_deref(),
            kind: self.link.kind.as_deref(),
            esp_hw_offload: esp.map(|(_, on, _)| *on),
        };
        let (errno, kernel) = (Some(errno), self.kernel);
        let (wanted, direction, device, shape) = (Some(wanted), Some(direction), Some(device), Some(shape));
        Case { errno, text, wanted, direction, device, shape, kernel, ..Case::default() }
    }

    fn without_offload(&mut self, shape: &SaShape, direction: Direction) -> Result<Acknowledgement, ProbeError> {
        if let Some((_, said)) = self.software.iter().find(|(tried, _)| tried == shape) {
            return Ok(said.clone());
        }
        let said = self.attempt(shape, direction, None)?.acknowledgement;
        self.software.push((*shape, said.clone()));
        Ok(said)
    }

    /// Adds one SA, reads it back and deletes it.
    fn attempt(
        &mut self,
        shape: &SaShape,
        direction: Direction,
        offload: Option<(u32, OffloadMode)>,
    ) -> Result<Tried, ProbeError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let trial = Trial { shape: *shape, direction, offload, spi: spi()? };
            let seq = self.talk.next();
            let request = trial.add(seq)?;
            let added = self.talk.acknowledged(seq, &request);
            drop(request);
            let acknowledgement = match added {
                Ok(acknowledgement) => acknowledgement,
                Err(error) => {
                    // It may have been added all the same.
                    let _ = self.delete(&trial);
                    return Err(ProbeError::tried("adding an SA")(error));
                }
            };
            match acknowledgement.errno {
                0 => {
                    let read = self.read(&trial);
                    self.delete(&trial)?;
                    return Ok(Tried { acknowledgement, offload: read? });
                }
                EXISTS if tries < SPI_TRIES => {}
                NOT_PERMITTED => return Err(ProbeError::tried("adding an SA")(talk::error(NOT_PERMITTED))),
                _ => return Ok(Tried { acknowledgement, offload: None }),
            }
        }
    }

    fn read(&mut self, trial: &Trial) -> Result<Option<Offload>, ProbeError> {
        let decoder = Decoder::new(Netns::default());
        let seq = self.talk.next();
        let read = self.talk.answered(seq, &trial.read(seq), |kind, payload| {
            (kind == XFRM_MSG_NEWSA).then(|| decoder.sa(payload).ok()).flatten()
        });
        let tried = ProbeError::tried("reading back an SA that was added a moment ago");
        let (acknowledgement, found) = read.map_err(&tried)?;
        match found {
            Some(sa) => Ok(sa.offload),
            None => Err(tried(talk::error(acknowledgement.errno.max(NOT_THERE)))),
        }
    }

    fn delete(&mut self, trial: &Trial) -> Result<(), ProbeError> {
        let seq = self.talk.next();
        let deleted = self.talk.acknowledged(seq, &trial.delete(seq));
        match deleted {
            // Somebody's flush was sooner.
            Ok(Acknowledgement { errno: 0 | NOT_THERE, .. }) => Ok(()),
            Ok(Acknowledgement { errno, words }) => {
                Err(ProbeError::LeftBehind(words.unwrap_or_else(|| talk::error(errno).to_string())))
            }
            Err(error) => Err(ProbeError::LeftBehind(error.to_string())),
        }
    }
}

fn spi() -> Result<Spi, ProbeError> {
    let mut bytes = [0; 4];
    draw(&mut bytes)?;
    Ok(Spi(u32::from_ne_bytes(bytes).max(FIRST_SPI)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packet_mode_of_mlx5_needs_a_word() {
        let facts = |driver: &str| Facts { driver: Some(driver.to_owned()), ..Facts::default() };
        let allowed = Permissions { packet: true, force: false };
        assert!(excuse(&facts("mlx5_core"), OffloadMode::Packet, Permissions::default()).is_some());
        assert!(excuse(&facts("mlx5_core"), OffloadMode::Packet, allowed).is_none());
        assert!(excuse(&facts("mlx5_core"), OffloadMode::Crypto, Permissions::default()).is_none());
        assert!(excuse(&facts("netdevsim"), OffloadMode::Packet, Permissions::default()).is_none());
        let column = untried(OffloadMode::Packet, Direction::In, "because");
        assert_eq!(column.cells.len(), plan::variations().len());
    }
}
