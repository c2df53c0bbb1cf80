//! What the kernel tells of an offload that did not come about is kept, and told as nobody's where the daemon says nothing of it.

use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::offload_attempts::{Attempt, AttemptId};
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::story::StoryLine;
use crate::engine::facts::timer::Timer;
use crate::model::{Direction, KernelLogLine, KernelWords, OffloadTry, Protocol, Source};
use crate::text::shell_word;

/// The daemon's own line about a refusal comes within this time; after it the refusal is told as nobody's.
const UNCLAIMED_AFTER: Duration = Duration::from_secs(2);

impl Facts {
    pub(in crate::engine) fn offload_tried(&mut self, tried: &OffloadTry) {
        // Whoever probes reads its own answers.
        if tried.is_probes() {
            return;
        }
        let line = self.evidence(Source::Trace, self.told_by_kernel(tried));
        let held = self.tried_sa(tried);
        let connection = held.and_then(|slot| self.connection_name_of_sa(slot));
        let sa = held.and_then(|slot| self.sad.id(slot));
        self.story.tell(StoryLine { line: line.clone(), connection, sa });
        let id = self.attempts.keep(Attempt { tried: tried.clone(), at: self.now, line, told: false });
        if let Some(leg) = held.and_then(|slot| self.sad.get(slot)).and_then(|sa| sa.claim) {
            self.touch_child(leg.child);
        }
        if tried.errno == 0 || self.was_put_back_lately(tried.spi) {
            return;
        }
        if !self.refusal_was_awaited(id) {
            let pid = tried.pid;
            let from_daemon = self.life.daemon.as_ref().is_some_and(|daemon| daemon.pid().is_none_or(|own| own == pid));
            let patience = if from_daemon { UNCLAIMED_AFTER } else { Duration::ZERO };
            self.timers.set(self.now + patience, Timer::Tried(id.0, id.1));
        }
    }

    /// The SA that it was tried for, where the kernel has it in software now.
    fn tried_sa(&self, tried: &OffloadTry) -> Option<Slot<Sa>> {
        let protocol = tried.shape.map_or(Protocol::Esp, |shape| shape.protocol);
        let same = |sa: &Sa| tried.dst.is_none_or(|dst| dst == sa.dst);
        self.sad.with_spi(tried.spi, protocol).into_iter().find(|slot| self.sad.get(*slot).is_some_and(same))
    }

    fn told_by_kernel(&self, tried: &OffloadTry) -> String {
        let OffloadTry { process, pid, spi, mode, direction, .. } = tried;
        let process = shell_word(process);
        let to = tried.dst.map(|dst| format!(" to {dst}")).unwrap_or_default();
        let device = self.links.name(tried.ifindex);
        let way = if *direction == Direction::In { "inbound" } else { "outbound" };
        let what =
            format!("{mode} offload of the {way} SA {spi}{to} on {device}, asked for by {process} (process {pid})");
        let words = tried.text.as_ref().map(|text| format!(": '{text}'")).unwrap_or_default();
        match tried.errno {
            0 => format!("the kernel took in software, without an error, a {what}{words}"),
            errno => format!("the kernel refused {what}, errno {errno}{words}"),
        }
    }

    pub(in crate::engine) fn kernel_said_to_daemon(&mut self, words: &KernelWords) {
        self.tell_story(
            Source::Trace,
            None,
            None,
            format!("the kernel said to process {}: '{}'", words.pid, words.text),
        );
        self.words.say(self.now, words.clone());
    }

    pub(in crate::engine) fn kernel_logged(&mut self, line: &KernelLogLine) {
        self.tell_story(Source::KernelLog, None, None, line.text.clone());
        self.attempts.driver_said(self.now, line.clone());
    }

    /// Nobody claimed it in time: it is told as it is.
    pub(in crate::engine) fn tried_due(&mut self, id: AttemptId) {
        let Some(tried) = self.attempts.get(&id).filter(|tried| !tried.told) else { return };
        // Whoever asked went on without offload: that is another matter.
        if self.tried_sa(&tried.tried).is_none() {
            self.attempts.tell(&id);
            self.happens(Happened::RefusalUnclaimed(id));
        }
    }
}
