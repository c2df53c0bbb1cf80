//! Programs that run as root because a configuration names them: nobody but root may be able to change what is run.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::root_path::{RootPath, RootPathError};
use crate::sys::command_of;

/// How much of a script's first line the kernel reads (`BINPRM_BUF_SIZE`, include/uapi/linux/binfmts.h).
const FIRST_LINE: u64 = 256;

/// Scripts that scripts may be run by (`exec_binprm`, fs/exec.c).
const MOST_INTERPRETERS: u32 = 5;

/// A program that is root's alone, open.
#[derive(Debug)]
pub struct RootProgram {
    name: PathBuf,
    file: RootPath,
}

/// Why a program is not run.
#[derive(Debug, thiserror::Error)]
pub enum RootProgramError {
    /// Others could change what is run.
    #[error(transparent)]
    Path(#[from] RootPathError),
    /// A folder, or not executable.
    #[error("{} is no program", .0.display())]
    NoProgram(PathBuf),
    /// It cannot be looked into.
    #[error("{}: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        /// What the kernel says.
        source: io::Error,
    },
    /// What the first line of a script names is no program of root's.
    #[error("{} is a script, and what runs it is not root's alone: {source}", script.display())]
    Interpreter { script: PathBuf, source: Box<RootProgramError> },
    /// The kernel would not run it either.
    #[error("{} is run by a chain of scripts", .0.display())]
    Chain(PathBuf),
}

impl RootProgram {
    /// Opens a program by its path from `/` on. Nobody but root may be able to change it, or what interprets it, or what any name on the way means.
    ///
    /// # Errors
    /// What is not root's alone, or no program.
    pub fn open(name: &Path) -> Result<Self, RootProgramError> {
        let file = open(name)?;
        let (mut script, mut interpreter) = (name.to_owned(), interpreter(&file, name)?);
        // The kernel resolves its name by itself; no folder on the way is anybody else's, so nobody can change what that gives.
        for _ in 0..MOST_INTERPRETERS {
            let Some(path) = interpreter else { return Ok(Self { name: name.to_owned(), file }) };
            let wrong = |source| RootProgramError::Interpreter { script: script.clone(), source: Box::new(source) };
            interpreter = open(&path).and_then(|file| self::interpreter(&file, &path)).map_err(wrong)?;
            script = path;
        }
        Err(RootProgramError::Chain(name.to_owned()))
    }

    /// A command that runs it, whatever its name means by now. A script finds itself as `$0` under `/proc/self/fd`.
    pub fn command(self) -> Command {
        let mut command = command_of(self.file.descriptor);
        command.arg0(self.name);
        command
    }
}

fn open(name: &Path) -> Result<RootPath, RootProgramError> {
    let file = RootPath::open(name)?;
    if !file.is_file() || file.stat.st_mode & 0o111 == 0 {
        return Err(RootProgramError::NoProgram(name.to_owned()));
    }
    Ok(file)
}

/// What runs it where it is a script: its first line, as execve(2) reads it.
fn interpreter(file: &RootPath, name: &Path) -> Result<Option<PathBuf>, RootProgramError> {
    let unreadable = |source| RootProgramError::Unreadable { path: name.to_owned(), source };
    let mut beginning = Vec::new();
    // A program that root may run and not read: the kernel reads it all the same, and only a script has a line to look at.
    let opened = File::open(format!("/proc/self/fd/{}", file.descriptor.as_raw_fd())).map_err(unreadable)?;
    opened.take(FIRST_LINE).read_to_end(&mut beginning).map_err(unreadable)?;
    let Some(line) = beginning.strip_prefix(b"#!") else { return Ok(None) };
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    let path = line.split(|byte| matches!(byte, b' ' | b'\t' | 0)).next().unwrap_or_default();
    Ok(Some(PathBuf::from(OsStr::from_bytes(path))))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    fn program(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[tokio::test]
    async fn what_was_checked_is_run_also_where_its_name_means_another_by_then() {
        let folder = tempfile::tempdir().unwrap();
        let (page, other, what) = (folder.path().join("page"), folder.path().join("other"), folder.path().join("what"));
        let text = |word: &str| format!("#!/bin/sh\necho {word} >{}\n", what.display());
        program(&page, &text("checked"));
        let checked = RootProgram::open(&page).unwrap();
        program(&other, &text("other"));
        fs::rename(&other, &page).unwrap();
        assert!(checked.command().status().await.unwrap().success());
        assert_eq!(fs::read_to_string(&what).unwrap(), "checked\n");
        let binary = RootProgram::open(Path::new("/bin/sh")).unwrap();
        let output = binary.command().args(["-c", "echo $0"]).output().await.unwrap();
        assert_eq!(output.stdout, b"/bin/sh\n");
    }

    #[test]
    fn an_interpreter_that_another_owns_is_not_run() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (page, shell) = (folder.path().join("page"), folder.path().join("shell"));
        fs::copy("/bin/sh", &shell).unwrap();
        program(&page, &format!("#! {} -e\nexit 0\n", shell.display()));
        RootProgram::open(&page).unwrap();
        chown(&shell, Some(65_534), None).unwrap();
        let error = RootProgram::open(&page).unwrap_err().to_string();
        assert!(error.contains("is a script") && error.contains("belongs to user 65534"), "{error}");
        program(&page, "#!sh\n");
        assert!(RootProgram::open(&page).unwrap_err().to_string().contains("does not begin at /"));
        program(&page, &format!("#!{}\n", page.display()));
        assert!(matches!(RootProgram::open(&page), Err(RootProgramError::Chain(_))));
    }

    #[test]
    fn what_is_no_program_is_said_to_be_none() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("page");
        fs::write(&page, "x").unwrap();
        assert!(matches!(RootProgram::open(&page), Err(RootProgramError::NoProgram(_))));
        assert!(matches!(RootProgram::open(folder.path()), Err(RootProgramError::NoProgram(_))));
        symlink("none", folder.path().join("link")).unwrap();
        assert!(RootProgram::open(&folder.path().join("link")).unwrap_err().to_string().contains("No such file"));
    }
}
