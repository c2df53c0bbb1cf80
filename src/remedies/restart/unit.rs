//! Asking systemd to restart a unit: it is the one authority where it runs the daemon.

use std::time::Duration;

use futures_util::StreamExt;
use zbus::message::Type;
use zbus::{Connection, MatchRule, MessageStream, OwnedObjectPath, OwnedVariant};

use crate::model::StepResult;
use crate::sources::process::bus::{
    MANAGER, MANAGER_INTERFACE, MANAGER_PATH, PROPERTIES, call, connect, is_from_manager,
};

const SERVICE: &str = "org.freedesktop.systemd1.Service";

/// How long the job may take: stopping a daemon that hangs takes `TimeoutStopSec=` for each of its commands.
const DEADLINE: Duration = Duration::from_secs(300);

/// How the end of a job is told: number, job, unit, result.
type JobRemoved = (u32, OwnedObjectPath, String, String);

/// Has the unit restarted, and waits for the end of the job. `main_pid` is its main process as it was seen; where it has another one
/// by now, somebody was faster, and nothing is done.
pub async fn restart(unit: &str, main_pid: Option<u32>) -> StepResult {
    match tokio::time::timeout(DEADLINE, restarted(unit, main_pid)).await {
        Ok(Ok(result)) => result,
        Ok(Err(error)) => StepResult::Failed(format!("systemd was asked to restart {unit}: {error}")),
        Err(_) => StepResult::Timeout,
    }
}

async fn restarted(unit: &str, main_pid: Option<u32>) -> zbus::Result<StepResult> {
    let bus = connect().await?;
    let path: OwnedObjectPath = call(&bus, MANAGER_PATH, MANAGER_INTERFACE, "LoadUnit", &unit).await?;
    let value: OwnedVariant = call(&bus, path.as_str(), PROPERTIES, "Get", &(SERVICE, "MainPID")).await?;
    let now = u32::try_from(value).ok().filter(|pid| *pid != 0);
    if now != main_pid {
        let is = now.map_or("none".to_owned(), |pid| pid.to_string());
        return Ok(StepResult::Refused(format!("the main process of {unit} is another one by now: {is}")));
    }
    // First the signal, then the call: the job may end at once.
    let mut ends = job_ends(&bus).await?;
    // `fail`: a job that an operator has queued goes before ours.
    let job: OwnedObjectPath = call(&bus, MANAGER_PATH, MANAGER_INTERFACE, "RestartUnit", &(unit, "fail")).await?;
    while let Some(message) = ends.next().await {
        let message = message?;
        let Ok((_, ended, _, result)) = message.body().deserialize::<JobRemoved>() else { continue };
        if ended == job && is_from_manager(&bus, &message).await {
            return Ok(match result.as_str() {
                "done" => StepResult::Done(format!("systemd has restarted {unit}")),
                _ => StepResult::Failed(format!("systemd could not restart {unit}: {result}")),
            });
        }
    }
    Err(zbus::Error::Failure("the bus closed the connection".to_owned()))
}

async fn job_ends(bus: &Connection) -> zbus::Result<MessageStream> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(MANAGER)
        .path(MANAGER_PATH)
        .interface(MANAGER_INTERFACE)
        .member("JobRemoved")
        .build()?;
    MessageStream::for_match_rule(rule, bus, None).await
}
