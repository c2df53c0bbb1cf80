//! What the source puts into the queue.

use std::time::Duration;

use swanwatch::testing::model::{AskId, DumpTable, Dumped, KernelPolicy, KernelSa, What};
use swanwatch::testing::sources::Seen;
use tokio::sync::mpsc::Receiver;

/// Nothing here takes nearly as long.
const DEADLINE: Duration = Duration::from_secs(20);

pub struct Collector {
    receiver: Receiver<Seen>,
}

/// One dump, whole.
#[derive(Debug, Default)]
pub struct Dump {
    pub sas: Vec<KernelSa>,
    pub policies: Vec<KernelPolicy>,
    /// What came between its begin and its end and is no part of it.
    pub between: Vec<What>,
}

impl Collector {
    pub fn new(receiver: Receiver<Seen>) -> Self {
        Self { receiver }
    }

    pub async fn next(&mut self) -> What {
        tokio::time::timeout(DEADLINE, self.receiver.recv())
            .await
            .expect("something should come")
            .expect("open queue")
            .what
    }

    /// Skips what does not fit.
    pub async fn until<T>(&mut self, fits: impl Fn(What) -> Option<T>) -> T {
        loop {
            if let Some(found) = fits(self.next().await) {
                return found;
            }
        }
    }

    /// Reads one dump, which must be complete.
    pub async fn dump(&mut self, ask: AskId, table: DumpTable) -> Dump {
        self.until(|what| (what == What::DumpBegin { ask, table }).then_some(())).await;
        let mut dump = Dump::default();
        loop {
            match self.next().await {
                What::Sas { ask: whose, rows } if whose == ask => dump.sas.extend(rows),
                What::Policies { ask: whose, rows } if whose == ask => dump.policies.extend(rows),
                What::DumpEnd { ask: whose, how, .. } if whose == ask => {
                    assert_eq!(how, Dumped::Complete);
                    return dump;
                }
                other => dump.between.push(other),
            }
        }
    }
}
