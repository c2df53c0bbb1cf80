//! A log of which nobody knows where it is: it is said, and whoever waits for its end is told at once.

use tokio::sync::mpsc::UnboundedReceiver;

use super::wake::FollowerWake;
use crate::daemons::Dialect;
use crate::model::{Coverage, Source, SourceState, What};
use crate::sources::queue::{Closed, Queue};

/// What is said of it.
fn detail(dialect: &dyn Dialect) -> String {
    let kind = dialect.kind();
    format!(
        "where the daemon's log is is not known, as the daemon is known by its control socket alone: why a tunnel fails or an offload \
                      is refused is not known; share the log and name it: 'daemon: {{kind: {kind}, socket: …, log: /path/to/{}.log}}'",
        dialect.process_name()
    )
}

/// Answers until nobody asks any more.
pub(super) async fn follow(
    queue: Queue,
    dialect: &'static dyn Dialect,
    mut woken: UnboundedReceiver<FollowerWake>,
) -> Result<(), Closed> {
    let (source, state) = (Source::Log, SourceState::Absent);
    queue.send(What::Coverage(Coverage { source, state, detail: detail(dialect) })).await?;
    queue.send(What::LogEnd { ask: None }).await?;
    while let Some(wake) = woken.recv().await {
        if let FollowerWake::CatchUp(ask) = wake {
            queue.send(What::LogEnd { ask: Some(ask) }).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::spawn;
    use super::*;
    use crate::daemons::{LogPlace, dialect};
    use crate::model::{AskId, DaemonKind};
    use crate::sources::queue;

    #[tokio::test]
    async fn it_is_said_once_and_whoever_asks_is_answered() {
        let (queue, mut seen) = queue();
        let log = spawn(queue, LogPlace::Unknown, None, dialect(DaemonKind::Libreswan));
        let said = seen.recv().await.unwrap().what;
        assert!(matches!(&said, What::Coverage(line) if line.state == SourceState::Absent), "{said:?}");
        assert_eq!(seen.recv().await.unwrap().what, What::LogEnd { ask: None });
        for ask in [AskId(1), AskId(2)] {
            log.catch_up(ask);
            assert_eq!(seen.recv().await.unwrap().what, What::LogEnd { ask: Some(ask) });
        }
    }
}
