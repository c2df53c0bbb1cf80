//! The fence: an nftables rule that drops what belongs into a tunnel and would leave without one.
//!
//! Address pairs are elements of a set, each with a timeout: a rule has none in nftables, so that the rule stays and the elements go by
//! themselves when nobody sets them again. Everything is one transaction of the command `nft`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::model::{AddressPair, StepResult, Subnet};

/// The kernel takes a transaction in milliseconds.
const DEADLINE: Duration = Duration::from_secs(20);
/// Of what the command says; more is cut.
const LONGEST: usize = 300;

/// Table, sets, chains and rules. What never goes through a tunnel, or must never be cut off, comes first: IKE, ESP and AH themselves, the
/// neighbour discovery that carries them, the loopback, and the answers of this host's own sshd.
const RULES: &str = "\
add table inet swanwatch_fence
delete table inet swanwatch_fence
add table inet swanwatch_fence
add set inet swanwatch_fence pairs4 { type ipv4_addr . ipv4_addr; flags interval, timeout; }
add set inet swanwatch_fence pairs6 { type ipv6_addr . ipv6_addr; flags interval, timeout; }
add chain inet swanwatch_fence fence
add chain inet swanwatch_fence output { type filter hook output priority 0; policy accept; }
add chain inet swanwatch_fence forward { type filter hook forward priority 0; policy accept; }
add rule inet swanwatch_fence output oifname lo return
add rule inet swanwatch_fence output tcp sport 22 return
add rule inet swanwatch_fence output jump fence
add rule inet swanwatch_fence forward jump fence
add rule inet swanwatch_fence fence meta l4proto { esp, ah } return
add rule inet swanwatch_fence fence udp sport { 500, 4500 } return
add rule inet swanwatch_fence fence udp dport { 500, 4500 } return
add rule inet swanwatch_fence fence icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, nd-redirect } return
add rule inet swanwatch_fence fence ip saddr . ip daddr @pairs4 rt ipsec missing counter drop
add rule inet swanwatch_fence fence ip6 saddr . ip6 daddr @pairs6 rt ipsec missing counter drop
";

/// The fence as it stands.
#[derive(Clone, Debug, Default)]
pub struct FenceHands(Arc<Mutex<FenceStanding>>);

#[derive(Debug, Default)]
struct FenceStanding {
    pairs: BTreeMap<AddressPair, Instant>,
    /// The rules are there.
    built: bool,
}

impl FenceHands {
    /// Protects pairs for so many seconds from now on, and others not any more.
    pub async fn change(self, protect: Vec<AddressPair>, release: Vec<AddressPair>, lasts: u32) -> StepResult {
        // One change after the other.
        let mut standing = self.0.lock().await;
        let now = Instant::now();
        standing.change(&protect, &release, now + Duration::from_secs(lasts.into()), now);
        if standing.pairs.is_empty() && !standing.built {
            return StepResult::Done("no policy has packets that could be fenced".to_owned());
        }
        let elements = standing.elements(now);
        let mut result = if standing.built { nft(&elements).await } else { Err(String::new()) };
        if result.is_err() {
            // It is new, or somebody took it away.
            result = nft(&format!("{RULES}{elements}")).await;
        }
        standing.built = result.is_ok();
        match result {
            Ok(()) => StepResult::Done(format!("{} address pairs are fenced", standing.pairs.len())),
            Err(words) => StepResult::Failed(words),
        }
    }
}

impl FenceStanding {
    fn change(&mut self, protect: &[AddressPair], release: &[AddressPair], until: Instant, now: Instant) {
        for pair in release {
            self.pairs.remove(pair);
        }
        self.pairs.extend(protect.iter().map(|pair| (*pair, until)));
        self.pairs.retain(|_, until| *until > now);
    }

    /// Every element with what is left of its time, in place of those that are there.
    fn elements(&self, now: Instant) -> String {
        let mut text = String::from("flush set inet swanwatch_fence pairs4\nflush set inet swanwatch_fence pairs6\n");
        for (set, is_v4) in [("pairs4", true), ("pairs6", false)] {
            let of_set = |pair: &&AddressPair| pair.src.is_ipv4() == is_v4;
            // A set of intervals takes none inside of another.
            let alone = |pair: &&AddressPair| !self.pairs.keys().any(|other| other != *pair && covers(other, pair));
            let mut elements = self.pairs.keys().filter(of_set).filter(alone).peekable();
            if elements.peek().is_none() {
                continue;
            }
            let _ = write!(text, "add element inet swanwatch_fence {set} {{ ");
            for pair in elements {
                let left = self.left(pair, now).as_secs().max(1);
                let AddressPair { src, src_prefix, dst, dst_prefix } = pair;
                let _ = write!(text, "{src}/{src_prefix} . {dst}/{dst_prefix} timeout {left}s, ");
            }
            text.push_str("}\n");
        }
        text
    }

    /// As long as the longest of those that it stands for.
    fn left(&self, pair: &AddressPair, now: Instant) -> Duration {
        let inside = self.pairs.iter().filter(|(other, _)| *other == pair || covers(pair, other));
        inside.map(|(_, until)| until.saturating_duration_since(now)).max().unwrap_or_default()
    }
}

/// Whether every packet of `inner` is one of `outer`.
fn covers(outer: &AddressPair, inner: &AddressPair) -> bool {
    let within = |net: IpAddr, length: u8, inner: IpAddr, inner_length: u8| {
        length <= inner_length && Subnet::new(net, length).has(inner)
    };
    within(outer.src, outer.src_prefix, inner.src, inner.src_prefix)
        && within(outer.dst, outer.dst_prefix, inner.dst, inner.dst_prefix)
}

/// Has one transaction done.
async fn nft(text: &str) -> Result<(), String> {
    let run = async {
        let mut command = Command::new("nft");
        command.args(["-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| format!("nft cannot be run: {error}"))?;
        if let Some(mut input) = child.stdin.take() {
            // Where it ends early it says why.
            let _ = input.write_all(text.as_bytes()).await;
        }
        let done = child.wait_with_output().await.map_err(|error| format!("nft: {error}"))?;
        if done.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&done.stderr);
        let first = said.lines().next().unwrap_or("no word of why");
        Err(format!("nft: {}", first.chars().take(LONGEST).collect::<String>()))
    };
    timeout(DEADLINE, run).await.unwrap_or_else(|_| Err(format!("nft did not end within {} s", DEADLINE.as_secs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(src: &str, dst: &str) -> AddressPair {
        let net = |text: &str| {
            let (address, length) = text.split_once('/').unwrap();
            (address.parse().unwrap(), length.parse().unwrap())
        };
        let ((src, src_prefix), (dst, dst_prefix)) = (net(src), net(dst));
        AddressPair { src, src_prefix, dst, dst_prefix }
    }

    #[test]
    fn what_is_released_or_expired_goes_and_what_is_inside_of_another_is_no_element() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let (wide, narrow) = (pair("10.1.0.0/16", "10.2.0.0/16"), pair("10.1.5.0/24", "10.2.0.0/16"));
        let (six, old) = (pair("fd00::/64", "fd01::/64"), pair("10.3.0.0/16", "10.4.0.0/16"));
        let mut standing = FenceStanding::default();
        standing.change(&[old], &[], after(1), now);
        standing.change(&[wide], &[], after(60), now);
        standing.change(&[narrow, six], &[], after(120), now);
        let text = standing.elements(now);
        assert!(
            text.contains("pairs4 { 10.1.0.0/16 . 10.2.0.0/16 timeout 120s, 10.3.0.0/16 . 10.4.0.0/16 timeout 1s, }"),
            "{text}"
        );
        assert!(text.contains("pairs6 { fd00::/64 . fd01::/64 timeout 120s, }"), "{text}");
        standing.change(&[], &[wide, six], after(122), after(2));
        let text = standing.elements(after(2));
        assert!(text.contains("pairs4 { 10.1.5.0/24 . 10.2.0.0/16 timeout 118s, }"), "{text}");
        assert!(!text.contains("add element inet swanwatch_fence pairs6"), "{text}");
    }
}
