//! Why the kernel refused an SA, where that stands in what is known besides the table of offloads: its words, who has the SPI, how the
//! reserved SA went, what the connection was told.

use std::net::IpAddr;

use super::quoted;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::expect::Expected;
use crate::engine::facts::join::How;
use crate::engine::facts::refusals::Refusal;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::model::{
    Direction, EncapsulationSetting, Evidence, OffloadMode, OffloadTry, Reason, RefusedSa, SaStage, Source,
};
use crate::reasons::{self, judge_add};

/// errno(3).
const ENOENT: u32 = 2;
const ESRCH: u32 = 3;
const EEXIST: u32 = 17;
const ENOSYS: u32 = 38;

/// Why, and what to do about it.
#[derive(Debug)]
pub(super) struct Cause {
    pub(super) reason: Reason,
    /// What is wrong, as the end of 'the kernel refused …: …'.
    pub(super) means: String,
    pub(super) cure: String,
    /// What shows it.
    pub(super) lines: Vec<Evidence>,
}

impl Cause {
    fn of(reason: Reason, means: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { reason, means: means.into(), cure: cure.into(), lines: Vec::new() }
    }

    fn known(refusal: &reasons::AddRefusal, facts: &Facts) -> Self {
        Self::of(refusal.reason, refusal.means, facts.life.behaviour.cure_in_words(&refusal.cure))
    }

    fn shown_by(self, lines: impl IntoIterator<Item = Evidence>) -> Self {
        Self { lines: lines.into_iter().collect(), ..self }
    }
}

/// The kernel's words say that it has nothing to do with an offload.
pub(super) fn in_words(facts: &Facts, connection: Slot<Connection>, refusal: &Refusal) -> Option<Cause> {
    let said = judge_add(facts.words_of(connection, refusal)?)?;
    Some(Cause::known(said, facts))
}

/// What the error alone says, with what is known; it has nothing to do with an offload.
pub(super) fn in_error(facts: &Facts, connection: Slot<Connection>, refusal: &Refusal) -> Option<Cause> {
    match refusal.errno {
        EEXIST => Some(taken(facts, connection, &refusal.sa?)),
        ESRCH => too_late(facts, connection, refusal),
        // For an SA the kernel has these two of its algorithms alone (net/xfrm/xfrm_user.c, crypto/api.c).
        ENOENT | ENOSYS if !refusal.of_spi => {
            let said = judge_add("Kernel was unable to initialize cryptographic operations")?;
            Some(Cause::known(said, facts))
        }
        ENOENT => {
            let said = judge_add("No SPI available in the requested range")?;
            Some(Cause::known(said, facts))
        }
        _ => None,
    }
}

/// Somebody has an SA of this name.
fn taken(facts: &Facts, connection: Slot<Connection>, sa: &RefusedSa) -> Cause {
    let to = |row: &Sa| sa.dst.is_none_or(|dst| dst == row.dst);
    let slots = facts.sad.with_spi(sa.spi, sa.protocol).into_iter();
    let mut holders = slots.filter_map(|slot| Some((slot, facts.sad.get(slot)?))).filter(|(_, row)| to(row));
    let means = "an SA with this SPI and destination is there already";
    let Some((slot, holder)) = holders.next() else {
        let cure = "the next attempt has another SPI, so that one such refusal heals by itself; if they go on, look at 'ip xfrm state' right after one";
        return Cause::of(Reason::SpiTaken, format!("{means}, though none is to be seen now"), cure);
    };
    let id = facts.sad.id(slot).map(|id| id.to_string()).unwrap_or_default();
    let name = |of: Option<Slot<Connection>>| of.map(|of| facts.connection_text(of)).filter(|name| !name.is_empty());
    let claimed = facts.claims.tunnel_of(holder);
    let delete = quoted(&format!(
        "ip xfrm state delete src {} dst {} proto {} spi {}",
        holder.src, holder.dst, sa.protocol, sa.spi
    ));
    let (whose, cure) = match (claimed, name(facts.claims.connection_of_reqid(holder.reqid))) {
        (Some(tunnel), _) => {
            let own = facts.claims.tunnel_at(tunnel).is_some_and(|tunnel| tunnel.connection == connection);
            let whose = facts.tunnel_text(tunnel);
            let whose = if own { format!("of its own tunnel {whose}") } else { format!("of {whose}") };
            let cure = "the next attempt has another SPI; if it comes again and again, two connections share a peer that gives both the same SPI: look at what the peer runs";
            (whose, cure.to_owned())
        }
        (None, Some(name)) if holder.stage == SaStage::Larval => {
            (format!("only reserved, for {name}"), "the next attempt has another SPI".to_owned())
        }
        (None, Some(name)) => {
            let cure =
                format!("{delete} removes it, where 'swanwatch explain {name}' shows that the daemon does not know it");
            (format!("left over from {name}, and the daemon does not know it"), cure)
        }
        (None, None) => (
            "nobody's: no connection has it and the daemon does not know it".to_owned(),
            format!("{delete} removes it"),
        ),
    };
    let line = format!("{id} from {} is {whose}", holder.src);
    Cause::of(Reason::SpiTaken, format!("{means} ({whose})"), cure).shown_by([facts.evidence(Source::Xfrm, line)])
}

/// What had been reserved for the inbound SA was not there any more.
fn too_late(facts: &Facts, connection: Slot<Connection>, refusal: &Refusal) -> Option<Cause> {
    let inbound = |dst: IpAddr| facts.direction_of(connection, dst) != Some(Direction::Out);
    let sa = refusal.sa.as_ref().filter(|sa| sa.dst.is_none_or(inbound));
    // An outbound SA is added, and does not have to be there.
    if sa.is_none() && refusal.sa.is_some() {
        return None;
    }
    let went = sa.and_then(|sa| facts.refusals.went(sa));
    let line = went.map(|went| went.line.clone());
    if let Some(how @ (How::Deleted | How::Flushed)) = went.map(|went| went.how) {
        let reason = if how == How::Deleted { Reason::Deleted } else { Reason::Flushed };
        let means = "somebody deleted the SA that was reserved for this negotiation before it was over";
        let cure = "find out who deletes SAs ('ip xfrm monitor sa' shows when), and try again";
        return Some(Cause::of(reason, means, cure).shown_by(line));
    }
    let cause = Cause::known(&reasons::TOO_SLOW, facts);
    let means = format!("{} ({} s)", cause.means, facts.started.acquire_expires);
    Some(Cause { means, ..cause }.shown_by(line))
}

/// Packet offload was asked for an SA that goes in UDP.
pub(super) fn in_settings(facts: &Facts, connection: Slot<Connection>, tried: Option<&OffloadTry>) -> Option<Cause> {
    let row = facts.claims.connection_at(connection)?;
    let loaded = row.loaded.as_deref();
    let packet = match tried {
        Some(tried) => tried.mode == OffloadMode::Packet,
        None => facts.expected(connection).0 == Expected::Packet,
    };
    let told = loaded.and_then(|loaded| loaded.child.encapsulation) == Some(EncapsulationSetting::Yes);
    let asked = tried.and_then(|tried| tried.shape.as_ref()).map(|shape| shape.encapsulated);
    let encapsulated = asked.unwrap_or_else(|| told || goes_in_udp(facts, &row.tunnels));
    // mlx5 takes it in transport mode (`mlx5e_xfrm_validate_state`), and then refuses for another reason.
    let driver = facts.local_link(connection).and_then(|link| link.driver.as_deref());
    let transport = loaded.and_then(|loaded| loaded.child.tunnel) == Some(false);
    if !packet || !encapsulated || (driver == Some("mlx5_core") && transport) {
        return None;
    }
    Some(Cause::known(&reasons::PACKET_IN_UDP, facts))
}

/// A pair of the connection that stands goes in UDP.
fn goes_in_udp(
    facts: &Facts,
    tunnels: &std::collections::BTreeSet<Slot<crate::engine::facts::claims::Tunnel>>,
) -> bool {
    let sas = tunnels.iter().filter_map(|tunnel| facts.claims.newest_child(*tunnel)?.outbound.sa);
    let mut shapes = sas.filter_map(|sa| facts.shapes.get(facts.sad.get(sa)?.shape));
    shapes.any(|shape| shape.encapsulated)
}
