//! The configured command that starts a daemon which no service manager runs.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::sync::oneshot;

use super::pid_file::{self, PidFile};
use crate::daemons::Dialect;
use crate::model::StepResult;
use crate::root_program::RootProgram;
use crate::text::presentable;

/// How long it may take. One that has not ended then is the daemon itself, in the foreground.
const DEADLINE: Duration = Duration::from_secs(60);

/// Bytes of its complaints that are kept.
const KEPT: usize = 4 << 10;

/// Runs the command, without a shell and apart from us, so that what it starts outlives this process. `pid_file` is the daemon's.
pub async fn run(argv: &[String], dialect: &dyn Dialect, pid_file: Option<&Path>) -> StepResult {
    run_for(argv, dialect, pid_file, DEADLINE).await
}

async fn run_for(argv: &[String], dialect: &dyn Dialect, pid_file: Option<&Path>, deadline: Duration) -> StepResult {
    let Some((program, arguments)) = argv.split_first() else {
        return StepResult::Refused("no command is configured (daemon: {restart: […]})".to_owned());
    };
    // Run by its name, as a script may look at it: where no name on the way is another's, nobody can change what it means.
    if let Err(error) = RootProgram::open(Path::new(program)) {
        return StepResult::Failed(format!("{program} is not run: {error}"));
    }
    let name = dialect.process_name();
    let left = match pid_file.map(|path| pid_file::clear(path, name)).transpose() {
        Ok(Some(PidFile::Lives(pid))) => return StepResult::Refused(format!("process {pid} is a {name} that lives")),
        Ok(Some(PidFile::Removed)) => format!("; a pid file that named no living {name} was removed before"),
        Ok(_) => String::new(),
        Err(error) => return StepResult::Failed(format!("removing the pid file of a dead {name}: {error}")),
    };
    match end_of(program, arguments, deadline).await {
        Ok(CommandEnd::Well) => StepResult::Done(format!("{program} ended well{left}")),
        // tokio reaps it when it ends.
        Ok(CommandEnd::NotYet) => {
            StepResult::Done(format!("{program} runs, and has not ended after {deadline:?}{left}"))
        }
        Err(why) => StepResult::Failed(why),
    }
}

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CommandEnd {
    Well,
    /// It is left to run.
    NotYet,
}

/// Runs a program that was looked at.
///
/// # Errors
/// It cannot be started, or says that it failed: a sentence.
pub(super) async fn end_of(program: &str, arguments: &[String], deadline: Duration) -> Result<CommandEnd, String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into());
    command.env_clear().env("PATH", path).env("LC_ALL", "C").current_dir("/").process_group(0);
    let mut child = command.spawn().map_err(|error| format!("{program} cannot be started: {error}"))?;
    let complaints = child.stderr.take().map(read_on);
    let ended = match tokio::time::timeout(deadline, child.wait()).await {
        Ok(Ok(ended)) => ended,
        Ok(Err(error)) => return Err(format!("{program}: {error}")),
        Err(_) => return Ok(CommandEnd::NotYet),
    };
    if ended.success() {
        return Ok(CommandEnd::Well);
    }
    // Whatever it started may keep its standard error open: what was said until now has to do.
    let said = match complaints {
        Some(said) => tokio::time::timeout(Duration::from_secs(1), said).await.ok().and_then(Result::ok),
        None => None,
    };
    let said = String::from_utf8_lossy(&said.unwrap_or_default()).into_owned();
    let last = presentable(said.trim().lines().next_back().unwrap_or("it says nothing"));
    Err(format!("{program} ended with {ended}: {last}"))
}

/// Reads on to the end, so that nobody who writes there ever waits, and keeps the end of it.
fn read_on(mut from: impl AsyncRead + Unpin + Send + 'static) -> oneshot::Receiver<Vec<u8>> {
    let (said, all) = oneshot::channel();
    tokio::spawn(async move {
        let (mut kept, mut slice) = (Vec::new(), vec![0; KEPT]);
        while let Ok(length) = from.read(&mut slice).await {
            if length == 0 {
                break;
            }
            kept.extend_from_slice(slice.get(..length).unwrap_or_default());
            kept.drain(..kept.len().saturating_sub(KEPT));
        }
        // Nobody waits for what a successful command says.
        let _ = said.send(kept);
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemons::dialect;
    use crate::model::DaemonKind;

    async fn shell(script: &str, pid_file: Option<&Path>) -> StepResult {
        let argv = ["/bin/sh", "-c", script].map(str::to_owned);
        run_for(&argv, dialect(DaemonKind::Libreswan), pid_file, Duration::from_millis(500)).await
    }

    fn text(result: &StepResult) -> String {
        result.to_string()
    }

    #[tokio::test]
    async fn it_is_run_and_its_end_is_told() {
        assert_eq!(text(&shell("exit 0", None).await), "done: /bin/sh ended well");
        let failed = shell("echo first >&2; echo 'no such connection' >&2; exit 10", None).await;
        assert_eq!(text(&failed), "failed: /bin/sh ended with exit status: 10: no such connection");
        assert!(matches!(
            run(&["/nonexistent".to_owned()], dialect(DaemonKind::Libreswan), None).await,
            StepResult::Failed(_)
        ));
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("start");
        std::fs::copy("/bin/true", &program).unwrap();
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let refused = run(&[program.display().to_string()], dialect(DaemonKind::Libreswan), None).await;
        assert!(text(&refused).contains("writable by others than root"), "{refused:?}");
        assert!(matches!(run(&[], dialect(DaemonKind::Libreswan), None).await, StepResult::Refused(_)));
    }

    #[tokio::test]
    async fn one_that_stays_in_the_foreground_is_left_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("went-on");
        let script = format!("exec >/dev/null; read -t 2 x < /dev/zero; : > {}; sleep 5", file.display());
        let result = shell(&script.replace("read -t 2 x < /dev/zero", "sleep 0.8"), None).await;
        assert!(text(&result).contains("has not ended"), "{result:?}");
        // It is not killed: it does what it does later.
        let (told, waiting) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            while !file.exists() {
                std::thread::yield_now();
            }
            told.send(()).unwrap();
        });
        waiting.recv_timeout(Duration::from_secs(20)).unwrap();
    }

    #[tokio::test]
    async fn a_stale_pid_file_does_not_stand_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.pid");
        std::fs::write(&path, "4194305\n").unwrap();
        let result = shell(&format!("test ! -e {}", path.display()), Some(&path)).await;
        assert!(text(&result).contains("was removed before"), "{result:?}");
    }
}
