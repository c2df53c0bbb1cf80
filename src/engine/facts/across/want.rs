//! What others want of the facts is done when all of them have looked.

use crate::engine::facts::Facts;
use crate::engine::facts::join::How;
use crate::engine::facts::timer::Timer;
use crate::engine::facts::want::Want;
use crate::model::{DumpTable, Effect};

impl Facts {
    /// Does what they want.
    pub(in crate::engine) fn grant(&mut self, wants: Vec<Want>, out: &mut Vec<Effect>) {
        for want in wants {
            match want {
                Want::Ask(question) => self.want_daemon(question),
                Want::Read(id) => {
                    if !self.read_sa(id, out) {
                        self.want_dump(DumpTable::Sad);
                    }
                }
                Want::LookFor(id) => drop(self.read_sa(id, out)),
                Want::WorkInstead(instead) => self.work_is_done_instead(&instead),
                Want::Tunnel(tunnel) => self.touch_tunnel(tunnel),
                Want::Connection(connection) => self.touch_connection(connection),
                Want::TunnelAt(at, tunnel) => self.timers.set(at, Timer::Tunnel(tunnel)),
                Want::Story(line) => self.story.tell(line),
                Want::ReinstallBegins(sa) => self.reinstall_begins(sa),
                Want::ReinstallEnded(sa) => self.reinstall_ended(sa),
                Want::ReinstallLost(sa) => {
                    self.reinstall_lost(&sa);
                    // The event of it may still be under way.
                    self.sa_deleted(&sa, How::Deleted, None, out);
                }
                Want::Evacuate(one) => self.evacuate(*one),
                Want::Evacuated(ifindex, sa) => self.was_evacuated(ifindex, sa),
                Want::Left(ifindex, sas) => self.were_left(ifindex, sas),
                Want::EvacuationOver(ifindex) => self.evacuation_is_over(ifindex),
                Want::Recall(kept) => {
                    kept.evacuated.iter().for_each(|one| self.evacuate(one.clone()));
                    self.absence.begin(self.now, kept.stopped.clone());
                    self.answered.recall(&kept);
                    self.standing.earlier = Some(kept);
                }
                Want::ToldUnanswered(tunnel) => self.unanswered_is_told(tunnel),
                Want::Fenced(change) => self.fence_was_set(&change),
                Want::NameSenders => self.name_senders(out),
                Want::Cover(line) => drop(self.coverage.insert(line.source, line)),
                Want::RefusalTold(connection, reason) => {
                    self.down_by_refusal(connection, reason);
                    self.refusals.settle(connection);
                    // What was told as a consequence before is its consequence now.
                    self.connections.insert(connection);
                }
                Want::DownTold(connection) => self.down_was_told(connection),
                Want::DeathIsOver => self.death_is_over(),
                Want::CrashesAreOver => self.crashes_are_over(),
            }
        }
    }
}
