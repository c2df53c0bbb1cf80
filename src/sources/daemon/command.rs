//! One run of a daemon's command.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use crate::root_path::RootPathError;
use crate::root_program::{RootProgram, RootProgramError};
use crate::text::presentable;

/// Bytes of an answer that are kept: a million states would be more than swanwatch ever asks for.
const MAX_OUTPUT: usize = 64 << 20;

/// Bytes of complaints that are kept.
const MAX_COMPLAINT: usize = 4 << 10;

/// What a command said.
#[derive(Debug)]
pub struct Output {
    /// Its whole standard output.
    pub bytes: Vec<u8>,
}

/// Why a command gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It is not installed, or may not be run.
    #[error("{program} cannot be started: {error}")]
    NotStarted {
        /// What was to be started.
        program: String,
        error: io::Error,
    },
    /// Others could have put it there: as root it is not run.
    #[error("{program} is not run: {error}")]
    NotBelieved {
        /// What was to be started.
        program: String,
        error: RootProgramError,
    },
    /// It ended with an error.
    #[error("{program} failed ({status}): {complaint}")]
    Failed {
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// Its last line.
        complaint: String,
    },
    /// Reading from it failed.
    #[error("{program} cannot be read: {0}", program = .1)]
    Unreadable(io::Error, String),
    /// Its answer is longer than anything sensible.
    #[error("{0} answered with more than 64 MiB")]
    TooLong(String),
}

/// Runs a command to its end. Its output is read whole and at once, so that the daemon behind it never waits for us; dropping this ends it.
/// `begun` is its process from the moment on that it runs.
///
/// # Errors
/// Where it cannot be run, fails, or answers without end.
pub async fn run(program: &Path, arguments: &[OsString], begun: &AtomicU32) -> Result<Output, CommandError> {
    let name = program.display().to_string();
    let search = std::env::var_os("PATH").unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into());
    let program = &believed(program, &search)?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.env_clear().env("PATH", search).env("LC_ALL", "C");
    let mut child = command.spawn().map_err(|error| CommandError::NotStarted { program: name.clone(), error })?;
    begun.store(child.id().unwrap_or(0), Ordering::Relaxed);
    let (output, complaints) = (child.stdout.take(), child.stderr.take());
    let (read, complained) = tokio::join!(keep(output, MAX_OUTPUT), keep(complaints, MAX_COMPLAINT));
    let unreadable = |error| CommandError::Unreadable(error, name.clone());
    let status = child.wait().await.map_err(unreadable)?;
    let (bytes, whole) = read.map_err(unreadable)?;
    if !status.success() {
        let (complaint, _) = complained.unwrap_or_default();
        let said = if complaint.is_empty() { &bytes } else { &complaint };
        let said = String::from_utf8_lossy(said.get(said.len().saturating_sub(MAX_COMPLAINT)..).unwrap_or_default());
        let complaint = presentable(said.trim().lines().next_back().unwrap_or("it says nothing"));
        return Err(CommandError::Failed { program: name, status, complaint });
    }
    if whole { Ok(Output { bytes }) } else { Err(CommandError::TooLong(name)) }
}

/// Where the program is, in `search` where only its name is given. Root runs what is root's alone: what was looked at stays what it is.
fn believed(program: &Path, search: &OsStr) -> Result<PathBuf, CommandError> {
    let name = || program.display().to_string();
    let missing = || CommandError::NotStarted { program: name(), error: io::ErrorKind::NotFound.into() };
    let path = if program.is_absolute() {
        program.to_owned()
    } else {
        let mut places = std::env::split_paths(search).map(|folder| folder.join(program));
        places.find(|place| place.is_file()).ok_or_else(missing)?
    };
    match RootProgram::open(&path) {
        Ok(_) => Ok(path),
        Err(RootProgramError::Path(RootPathError::Io { source, .. })) => {
            Err(CommandError::NotStarted { program: name(), error: source })
        }
        Err(error) => Err(CommandError::NotBelieved { program: name(), error }),
    }
}

/// Reads to the end, keeps at most `room` bytes, and says whether that was all.
async fn keep(from: Option<impl AsyncRead + Unpin>, room: usize) -> io::Result<(Vec<u8>, bool)> {
    let mut kept = Vec::new();
    let Some(mut from) = from else { return Ok((kept, true)) };
    let mut slice = vec![0; 64 << 10];
    let mut whole = true;
    loop {
        let length = from.read(&mut slice).await?;
        if length == 0 {
            return Ok((kept, whole));
        }
        let bytes = slice.get(..length).unwrap_or_default();
        let left = room.saturating_sub(kept.len());
        whole &= bytes.len() <= left;
        kept.extend_from_slice(bytes.get(..left).unwrap_or(bytes));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    async fn shell(script: &str) -> Result<Output, CommandError> {
        run(Path::new("/bin/sh"), &["-c".into(), script.into()], &AtomicU32::new(0)).await
    }

    #[tokio::test]
    async fn the_output_is_whole() {
        let output = shell("seq 1 200000; echo x >&2").await.unwrap();
        assert!(output.bytes.ends_with(b"\n200000\n"));
    }

    #[tokio::test]
    async fn a_failure_quotes_the_last_complaint() {
        let error = shell("echo first >&2; echo 'Pluto is not running' >&2; exit 33").await.unwrap_err();
        assert_eq!(error.to_string(), "/bin/sh failed (exit status: 33): Pluto is not running");
        let error = run(Path::new("/nonexistent/whack"), &[], &AtomicU32::new(0)).await.unwrap_err();
        assert!(error.to_string().starts_with("/nonexistent/whack cannot be started: No such file"), "{error}");
    }

    #[tokio::test]
    async fn what_others_may_write_is_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("whack");
        std::fs::write(&program, "#!/bin/sh\n:\n").unwrap();
        let open_to = |mode| std::fs::set_permissions(&program, std::fs::Permissions::from_mode(mode)).unwrap();
        open_to(0o777);
        let error = run(&program, &[], &AtomicU32::new(0)).await.unwrap_err();
        assert!(error.to_string().contains("whack is not run: "), "{error}");
        open_to(0o755);
        run(&program, &[], &AtomicU32::new(0)).await.unwrap();
    }

    #[tokio::test]
    async fn an_endless_answer_is_read_to_its_end_and_not_kept() {
        let error = shell("head -c 70000000 /dev/zero").await.unwrap_err();
        assert!(matches!(error, CommandError::TooLong(_)));
    }
}
