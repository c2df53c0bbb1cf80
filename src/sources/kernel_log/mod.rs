//! What NIC drivers say about IPsec in the kernel's log (`/dev/kmsg`): some refusals, and most losses after a reset, stand nowhere else.
//!
//! From the moment of the start on, and only the lines of drivers that take SAs. Text that a process wrote into the log is passed over.

mod device;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod line;
mod record;

use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, SeekFrom};
use rustix::io::Errno;
use tokio::io::unix::AsyncFd;

use self::line::KernelLine;
use self::record::KernelRecord;
use super::{Closed, Queue};
use crate::model::{Coverage, KernelLogLine, Source, SourceState, What};
use crate::sys;
use crate::text::presentable;

const PATH: &str = "/dev/kmsg";
/// A record with its continuation lines (`PRINTK_MESSAGE_MAX`).
const LONGEST: usize = 8192;

/// Why the kernel's log cannot be read.
#[derive(Debug, thiserror::Error)]
enum KernelLogError {
    #[error("reading {PATH} needs CAP_SYSLOG here (kernel.dmesg_restrict)")]
    NotPermitted,
    #[error("{PATH}: {0}")]
    Io(#[from] io::Error),
}

/// Starts reading the kernel's log from its end. How well it works is told as coverage. Must be called inside a tokio runtime.
pub fn spawn(queue: Queue) {
    let opened = open();
    tokio::spawn(async move {
        let error = match opened {
            Ok(log) => match (Follow { log, queue: queue.clone(), lost: false }).run().await {
                Ok(never) => match never {},
                Err(KernelLogEnd::Closed) => return,
                Err(KernelLogEnd::Broken(error)) => error,
            },
            Err(error) => error,
        };
        let detail = format!("what NIC drivers log about IPsec is not seen: {error}");
        let coverage = Coverage { source: Source::KernelLog, state: SourceState::Absent, detail };
        // Closed: the engine has ended, and nobody wants to know.
        let _ = queue.send(What::Coverage(coverage)).await;
    });
}

fn open() -> Result<AsyncFd<OwnedFd>, KernelLogError> {
    let opened = rustix::fs::open(PATH, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty());
    let log = opened.map_err(|error| match error {
        Errno::PERM | Errno::ACCESS => KernelLogError::NotPermitted,
        error => KernelLogError::Io(error.into()),
    })?;
    rustix::fs::seek(&log, SeekFrom::End(0)).map_err(io::Error::from)?;
    Ok(sys::register(log)?)
}

struct Follow {
    log: AsyncFd<OwnedFd>,
    queue: Queue,
    /// Told already.
    lost: bool,
}

enum KernelLogEnd {
    Closed,
    Broken(KernelLogError),
}

impl From<Closed> for KernelLogEnd {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

enum KernelLogNever {}

impl Follow {
    async fn run(mut self) -> Result<KernelLogNever, KernelLogEnd> {
        self.cover(SourceState::Ok, "drivers' lines about IPsec in the kernel's log").await?;
        let mut buffer = vec![0; LONGEST];
        loop {
            let mut ready = self.log.readable().await.map_err(|error| KernelLogEnd::Broken(error.into()))?;
            // Each read gives one record.
            match rustix::io::read(self.log.get_ref(), &mut buffer) {
                Ok(length) => {
                    drop(ready);
                    let bytes = buffer.get(..length).unwrap_or_default();
                    if let Some(line) =
                        KernelRecord::parse(bytes).and_then(|record| Some((record, KernelLine::parse(record.text)?)))
                    {
                        self.tell(line).await?;
                    }
                }
                Err(Errno::AGAIN) => ready.clear_ready(),
                Err(Errno::PIPE) => {
                    drop(ready);
                    self.lose().await?;
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(KernelLogEnd::Broken(KernelLogError::Io(error.into()))),
            }
        }
    }

    async fn tell(&self, (record, line): (KernelRecord<'_>, KernelLine<'_>)) -> Result<(), Closed> {
        let (text, on_bus) = (record.text.to_owned(), record.on_bus.map(str::to_owned));
        // ethtool waits for the kernel's RTNL lock.
        let device =
            tokio::task::spawn_blocking(move || device::find(&KernelLine::parse(&text)?, on_bus.as_deref())).await;
        let said = KernelLogLine {
            driver: Some(line.driver.to_owned()),
            device: device.ok().flatten(),
            text: presentable(record.text),
        };
        self.queue.send(What::KernelLog(said)).await
    }

    /// The kernel's buffer was overwritten faster than it was read. Reading goes on at the oldest record that is left.
    async fn lose(&mut self) -> Result<(), Closed> {
        if std::mem::replace(&mut self.lost, true) {
            return Ok(());
        }
        let detail =
            "the kernel's log was overwritten faster than it was read: lines of drivers about IPsec may be lost";
        self.cover(SourceState::Degraded, detail).await
    }

    async fn cover(&self, state: SourceState, detail: &str) -> Result<(), Closed> {
        self.queue.send(What::Coverage(Coverage { source: Source::KernelLog, state, detail: detail.to_owned() })).await
    }
}
