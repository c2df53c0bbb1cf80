//! A program that is told: JSON on its standard input, an empty environment, no capability, a process group of its own, and ten seconds.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin};
use tokio::time::sleep;

use super::failure::DeliveryFailure;
use crate::root_program::RootProgram;
use crate::sys::drop_all_capabilities;
use crate::text::presentable;

/// How much of its complaints is read.
const COMPLAINT: u64 = 4 << 10;

/// Runs it once. Whatever it started and left in its group is killed with it.
///
/// # Errors
/// It is not root's alone, cannot be started, takes too long, or fails.
pub async fn run(program: &Path, body: &[u8], time: Duration) -> Result<(), DeliveryFailure> {
    let late = || DeliveryFailure::Later(format!("killed, as it had not ended within {} s", time.as_secs_f32()));
    run_until(program, body, sleep(time)).await?.ok_or_else(late)
}

/// The same until `end`, by which it is killed; none where it was.
async fn run_until(program: &Path, body: &[u8], end: impl Future<Output = ()>) -> Result<Option<()>, DeliveryFailure> {
    let checked = RootProgram::open(program).map_err(|error| DeliveryFailure::Later(error.to_string()))?;
    let mut command = checked.command();
    command.env_clear().current_dir("/").process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    drop_all_capabilities(&mut command);
    let mut child = command.spawn().map_err(|error| DeliveryFailure::Later(format!("cannot be started: {error}")))?;
    let group = ProcessGroup::of(&child);
    tokio::select! {
        done = talk(&mut child, group, body) => done.map(Some),
        () = end => Ok(None),
    }
}

/// Whether anybody but root could change what is run; says what is wrong.
///
/// # Errors
/// One sentence.
pub fn check(program: &Path) -> Result<(), String> {
    RootProgram::open(program).map(drop).map_err(|error| error.to_string())
}

async fn talk(child: &mut Child, group: ProcessGroup, body: &[u8]) -> Result<(), DeliveryFailure> {
    let (input, complaints) = (child.stdin.take(), child.stderr.take());
    let pipes = async { tokio::join!(feed(input, body), listen(complaints)).1 };
    tokio::pin!(pipes);
    let mut words = None;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            said = &mut pipes, if words.is_none() => words = Some(said),
        }
    };
    // What it left running holds the pipe open, until it is killed.
    drop(group);
    let status = status.map_err(|error| DeliveryFailure::Later(error.to_string()))?;
    let words = match words {
        Some(words) => words,
        None => pipes.await,
    };
    if status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&words);
    let words = presentable(words.trim().lines().next_back().unwrap_or("it says nothing"));
    Err(DeliveryFailure::Later(format!("failed ({status}): {words}")))
}

async fn feed(input: Option<ChildStdin>, body: &[u8]) {
    if let Some(mut input) = input {
        // A program that does not read is no failure, if it ends well.
        let _ = input.write_all(body).await;
    }
}

async fn listen(complaints: Option<ChildStderr>) -> Vec<u8> {
    let mut words = Vec::new();
    if let Some(mut complaints) = complaints {
        let _ = (&mut complaints).take(COMPLAINT).read_to_end(&mut words).await;
        // The rest is read and thrown away: it must not wait for us.
        let _ = tokio::io::copy(&mut complaints, &mut tokio::io::sink()).await;
    }
    words
}

/// The process group of a child, killed at its end.
struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)))
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Mostly it is empty, and that is well.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::fs::{FileType, Mode};
    use rustix::process::{PidfdFlags, pidfd_open};
    use tokio::time::timeout;

    use super::*;

    const LONG: Duration = Duration::from_secs(10);

    /// A program in a folder of root's; none where we are not root.
    struct Script {
        folder: tempfile::TempDir,
    }

    impl Script {
        fn new(text: &str) -> Option<Self> {
            if !rustix::process::geteuid().is_root() {
                eprintln!("left out: only root can make a program of root's");
                return None;
            }
            let folder = tempfile::tempdir().unwrap();
            let script = Self { folder };
            let text = format!("#!/bin/sh\ncd {}\n{text}\n", script.folder.path().display());
            fs::write(script.path(), text).unwrap();
            script.mode(0o755);
            Some(script)
        }

        fn path(&self) -> PathBuf {
            self.folder.path().join("page")
        }

        fn mode(&self, mode: u32) {
            fs::set_permissions(self.path(), fs::Permissions::from_mode(mode)).unwrap();
        }

        fn read(&self, name: &str) -> String {
            fs::read_to_string(self.folder.path().join(name)).unwrap()
        }

        async fn run(&self, time: Duration) -> Result<(), DeliveryFailure> {
            run(&self.path(), b"{\"a\":1}", time).await
        }
    }

    #[tokio::test]
    async fn it_gets_the_json_and_nothing_else() {
        let Some(script) =
            Script::new("/bin/cat >in; /usr/bin/env >env; pwd >/dev/null; /bin/cat /proc/self/status >status")
        else {
            return;
        };
        script.run(LONG).await.unwrap();
        assert_eq!(script.read("in"), "{\"a\":1}");
        // What the shell itself sets.
        let left: Vec<_> = script.read("env").lines().map(str::to_owned).collect();
        let ours =
            |line: &String| !["PWD=", "OLDPWD=", "SHLVL=", "_=", "PATH="].iter().any(|own| line.starts_with(own));
        assert!(!left.iter().any(ours), "{left:?}");
        let status = script.read("status");
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert!(status.contains(&format!("{set}:\t0000000000000000\n")), "{status}");
        }
        assert!(status.contains("NoNewPrivs:\t1\n"), "{status}");
    }

    #[tokio::test]
    async fn a_failure_quotes_its_last_words() {
        let Some(script) = Script::new("echo 'no modem' >&2; exit 3") else { return };
        assert_eq!(script.run(LONG).await, Err(DeliveryFailure::Later("failed (exit status: 3): no modem".to_owned())));
    }

    #[tokio::test]
    async fn one_that_hangs_is_killed_with_all_that_it_started() {
        let Some(script) = Script::new("sleep 1000 & echo $! >pipe; sleep 1000") else { return };
        let pipe = script.folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).unwrap();
        let mut child = String::new();
        // However long it takes until it hangs.
        let hangs =
            async { child = tokio::task::spawn_blocking(move || fs::read_to_string(pipe)).await.unwrap().unwrap() };
        assert_eq!(run_until(&script.path(), b"", hangs).await, Ok(None));
        ends(child.trim()).await;
    }

    #[tokio::test]
    async fn one_that_takes_too_long_is_said_to_have() {
        let Some(script) = Script::new("sleep 1000") else { return };
        let error = script.run(Duration::from_millis(10)).await.unwrap_err();
        assert_eq!(error.to_string(), "killed, as it had not ended within 0.01 s");
    }

    #[tokio::test]
    async fn what_it_leaves_behind_ends_with_it() {
        let Some(script) = Script::new("sleep 1000 & echo $! >child") else { return };
        script.run(LONG).await.unwrap();
        ends(script.read("child").trim()).await;
    }

    /// Waits for the end of a process that was killed; who reaps it is not ours to say.
    async fn ends(pid: &str) {
        let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
        // One that cannot be had is gone already.
        if let Ok(process) = pidfd_open(pid, PidfdFlags::NONBLOCK) {
            let process = crate::sys::register(process).unwrap();
            timeout(LONG, process.readable()).await.expect("it runs on").unwrap().retain_ready();
        }
    }

    #[tokio::test]
    async fn one_that_does_not_read_is_no_failure() {
        let Some(script) = Script::new("exit 0") else { return };
        run(&script.path(), &vec![b'x'; 1 << 20], LONG).await.unwrap();
    }

    #[tokio::test]
    async fn what_others_could_change_is_not_run() {
        let Some(script) = Script::new("touch ran") else { return };
        script.mode(0o775);
        let error = script.run(LONG).await.unwrap_err().to_string();
        assert!(error.contains("writable by others than root: chmod go-w"), "{error}");
        script.mode(0o644);
        assert!(script.run(LONG).await.unwrap_err().to_string().ends_with("is no program"));
        script.mode(0o755);
        rustix::fs::chown(script.folder.path(), Some(rustix::fs::Uid::from_raw(1)), None).unwrap();
        let error = script.run(LONG).await.unwrap_err().to_string();
        assert!(error.contains("belongs to user 1, not to root"), "{error}");
        assert!(!script.folder.path().join("ran").exists());
        assert!(check(Path::new("/nonexistent/page")).unwrap_err().contains("No such file"));
    }

    #[tokio::test]
    async fn a_link_on_the_way_that_another_can_turn_is_never_followed() {
        let Some(script) = Script::new("exit 0") else { return };
        let (theirs, evil) = (script.folder.path().join("theirs"), script.folder.path().join("evil"));
        fs::create_dir(&theirs).unwrap();
        fs::create_dir(&evil).unwrap();
        fs::write(evil.join("page"), format!("#!/bin/sh\n: >{}/ran\n", evil.display())).unwrap();
        fs::set_permissions(evil.join("page"), fs::Permissions::from_mode(0o755)).unwrap();
        let hop = theirs.join("hop");
        symlink(script.folder.path(), &hop).unwrap();
        for path in [&theirs, &evil] {
            rustix::fs::chown(path, Some(rustix::fs::Uid::from_raw(65_534)), None).unwrap();
        }
        let program = script.folder.path().join("link");
        symlink(hop.join("page"), &program).unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let turned = theirs.join("turned");
                while !done.load(Ordering::Relaxed) {
                    for target in [script.folder.path(), evil.as_path()] {
                        symlink(target, &turned).unwrap();
                        fs::rename(&turned, &hop).unwrap();
                    }
                }
            });
            for _ in 0..10_000 {
                assert!(check(&program).is_err());
            }
            done.store(true, Ordering::Relaxed);
        });
        for _ in 0..20 {
            run(&program, b"", LONG).await.unwrap_err();
        }
        assert!(!evil.join("ran").exists());
    }
}
