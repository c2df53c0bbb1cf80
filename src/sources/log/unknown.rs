//! A log of which nobody knows where it is: it is said, and whoever waits for its end is told at once.

use tokio::sync::mpsc::UnboundedReceiver;

use super::Wake;
use crate::model::{Coverage, Source, SourceState, What};
use crate::sources::queue::{Closed, Queue};

const DETAIL: &str = "where the daemon's log is is not known, as the daemon is known by its control socket alone: why a tunnel fails or an offload \
                      is refused is not known; share the log and name it: 'daemon: {kind: libreswan, socket: …, log: /path/to/pluto.log}'";

/// Answers until nobody asks any more.
pub(super) async fn follow(queue: Queue, mut woken: UnboundedReceiver<Wake>) -> Result<(), Closed> {
    let (source, state) = (Source::Log, SourceState::Absent);
    queue.send(What::Coverage(Coverage { source, state, detail: DETAIL.to_owned() })).await?;
    queue.send(What::LogEnd { ask: None }).await?;
    while let Some(wake) = woken.recv().await {
        if let Wake::CatchUp(ask) = wake {
            queue.send(What::LogEnd { ask: Some(ask) }).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Since, spawn};
    use super::*;
    use crate::daemons::{LogPlace, dialect};
    use crate::model::{AskId, DaemonKind};
    use crate::sources::queue;

    #[tokio::test]
    async fn it_is_said_once_and_whoever_asks_is_answered() {
        let (queue, mut seen) = queue();
        let log = spawn(queue, LogPlace::Unknown, Since::Now, dialect(DaemonKind::Libreswan));
        let said = seen.recv().await.unwrap().what;
        assert!(matches!(&said, What::Coverage(line) if line.state == SourceState::Absent), "{said:?}");
        assert_eq!(seen.recv().await.unwrap().what, What::LogEnd { ask: None });
        for ask in [AskId(1), AskId(2)] {
            log.catch_up(ask);
            assert_eq!(seen.recv().await.unwrap().what, What::LogEnd { ask: Some(ask) });
        }
    }
}
