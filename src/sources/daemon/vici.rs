//! A charon that is asked over its control socket.

mod asking;
mod connection;
mod hearing;
mod line;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::pin::Pin;

use self::asking::{Conversation, SharedKnown};
use self::connection::{ViciError, ViciPlace};
pub(super) use self::hearing::Hearing;
use self::line::QuestionLine;
use super::coverage::DaemonCoverage;
use super::meanwhile::Asker;
use super::talks::{Pending, Talks};
use crate::daemons::Dialect;
use crate::daemons::vici::ViciRequest;
use crate::model::{Answer, Question, Step};
use crate::sources::queue::Queue;

/// The line to one charon.
#[derive(Clone, Debug)]
pub(super) struct OverVici {
    dialect: &'static dyn Dialect,
    place: ViciPlace,
    line: QuestionLine,
    known: SharedKnown,
    /// Where its connections are written down.
    configuration: Option<PathBuf>,
}

impl OverVici {
    /// To the charon that listens there, which is this process where it is known.
    pub fn new(
        dialect: &'static dyn Dialect,
        socket: PathBuf,
        pid: Option<u32>,
        version: Option<String>,
        configuration: Option<PathBuf>,
    ) -> Self {
        let (place, known) = (ViciPlace { socket, pid }, SharedKnown::default());
        known.lock().version = version;
        Self { dialect, line: QuestionLine::to(place.clone()), place, known, configuration }
    }

    /// Begins to hear what it tells by itself.
    pub fn hear(&self, queue: Queue, coverage: DaemonCoverage) -> Hearing {
        Hearing::begin(queue, coverage, self.place.clone(), self.known.clone())
    }

    async fn answer(self, question: Question) -> Result<(Answer, u32), ViciError> {
        let mut open = self.line.open().await?;
        let mut asking = Conversation { connection: &mut open.connection, known: &self.known };
        let answer = match question {
            Question::Brief => asking.brief().await?,
            Question::Table => asking.table().await?,
            Question::Connections => asking.connections(self.dialect, self.configuration.clone()).await?,
        };
        open.keep();
        Ok(answer)
    }

    async fn order(self, request: ViciRequest) -> Result<Result<String, String>, ViciError> {
        let mut open = self.line.open().await?;
        let done = Conversation { connection: &mut open.connection, known: &self.known }.order(&request).await?;
        open.keep();
        Ok(done)
    }
}

impl Talks for OverVici {
    fn through(&self) -> String {
        self.place.socket.display().to_string()
    }

    /// It is asked together with what depends on it.
    fn learn_version(&self) -> Option<Pin<Box<dyn Future<Output = Option<String>> + Send>>> {
        None
    }

    fn set_version(&mut self, version: Option<String>) {
        self.known.lock().version = version;
    }

    fn ask(&self, question: Question, _asker: Asker) -> Pending<(Answer, u32)> {
        let asked = self.clone();
        Box::pin(async move { asked.answer(question).await.map_err(|error| error.to_string()) })
    }

    fn act(&self, step: &Step, _asker: Asker) -> Option<Pending<String>> {
        let request = ViciRequest::order(step, &self.known.lock())?;
        let asked = self.clone();
        Some(Box::pin(async move { asked.order(request).await.map_err(|error| error.to_string())? }))
    }
}
