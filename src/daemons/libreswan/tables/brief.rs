//! `whack --briefstatus`: `IKE SAs: total(1), half-open(0), …` and `IPsec SAs: total(1), …`.

use super::lines::lines;
use crate::model::BriefStatus;

/// Reads the counters; none where the output has none.
pub fn brief(output: &[u8]) -> Option<BriefStatus> {
    let mut ike = None;
    let mut children = None;
    for line in lines(output) {
        if let Some(counts) = line.strip_prefix("IKE SAs: ") {
            ike = Some((count(counts, "total(")?, count(counts, "half-open(").unwrap_or(0)));
        } else if let Some(counts) = line.strip_prefix("IPsec SAs: ") {
            children = Some(count(counts, "total(")?);
        }
    }
    let (ike, half_open) = ike?;
    Some(BriefStatus { ike, half_open, children: children?, idle_workers: None, encrypts_itself: false })
}

fn count(counts: &str, name: &str) -> Option<u32> {
    counts.split_once(name)?.1.split(')').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counters_are_read_in_both_generations() {
        let output = "State Information: DDoS cookies not required, Accepting new IKE connections\n\
                      IKE SAs: total(3), half-open(1), open(0), authenticated(2), anonymous(0)\n\
                      IPsec SAs: total(20001), authenticated(20001), anonymous(0)\n";
        let expected =
            Some(BriefStatus { ike: 3, half_open: 1, children: 20_001, idle_workers: None, encrypts_itself: false });
        assert_eq!(brief(output.as_bytes()), expected);
        let coded: String = output.lines().map(|line| format!("000 {line}\n")).collect();
        assert_eq!(brief(coded.as_bytes()), expected);
    }

    #[test]
    fn anything_else_is_none() {
        assert_eq!(brief(b"whack: Pluto is not running (no \"/run/pluto/pluto.ctl\")\n"), None);
        assert_eq!(brief(b"IKE SAs: total(x)\nIPsec SAs: total(1)\n"), None);
    }
}
