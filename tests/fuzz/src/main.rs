//! `fuzz --target=NAME [libFuzzer's options and folders]` feeds one target; `fuzz --target=NAME --seeds=FOLDER` writes what it begins with:
//! inputs into FOLDER, words into FOLDER.dict; `fuzz --list` names all.
#![no_main]

mod literals;
mod seeds;

use std::alloc::System;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use swanwatch::testing::fuzzing::{FuzzTarget, TARGETS};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

static CHOSEN: OnceLock<&FuzzTarget> = OnceLock::new();

libfuzzer_sys::fuzz_target!(init: begin(), |input: &[u8]| one(input));

fn begin() {
    let argument = |name: &str| std::env::args().find_map(|given| Some(given.strip_prefix(name)?.to_owned()));
    if argument("--list").is_some() {
        TARGETS.iter().for_each(|target| println!("{} {}", target.name, target.longest));
        std::process::exit(0);
    }
    let name = argument("--target=").unwrap_or_default();
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        eprintln!("«{name}» is no target; --list names all");
        std::process::exit(2);
    };
    if let Some(folder) = argument("--seeds=") {
        std::process::exit(match seeds::write(target, Path::new(&folder)) {
            Ok(count) => {
                println!("{count} seeds");
                0
            }
            Err(error) => {
                eprintln!("{name}: {error}");
                1
            }
        });
    }
    CHOSEN.get_or_init(|| target);
}

fn one(input: &[u8]) {
    let Some(target) = CHOSEN.get() else { return };
    let (memory, begun) = (Region::new(ALLOCATOR), spent());
    (target.run)(input);
    let (took, allocated) = (spent().saturating_sub(begun), memory.change().bytes_allocated);
    assert!(took <= Duration::from_secs(target.seconds), "an input of {} bytes took {took:?}", input.len());
    let most = target.free + target.factor * input.len();
    assert!(allocated <= most, "an input of {} bytes took {allocated} bytes of memory, more than {most}", input.len());
}

fn spent() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}
