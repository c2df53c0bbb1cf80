//! Counters of this host: those of its devices, and those of the namespace's transforms.
//!
//! They are read only when somebody asks, on a thread of their own: a driver may hold the RTNL lock for long, and the kernel walks all SAs
//! before it shows `/proc/net/xfrm_stat`.

mod drops;
mod xfrm_stat;

use std::collections::BTreeMap;
use std::io;
use std::time::Instant;

use rustix::io::Errno;
use tokio::sync::mpsc;

use super::Queue;
use super::nic::Ethtool;
use crate::model::{AskId, Coverage, DeviceCounters, Failure, Source, SourceState, What};

/// Counters of one device that are taken: the drivers with IPsec have fewer than twenty.
const MOST: usize = 64;

/// The running source. Its methods return at once; each question is answered in the queue exactly once, also where it fails.
#[derive(Clone, Debug)]
pub struct Counters {
    requests: mpsc::UnboundedSender<Request>,
}

#[derive(Debug)]
enum Request {
    Device(AskId, String),
    Host(AskId),
}

/// Starts the source. Must be called inside a tokio runtime.
pub fn spawn(queue: Queue) -> Counters {
    let (requests, asked) = mpsc::unbounded_channel();
    tokio::spawn(run(asked, queue));
    Counters { requests }
}

impl Counters {
    /// Reads a device's counters. Answered by `What::Sampled`.
    pub fn sample(&self, ask: AskId, device: String) {
        // The task ends only with the queue, and then nobody waits for an answer.
        let _ = self.requests.send(Request::Device(ask, device));
    }

    /// Reads the namespace's counters. Answered by `What::HostSampled`.
    pub fn sample_host(&self, ask: AskId) {
        let _ = self.requests.send(Request::Host(ask));
    }
}

/// One question at a time, in their order.
async fn run(mut asked: mpsc::UnboundedReceiver<Request>, queue: Queue) {
    if queue.send(What::Coverage(coverage())).await.is_err() {
        return;
    }
    while let Some(request) = asked.recv().await {
        let answer = match request {
            Request::Device(ask, device) => {
                let name = device.clone();
                let tried = format!("reading the counters of {name}");
                let (answer, took) = on_a_thread(tried, move || counters(&name)).await;
                What::Sampled { ask, device, answer, took }
            }
            Request::Host(ask) => {
                let tried = format!("reading {}", xfrm_stat::PATH);
                let (answer, took) = on_a_thread(tried, xfrm_stat::read).await;
                What::HostSampled { ask, answer, took }
            }
        };
        if queue.send(answer).await.is_err() {
            return;
        }
    }
}

fn coverage() -> Coverage {
    let (state, detail) = if xfrm_stat::is_there() {
        let detail = format!("{}, and the counters of devices with offloaded SAs", xfrm_stat::PATH);
        (SourceState::Ok, detail)
    } else {
        let detail =
            format!("there is no {} here: packets on SAs that this host has not are not seen", xfrm_stat::PATH);
        (SourceState::Degraded, detail)
    };
    Coverage { source: Source::Counters, state, detail }
}

fn counters(device: &str) -> io::Result<DeviceCounters> {
    let ipsec = Ethtool::open()?.counters(device);
    let ipsec = match ipsec {
        Ok(counters) => counters.into_iter().take(MOST).collect(),
        // It has no counters of its own; what the kernel counts for it is there.
        Err(error) if error.raw_os_error() == Some(Errno::OPNOTSUPP.raw_os_error()) => BTreeMap::new(),
        Err(error) => return Err(error),
    };
    let (rx_dropped, tx_dropped) = drops::read(device)?.unzip();
    Ok(DeviceCounters { ipsec, rx_dropped, tx_dropped })
}

/// The result, and how long it took in microseconds.
async fn on_a_thread<T: Send + 'static>(
    tried: String,
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> (Result<T, Failure>, u64) {
    let began = Instant::now();
    let answer = match tokio::task::spawn_blocking(read).await {
        Ok(Ok(counters)) => Ok(counters),
        Ok(Err(error)) => Err(Failure::Error(format!("{tried}: {error}"))),
        Err(_) => Err(Failure::Error(format!("{tried}: the thread ended before it had read them"))),
    };
    (answer, u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX))
}
