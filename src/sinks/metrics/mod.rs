//! What a scrape shows, as OpenMetrics 1.0 or in Prometheus' text format.

mod exposition;
mod families;
#[cfg(test)]
mod tests;

pub use self::exposition::ExpositionFormat;

use self::exposition::Exposition;
use crate::model::Metrics;

/// Everything, in this format.
pub fn write(metrics: &Metrics, format: ExpositionFormat) -> String {
    let mut out = Exposition::new(format);
    families::host(metrics, &mut out);
    families::sas(metrics, &mut out);
    families::findings(metrics, &mut out);
    families::remedies(metrics, &mut out);
    families::sources(metrics, &mut out);
    families::counters(metrics, &mut out);
    families::alerts(metrics, &mut out);
    out.end()
}
