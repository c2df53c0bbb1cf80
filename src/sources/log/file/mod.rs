//! Following a file: appended, renamed away, cut (`copytruncate`), not there yet, in a directory that is not there yet.
//!
//! A thread of its own, because reading a file may block; it sleeps until inotify or somebody wakes it.

mod owner;
mod past;
mod tail;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, WeakUnboundedSender};

use self::tail::Cut;
pub use self::tail::Tail;
use self::watch::DirectoryWatch;
use super::denied::Denied;
use super::frame::{Contents, Frames};
use super::journal::{self, Journal};
use super::teller::{Origin, Teller, coverage};
use super::wake::{FollowerWake, Runner, Since};
use crate::daemons::Dialect;
use crate::model::{Coverage, SourceState, What};
use crate::plural::counted;
use crate::sources::queue::{Closed, Queue};

/// Starts the thread. Without one, coverage says so and every question is answered all the same.
pub fn spawn(
    queue: Queue,
    path: PathBuf,
    runner: Option<Runner>,
    dialect: &'static dyn Dialect,
    wakes: WeakUnboundedSender<FollowerWake>,
    woken: UnboundedReceiver<FollowerWake>,
) {
    let follower = FileFollower { runner, ..FileFollower::new(queue.clone(), path.clone(), dialect, wakes) };
    let started = std::thread::Builder::new().name("log".into()).spawn(move || {
        // Closed: the engine has ended, and so does this.
        let _ = follower.run(woken);
    });
    if let Err(error) = started {
        let detail = format!("no thread could be started to read {}: {error}", path.display());
        tokio::spawn(async move {
            let _ = queue.send(What::Coverage(coverage(SourceState::Absent, detail))).await;
            let _ = queue.send(What::LogEnd { ask: None }).await;
        });
    }
}

struct FileFollower {
    queue: Queue,
    path: PathBuf,
    dialect: &'static dyn Dialect,
    teller: Teller,
    frames: Frames,
    /// The daemon that writes here.
    runner: Option<Runner>,
    /// The journal was looked at for its lines.
    looked_for: bool,
    runtime: Handle,
    watch: DirectoryWatch,
    /// Set by the watch, so that a flood of events wakes once.
    changed: Arc<AtomicBool>,
    current: Option<Tail>,
    said: Option<Coverage>,
    cut: u64,
}

impl FileFollower {
    fn new(
        queue: Queue,
        path: PathBuf,
        dialect: &'static dyn Dialect,
        wakes: WeakUnboundedSender<FollowerWake>,
    ) -> Self {
        let changed = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&changed);
        let watch = DirectoryWatch::new(path.clone(), move || {
            if !flag.swap(true, Ordering::AcqRel)
                && let Some(wakes) = wakes.upgrade()
            {
                let _ = wakes.send(FollowerWake::Changed);
            }
        });
        let teller = Teller::new(dialect);
        let frames = Frames::new(dialect);
        Self {
            queue,
            path,
            dialect,
            teller,
            frames,
            runner: None,
            looked_for: false,
            runtime: Handle::current(),
            watch,
            changed,
            current: None,
            said: None,
            cut: 0,
        }
    }

    fn run(mut self, mut woken: UnboundedReceiver<FollowerWake>) -> Result<(), Closed> {
        let opened = self.open()?;
        if let Some(journal) = self.journal_instead() {
            self.hand_over(journal, woken);
            return Ok(());
        }
        self.begin(opened)?;
        self.queue.blocking_send(What::LogEnd { ask: None })?;
        // Between the look at the file and the watch's beginning something may have been written.
        self.turn()?;
        while let Some(wake) = woken.blocking_recv() {
            self.changed.store(false, Ordering::Release);
            if let FollowerWake::Runs(runner) = &wake {
                self.runner = Some(runner.clone());
                self.looked_for = false;
            }
            self.turn()?;
            if let FollowerWake::CatchUp(ask) = wake {
                self.queue.blocking_send(What::LogEnd { ask: Some(ask) })?;
            }
            if let Some(journal) = self.journal_instead() {
                self.hand_over(journal, woken);
                return Ok(());
            }
        }
        Ok(())
    }

    /// Opens the file at the place where the running daemon began. How long it is; none where it cannot be opened.
    fn open(&mut self) -> Result<Option<u64>, Closed> {
        self.watch.renew();
        let mut tail = match Tail::open(&self.path) {
            Ok(tail) => tail,
            Err(error) => return self.cannot_open(&error).map(|()| None),
        };
        let length = tail.length();
        match &self.runner {
            None => tail.start_at_end(length),
            Some(Runner { pid, started, .. }) => {
                let life = past::SoughtLife { pid: *pid, started: Some(*started) };
                tail.start_at(past::start_of(tail.file(), length, self.dialect, life));
            }
        }
        if past::is_syslogs(tail.file(), tail.offset(), length, self.dialect) {
            self.frames.contents.are_syslogs();
        }
        self.current = Some(tail);
        Ok(Some(length))
    }

    /// Reads the past of what was opened.
    fn begin(&mut self, length: Option<u64>) -> Result<(), Closed> {
        let Some(length) = length else { return Ok(()) };
        self.read_current(length, true)?;
        self.say_what_is_read()
    }

    /// What the daemon calls itself in a log.
    fn program(&self) -> &'static str {
        self.dialect.process_name()
    }

    /// The journal, where syslog writes the file and the journal has the lines of the same process with the kernel's word on who wrote them.
    fn journal_instead(&mut self) -> Option<Journal> {
        let Runner { pid: Some(pid), unit, .. } = self.runner.as_ref()? else { return None };
        if !self.frames.contents.is_syslogs() || std::mem::replace(&mut self.looked_for, true) {
            return None;
        }
        let journal = Journal::new(unit.clone(), self.program().to_owned(), self.dialect).instead_of(&self.path);
        self.runtime.block_on(journal.has_lines_of(*pid)).then_some(journal)
    }

    fn hand_over(self, journal: Journal, woken: UnboundedReceiver<FollowerWake>) {
        let since = Since::of(self.runner.as_ref());
        self.runtime.spawn(journal::follow(self.queue, journal, since, self.dialect, woken));
    }

    /// Reads what was written since, and looks whether the file is still the one of this name.
    fn turn(&mut self) -> Result<(), Closed> {
        self.watch.renew();
        if let Some(length) = self.current.as_ref().map(Tail::length) {
            self.read_current(length, false)?;
        }
        // Only a look: opening is an event of its own.
        let is_same = |current: &Tail| std::fs::metadata(&self.path).is_ok_and(|metadata| current.is(&metadata));
        if !self.current.as_ref().is_some_and(is_same) {
            self.turn_to_new()?;
        }
        self.say_what_is_read()
    }

    /// Opens the file that has the name now. It counts once it has content: a daemon that was not told to reopen goes on in the old one.
    fn turn_to_new(&mut self) -> Result<(), Closed> {
        match Tail::open(&self.path) {
            Ok(tail) if self.current.is_none() || tail.length() > 0 => {
                if let Some(length) = self.current.as_ref().map(Tail::length) {
                    self.read_current(length, false)?;
                }
                let length = tail.length();
                self.current = Some(tail);
                self.read_current(length, false)
            }
            Err(error) if self.current.is_none() => self.cannot_open(&error),
            // Empty, renamed away or deleted: the old one is open and may grow.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Reads the current file up to `end`.
    fn read_current(&mut self, end: u64, past: bool) -> Result<(), Closed> {
        let Some(tail) = &mut self.current else { return Ok(()) };
        let others_write = tail.others().is_some();
        let forgeable = others_write || self.frames.contents.is_syslogs();
        let origin = Origin { past, forgeable, ..Origin::default() };
        if let Some(how) = tail.was_cut() {
            let path = self.path.display();
            let lost = match how {
                Cut::Cleanly => None,
                Cut::TornLine => Some((Some(1), format!("{path} was cut in the middle of a line"))),
                Cut::Unseen => Some((None, format!("{path} was cut and written anew before it was read to its end"))),
            };
            if let Some((lines, text)) = lost {
                self.queue.blocking_send(self.teller.missing(lines, text, origin))?;
            }
            self.frames.discard();
        }
        let (queue, teller, frames) = (&self.queue, &mut self.teller, &mut self.frames);
        let read = tail.read_to(end, |line| {
            // What syslog wrote once it may write anywhere in it.
            let forgeable = others_write || frames.contents.is_syslogs();
            frames.read(line, |line| {
                let told = teller.tell_framed(&line, Origin { forgeable, ..origin });
                let means_something = !told.is_empty();
                told.into_iter().try_for_each(|what| queue.blocking_send(what))?;
                Ok(means_something)
            })
        })?;
        self.cut = self.cut.saturating_add(tail.take_cut());
        match read {
            Ok(()) => Ok(()),
            Err(error) => {
                let detail = format!("cannot read {}: {error}; what the daemon logs is not seen", self.path.display());
                self.say(SourceState::Absent, detail)
            }
        }
    }

    fn cannot_open(&mut self, error: &std::io::Error) -> Result<(), Closed> {
        let path = self.path.display();
        let detail = if error.kind() == std::io::ErrorKind::NotFound {
            format!("waits for {path}, which is not there yet; until then what the daemon logs is not seen")
        } else {
            match Denied::behind(error, &self.path) {
                None => format!("cannot open {path}: {error}; what the daemon logs is not seen"),
                Some(denied) => {
                    let (why, cure) = (denied.why(), denied.cure());
                    format!("what the daemon logs is not seen: {path} cannot be opened: {why}{}{cure}", Coverage::CURE)
                }
            }
        };
        self.say(SourceState::Absent, detail)
    }

    fn say_what_is_read(&mut self) -> Result<(), Closed> {
        if self.current.is_none() {
            return Ok(());
        }
        let path = self.path.display();
        let contents = &self.frames.contents;
        let program = self.program();
        let others = self.current.as_ref().and_then(Tail::others);
        let (state, detail) = match (others, self.watch.trouble(), self.cut) {
            _ if self.runner.is_some() && !contents.has_daemon() => {
                (SourceState::Degraded, holds_nothing(&self.path, contents, program))
            }
            _ if contents.is_syslogs() => {
                let cure = format!("have {program} write a log of its own: {}", self.dialect.own_log());
                (SourceState::Degraded, may_be_anybodys(&self.path, "syslog writes it", &cure))
            }
            (Some(others), ..) => {
                (SourceState::Degraded, may_be_anybodys(&self.path, others, &format!("let root alone write {path}")))
            }
            (None, Some(trouble), _) => {
                (SourceState::Degraded, format!("reads {path}, but only when asked: {trouble}"))
            }
            (None, None, 0) => (SourceState::Ok, format!("reads {path}")),
            (None, None, cut) => {
                (SourceState::Ok, format!("reads {path}; {} longer than 64 KiB cut off", counted(cut, "line")))
            }
        };
        self.say(state, detail)
    }

    fn say(&mut self, state: SourceState, detail: String) -> Result<(), Closed> {
        let now = coverage(state, detail);
        if self.said.as_ref() == Some(&now) {
            return Ok(());
        }
        self.said = Some(now.clone());
        self.queue.blocking_send(What::Coverage(now))
    }
}

/// A log that is read, and is not the daemon's.
fn holds_nothing(path: &Path, contents: &Contents, program: &str) -> String {
    let (path, says) = (path.display(), contents.says());
    format!(
        "reads {path}, and nothing in it is {program}'s: {says}; why a tunnel fails or an offload is refused is not known{}see where \
         {program} logs, and name that: 'daemon: {{kind: …, log: …}}'",
        Coverage::CURE
    )
}

/// A log that is read, and proves nothing by itself.
fn may_be_anybodys(path: &Path, why: &str, cure: &str) -> String {
    format!(
        "reads {}, into which anybody on this host can write ({why}): what it says counts only where the kernel or the daemon's tables \
         agree{}{cure}",
        path.display(),
        Coverage::CURE
    )
}

#[cfg(test)]
mod tests;
