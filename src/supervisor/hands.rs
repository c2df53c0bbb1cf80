//! What carries the engine's wishes out to the sources.

use std::time::Duration;

use tokio::sync::oneshot;

use crate::model::{AskId, DumpTable, Measured, Question, RemedyId, Remembered, RouteQuery, SaId, Step, What};
use crate::sources::trace::measure::CountOrder;

/// The supervisor's hands. None of them may wait: what is asked is answered in the queue, and nobody reads the queue meanwhile.
///
/// A method returns the answer itself where there is nobody to ask.
pub trait Hands {
    /// Answered by `What::Read`.
    fn read(&mut self, ask: AskId, sa: SaId) -> Option<What>;

    /// Answered by `What::DumpBegin`, rows and `What::DumpEnd`.
    fn dump(&mut self, ask: AskId, table: DumpTable) -> Option<What>;

    /// Answered by `What::Counted`.
    fn count(&mut self, ask: AskId) -> Option<What>;

    /// Answered by `What::Routed`.
    fn route(&mut self, ask: AskId, query: RouteQuery) -> Option<What>;

    /// Answered by `What::Sampled`.
    fn sample(&mut self, ask: AskId, device: String) -> Option<What>;

    /// Answered by `What::HostSampled`.
    fn sample_host(&mut self, ask: AskId) -> Option<What>;

    /// Answered by `What::Senders`.
    fn name_senders(&mut self, ask: AskId) -> Option<What>;

    /// Answered by `What::LogEnd`.
    fn catch_up(&mut self, ask: AskId) -> Option<What>;

    /// Answered by `What::DaemonAnswered`.
    fn ask_daemon(&mut self, ask: AskId, question: Question, deadline: Duration) -> Option<What>;

    /// Does one step of a remedy. Answered by `What::Outcome`.
    fn act(&mut self, ask: AskId, remedy: RemedyId, step: Step) -> Option<What>;

    /// From now on this command starts the daemon where no unit does.
    fn restart_by(&mut self, command: Vec<String>);

    /// Keeps something over a restart. Answered by `What::Kept`.
    fn remember(&mut self, ask: AskId, state: Box<Remembered>) -> Option<What>;

    /// Counts the packets of an SA that the CPU does. The answer goes to who asked, and not to the queue: the engine judges nothing by it.
    fn measure(&mut self, order: CountOrder, reply: oneshot::Sender<Result<Measured, String>>);

    /// Waits until the sources have to be set anew because there is another daemon, and sets them. Must lose nothing when it is dropped
    /// before it ends.
    fn follow_daemon(&mut self) -> impl Future<Output = ()>;
}
