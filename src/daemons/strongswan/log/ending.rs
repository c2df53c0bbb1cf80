//! How an SA ends: deleted by either side, or with its IKE SA.

use super::context::{Reading, Told, ike_speaker};
use super::scan::{after, child_sa, ike_sa, spi};
use crate::model::{Direction, Statement};

pub fn read(reading: &mut Reading<'_>) -> Option<Told> {
    let message = reading.line.message.as_ref();
    if let Some(sa) = message.strip_prefix("deleting IKE_SA ").and_then(|rest| ike_sa(rest, &[" between "])) {
        let about = reading.knows_ike(sa);
        reading.sas.ike_gone(sa.serial);
        return Some(
            Told::new(Some(about?), Statement::Deleting { is_ike: true, established: true }).behind(message, sa.rest),
        );
    }
    if let Some(sa) = message.strip_prefix("received DELETE for IKE_SA ").and_then(|rest| ike_sa(rest, &[""])) {
        let about = reading.knows_ike(sa);
        return Some(Told::new(Some(about?), Statement::PeerDeletes).behind(message, sa.rest));
    }
    closing(reading, message).or_else(|| peer_deletes(reading, message)).or_else(|| dropped(reading, message))
}

fn closing(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    let rest = after(message, &["closing CHILD_SA ", "closing expired CHILD_SA "])?;
    let sa = child_sa(rest, &[" with SPIs "])?;
    let about = reading.knows_child(sa);
    reading.sas.child_gone(sa.serial);
    Some(Told::new(Some(about?), Statement::Deleting { is_ike: false, established: true }).behind(message, sa.rest))
}

/// `received DELETE for ESP CHILD_SA with SPI 201f9944`: of the outbound SA. One that this end deletes is forgotten before the peer answers,
/// and one that the peer has replaced it deletes in any case.
fn peer_deletes(reading: &Reading<'_>, message: &str) -> Option<Told> {
    let (_, rest) = message.strip_prefix("received DELETE for ")?.split_once(" CHILD_SA with SPI ")?;
    let (spi, _) = spi(rest)?;
    let (child, _) = reading.sas.child_with(spi, Some(Direction::Out))?;
    let replaced = reading.sas.has_successor(child);
    let says = if replaced { Statement::Said } else { Statement::PeerDeletes };
    Some(Told::new(Some(reading.sas.child_speaker(child)?), says))
}

/// An IKE SA that is dropped without a word to the peer: by force, at the end of the daemon, and where the peer begins anew.
fn dropped(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    let duplicate = after(message, &["destroying duplicate IKE_SA for peer '", "deleting duplicate IKE_SA for peer '"]);
    let state =
        message.strip_prefix("destroying IKE_SA in state ").and_then(|rest| rest.strip_suffix(" without notification"));
    let stands = match (duplicate, state) {
        (Some(_), _) => true,
        (None, Some(state)) => state != "CONNECTING" && state != "CREATED",
        (None, None) => return None,
    };
    let ike = reading.context.ike.clone()?;
    let name = ike.name?;
    let serial = if reading.traits.tells_ike {
        ike.serial?
    } else {
        // The thread is about the one that takes its place.
        duplicate?;
        reading.sas.only_standing(&name)?
    };
    let says = if stands {
        reading.sas.ike_gone(serial);
        Statement::Deleting { is_ike: true, established: true }
    } else {
        Statement::IkeFailed { notify: None }
    };
    Some(Told::new(Some(ike_speaker(&name, Some(serial))?), says))
}
