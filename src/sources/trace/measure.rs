//! Which packets of one SA the CPU encrypts, counted exactly: a packet that the NIC does never comes to the kernel's own ESP functions.
//!
//! For as long as it is wanted, probes on `esp_input` and `esp_output_tail` (net/ipv4/esp4.c, net/ipv6/esp6.c) count calls by SPI, in an
//! instance of their own. Only packets in software pay for it, and nothing is written for them. At any other time there is no probe.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::corner::Corner;
use super::error::TraceError;
use super::fetch::Function;
use super::place;
use crate::model::{Direction, Failure, KernelSa, Measured, Netns, OffloadMode, SaId, Spi};
use crate::sources::xfrm::{SaReader, XfrmError};

/// The functions for IPv4 and IPv6, and the name of the probe on each.
const FUNCTIONS: [[(&str, Function); 2]; 2] = [
    [("in4", takes_sa("esp_input")), ("out4", takes_sa("esp_output_tail"))],
    [("in6", takes_sa("esp6_input")), ("out6", takes_sa("esp6_output_tail"))],
];
const NAMES: [&str; 4] = ["in4", "out4", "in6", "out6"];
/// In the name of their instance.
const PURPOSE: &str = "measure";
const FETCHED: &str = "netns=x->xs_net.net->ns.inum:u32 spi=x->id.spi:u32";
/// Nothing is written into it.
const BUFFER_KIB: &str = "4";

const fn takes_sa(name: &'static str) -> Function {
    Function { name, parameters: &[("x", "xfrm_state")] }
}

/// Why nothing was counted.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// The kernel has no such SA.
    #[error("the kernel has no SA with SPI {0}")]
    NoSuchSa(Spi),
    #[error("packets in software cannot be counted here: {0}")]
    NoProbes(String),
    /// The SA's own counters cannot be read.
    #[error("reading the SA {id}: {reason}")]
    Unreadable { id: SaId, reason: String },
    /// No socket to read it by.
    #[error(transparent)]
    Xfrm(#[from] XfrmError),
    /// It is not there any more.
    #[error("the SA {0} went while it was measured; its successor has another SPI")]
    Gone(SaId),
    /// The service ends.
    #[error("the service is ending")]
    Ending,
}

impl From<TraceError> for MeasureError {
    fn from(error: TraceError) -> Self {
        Self::NoProbes(error.to_string())
    }
}

/// What is to be measured: the SAs of one SPI, with their directions as far as they are known.
#[derive(Clone, Debug)]
pub struct CountOrder {
    pub spi: Spi,
    /// The SAs that have it; two in rare cases.
    pub sas: Vec<(SaId, Option<Direction>)>,
    pub time: Duration,
}

/// Measures.
///
/// # Errors
/// There is no such SA, it goes meanwhile, or the kernel takes no probes.
pub async fn measure(netns: Netns, order: CountOrder) -> Result<Measured, MeasureError> {
    if order.sas.is_empty() {
        return Err(MeasureError::NoSuchSa(order.spi));
    }
    let mut reader = SaReader::open()?;
    // Before probes are made for nothing.
    own_counts(&mut reader, &order).await?;
    let families = [order.sas.iter().any(|(id, _)| id.dst.is_ipv4()), order.sas.iter().any(|(id, _)| id.dst.is_ipv6())];
    let spi = order.spi;
    let begun = blocking(move || Counting::begin(netns, spi, families)).await?;
    let counting = begun?;
    let (before, own_before, began) = (counting.count()?, own_counts(&mut reader, &order).await?, Instant::now());
    tokio::time::sleep(order.time).await;
    let (after, own_after, seconds) =
        (counting.count()?, own_counts(&mut reader, &order).await?, began.elapsed().as_secs_f64());
    // The kernel waits for all CPUs.
    blocking(move || drop(counting)).await?;
    let grown = own_before.iter().zip(&own_after).map(|(before, after)| after.saturating_sub(*before));
    let packets = grown.fold(0, u64::saturating_add);
    Ok(Measured::new(spi, seconds, after.saturating_sub(before), packets))
}

/// Whether something has been measured. Held by whoever makes or removes probes: a person may ask for a measurement before what an earlier run
/// left is removed, or while it is.
static MEASURED: Mutex<bool> = Mutex::new(false);

/// Removes what a run that was killed while it measured has left.
pub fn remove_left_over(netns: Netns) {
    let measured = MEASURED.lock().unwrap_or_else(PoisonError::into_inner);
    if !*measured {
        // Also probes that have lost their instance.
        Corner::remove_left(netns, PURPOSE, &NAMES);
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, MeasureError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| MeasureError::Ending)
}

async fn own_counts(reader: &mut SaReader, order: &CountOrder) -> Result<Vec<u64>, MeasureError> {
    let mut counts = Vec::new();
    for (id, direction) in &order.sas {
        let sa = reader.read(*id).await.map_err(|failure| {
            let reason = match failure {
                Failure::Timeout => "the kernel did not answer".to_owned(),
                Failure::Error(text) => text,
            };
            MeasureError::Unreadable { id: *id, reason }
        })?;
        let sa = sa.ok_or(MeasureError::Gone(*id))?;
        counts.push(own_count(&sa, *direction));
    }
    Ok(counts)
}

/// Packets on the wire. One that is segmented late is counted once when it is sent, but has a sequence number for each segment; in packet
/// mode the numbers stand still, for the NIC has them.
fn own_count(sa: &KernelSa, direction: Option<Direction>) -> u64 {
    let packet_mode = sa.offload.is_some_and(|offload| offload.mode == OffloadMode::Packet);
    let direction = sa.offload.map(|offload| offload.direction).or(sa.direction).or(direction);
    if direction == Some(Direction::Out) && !packet_mode { sa.replay.sent } else { sa.counters.packets }
}

/// Probes that count. They go when it is dropped.
#[derive(Debug)]
struct Counting {
    corner: Corner,
    /// The probes that do.
    names: Vec<&'static str>,
}

impl Counting {
    fn begin(netns: Netns, spi: Spi, families: [bool; 2]) -> Result<Self, TraceError> {
        let mut measured = MEASURED.lock().unwrap_or_else(PoisonError::into_inner);
        *measured = true;
        if !place::can_count(&place::find()?) {
            return Err(TraceError::Nothing("this kernel has no hist triggers".to_owned()));
        }
        let corner = Corner::make(netns, PURPOSE, &NAMES)?;
        corner.set("buffer_size_kb", BUFFER_KIB)?;
        // The kernel has it in network order.
        let raw = u32::from_ne_bytes(spi.0.to_be_bytes());
        let functions =
            FUNCTIONS.iter().zip(families).filter(|(_, wanted)| *wanted).flat_map(|(functions, _)| functions);
        corner.define(functions.clone().map(|(name, function)| (*name, *function, FETCHED.to_owned())))?;
        let names: Vec<_> = functions.map(|(name, _)| *name).collect();
        for name in &names {
            let trigger = format!("hist:keys=spi:size=128 if netns == {} && spi == {raw}", netns.0);
            place::write(&corner.of_probe(name, "trigger"), &trigger)?;
        }
        Ok(Self { corner, names })
    }

    fn count(&self) -> Result<u64, TraceError> {
        let mut counts = self.names.iter().map(|name| {
            let path = self.corner.of_probe(name, "hist");
            hits(&place::read(&path)?).ok_or(TraceError::Unreadable(path))
        });
        counts.try_fold(0, |sum: u64, count| Ok(sum.saturating_add(count?)))
    }
}

/// The hits of all lines like `{ spi:  268435456 } hitcount:         50`.
fn hits(histogram: &str) -> Option<u64> {
    let mut lines = histogram.lines().filter(|line| line.starts_with('{'));
    let hits = |line: &str| line.split_once("hitcount:")?.1.split_whitespace().next()?.parse::<u64>().ok();
    lines.try_fold(0_u64, |sum, line| Some(sum.saturating_add(hits(line)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Counters, Lifetime, Mark, Offload, Protocol, ReplayState, SaMode, SaStage};

    #[test]
    fn a_histogram_is_read() {
        let shown = "# event histogram\n#\n# trigger info: hist:keys=spi:vals=hitcount:sort=hitcount:size=128 [active]\n#\n\n\
            { spi:    1048576 } hitcount:          7\n{ spi:  268435456 } hitcount:         50\n\nTotals:\n    Hits: 57\n";
        assert_eq!(hits(shown), Some(57));
        assert_eq!(hits("# event histogram\n\nTotals:\n    Hits: 0\n"), Some(0));
        assert_eq!(hits("{ spi: 1 } hitcount: many"), None);
    }

    #[test]
    fn packets_on_the_wire_are_counted_by_what_tells_them() {
        let mut sa = KernelSa {
            id: SaId {
                netns: Netns(1),
                dst: [10, 0, 0, 2].into(),
                spi: Spi(1),
                protocol: Protocol::Esp,
                mark: Mark::default(),
            },
            src: [10, 0, 0, 1].into(),
            mode: SaMode::Tunnel,
            stage: SaStage::Installed,
            reqid: 1,
            seq: 0,
            if_id: 0,
            direction: None,
            cpu: None,
            offload: None,
            algorithm: None,
            encapsulation: None,
            lifetime: Lifetime::default(),
            counters: Counters { packets: 5, ..Counters::default() },
            replay: ReplayState { sent: 70, ..ReplayState::default() },
        };
        assert_eq!([None, Some(Direction::In), Some(Direction::Out)].map(|way| own_count(&sa, way)), [5, 5, 70]);
        sa.offload = Some(Offload { ifindex: 2, mode: OffloadMode::Packet, direction: Direction::Out });
        assert_eq!(own_count(&sa, Some(Direction::Out)), 5);
    }
}
