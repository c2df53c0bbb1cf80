//! What every way to speak with a daemon comes to.

use std::pin::Pin;

use super::meanwhile::Asker;
use crate::model::{Answer, Question, Step};

/// What is on its way; dropped, it hangs up. What went wrong is one sentence.
pub(super) type Pending<T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send>>;

/// A line to one daemon.
pub(super) trait Talks: Send + Sync {
    /// Through what it is asked, for people.
    fn through(&self) -> String;

    /// The version of the daemon behind it, where that is not known yet and can be learnt without asking the daemon.
    fn learn_version(&self) -> Option<Pin<Box<dyn Future<Output = Option<String>> + Send>>>;

    fn set_version(&mut self, version: Option<String>);

    /// Asks: the answer, and how many lines of it were not understood. Where a process asks, `asker` is told which.
    fn ask(&self, question: Question, asker: Asker) -> Pending<(Answer, u32)>;

    /// Has it do a step: what was said last. None where it has no command for it.
    fn act(&self, step: &Step, asker: Asker) -> Option<Pending<String>>;
}
