//! The daemon where `/proc` shows none, and one listens at the control socket that the configuration names.

use std::path::Path;

use super::{DaemonWatch, FollowedDaemon};
use crate::config;
use crate::daemons::{LogPlace, dialect};
use crate::model::{Daemon, KnownBy, ListenerLoss, SourceState, What};
use crate::sources::Closed;
use crate::sources::daemon::version;
use crate::sources::process::RunningDaemon;
use crate::sources::process::discovery::Discovered;
use crate::sources::process::listening::{Listening, ListeningLook};
use crate::sources::process::seeker::Sought;
use crate::text::presentable;

impl DaemonWatch {
    /// Somebody listens, and it is not yet sure that no process of his is to be seen.
    pub(super) fn is_seeking(&self) -> bool {
        self.seeker.as_ref().is_some_and(super::Seeker::is_at_it)
    }

    /// No process was seen: looks at the socket.
    pub(super) async fn seek(&mut self) -> Result<Option<FollowedDaemon>, Closed> {
        let name = self.names();
        let Some(seeker) = &mut self.seeker else { return Ok(None) };
        if self.discovery.someone_starts() {
            seeker.begin_anew();
            return Ok(None);
        }
        let socket = seeker.path().display().to_string();
        let stranger = self.discovery.stranger();
        match seeker.look() {
            Sought::New => self.discovery.look_through_all(),
            Sought::Soon => {}
            Sought::Found(listening) => return self.take_listener(listening).await.map(Some),
            Sought::Nobody => {
                let detail = format!(
                    "no {name} runs in this network namespace, and nobody listens at {socket}; looks for both every second"
                );
                self.cover(SourceState::Ok, presentable(&detail), stranger).await?;
            }
            Sought::Doubtful(why) => {
                let detail = format!("no {name} runs in this network namespace, and {socket} is not asked: {why}");
                self.cover(SourceState::Degraded, presentable(&detail), stranger).await?;
            }
        }
        Ok(None)
    }

    async fn take_listener(&mut self, listening: Box<Listening>) -> Result<FollowedDaemon, Closed> {
        let running = self.describe_listener(&listening).await;
        self.queue.send(What::DaemonFound(Box::new(running.daemon.clone()))).await?;
        self.running.send_replace(Some(running));
        Ok(FollowedDaemon::Listener(listening))
    }

    async fn describe_listener(&self, listening: &Listening) -> RunningDaemon {
        // Who names a socket names its daemon.
        let kind = self.wanted.kind.unwrap_or_default();
        let dialect = dialect(kind);
        let log = match &self.wanted.log {
            None => LogPlace::Unknown,
            Some(config::LogChoice::File(path)) => LogPlace::File(path.clone()),
            Some(config::LogChoice::Journal) => {
                let identifier = dialect.process_names().first().copied().unwrap_or_default().to_owned();
                LogPlace::Journal { unit: self.wanted.unit.clone(), identifier }
            }
        };
        let daemon = Daemon {
            kind,
            known: KnownBy::Socket { listener: listening.control().listener() },
            since: listening.control().bound(),
            version: version(dialect, self.wanted.program.clone()).await,
            unit: None,
            log: log.to_string(),
            socket: listening.path().display().to_string(),
            log_addresses: None,
            debug: Vec::new(),
        };
        RunningDaemon {
            daemon,
            socket: listening.path().to_owned(),
            log,
            pid_file: None,
            is_loaded: true,
            configuration: None,
        }
    }

    /// Looks at one listener until it is gone, and tells of that; or until its process is to be seen after all, which is watched then.
    pub(super) async fn listen(&mut self, mut listening: Listening) -> Result<Option<FollowedDaemon>, Closed> {
        let detail = what_is_seen(listening.path());
        loop {
            self.cover(SourceState::Degraded, detail.clone(), self.discovery.stranger()).await?;
            let _ = self.ticks.rings().await;
            match listening.look() {
                ListeningLook::There(None) => {}
                ListeningLook::There(Some(look)) => self.queue.send(What::Listener(look)).await?,
                ListeningLook::Gone(how) => {
                    let listener = listening.control().listener();
                    self.queue.send(What::ListenerGone(ListenerLoss { listener, how })).await?;
                    self.running.send_replace(None);
                    return Ok(None);
                }
            }
            let found = self.discovery.look(&mut self.tables, None).await;
            if matches!(found, Discovered::One(_))
                && let Some(process) = self.take(found).await?
            {
                return Ok(Some(process));
            }
        }
    }
}

fn what_is_seen(socket: &Path) -> String {
    let detail = format!(
        "the daemon is known by its control socket {} alone, as /proc shows no process of it: that it is gone is seen within two seconds, and \
         not why; its state, its unit and what waits in its other sockets are not seen, and it is never restarted",
        socket.display()
    );
    presentable(&detail)
}
