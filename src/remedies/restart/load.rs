//! The connections of a daemon that comes up without any, and that no unit has load them.

use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;

use super::command::{CommandEnd, end_of};
use crate::daemons::{Dialect, Loader};
use crate::model::StepResult;
use crate::root_program::RootProgram;

/// A daemon that was started is there within this time, and answers.
const COMES_WITHIN: Duration = Duration::from_secs(20);

/// Loading takes milliseconds for each connection.
const DEADLINE: Duration = Duration::from_secs(60);

/// A daemon that was found running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedDaemon {
    /// What has it load its connections, where nobody else does.
    pub loader: Option<Loader>,
}

/// What a start came to, and the load behind it. `found` tells of the daemon that comes, and of none that was there before.
pub async fn loaded(
    started: StepResult,
    dialect: &dyn Dialect,
    found: watch::Receiver<Option<StartedDaemon>>,
) -> StepResult {
    loaded_within(COMES_WITHIN, started, dialect, found).await
}

async fn loaded_within(
    patience: Duration,
    started: StepResult,
    dialect: &dyn Dialect,
    mut found: watch::Receiver<Option<StartedDaemon>>,
) -> StepResult {
    let StepResult::Done(how) = started else { return started };
    if dialect.loader(Path::new("")).is_none() {
        return StepResult::Done(how);
    }
    let waited = tokio::time::timeout(patience, found.changed()).await;
    if !matches!(waited, Ok(Ok(()))) {
        return StepResult::Done(format!("{how}; no daemon was there {patience:?} later, and nothing was loaded"));
    }
    let loader = found.borrow().as_ref().and_then(|found| found.loader.clone());
    match loader {
        None => StepResult::Done(how),
        Some(loader) => StepResult::Done(format!("{how}; {}", load(&loader).await)),
    }
}

/// What came of it: a clause. The daemon runs, whatever that is.
async fn load(loader: &Loader) -> String {
    let there = loader.programs.iter().find(|program| Path::new(program).exists());
    let Some(program) = there else {
        return format!(
            "{} is not there to load its connections",
            loader.programs.first().copied().unwrap_or_default()
        );
    };
    if let Err(error) = RootProgram::open(Path::new(program)) {
        return format!("its connections were not loaded: {program} is not run: {error}");
    }
    match end_of(program, &loader.arguments, DEADLINE).await {
        Ok(CommandEnd::Well) => format!("{program} had it load its connections"),
        Ok(CommandEnd::NotYet) => format!("{program} has not ended after {} s", DEADLINE.as_secs()),
        Err(why) => format!("its connections were not loaded: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemons::dialect;
    use crate::model::DaemonKind;

    fn loader(programs: &'static [&'static str], arguments: &[&str]) -> Option<Loader> {
        Some(Loader { programs, arguments: arguments.iter().map(|word| (*word).to_owned()).collect() })
    }

    async fn after(kind: DaemonKind, comes: Option<Option<Loader>>) -> String {
        let found = watch::Sender::new(Some(StartedDaemon { loader: loader(&["/none"], &[]) }));
        let receiver = found.subscribe();
        let comes = comes.map(|loader| {
            found.send_replace(Some(StartedDaemon { loader }));
        });
        let comes = comes.is_some();
        let patience = if comes { COMES_WITHIN } else { Duration::from_millis(10) };
        loaded_within(patience, StepResult::Done("started".to_owned()), dialect(kind), receiver).await.to_string()
    }

    #[tokio::test]
    async fn the_daemon_that_comes_is_loaded_where_nobody_else_does_it() {
        let kind = DaemonKind::Strongswan;
        let well = after(kind, Some(loader(&["/none", "/bin/true"], &[]))).await;
        assert_eq!(well, "done: started; /bin/true had it load its connections");
        let failed = after(kind, Some(loader(&["/bin/sh"], &["-c", "echo 'no such file' >&2; exit 2"]))).await;
        assert!(
            failed.ends_with("its connections were not loaded: /bin/sh ended with exit status: 2: no such file"),
            "{failed}"
        );
        assert!(
            after(kind, Some(loader(&["/none"], &[]))).await.ends_with("/none is not there to load its connections")
        );
        assert_eq!(after(kind, Some(None)).await, "done: started");
        assert!(after(kind, None).await.contains("no daemon was there 10ms later"));
        // Its own start scripts load them.
        assert_eq!(after(DaemonKind::Libreswan, None).await, "done: started");
    }
}
