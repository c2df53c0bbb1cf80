//! An alarm on the clock that decides: timerfd_create(2) on `CLOCK_BOOTTIME`.
//!
//! The runtime's own timers stand in a wheel and wake the process again whenever one moves to a finer slot: a second's wait is two
//! wake-ups. This is one, and goes on counting while the machine sleeps.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;

use crate::clock;
use crate::model::Boottime;
use crate::sys;

/// Rings at a time, or again and again.
#[derive(Debug)]
pub struct Alarm {
    timer: AsyncFd<OwnedFd>,
    due: Option<Boottime>,
}

impl Alarm {
    /// One that does not ring. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// No file descriptor is left.
    pub fn new() -> io::Result<Self> {
        let timer = timerfd_create(TimerfdClockId::Boottime, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        Ok(Self { timer: sys::register(timer)?, due: None })
    }

    /// One that rings after each `period`, first after one. Rings that nobody waited for count as one.
    ///
    /// # Errors
    /// No file descriptor is left.
    pub fn every(period: Duration) -> io::Result<Self> {
        let alarm = Self::new()?;
        let first = clock::boottime() + period;
        alarm.arm(timespec(first), duration(period))?;
        Ok(alarm)
    }

    /// Lets it ring once, at `due`, and at no other time; at once where that is past. Costs nothing where it is set so already.
    ///
    /// # Errors
    /// Those of timerfd_settime(2), which know no cause here.
    pub fn set(&mut self, due: Option<Boottime>) -> io::Result<()> {
        if due == self.due {
            return Ok(());
        }
        // Zero would disarm it.
        let at = due.map_or(NEVER, |due| timespec(due.max(Boottime::from_micros(1))));
        self.arm(at, NEVER)?;
        self.due = due;
        Ok(())
    }

    /// Waits until it rings. Dropped before, it has lost nothing.
    ///
    /// # Errors
    /// Those of read(2), which know no cause here.
    pub async fn rings(&mut self) -> io::Result<()> {
        loop {
            let mut ready = self.timer.readable().await?;
            match rustix::io::read(self.timer.get_ref(), &mut [0; 8]) {
                Ok(_) => {
                    self.due = None;
                    return Ok(());
                }
                Err(Errno::AGAIN) => ready.clear_ready(),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn arm(&self, at: Timespec, interval: Timespec) -> io::Result<()> {
        let times = Itimerspec { it_value: at, it_interval: interval };
        timerfd_settime(self.timer.get_ref(), TimerfdTimerFlags::ABSTIME, &times)?;
        Ok(())
    }
}

const NEVER: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

fn timespec(at: Boottime) -> Timespec {
    duration(Duration::from_micros(at.micros()))
}

fn duration(span: Duration) -> Timespec {
    Timespec { tv_sec: i64::try_from(span.as_secs()).unwrap_or(i64::MAX), tv_nsec: i64::from(span.subsec_nanos()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_rings_when_it_is_due_and_not_before() {
        let mut alarm = Alarm::new().unwrap();
        let due = clock::boottime() + Duration::from_millis(30);
        alarm.set(Some(due)).unwrap();
        alarm.rings().await.unwrap();
        assert!(clock::boottime() >= due);
    }

    #[tokio::test]
    async fn what_is_past_rings_at_once() {
        let mut alarm = Alarm::new().unwrap();
        for _ in 0..2 {
            alarm.set(Some(Boottime::from_micros(0))).unwrap();
            alarm.rings().await.unwrap();
        }
    }

    #[tokio::test]
    async fn the_last_setting_counts() {
        let mut alarm = Alarm::new().unwrap();
        let now = clock::boottime();
        alarm.set(Some(now)).unwrap();
        alarm.set(Some(now + Duration::from_secs(3600))).unwrap();
        let rang = tokio::time::timeout(Duration::from_millis(50), alarm.rings()).await;
        assert!(rang.is_err());
        alarm.set(None).unwrap();
        let rang = tokio::time::timeout(Duration::from_millis(50), alarm.rings()).await;
        assert!(rang.is_err());
    }

    #[tokio::test]
    async fn it_rings_again_and_again() {
        let began = clock::boottime();
        let mut alarm = Alarm::every(Duration::from_millis(5)).unwrap();
        for _ in 0..4 {
            alarm.rings().await.unwrap();
        }
        assert!(clock::boottime().since(began) >= Duration::from_millis(20));
    }
}
