//! What each observation means for the tables.

use crate::engine::facts::Facts;
use crate::engine::facts::expect::Rules;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::resync::{COUNT_EVERY, DUMP_EVERY};
use crate::engine::facts::timer::Timer;
use crate::model::{Effect, Observation, Started, What};

impl Facts {
    /// Takes one observation into the tables.
    pub(in crate::engine) fn take(&mut self, seen: &Observation, out: &mut Vec<Effect>) {
        self.now = self.now.max(seen.at);
        self.wall = seen.wall;
        self.seq = seen.seq;
        match &seen.what {
            What::Started(started) => self.start(started),
            What::Reconfigured(settings) => {
                self.rules = Rules::new(&settings.connections, &settings.one_way);
                self.started.settings = settings.clone();
                self.absence.look_again();
                self.touch_every_tunnel();
                self.happens(Happened::Reconfigured);
            }
            What::Misconfigured(wrong) => self.happens(Happened::Misconfigured(wrong.clone())),
            // Those of remedies are theirs.
            What::Woke | What::Kept { .. } | What::Outcome(_) | What::Requested(_) => {}
            What::Coverage(line) => {
                self.coverage.insert(line.source, line.clone());
                self.happens(Happened::Covered(line.source));
            }
            What::Kernel(event) => self.kernel_event(event, out),
            What::EventsLost { malformed } => self.events_lost(*malformed),
            What::DumpBegin { ask, table } => self.dump_began(*ask, *table),
            What::Sas { ask, rows } => self.dumped_sas(*ask, rows, out),
            What::Policies { ask, rows } => self.dumped_policies(*ask, rows),
            What::DumpEnd { ask, how, took } => self.dump_ended(*ask, how, *took, out),
            What::Read { ask, id, answer } => self.sa_was_read(*ask, id, answer, out),
            What::Counted { ask, answer } => self.counted(*ask, answer),
            What::Sampled { ask, device, answer, .. } => self.device_was_sampled(*ask, (device, answer)),
            What::HostSampled { ask, answer, .. } => self.host_was_sampled(*ask, answer),
            What::OffloadTried(tried) => self.offload_tried(tried),
            What::KernelSaid(words) => self.kernel_said_to_daemon(words),
            What::Removals(removals) => self.removals_asked_for(removals),
            What::Senders { ask, answer } => self.senders_named(*ask, answer),
            What::KernelLog(line) => self.kernel_logged(line),
            What::Link(link) => self.link_seen(link, out),
            What::LinkGone { index } => self.link_gone(*index, out),
            What::LinksKnown => self.links.known = true,
            What::RoutesChanged => self.routes_changed(),
            What::Routed { ask, query, answer } => self.routed(*ask, query, answer),
            What::Log(line) => self.log_line(line),
            What::Told(line) => self.daemon_told(line),
            What::LogEnd { ask } => self.log_ended(*ask),
            What::DaemonAnswered { ask, answer, worked, took } => {
                self.daemon_answered(*ask, answer, worked.unwrap_or(*took))
            }
            What::DaemonSilent { ask, silence } => self.daemon_is_silent(*ask, silence),
            What::DaemonAnsweredLate { ask } => self.daemon_answered_late(*ask),
            What::DaemonCallEnded { ask } => self.daemon_call_ended(*ask),
            What::DaemonFound(daemon) => self.daemon_found(daemon),
            What::DaemonAbsent => self.daemon_absent(),
            What::OtherDaemons(others) => self.other_daemons(others),
            What::Configured(told) => self.configuration_came(told.as_deref()),
            What::DaemonGone(death) => self.daemon_gone(death.pid, out),
            What::ListenerGone(loss) => self.listener_gone(*loss, out),
            What::Process(look) => self.process_looked_at(look),
            What::Listener(look) => self.listener_looked_at(*look),
            What::Unit(unit) => self.unit_changed(unit, out),
        }
    }

    fn start(&mut self, started: &Started) {
        self.rules = Rules::new(&started.settings.connections, &started.settings.one_way);
        self.started = started.clone();
        self.sad.set_netns(started.netns);
        self.want_dumps();
        self.timers.set(self.now + COUNT_EVERY, Timer::Count);
        self.timers.set(self.now + DUMP_EVERY, Timer::PeriodicDump);
    }

    /// Whether everything that can be known at the start is known, for the first time: then everything is looked at.
    pub(in crate::engine) fn join_if_whole(&mut self) -> bool {
        if self.joined || !self.resync.first_done() || !self.links.known || !self.life.first_done() {
            return false;
        }
        self.joined = true;
        self.absence_is_watched();
        self.touch_every_tunnel();
        self.unclaimed_at_join();
        true
    }
}
