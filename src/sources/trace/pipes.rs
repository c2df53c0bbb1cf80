//! The buffers of all CPUs behind one descriptor that wakes when any of them has something.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::event::{Timespec, epoll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use tokio::io::unix::AsyncFd;

use super::error::TraceError;
use super::pages::Layout;
use crate::sys;

/// Pages of one CPU that are read before somebody else is looked after.
const AT_ONCE: usize = 16;

/// Where records come from.
#[derive(Debug)]
pub struct Pipes {
    ready: AsyncFd<OwnedFd>,
    pipes: Vec<OwnedFd>,
    layout: Layout,
    page: Vec<u8>,
    /// Pipes that were not read empty.
    unread: Vec<usize>,
}

/// Records that came faster than they were read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lost {
    pub records: u64,
    /// All of them were made before that, in nanoseconds of the trace clock.
    pub before: Option<u64>,
}

impl Pipes {
    /// Opens these. Must be called inside a tokio runtime.
    pub fn open(paths: &[PathBuf], layout: Layout) -> Result<Self, TraceError> {
        let epoll =
            epoll::create(epoll::CreateFlags::CLOEXEC).map_err(TraceError::tried("making an epoll instance"))?;
        let mut pipes = Vec::with_capacity(paths.len());
        for (number, path) in paths.iter().enumerate() {
            let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let pipe =
                rustix::fs::open(path, flags, Mode::empty()).map_err(|error| TraceError::at(path)(error.into()))?;
            // Edge-triggered: a CPU that is not there reports an error for ever.
            let events = epoll::EventFlags::IN | epoll::EventFlags::ET;
            epoll::add(&epoll, &pipe, epoll::EventData::new_u64(number as u64), events)
                .map_err(|error| TraceError::at(path)(error.into()))?;
            pipes.push(pipe);
        }
        let ready = sys::register(epoll)
            .map_err(|error| TraceError::Io { tried: "waiting for records".to_owned(), source: error })?;
        Ok(Self { ready, pipes, layout, page: vec![0; layout.page_size()], unread: Vec::new() })
    }

    /// Waits until there is something. Dropped before, it has lost nothing.
    pub async fn wait(&mut self) -> Result<(), TraceError> {
        while self.unread.is_empty() {
            let mut ready = self.ready.readable().await.map_err(TraceError::reading)?;
            let mut events: Vec<epoll::Event> = Vec::with_capacity(self.pipes.len());
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            match epoll::wait(self.ready.get_ref(), rustix::buffer::spare_capacity(&mut events), Some(&now)) {
                // This look has also told the buffers that somebody waits again.
                Ok(0) => ready.clear_ready(),
                Ok(_) => self.unread.extend(events.iter().filter_map(|event| usize::try_from(event.data.u64()).ok())),
                Err(Errno::INTR) => {}
                Err(error) => return Err(TraceError::reading(error.into())),
            }
        }
        Ok(())
    }

    /// Reads all of them next, also those that nobody was woken for.
    pub fn all(&mut self) {
        self.unread = (0..self.pipes.len()).collect();
    }

    /// The last reading left nothing.
    pub const fn are_read(&self) -> bool {
        self.unread.is_empty()
    }

    /// Reads, and gives each record with its time to `take`. Says which records the kernel dropped.
    pub fn read(&mut self, mut take: impl FnMut(u64, &[u8])) -> Result<Lost, TraceError> {
        let mut lost = Lost::default();
        let mut still = Vec::new();
        for number in std::mem::take(&mut self.unread) {
            let Some(pipe) = self.pipes.get(number) else { continue };
            let mut left = AT_ONCE;
            loop {
                if left == 0 {
                    still.push(number);
                    break;
                }
                match rustix::io::read(pipe, &mut self.page) {
                    Ok(0) | Err(Errno::AGAIN) => break,
                    Ok(length) => {
                        let page = self.layout.page(self.page.get(..length).unwrap_or_default());
                        if page.lost > 0 {
                            lost.records = lost.records.saturating_add(page.lost);
                            lost.before = lost.before.max(page.events.first().map(|(time, _)| *time));
                        }
                        page.events.iter().for_each(|(time, record)| take(*time, record));
                    }
                    Err(Errno::INTR) => {}
                    Err(error) => return Err(TraceError::reading(error.into())),
                }
                left -= 1;
            }
        }
        self.unread = still;
        Ok(lost)
    }
}
