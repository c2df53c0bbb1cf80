//! A daemon comes, starts and listens; what was known of the process before it is forgotten.

use std::time::Duration;

use crate::daemons::behaviour;
use crate::engine::facts::Facts;
use crate::engine::facts::asks::{HEARTBEAT, TABLE_EVERY};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::recovery::COMES_BY_ITSELF;
use crate::engine::facts::table_told::TableTold;
use crate::engine::facts::timer::Timer;
use crate::model::{Daemon, Question};

/// A new process loads its connections after it says that it runs.
const SETTLES_AFTER: Duration = Duration::from_secs(5);

impl Facts {
    // --- the process

    pub(in crate::engine) fn daemon_found(&mut self, daemon: &Daemon) {
        let first = !self.joined;
        let known = self.life.behaviour.version.as_deref().filter(|_| daemon.kind == self.life.behaviour.kind);
        self.life.behaviour = behaviour(daemon.kind, daemon.version.as_deref().or(known));
        self.life.daemon = Some(daemon.clone());
        self.absence.ended();
        self.happens(Happened::DaemonChanged);
        self.life.absent = false;
        self.life.found = self.now;
        self.life.since = Some(if first { daemon.since } else { self.wall });
        self.life.look = None;
        self.life.waiting = 0;
        self.life.answered = None;
        self.life.unanswered = None;
        self.forget_old_process(daemon.pid());
        self.asks.daemon = None;
        self.asks.floors.clear();
        if let Some(death) = &mut self.life.death {
            death.back = Some(self.now);
            self.timers.set(self.now + COMES_BY_ITSELF, Timer::BringUp);
        }
        self.recovered_from_hang("a new process of the daemon answers");
        self.timers.set(self.now + HEARTBEAT, Timer::Heartbeat);
        self.timers.set(self.now + TABLE_EVERY, Timer::PeriodicAsk);
        self.up_changes();
        if first {
            self.want_daemon(Question::Brief);
        } else {
            // It loads its connections only after it has told the service manager that it is up.
            for question in [Question::Connections, Question::Table] {
                self.asks.wanted.insert(question);
                self.asks.floors.insert(question, self.now + SETTLES_AFTER);
            }
        }
    }

    /// What is wrong with the daemon is told once, and explains what follows from it.
    pub(in crate::engine) fn daemon_is_in_trouble(&self) -> bool {
        self.life.daemon.is_none()
            || self.life.death.is_some()
            || self.life.hung.is_some()
            || self.life.starved.is_some()
            || self.life.shutting_down.is_some()
    }

    pub(in crate::engine) fn daemon_absent(&mut self) {
        self.life.absent = true;
        self.absence_is_watched();
        self.life.since.get_or_insert(self.wall);
    }

    pub(in crate::engine) fn daemon_starts(&mut self, pid: Option<u32>, version: Option<&str>, past: bool) {
        if let Some(version) = version {
            self.life.behaviour = behaviour(self.life.behaviour.kind, Some(version));
        }
        if !past && pid.is_none_or(|pid| self.life.daemon.as_ref().is_none_or(|daemon| daemon.pid() != Some(pid))) {
            self.forget_old_process(pid);
        }
    }

    pub(in crate::engine) fn daemon_listens(&mut self, past: bool) {
        if !past && self.joined {
            self.asks.wanted.extend([Question::Connections, Question::Table]);
        }
    }

    fn forget_old_process(&mut self, pid: Option<u32>) {
        self.life.shutting_down = None;
        self.life.dying = None;
        self.hearsay.forget_process();
        if pid.is_some() && self.life.cleared_for == pid {
            return;
        }
        self.life.cleared_for = pid;
        self.life.ike_gone.clear();
        self.life.ike_stands.clear();
        self.life.child_gone.clear();
        self.ike_names.forget_process();
        self.life.ike_failed.clear();
        self.life.table = None;
        self.life.told = TableTold::default();
        self.life.no_ike_at = None;
        if let Some(brief) = &mut self.life.brief {
            brief.idle_workers = None;
        }
        self.ends.clear();
        self.ikes.clear();
        self.drop_every_child();
        self.claims.end_negotiations();
        self.refusals.clear();
        self.addresses.clear();
        self.down.clear();
        self.takedowns.clear();
        self.said.clear();
        self.configured.forget_process();
        self.claims.forget_why_pairs_are_down(self.now);
        self.happens(Happened::NewProcess);
    }
}
