//! From the kernel's change to the engine having taken it in.

use std::time::{Duration, Instant};

use crate::driver::Driver;
use crate::measure::{median, milliseconds, percentile};
use crate::support::kernel::Kernel;
use crate::table::Row;

const SAMPLES: u32 = 1_000;
const PATIENCE: Duration = Duration::from_secs(5);

pub fn rows() -> Vec<Row> {
    let kernel = Kernel::open();
    kernel.flush();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut times = runtime.block_on(async {
        let mut driver = Driver::start();
        assert!(driver.until(PATIENCE, |counts| counts.dumps == 2).await);
        let mut times = Vec::new();
        for number in 0..SAMPLES {
            let begun = Instant::now();
            kernel.add_policies(number..number + 1, false);
            let seen = u64::from(number) + 1;
            assert!(driver.until(PATIENCE, |counts| counts.policy_events == seen).await);
            times.push(begun.elapsed());
        }
        times
    });
    kernel.flush();
    [("median", median(&mut times)), ("p99", percentile(&mut times, 99))]
        .into_iter()
        .map(|(name, time)| Row {
            what: format!("from a policy's add to the engine, {name}"),
            ours: milliseconds(time),
            against: "10 ms".to_owned(),
            value: time.as_secs_f64() / 0.010,
            bound: Some(1.0),
        })
        .collect()
}
