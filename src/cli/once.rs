//! `--once`: a look at the kernel and the daemon without a service.

use std::io::Write;

use super::failure::CommandFailure;
use crate::config::Config;
use crate::engine::Engine;
use crate::instance::protect_memory;
use crate::sinks::EventHub;
use crate::supervisor::{Purpose, RunningSources, StartError, once, start};

/// The engine after its first full join, or after as much of it as could be had.
pub(super) async fn look() -> Result<Engine, CommandFailure> {
    let config = Config::load(None)?;
    protect_memory().map_err(StartError::from)?;
    // Nobody follows it.
    let hub = EventHub::new(String::new());
    let RunningSources { turn, seen, .. } = start(&config, hub, None, Purpose::Look).await?;
    Ok(match once(turn, seen).await {
        Ok(engine) => engine,
        Err(late) => {
            // The answer's coverage says what is missing.
            let _ = writeln!(std::io::stderr(), "swanwatch: {late}");
            *late.engine
        }
    })
}
