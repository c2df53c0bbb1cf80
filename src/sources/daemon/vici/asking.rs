//! What is asked for each question, and what is done for each step.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::connection::{ViciConnection, ViciError};
use crate::daemons::Dialect;
use crate::daemons::vici::{
    KnownSas, ListedConnections, MalformedMessage, SaTable, ViciRequest, brief, done, traps, version,
};
use crate::model::{Answer, ConfiguredConnection, Failure, Serial, StateTable};
use crate::sources::daemon::configuration;

/// An IKE SA that charon is busy with is free again after so long, mostly.
const BUSY: Duration = Duration::from_millis(200);

/// So long, and with so many questions, IKE SAs are asked for that do not fit into an answer.
const PARTS: (Duration, usize) = (Duration::from_secs(3), 4_096);

/// Reading the configuration takes no longer by its own bounds.
const READS_WITHIN: Duration = Duration::from_secs(5);

/// What is remembered of one charon, for whoever speaks with it.
#[derive(Clone, Debug, Default)]
pub(in crate::sources::daemon) struct SharedKnown(Arc<Mutex<KnownSas>>);

impl SharedKnown {
    pub fn lock(&self) -> MutexGuard<'_, KnownSas> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that speaks with charon.
pub(in crate::sources::daemon) struct Conversation<'a> {
    pub connection: &'a mut ViciConnection,
    pub known: &'a SharedKnown,
}

impl Conversation<'_> {
    /// `stats`.
    pub async fn brief(&mut self) -> Result<(Answer, u32), ViciError> {
        let stats = self.plain(&ViciRequest::stats()).await?;
        let children = self.known.lock().children();
        Ok(match brief(&stats, children)? {
            Some(brief) => (Answer::Brief(brief), 0),
            None => (Answer::None(Failure::Error("it does not count its SAs".to_owned())), 1),
        })
    }

    /// `list-sas`, and where that leaves out some that charon counts, these in parts.
    pub async fn table(&mut self) -> Result<(Answer, u32), ViciError> {
        self.known.lock().ask();
        if !self.known.lock().knows_connections() {
            self.listed().await?;
        }
        let mut before = self.ikes().await?;
        let mut table = self.sas().await?;
        let mut counted = self.ikes().await?;
        if table.ikes() < counted {
            sleep(BUSY).await;
            before = counted;
            table = self.sas().await?;
            counted = self.ikes().await?;
        }
        if table.ikes() < counted {
            self.parts(&mut table, counted).await?;
            counted = self.ikes().await?;
        }
        // As many were there before and behind it as it tells of.
        let is_whole = before == counted && table.ikes() == counted;
        let mut known = self.known.lock();
        known.table_came(table.sas(), is_whole);
        Ok((Answer::Table(StateTable { partial: !is_whole, ..table.table(&known) }), table.skipped))
    }

    /// `list-conns` with its traps, joined with what stands in `file`.
    pub async fn connections(
        &mut self,
        dialect: &'static dyn Dialect,
        file: Option<PathBuf>,
    ) -> Result<(Answer, u32), ViciError> {
        let listed = self.listed().await?;
        let mut routed = BTreeSet::new();
        self.streamed(&ViciRequest::list_traps(), |message| traps(message, &mut routed)).await?;
        let version = self.version().await?;
        let mut loaded = listed.connections(&routed);
        if let Some(file) = file {
            let written = configured(dialect, file).await;
            let written: BTreeMap<_, _> = written.iter().map(|one| (one.connection.as_str(), one)).collect();
            for connection in &mut loaded {
                let traps = connection.routed;
                if let Some(written) = written.get(connection.connection.as_str()) {
                    dialect.complete(connection, written, version.as_deref());
                }
                // What was brought up by hand it does not tell; its traps it does.
                connection.wanted_up = connection.wanted_up.filter(|wanted| *wanted);
                connection.routed = traps;
            }
        }
        Ok((Answer::Connections(loaded), 0))
    }

    /// Which version it is; asked once.
    pub async fn version(&mut self) -> Result<Option<String>, ViciError> {
        let known = self.known.lock().version.clone();
        if known.is_some() {
            return Ok(known);
        }
        let told = version(&self.plain(&ViciRequest::version()).await?)?;
        self.known.lock().version.clone_from(&told);
        Ok(told)
    }

    /// Has it do something: what it says of it. The inner error is its refusal.
    pub async fn order(&mut self, request: &ViciRequest) -> Result<Result<String, String>, ViciError> {
        let answer = self.plain(request).await?;
        Ok(done(&answer)?.map(|()| format!("'{}' is under way", request.command)))
    }

    /// The connections that are loaded, and what is remembered of them.
    pub async fn listed(&mut self) -> Result<ListedConnections, ViciError> {
        let mut listed = ListedConnections::default();
        self.streamed(&ViciRequest::list_connections(), |message| listed.read(message)).await?;
        listed.remember(&mut self.known.lock());
        Ok(listed)
    }

    async fn sas(&mut self) -> Result<SaTable, ViciError> {
        let mut table = SaTable::default();
        self.streamed(&ViciRequest::list_sas(), |message| table.read(message)).await?;
        Ok(table)
    }

    /// How many IKE SAs it counts.
    async fn ikes(&mut self) -> Result<u32, ViciError> {
        let stats = self.plain(&ViciRequest::stats()).await?;
        Ok(brief(&stats, 0)?.map_or(0, |brief| brief.ike))
    }

    /// Asks for the Child SAs of the IKE SAs that `table` does not tell of, name by name. What is not read to its end is left out again.
    async fn parts(&mut self, table: &mut SaTable, counted: u32) -> Result<(), ViciError> {
        let (until, mut left) = (Instant::now() + PARTS.0, PARTS.1);
        for (serial, name, children) in self.left_out(table, counted) {
            let (mut part, questions) = (SaTable::default(), children.len());
            for child in children {
                if Instant::now() >= until || left == 0 {
                    return Ok(());
                }
                left -= 1;
                let request = ViciRequest::list_sas_of(serial, &name, &child);
                self.streamed(&request, |message| part.read_part(message)).await?;
            }
            table.complete_by(part, questions);
            if table.ikes() >= counted {
                break;
            }
        }
        Ok(())
    }

    /// The IKE SAs that are known and not told of; then all of each name, where there are more.
    fn left_out(&self, table: &SaTable, counted: u32) -> Vec<(Option<Serial>, String, BTreeSet<String>)> {
        let known = self.known.lock();
        let lacks = known.lacks(|serial| table.has(serial));
        let more = u32::try_from(lacks.len()).unwrap_or(u32::MAX).saturating_add(table.ikes()) < counted;
        let each = lacks.into_iter().map(|(serial, name)| (Some(serial), name));
        let all = known.ike_names().into_iter().filter(|_| more).map(|name| (None, name));
        each.chain(all)
            .map(|(serial, name)| {
                let children = known.names_of_children(serial, &name);
                (serial, name, children)
            })
            .collect()
    }

    async fn plain(&mut self, request: &ViciRequest) -> Result<Vec<u8>, ViciError> {
        self.connection.request(request, &mut |_, _| Ok(())).await
    }

    async fn streamed(
        &mut self,
        request: &ViciRequest,
        mut read: impl FnMut(&[u8]) -> Result<(), MalformedMessage> + Send,
    ) -> Result<(), ViciError> {
        let ours = request.events;
        let mut event = |name: &str, message: &[u8]| if Some(name) == ours { read(message) } else { Ok(()) };
        self.connection.request(request, &mut event).await.map(drop)
    }
}

/// What the file says of connections; nothing where it cannot be read in time. On a thread of its own, as a disk may not answer, and at its end a
/// runtime would wait for its own threads.
async fn configured(dialect: &'static dyn Dialect, file: PathBuf) -> Vec<ConfiguredConnection> {
    let (told, come) = oneshot::channel();
    let read = move || {
        // Late: nobody waits any more.
        let _ = told.send(configuration::connections(dialect, &file).connections);
    };
    if std::thread::Builder::new().name("configuration".into()).spawn(read).is_err() {
        return Vec::new();
    }
    match timeout(READS_WITHIN, come).await {
        Ok(Ok(Some(read))) => read.connections,
        _ => Vec::new(),
    }
}
