//! A daemon that is asked through a program of its own package, run once for each question.

use std::ffi::OsString;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use super::command;
use super::meanwhile::Asker;
use super::talks::{Pending, Talks};
use crate::daemons::AskedByProgram;
use crate::model::{Answer, Question, Step};
use crate::text::presentable;

/// Longer than a program takes that only says its own name.
const SAYS_ITS_NAME: Duration = Duration::from_secs(2);

/// Bytes of a step's output that are looked at.
const LAST_LINE: usize = 4 << 10;

/// The program, and what is said to it first.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub by: &'static dyn AskedByProgram,
    pub path: PathBuf,
    pub first: Vec<OsString>,
}

/// The program, and the daemon that it asks.
#[derive(Clone, Debug)]
pub(super) struct ByProgram {
    pub program: Program,
    pub socket: PathBuf,
    pub version: Option<String>,
}

impl Program {
    /// `path` is where it is, where that is known.
    pub fn of(by: &'static dyn AskedByProgram, path: Option<PathBuf>) -> Self {
        if let Some(path) = path.or_else(|| by.usual_programs().iter().map(PathBuf::from).find(|path| path.is_file())) {
            return Self { by, path, first: Vec::new() };
        }
        let (path, first) = by.fallback();
        Self { by, path: path.into(), first: first.iter().map(OsString::from).collect() }
    }

    /// Its version, as it says itself.
    pub async fn version(self) -> Option<String> {
        let said = tokio::time::timeout(SAYS_ITS_NAME, self.run(self.by.version_arguments(), Asker::default()))
            .await
            .ok()?
            .ok()?;
        self.by.version_of(&String::from_utf8_lossy(&said))
    }

    async fn run(&self, more: Vec<OsString>, asker: Asker) -> Result<Vec<u8>, String> {
        let arguments: Vec<OsString> = self.first.iter().cloned().chain(more).collect();
        command::run(&self.path, &arguments, &asker).await.map(|output| output.bytes).map_err(|error| error.to_string())
    }
}

impl Talks for ByProgram {
    fn through(&self) -> String {
        self.program.path.display().to_string()
    }

    /// The program and the daemon are of one package.
    fn learn_version(&self) -> Option<Pin<Box<dyn Future<Output = Option<String>> + Send>>> {
        self.version.is_none().then(|| Box::pin(self.program.clone().version()) as Pin<Box<_>>)
    }

    fn set_version(&mut self, version: Option<String>) {
        self.version = version;
    }

    fn ask(&self, question: Question, asker: Asker) -> Pending<(Answer, u32)> {
        let program = self.program.clone();
        let arguments = program.by.question(question, &self.socket, self.version.as_deref());
        Box::pin(async move { Ok(program.by.answer(question, &program.run(arguments, asker).await?)) })
    }

    fn act(&self, step: &Step, asker: Asker) -> Option<Pending<String>> {
        let program = self.program.clone();
        let arguments = program.by.step(step, &self.socket, self.version.as_deref())?;
        Some(Box::pin(async move { Ok(last_line(&program.run(arguments, asker).await?)) }))
    }
}

/// What a command said last.
fn last_line(bytes: &[u8]) -> String {
    let from = bytes.len().saturating_sub(LAST_LINE);
    let text = String::from_utf8_lossy(bytes.get(from..).unwrap_or_default());
    presentable(text.trim().lines().next_back().unwrap_or("it says nothing"))
}
