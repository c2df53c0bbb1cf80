//! Times and their medians.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Rounds of everything that is compared, one contender after the other in each.
pub const ROUNDS: usize = 30;

/// How long something takes.
pub fn time(mut what: impl FnMut()) -> Duration {
    let begun = Instant::now();
    what();
    begun.elapsed()
}

/// The middle one.
pub fn median(times: &mut [Duration]) -> Duration {
    percentile(times, 50)
}

/// The time that so many percent do not exceed.
pub fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

/// CPU time of this program so far, all threads.
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// CPU time of another process so far, in the kernel's nanoseconds.
pub fn cpu_time_of(pid: u32) -> Duration {
    let text = std::fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// One by the other.
pub fn ratio(ours: Duration, other: Duration) -> f64 {
    ours.as_secs_f64() / other.as_secs_f64()
}

/// As people write it.
pub fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}
