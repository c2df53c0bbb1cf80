//! What a device answered when it was probed: the remembered table, and what it says about an SA.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Abilities, Direction, OffloadMode, OffloadTry, RealTime, Reason, SaShape};

/// The reqid of every SA that `probe` adds. Whoever watches the SAD leaves these out: they live for milliseconds, ten seconds at most.
pub const PROBE_REQID: u32 = 0x7377_0001;

/// errno(3) of what passes: no memory, busy, no buffer, no room. They say nothing of the kind of SA.
const PASSING: [u32; 5] = [11, 12, 16, 28, 105];

/// Whether it can be the address of one of `probe`'s SAs: 192.0.2.0/24, 198.51.100.0/24 (RFC 5737) and 2001:db8::/32 (RFC 3849).
pub fn is_probe_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => matches!(address.octets(), [192, 0, 2, _] | [198, 51, 100, _]),
        IpAddr::V6(address) => matches!(address.segments(), [0x2001, 0xdb8, ..]),
    }
}

impl OffloadTry {
    /// It was one of `probe`'s: no daemon's, and nothing to be told.
    pub fn is_probes(&self) -> bool {
        [self.src, self.dst].into_iter().flatten().any(is_probe_address)
    }
}

/// A device and everything that it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbedDevice {
    /// Version of this form: 1.
    pub schema: u32,
    /// Version of swanwatch.
    pub version: String,
    pub time: RealTime,
    pub device: String,
    /// `IFLA_INFO_KIND`; none for hardware.
    pub kind: Option<String>,
    /// Driver, where it says.
    pub driver: Option<String>,
    /// Version of its firmware, where it says.
    pub firmware: Option<String>,
    /// Where it sits, `0000:3b:00.0`.
    pub bus: Option<String>,
    /// `uname -r`.
    pub kernel: String,
    /// What that kernel can do.
    #[serde(default, skip_serializing_if = "Abilities::is_unknown")]
    pub abilities: Abilities,
    /// The interface was up.
    pub up: bool,
    /// Its features that concern ESP.
    pub features: Vec<ProbedFeature>,
    /// Its own counters that concern IPsec, as they were afterwards.
    pub counters: Vec<(String, u64)>,
    /// SAs that it held already; none of ours.
    pub held: u32,
    /// One for each kind of offload and direction.
    pub columns: Vec<ProbedColumn>,
    /// Everything was tried; false where it was interrupted.
    pub complete: bool,
}

/// A feature as ethtool tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbedFeature {
    /// `esp-hw-offload`, …
    pub name: String,
    pub on: bool,
    /// It cannot be changed.
    pub fixed: bool,
}

/// What it answered in one kind of offload and direction: one SA, varied one property at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbedColumn {
    /// Crypto or packet.
    pub wanted: OffloadMode,
    /// In or out.
    pub direction: Direction,
    /// The SA that was taken and then varied; none where none was taken.
    pub base: Option<SaShape>,
    /// Its variations.
    pub cells: Vec<ProbedCell>,
}

/// One SA and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbedCell {
    /// Which property: `tunnel`, `aes-gcm-256-icv12`, `esn`, …; the same in every column.
    pub name: String,
    pub shape: SaShape,
    pub answer: ProbeAnswer,
}

/// What came of one SA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum ProbeAnswer {
    /// The device has it: read back with `XFRMA_OFFLOAD_DEV`.
    Accepted {
        /// A warning of the kernel's.
        words: Option<String>,
    },
    /// The kernel or the device refused it with offload, and took it without.
    Refused {
        /// errno(3).
        errno: u32,
        /// The kernel's words.
        words: Option<String>,
        /// What that means, where it is known.
        reason: Option<Reason>,
    },
    /// The kernel took it without a word of refusal, and the device does not have it.
    Software {
        /// A warning of the kernel's.
        words: Option<String>,
        /// What that means, where it is known.
        reason: Option<Reason>,
    },
    /// This kernel does not take such an SA in software either: nothing is known of the device.
    NotInKernel {
        /// errno(3) of the attempt without offload.
        errno: u32,
        words: Option<String>,
    },
    /// It was not tried.
    NotTried { why: String },
}

/// What a table says about an SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbedAnswer<'a> {
    /// The device takes it.
    Accepted,
    Refused {
        /// errno(3).
        errno: u32,
        /// What that means, where it is known.
        reason: Option<Reason>,
        /// The kernel's words.
        words: Option<&'a str>,
        /// The cell that says it.
        cell: &'a ProbedCell,
    },
    /// The kernel does it in software without a word.
    Software {
        /// What that means, where it is known.
        reason: Option<Reason>,
        /// A warning of the kernel's.
        words: Option<&'a str>,
        /// The cell that says it.
        cell: &'a ProbedCell,
    },
    /// Nothing that was tried tells.
    NotTried,
}

/// A property of an SA that a device may refuse by itself.
type Take = fn(&mut SaShape, &SaShape);

/// How one property of another SA is taken over.
const PROPERTIES: [Take; 8] = [
    |to, from| to.protocol = from.protocol,
    |to, from| to.mode = from.mode,
    |to, from| to.algorithm = from.algorithm,
    |to, from| to.esn = from.esn,
    |to, from| to.replay_window = from.replay_window,
    |to, from| to.encapsulated = from.encapsulated,
    |to, from| to.ipv6 = from.ipv6,
    |to, from| to.if_id = from.if_id,
];

impl ProbedDevice {
    /// It is a table of this device as it is now: of this driver and firmware under this kernel.
    pub fn is_of(&self, device: &str, driver: Option<&str>, firmware: Option<&str>, kernel: &str) -> bool {
        self.device == device
            && self.driver.as_deref() == driver
            && self.firmware.as_deref() == firmware
            && self.kernel == kernel
    }

    /// What it says about an SA of this shape. An SA that was tried itself has its answer. Of any other, what one of its properties
    /// alone was refused for decides; and it counts as accepted where each of its properties alone was.
    pub fn says(&self, wanted: OffloadMode, direction: Direction, shape: &SaShape) -> ProbedAnswer<'_> {
        let column = self.columns.iter().find(|column| column.wanted == wanted && column.direction == direction);
        column.map_or(ProbedAnswer::NotTried, |column| column.says(shape))
    }

    /// Some SA was taken.
    pub fn takes_any(&self) -> bool {
        let taken = |cell: &ProbedCell| matches!(cell.answer, ProbeAnswer::Accepted { .. });
        self.columns.iter().any(|column| column.cells.iter().any(taken))
    }
}

impl ProbedColumn {
    fn says(&self, shape: &SaShape) -> ProbedAnswer<'_> {
        let wanted = &folded(*shape);
        if let said @ (ProbedAnswer::Accepted | ProbedAnswer::Refused { .. } | ProbedAnswer::Software { .. }) =
            self.exactly(wanted)
        {
            return said;
        }
        let Some(base) = &self.base else { return self.nearest(wanted, |_| true) };
        if base.protocol != wanted.protocol {
            // Another protocol has other algorithms: nothing of the base can be compared with it.
            return self.nearest(wanted, |cell| cell.shape.protocol == wanted.protocol);
        }
        let mut best = ProbedAnswer::Accepted;
        for take in PROPERTIES {
            let mut varied = *base;
            take(&mut varied, wanted);
            if varied == *base {
                continue;
            }
            match self.alone(&varied) {
                refused @ ProbedAnswer::Refused { .. } => return refused,
                software @ ProbedAnswer::Software { .. } => best = software,
                ProbedAnswer::NotTried if best == ProbedAnswer::Accepted => best = ProbedAnswer::NotTried,
                _ => {}
            }
        }
        best
    }

    fn exactly(&self, shape: &SaShape) -> ProbedAnswer<'_> {
        let same = |cell: &&ProbedCell| folded(cell.shape) == *shape;
        self.cells.iter().find(same).map_or(ProbedAnswer::NotTried, ProbedCell::says)
    }

    /// A width between two widths that had the same answer has it too.
    fn alone(&self, shape: &SaShape) -> ProbedAnswer<'_> {
        let said = self.exactly(shape);
        if said != ProbedAnswer::NotTried {
            return said;
        }
        let others = || {
            let same =
                |cell: &&ProbedCell| SaShape { replay_window: shape.replay_window, ..folded(cell.shape) } == *shape;
            self.cells.iter().filter(same)
        };
        let below = others().filter(|cell| cell.shape.replay_window < shape.replay_window);
        let above = others().filter(|cell| cell.shape.replay_window > shape.replay_window);
        let below = below.max_by_key(|cell| cell.shape.replay_window).map(ProbedCell::says);
        let above = above.min_by_key(|cell| cell.shape.replay_window).map(ProbedCell::says);
        match (below, above) {
            (Some(ProbedAnswer::Accepted), Some(ProbedAnswer::Accepted)) => ProbedAnswer::Accepted,
            (Some(low @ ProbedAnswer::Refused { .. }), Some(ProbedAnswer::Refused { .. })) => low,
            (Some(low @ ProbedAnswer::Software { .. }), Some(ProbedAnswer::Software { .. })) => low,
            _ => ProbedAnswer::NotTried,
        }
    }

    /// Where nothing was taken: the answer of the SA that has most properties in common. What could not be tried leaves it open.
    fn nearest(&self, shape: &SaShape, among: impl Fn(&ProbedCell) -> bool) -> ProbedAnswer<'_> {
        let common = |cell: &&ProbedCell| {
            let differ = |take: &Take| {
                let mut changed = folded(cell.shape);
                take(&mut changed, shape);
                changed != folded(cell.shape)
            };
            PROPERTIES.iter().filter(|take| !differ(take)).count()
        };
        let answered = self.cells.iter().filter(|cell| among(cell) && cell.says() != ProbedAnswer::NotTried);
        // The first of the best: the cells stand in the order in which they are told.
        match answered.rev().max_by_key(common).map_or(ProbedAnswer::NotTried, ProbedCell::says) {
            // That a like SA is taken promises nothing.
            ProbedAnswer::Accepted => ProbedAnswer::NotTried,
            said => said,
        }
    }
}

impl ProbedCell {
    /// What it says about an SA of its shape.
    pub fn says(&self) -> ProbedAnswer<'_> {
        match &self.answer {
            ProbeAnswer::Accepted { .. } => ProbedAnswer::Accepted,
            ProbeAnswer::Refused { errno, .. } if PASSING.contains(errno) => ProbedAnswer::NotTried,
            ProbeAnswer::Refused { errno, words, reason } => {
                ProbedAnswer::Refused { errno: *errno, reason: *reason, words: words.as_deref(), cell: self }
            }
            ProbeAnswer::Software { words, reason } => {
                ProbedAnswer::Software { reason: *reason, words: words.as_deref(), cell: self }
            }
            ProbeAnswer::NotInKernel { .. } | ProbeAnswer::NotTried { .. } => ProbedAnswer::NotTried,
        }
    }
}

/// Every XFRM interface id above 0 is one to a device.
fn folded(shape: SaShape) -> SaShape {
    SaShape { if_id: u32::from(shape.if_id != 0), ..shape }
}

#[cfg(test)]
pub mod sample;
#[cfg(test)]
mod tests;
