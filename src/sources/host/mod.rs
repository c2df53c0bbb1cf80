//! Counters of this host: those of its devices, and those of the namespace's transforms.
//!
//! They are read only when somebody asks, on a thread of their own: a driver may hold the RTNL lock for long, and the kernel walks all SAs
//! before it shows `/proc/net/xfrm_stat`.

mod drops;
mod xfrm_stat;

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Queue;
use super::nic::Ethtool;
use crate::model::{AskId, Coverage, DeviceCounters, Failure, Source, SourceState, What, micros};

/// A driver may hold the RTNL lock for long; after this time nobody waits any more.
const DEADLINE: Duration = Duration::from_secs(10);

/// Counters of one device that are taken: the drivers with IPsec have fewer than twenty.
const MOST: usize = 64;

/// The running source. Its methods return at once; each question is answered in the queue exactly once, also where it fails.
#[derive(Clone, Debug)]
pub struct HostSource {
    requests: mpsc::UnboundedSender<CounterRequest>,
}

#[derive(Debug)]
enum CounterRequest {
    Device(AskId, String),
    Host(AskId),
}

/// Starts the source. Must be called inside a tokio runtime.
pub fn spawn(queue: Queue) -> HostSource {
    let (requests, asked) = mpsc::unbounded_channel();
    tokio::spawn(run(asked, queue));
    HostSource { requests }
}

impl HostSource {
    /// Reads a device's counters. Answered by `What::Sampled`.
    pub fn sample(&self, ask: AskId, device: String) {
        // The task ends only with the queue, and then nobody waits for an answer.
        let _ = self.requests.send(CounterRequest::Device(ask, device));
    }

    /// Reads the namespace's counters. Answered by `What::HostSampled`.
    pub fn sample_host(&self, ask: AskId) {
        let _ = self.requests.send(CounterRequest::Host(ask));
    }
}

/// One question at a time, in their order.
async fn run(mut asked: mpsc::UnboundedReceiver<CounterRequest>, queue: Queue) {
    if queue.send(What::Coverage(coverage())).await.is_err() {
        return;
    }
    let mut desk = CounterDesk { deadline: DEADLINE, late: None };
    while let Some(request) = asked.recv().await {
        let answer = match request {
            CounterRequest::Device(ask, device) => {
                let name = device.clone();
                let tried = format!("reading the counters of {name}");
                let (answer, took) = desk.read(tried, move || counters(&name)).await;
                What::Sampled { ask, device, answer, took }
            }
            CounterRequest::Host(ask) => {
                let tried = format!("reading {}", xfrm_stat::PATH);
                let (answer, took) = desk.read(tried, xfrm_stat::read).await;
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

/// Where counters are read, one look at a time.
#[derive(Debug)]
struct CounterDesk {
    deadline: Duration,
    /// A look that has outlived its deadline: it waits in the kernel, and nothing can end it.
    late: Option<JoinHandle<()>>,
}

impl CounterDesk {
    /// The result, and how long it took in microseconds.
    async fn read<T: Send + 'static>(
        &mut self,
        tried: String,
        read: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> (Result<T, Failure>, u64) {
        // A second one would wait for the same lock.
        if self.late.as_ref().is_some_and(|late| !late.is_finished()) {
            return (Err(Failure::Timeout), 0);
        }
        let began = Instant::now();
        let (done, result) = oneshot::channel();
        // Nobody may wait for the result any more.
        let look = tokio::task::spawn_blocking(move || drop(done.send(read())));
        let answer = match timeout(self.deadline, result).await {
            Ok(Ok(Ok(counters))) => Ok(counters),
            Ok(Ok(Err(error))) => Err(Failure::Error(format!("{tried}: {error}"))),
            Ok(Err(_)) => Err(Failure::Error(format!("{tried}: the thread ended before it had read them"))),
            Err(_) => {
                self.late = Some(look);
                Err(Failure::Timeout)
            }
        };
        (answer, micros(began.elapsed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_look_that_hangs_is_answered_and_holds_no_thread_but_its_own() {
        let mut desk = CounterDesk { deadline: Duration::from_millis(20), late: None };
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let hanging = move || held.recv().map_err(io::Error::other);
        let (answer, _) = desk.read("looking".to_owned(), hanging).await;
        assert_eq!(answer, Err(Failure::Timeout));
        assert_eq!(desk.read("looking".to_owned(), || Ok(1)).await, (Err(Failure::Timeout), 0));
        let_go.send(()).unwrap();
        desk.late.take().unwrap().await.unwrap();
        assert_eq!(desk.read("looking".to_owned(), || Ok(1)).await.0, Ok(1));
    }

    #[tokio::test]
    async fn an_error_says_what_was_tried() {
        let failing = || Err::<(), _>(io::Error::other("no"));
        let (answer, _) = CounterDesk { deadline: DEADLINE, late: None }.read("looking".to_owned(), failing).await;
        assert_eq!(answer, Err(Failure::Error("looking: no".to_owned())));
    }

    #[tokio::test]
    async fn the_loopback_and_the_namespace_are_counted() {
        let loopback = counters("lo").unwrap();
        assert!(loopback.ipsec.is_empty() && loopback.rx_dropped.is_some());
    }
}
