//! The one connection for questions: opened at the first, closed once it is quiet, and thrown away where an answer was not read to its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::sleep;

use super::connection::{ViciConnection, ViciError, ViciPlace};

/// Kept open so long after an answer.
const QUIET: Duration = Duration::from_secs(1);

/// Who has it speaks alone.
#[derive(Clone, Debug)]
pub(super) struct QuestionLine {
    place: ViciPlace,
    kept: Arc<Mutex<KeptConnection>>,
}

#[derive(Debug, Default)]
struct KeptConnection {
    connection: Option<ViciConnection>,
    /// How often it was kept.
    turn: u64,
}

/// A connection in use. Dropped without [`OpenLine::keep`], it is closed.
#[derive(Debug)]
pub(super) struct OpenLine<'a> {
    line: &'a QuestionLine,
    kept: MutexGuard<'a, KeptConnection>,
    pub connection: ViciConnection,
}

impl QuestionLine {
    pub fn to(place: ViciPlace) -> Self {
        Self { place, kept: Arc::default() }
    }

    /// The kept connection where charon still has it, else a new one.
    ///
    /// # Errors
    /// It cannot be connected to.
    pub async fn open(&self) -> Result<OpenLine<'_>, ViciError> {
        let mut kept = self.kept.lock().await;
        let connection = match kept.connection.take().filter(ViciConnection::is_quiet) {
            Some(connection) => connection,
            None => self.place.connect().await?,
        };
        Ok(OpenLine { line: self, kept, connection })
    }
}

impl OpenLine<'_> {
    /// All that was asked is answered: the next question may use it.
    pub fn keep(mut self) {
        self.kept.turn += 1;
        self.kept.connection = Some(self.connection);
        let (turn, line) = (self.kept.turn, Arc::clone(&self.line.kept));
        tokio::spawn(async move {
            sleep(QUIET).await;
            let mut kept = line.lock().await;
            if kept.turn == turn {
                kept.connection = None;
            }
        });
    }
}
