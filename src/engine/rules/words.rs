//! Every sentence of a finding, in one place: what is wrong, and what to do.

use std::net::IpAddr;

use super::faults::Fault;
use super::offload_lost::Cause;
use super::tunnel_down::Why;
use crate::engine::sad::Sa;
use crate::model::{Code, Direction, OffloadTry, RealTime, Reason, RouteQuery, Span, UnitLook};
use crate::reasons::Entry;

/// The two sentences of a finding.
#[derive(Debug)]
pub struct Told {
    /// What is wrong.
    pub summary: String,
    /// What to do.
    pub advice: String,
}

/// What becomes of a dead daemon's SAs.
#[derive(Debug)]
pub enum Fate {
    /// They are gone.
    Flushed {
        /// The unit that flushed them, where its settings say so.
        by_unit: Option<String>,
    },
    /// They carry on.
    Carrying {
        /// How many.
        sas: u64,
        /// Until then; none where nothing limits them.
        until: Option<RealTime>,
    },
}

fn told(summary: impl Into<String>, advice: impl Into<String>) -> Told {
    Told { summary: summary.into(), advice: advice.into() }
}

fn way(span: Span) -> &'static str {
    match span {
        Span::In => "the inbound SA",
        Span::Out => "the outbound SA",
        Span::Both => "both SAs",
    }
}

/// What a fault of a tunnel is called.
pub fn tunnel_fault(fault: &Fault, name: &str, tunnels: usize) -> Told {
    let of = if tunnels > 1 { format!("{name} ({tunnels} tunnels)") } else { name.to_owned() };
    let device = fault.device.as_deref().unwrap_or("its interface");
    match fault.code {
        Code::SaMissing => missing(fault, &of, name),
        Code::OffloadDowngraded => told(
            format!("{} of {of} has crypto offload on {device}, though packet offload was asked for", way(fault.span)),
            "look for the kernel's refusal of packet offload in the evidence; nic-offload=crypto says what is there",
        ),
        Code::EspBlackhole => blackhole(fault, &of, device),
        Code::AuthFailures => told(
            format!("some packets that arrive for {of} fail their integrity check and are dropped, while others pass"),
            "damaged on the way, sent by a stranger, or by a peer whose NIC or kernel encrypts wrongly: compare with the peer's offload off for this connection (nic-offload=no)",
        ),
        Code::ReplayDrops => told(
            format!("some packets that arrive for {of} are refused by the replay window, while others pass"),
            "packets come twice or far out of order: look for a duplicating path, a bond or QoS that reorders; replay-window=NUMBER makes the window wider, up to what the NIC takes",
        ),
        Code::SaExpiring => expiring(fault, &of, name),
        _ => not_offloaded(fault, &of, name, device),
    }
}

fn blackhole(fault: &Fault, of: &str, device: &str) -> Told {
    if fault.span == Span::Out {
        return told(
            format!("{of} receives ESP and sends none, though it carried both ways before"),
            "see here whether the hosts behind this gateway answer, and whether their answers still match the policy: ip route get, ip xfrm policy, tcpdump on the inner interface",
        );
    }
    match fault.reason {
        Reason::AuthFailed => told(
            format!(
                "everything that arrives for {of} fails its integrity check and is dropped here, while IKE goes on"
            ),
            "the peer does not encrypt as agreed, most likely its NIC: nic-offload=no there, then rekey; if its offload is off, look for something on the way that changes packets",
        ),
        Reason::Replay => told(
            format!("everything that arrives for {of} is refused by the replay window here, while IKE goes on"),
            "the peer's sequence numbers went back, as after an SA was put in again by hand or by its NIC's reset: rekey the connection",
        ),
        Reason::NicDrop => told(
            format!("{of} sends and receives nothing: {device} drops what arrives"),
            format!(
                "ethtool -S {device} shows which counter grows; nic-offload=no for the connection and a rekey take it off the NIC"
            ),
        ),
        Reason::NoState => told(
            format!(
                "{of} sends and receives nothing, and packets come on SAs that this host has not: the peer uses others"
            ),
            "the two ends disagree on the SAs, as after a restart of one: rekey the connection, and see whether the peer's list (ip xfrm state) has the same SPIs",
        ),
        _ => told(
            format!("{of} sends and nothing comes back, though it carried both ways before; IKE goes on"),
            "see at the peer whether the ESP arrives (tcpdump esp or udp port 4500) and what it does with it (/proc/net/xfrm_stat); if it does not arrive, something between drops ESP",
        ),
    }
}

fn expiring(fault: &Fault, of: &str, name: &str) -> Told {
    let limit = match fault.reason {
        Reason::Sequence => "has used nine tenths of its sequence numbers, after which nothing can be sent on it",
        Reason::Packets => "is close to its limit of packets, at which the kernel removes it",
        Reason::Bytes => "is close to its limit of bytes, at which the kernel removes it",
        _ => "is close to the end of its life, at which the kernel removes it",
    };
    let both = fault.span == Span::Both;
    let limit = if both { limit.replacen("has", "have", 1).replacen("is ", "are ", 1) } else { limit.to_owned() };
    let cure = if fault.reason == Reason::Sequence {
        "; esn=yes at both ends makes the numbers last, where the NIC takes it"
    } else {
        ""
    };
    told(
        format!("{} of {of} {limit}, and no successor is being negotiated", way(fault.span)),
        format!(
            "ipsec whack --rekey-ipsec --name {name} --asynchronous (libreswan 5: --rekey-child) makes a new pair{cure}"
        ),
    )
}

/// Who encrypts is not who should.
pub fn hw_sw_mismatch(device: &str, direction: Direction, reason: Reason) -> Told {
    let (verb, way) = if direction == Direction::In { ("decrypts", "inbound") } else { ("encrypts", "outbound") };
    match reason {
        Reason::NicInstead => told(
            format!(
                "{device} {verb} what {way} SAs carry that claim no offload: its counters grow in step with theirs"
            ),
            format!(
                "swanwatch sas --device {device} shows the SAs; a rekey sets them anew, and a reset of the NIC drops what it holds beyond them"
            ),
        ),
        _ => told(
            format!(
                "{way} SAs claim to be offloaded to {device}, but the CPU {verb}: its counters stand still while they carry traffic"
            ),
            format!(
                "see that packets leave and arrive by {device} itself (ip route get; no bridge, tc or XDP between), that «ethtool -k {device}» has esp-hw-offload on, and that packets fit its MTU; a rekey sets the SAs anew"
            ),
        ),
    }
}

/// A device drops.
pub fn nic_drops(device: &str) -> Told {
    told(
        format!("{device} drops packets of its SAs, while others pass"),
        format!(
            "ethtool -S {device} shows which counter grows, the evidence how fast; a rekey of the connections on it sets their SAs anew, nic-offload=no takes them off the NIC"
        ),
    )
}

/// Packets on SAs that are not there.
pub fn no_state_drops() -> Told {
    told(
        "packets arrive on SAs that this host has not, and are dropped: a peer uses others than this end",
        "tcpdump -n esp shows from whom and with which SPI: rekey or restart that connection; an address that is no peer's is a stranger's, and no harm beyond its load",
    )
}

fn missing(fault: &Fault, of: &str, name: &str) -> Told {
    let gone = match fault.reason {
        Reason::Deleted => "was deleted by somebody else than the daemon",
        Reason::Flushed => "went when somebody else than the daemon flushed all SAs",
        _ => "is not in the kernel",
    };
    let effect = match fault.span {
        Span::In => "what the peer sends is dropped here",
        Span::Out => "nothing can be sent until traffic makes the daemon negotiate anew",
        Span::Both => "nothing passes until traffic makes the daemon negotiate anew",
    };
    let verb = if fault.span == Span::Both {
        gone.replace("was ", "were ").replace("is not", "are not")
    } else {
        gone.to_owned()
    };
    told(
        format!("{} of {of} {verb}, and the daemon believes that the tunnel stands: {effect}", way(fault.span)),
        format!("ipsec whack --rekey-ipsec --name {name} --asynchronous (libreswan 5: --rekey-child) makes a new pair"),
    )
}

fn not_offloaded(fault: &Fault, of: &str, name: &str, device: &str) -> Told {
    let what = format!("{} of {of} is encrypted by the CPU", way(fault.span));
    match (fault.entry, fault.reason) {
        (Some(entry), _) => told(format!("{what}: {}", entry.means_on(device)), entry.cure_for(device)),
        (None, Reason::FellBack) => {
            told(format!("{what}: the kernel refused the offload and the daemon went on without it"), REFUSED)
        }
        _ => told(
            format!("{what}: the kernel did not put it on {device}, and nothing here tells why"),
            format!(
                "look at «ethtool -k {device}» and at the kernel's log; swanwatch explain {name} has the whole story"
            ),
        ),
    }
}

/// Traffic that the NIC should encrypt does not come to it.
pub fn clear_text_route(whose: &str, query: &RouteQuery, by: &str, device: &str) -> Told {
    told(
        format!(
            "what this host sends for {whose} leaves by {by}, and its policy is on {device}: it goes out unencrypted (a newer kernel drops it)"
        ),
        format!(
            "let the route to {} leave by {device} again («ip route get {query}» shows it), or take the tunnel down until it does; a \
             tunnel over {by} needs crypto offload or none",
            query.dst
        ),
    )
}

/// Where nothing tells why the kernel refused.
const REFUSED: &str = "the kernel's refusal is in the evidence; swanwatch probe DEVICE shows what the NIC takes: make the proposal one of \
these (many know no ESN: esn=no, and only AES-GCM with a 16 byte ICV: esp=aes_gcm), or write nic-offload=no";

fn error_text(errno: u32) -> String {
    let error = std::io::Error::from_raw_os_error(i32::try_from(errno).unwrap_or(0));
    error.to_string().replace("(os error", "(errno")
}

/// The kernel refused an SA.
pub fn refused(
    code: Code,
    name: &str,
    errno: u32,
    (device, entry): (Option<&str>, Option<&Entry>),
    attempts: u64,
) -> Told {
    let error = error_text(errno);
    let attempts = if attempts == 1 { "1 attempt".to_owned() } else { format!("{attempts} attempts") };
    if code == Code::OffloadRejected {
        let device = device.unwrap_or("the NIC");
        let what = format!("the kernel refused to offload an SA of {name} to {device}");
        return match entry {
            Some(entry) => told(
                format!("{what}: {} ({error}); the connection does not come up", entry.means_on(device)),
                entry.cure_for(device),
            ),
            None => told(format!("{what}: {error}; the connection does not come up"), REFUSED),
        };
    }
    told(
        format!("the kernel refused to add an SA of {name}: {error}; the connection does not come up ({attempts})"),
        "the cause is not known to be the NIC; the daemon's lines are in the evidence, the kernel's log may say more",
    )
}

/// The kernel refused an SA that no line of the daemon speaks of.
pub fn foreign_refused(tried: &OffloadTry, device: &str, entry: Option<&Entry>) -> Told {
    let OffloadTry { process, pid, spi, .. } = tried;
    let error = error_text(tried.errno);
    let what =
        format!("the kernel refused to offload the SA {spi} to {device}, which {process} (process {pid}) asked for");
    match entry {
        Some(entry) => told(format!("{what}: {} ({error})", entry.means_on(device)), entry.cure_for(device)),
        None => told(format!("{what}: {error}"), REFUSED),
    }
}

/// A device refuses what it took before.
pub fn full(device: &str, held: u32, connections: usize) -> Told {
    let whose = match connections {
        0 => "an SA".to_owned(),
        1 => "an SA of one connection".to_owned(),
        more => format!("SAs of {more} connections"),
    };
    told(
        format!(
            "{device} holds {held} SAs and refused {whose}, though it took the like before: its table is full, or its hash table has no place for this one"
        ),
        "write nic-offload=no for the connections that need the NIC least, so that the others keep their place; libreswan 4 gives up the whole IKE SA, with every tunnel on it, when an SA is refused",
    )
}

/// SA and policy disagree.
pub fn policy_mismatch(name: &str, reason: Reason, direction: Direction, device: Option<&str>) -> Told {
    let way = if direction == Direction::In { "inbound" } else { "outbound" };
    let device = device.unwrap_or("the device");
    let rekey =
        format!("ipsec whack --rekey-ipsec --name {name} --asynchronous (libreswan 5: --rekey-child) sets both anew");
    match reason {
        Reason::PolicyMissing => told(
            format!(
                "the {way} SA of {name} stands, but no policy sends packets to it: {}",
                match direction {
                    Direction::Out => "they leave in clear, or not at all",
                    Direction::In => "what arrives is not checked against it",
                }
            ),
            format!("somebody deleted or flushed policies: ipsec auto --down {name}, then --up {name}, sets both anew"),
        ),
        Reason::PolicyNotOffloaded => told(
            format!(
                "the {way} SA of {name} is on {device} in packet mode, but its policy is not: the kernel does not use the SA"
            ),
            rekey,
        ),
        Reason::BypassMissing => told(
            format!(
                "{device} encrypts everything of {name} in packet mode, and no policy lets IKE pass: rekeys and liveness fail"
            ),
            "ipsec whack --listen has the daemon install its bypass for IKE again",
        ),
        _ => told(
            format!(
                "the {way} policy of {name} is on {device} in packet mode, but its SA is not: the kernel does not use the SA"
            ),
            rekey,
        ),
    }
}

/// A device that is known to be dangerous with offload.
pub fn device_unsafe(device: &str, kernel: &str, entry: &Entry) -> Told {
    told(
        format!("SAs are offloaded to {device}, and on kernel {kernel} {}", entry.means_on(device)),
        entry.cure_for(device),
    )
}

/// A connection that should be up is down.
pub fn tunnel_down(name: &str, why: Option<Why>, notify: Option<&str>) -> Told {
    match why {
        Some(Why::PeerRefused) => told(
            format!(
                "{name} is down: the peer refused the Child SA{}",
                notify.map(|notify| format!(" with {notify}")).unwrap_or_default()
            ),
            "look at the peer's log: its kernel may have refused the SA (its NIC, ESN), or its selectors do not match these",
        ),
        Some(Why::NoAnswer) => told(
            format!("{name} is down: the peer does not answer"),
            "see whether UDP 500 and 4500 reach the peer, and whether its daemon runs",
        ),
        Some(Why::Authentication) => told(
            format!("{name} is down: authentication failed"),
            "compare the IDs, the secrets or the certificates of both ends; the daemon's line is in the evidence",
        ),
        Some(Why::NoProposal) => told(
            format!("{name} is down: the two ends have no proposal in common"),
            "compare ike= and esp= of both ends",
        ),
        Some(Why::LostWithIke) => told(
            format!("{name} is down: its SAs went with an IKE SA that the daemon killed"),
            format!(
                "the line that killed it is in the evidence; ipsec whack --initiate --name {name} --asynchronous brings it up again"
            ),
        ),
        None => told(
            format!("{name} should be up, and no pair of SAs serves it; the daemon does not say why"),
            format!("ipsec whack --initiate --name {name} tells what happens"),
        ),
    }
}

/// A device took its SAs with it.
pub fn offload_lost(device: &str, cause: Cause, sas: u64, connections: u64) -> Told {
    let how = match cause {
        Cause::Down => "was taken down",
        Cause::Removed => "is gone",
    };
    told(
        format!(
            "{device} {how}, and the kernel dropped the {sas} SAs that it held ({connections} connections); the daemon does not know"
        ),
        "bring the link up and rekey each connection (ipsec whack --rekey-ipsec --name NAME --asynchronous); traffic out does so by itself, traffic in does not",
    )
}

/// SAs without a daemon that knows them.
pub fn orphaned(scope: &str, first: Option<&Sa>, count: usize) -> Told {
    let delete = first.map_or_else(String::new, |sa| {
        format!("ip xfrm state delete src {} dst {} proto {} spi {}", sa.src, sa.dst, sa.protocol, sa.spi)
    });
    told(
        format!("the kernel holds {count} SAs between {} that the daemon does not know", scope.replace('-', " and ")),
        format!("somebody else made them, or a daemon that died left them; once sure that nobody uses them: {delete}"),
    )
}

/// One direction without the other.
pub fn half_open(name: &str, first: Option<&Sa>) -> Told {
    let spi = first.map(|sa| format!(" ({} {})", sa.protocol, sa.spi)).unwrap_or_default();
    told(
        format!("the kernel holds one direction of {name}{spi}, and the daemon claims no pair"),
        "a negotiation ended half-way: see both ends' logs for a refused SA; it goes when the daemon restarts or somebody deletes it",
    )
}

/// Too many pairs.
pub fn duplicates(name: &str, instance: Option<&str>, pairs: usize, per_hour: u64) -> Told {
    let growth = if per_hour == 0 { "and they do not grow".to_owned() } else { format!("{per_hour} more an hour") };
    told(
        format!("{name}{} has {pairs} pairs of SAs where a rekey explains two, {growth}", instance.unwrap_or_default()),
        "the peer negotiates again and again: look at its log, its kernel may refuse the SA; uniqueids=yes with a peer that sends INITIAL_CONTACT, or ipsec whack --deletestate NUMBER, removes the old ones",
    )
}

/// Traffic in vain.
pub fn acquire_unanswered(name: &str, dst: IpAddr) -> Told {
    told(
        format!("traffic to {dst} asked for an SA of {name}, and none came; its packets were dropped"),
        "see whether the peer answers IKE: the daemon's log tells how far the negotiation came",
    )
}

/// Lost events.
pub fn events_lost() -> Told {
    told(
        "the kernel dropped XFRM events before they were read; both tables are being read anew",
        "nothing, if it is rare; if it is not, raise net.core.rmem_max or give the service CAP_NET_ADMIN, so that its buffer may be larger",
    )
}

/// The daemon is dead.
pub fn daemon_gone(code: Code, pid: u32, fate: &Fate, unit: Option<&UnitLook>) -> Told {
    let how = if code == Code::DaemonDown { "was stopped in order" } else { "died" };
    let fate = match fate {
        Fate::Flushed { by_unit: Some(unit) } => {
            format!("{unit} then flushed all SAs and policies: nothing is protected until tunnels are back")
        }
        Fate::Flushed { by_unit: None } => {
            "all SAs and policies were flushed then: nothing is protected until tunnels are back".to_owned()
        }
        Fate::Carrying { sas: 0, .. } => "it left no SAs in the kernel".to_owned(),
        Fate::Carrying { sas, until: Some(until) } => {
            format!("its {sas} SAs carry traffic until {until} at the latest, and nobody renews them")
        }
        Fate::Carrying { sas, until: None } => {
            format!(
                "its {sas} SAs still carry traffic, without an end of their own: until somebody flushes them or the peers give them up"
            )
        }
    };
    let by_itself = unit.is_some_and(|unit| {
        unit.restart_policy != "no" && unit.restart_policy != "on-success" && code == Code::DaemonCrashed
    });
    let advice = match (code, unit) {
        (Code::DaemonDown, Some(unit)) => format!("systemctl start {} when it should run again", unit.unit),
        (Code::DaemonDown, None) => "start it when it should run again".to_owned(),
        (_, Some(unit)) if by_itself => format!("systemd restarts it; journalctl -u {} tells why it died", unit.unit),
        (_, Some(unit)) => format!("systemctl start {}; journalctl -u {} tells why it died", unit.unit, unit.unit),
        (_, None) => "start it again; on libreswan 4 a start by hand leaves the old SAs beside the new ones".to_owned(),
    };
    told(format!("the IKE daemon (process {pid}) {how}; {fate}"), advice)
}

/// The daemon does nothing.
pub fn daemon_hung(pid: u32, reason: Reason) -> Told {
    let rest = "its SAs go on carrying traffic, but nothing is rekeyed and no peer is answered";
    match reason {
        Reason::Stopped => {
            told(format!("the IKE daemon (process {pid}) is stopped by a signal: {rest}"), format!("kill -CONT {pid}"))
        }
        Reason::Traced => told(
            format!("the IKE daemon (process {pid}) is held by a debugger: {rest}"),
            "let the debugger continue or detach",
        ),
        Reason::Uninterruptible => told(
            format!("the IKE daemon (process {pid}) waits in the kernel: {rest}"),
            format!("cat /proc/{pid}/stack shows on what; a restart does not end such a wait"),
        ),
        _ => told(
            format!("the IKE daemon (process {pid}) does not answer: {rest}"),
            format!("gdb -p {pid} -batch -ex bt shows where; a restart ends its SAs, so do it when that can be borne"),
        ),
    }
}

/// The last line of evidence of a finding that is over.
pub const fn over(code: Code) -> &'static str {
    match code {
        Code::DaemonCrashed | Code::DaemonDown => "the daemon is up and was asked; what was up before is up",
        Code::DaemonHung => "the daemon answers again",
        Code::OffloadRejected | Code::SaAddFailed | Code::TunnelDown => "a pair of SAs has stood for 5 s",
        Code::OffloadCapacity => "the device has taken an SA, and has kept it for 5 s",
        Code::ClearTextRoute => "the route leaves by the policy's device again, or the policy is gone",
        Code::PolicyMismatch => "SA and policy agree again",
        Code::DeviceUnsafe => "no SA is left on the device",
        Code::OffloadLost => "every connection that it served has a newer pair",
        Code::SaMissing => "the newest Child SA has its SAs in the kernel",
        Code::SaNotOffloaded | Code::OffloadDowngraded => "the newest SA has what it should",
        Code::SaOrphaned | Code::SaHalfOpen => "the SAs are gone, or the daemon claims them",
        Code::SaDuplicates => "no more pairs than a rekey explains",
        Code::AcquireUnanswered => "a pair of SAs came",
        Code::EspBlackhole | Code::AuthFailures | Code::ReplayDrops | Code::NicDrops | Code::NoStateDrops => {
            "not so in three windows, or nothing is left to judge"
        }
        Code::HwSwMismatch => "the counters agree with the SAs again, or nothing is left to judge",
        Code::SaExpiring => "the newest pair is not close to its limits, or a successor is being negotiated",
        Code::EventsLost => "both tables were read whole since",
    }
}
