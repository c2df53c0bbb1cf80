//! The process that reads the journal: journalctl(1). libsystemd is no dependency, and the files' format is not for everybody.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use super::entry::{DRIVER, DROPPED, FIELDS};
use crate::daemons::Dialect;

/// Bytes of its complaints that are kept.
const MAX_COMPLAINT: u64 = 4 << 10;

/// How long a line may be looked for.
const LOOKED_FOR: Duration = Duration::from_secs(5);

/// How long it may take to end after its output has ended.
const FAREWELL: Duration = Duration::from_secs(2);

/// Whose entries, and with which program they are read.
#[derive(Clone, Debug)]
pub struct Journal {
    pub(super) program: PathBuf,
    pub(super) unit: Option<String>,
    /// Under which of these names they are.
    pub(super) identifiers: Vec<String>,
    /// Where journald keeps its files (systemd-journald.service(8)).
    pub(super) folders: Vec<PathBuf>,
    /// The file that was to be read, and proves less.
    pub(super) instead_of: Option<PathBuf>,
}

/// journalctl at work. Ended when dropped; it stays in our process group, so that it does not outlive a killed service.
#[derive(Debug)]
pub struct JournalReader {
    child: Child,
    /// What it writes.
    pub output: ChildStdout,
    complaints: ChildStderr,
}

impl Journal {
    /// Entries under this name, and where it is one of the daemon's under each of those, of this unit where one is known.
    pub fn new(unit: Option<String>, identifier: String, dialect: &dyn Dialect) -> Self {
        let names = dialect.identifiers();
        let identifiers = if names.contains(&identifier.as_str()) {
            names.iter().map(|name| (*name).to_owned()).collect()
        } else {
            vec![identifier]
        };
        let folders = ["/run/log/journal", "/var/log/journal"].map(PathBuf::from).to_vec();
        let program = Path::new("journalctl").to_path_buf();
        Self { program, unit, identifiers, folders, instead_of: None }
    }

    /// The names, for people.
    pub(super) fn names(&self) -> String {
        self.identifiers.join(", ")
    }

    /// The same, read instead of a file.
    pub fn instead_of(self, file: &Path) -> Self {
        Self { instead_of: Some(file.to_owned()), ..self }
    }

    /// It has a line of this process, by the kernel's word that it is root's.
    pub async fn has_lines_of(&self, pid: u32) -> bool {
        if !self.is_kept() {
            return false;
        }
        let mut command = self.command(["--lines=1"]);
        let found = command.arg(format!("_PID={pid}")).output();
        let found = tokio::time::timeout(LOOKED_FOR, found).await;
        found.is_ok_and(|output| output.is_ok_and(|output| output.stdout.starts_with(b"{")))
    }

    /// There is a journal. journalctl itself says nothing where journald keeps no files.
    pub(super) fn is_kept(&self) -> bool {
        self.folders.iter().any(|folder| folder.is_dir())
    }

    /// Starts journalctl with these arguments and this journal's matches.
    pub(super) fn read<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> io::Result<JournalReader> {
        let mut command = self.command(arguments);
        // journald's own note of a gap. Nobody else can write this transport: it takes no field from a client that begins with '_'.
        command.args(["+", &format!("MESSAGE_ID={DROPPED}"), "_UID=0", &format!("_TRANSPORT={DRIVER}")]);
        let mut child = command.spawn()?;
        let missing = || io::Error::other("a pipe to it is missing");
        let output = child.stdout.take().ok_or_else(missing)?;
        let complaints = child.stderr.take().ok_or_else(missing)?;
        Ok(JournalReader { child, output, complaints })
    }

    /// journalctl with these arguments, for the daemon's own lines.
    fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["--output=json", "--no-pager"]).arg(format!("--output-fields={FIELDS}")).args(arguments);
        // Any of them (journalctl(1): matches of one field).
        command.args(self.identifiers.iter().map(|name| format!("SYSLOG_IDENTIFIER={name}")));
        // Anybody may write under any name; this field is the kernel's word.
        command.arg("_UID=0");
        command.args(self.unit.iter().map(|unit| format!("_SYSTEMD_UNIT={unit}")));
        let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
        command.env_clear().env("PATH", path).env("LC_ALL", "C").env("SYSTEMD_COLORS", "0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }
}

impl JournalReader {
    /// Its last words once its output has ended: none where it ended well.
    pub async fn end(mut self) -> Option<String> {
        let mut words = Vec::new();
        let last = async {
            let _ = (&mut self.complaints).take(MAX_COMPLAINT).read_to_end(&mut words).await;
            self.child.wait().await
        };
        let status = match tokio::time::timeout(FAREWELL, last).await {
            Ok(status) => status,
            // It closed its output and lives on: dropped, it is ended.
            Err(_) => return Some("journalctl writes no more".to_owned()),
        };
        let words = String::from_utf8_lossy(&words);
        let words = crate::text::presentable(words.trim().lines().next_back().unwrap_or(""));
        match status {
            Ok(status) if status.success() && words.is_empty() => None,
            Ok(_) if !words.is_empty() => Some(words),
            Ok(status) => Some(status.to_string()),
            Err(error) => Some(error.to_string()),
        }
    }
}
