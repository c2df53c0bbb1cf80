//! What was counted of one SA in a while: the packets that took the kernel's software path, and all.

use crate::plural::counted;
use serde::{Deserialize, Serialize};

use super::Spi;

/// The answer to `explain --measure`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Of this document.
    pub schema: u32,
    pub spi: Spi,
    /// How long they were counted.
    pub seconds: f64,
    /// Packets that the CPU encrypted or decrypted.
    pub software: u64,
    /// Packets by the SA's own counters in the same time.
    pub packets: u64,
    /// What that means, in one sentence.
    pub verdict: String,
}

impl Measured {
    /// With its verdict.
    pub fn new(spi: Spi, seconds: f64, software: u64, packets: u64) -> Self {
        let verdict = match (software, packets) {
            (0, 0) => "no packet passed, so that nothing can be said".to_owned(),
            (0, _) => format!("the CPU did none of {}: the NIC does the work", counted(packets, "packet")),
            (_, _) if software >= packets => {
                format!("the CPU did {software} of {}: all the work is done in software", counted(packets, "packet"))
            }
            _ => format!("the CPU did {software} of {}, and the NIC the others", counted(packets, "packet")),
        };
        Self { schema: 1, spi, seconds, software, packets, verdict }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_says_who_works() {
        let verdict = |software, packets| Measured::new(Spi(1), 1.0, software, packets).verdict;
        assert!(verdict(0, 0).contains("nothing can be said"));
        assert!(verdict(0, 7).contains("none of 7 packets: the NIC"));
        assert!(verdict(7, 7).contains("7 of 7 packets: all"));
        // One may be on its way between the two counts.
        assert!(verdict(8, 7).contains("all the work"));
        assert!(verdict(3, 7).contains("3 of 7 packets, and the NIC"));
    }
}
