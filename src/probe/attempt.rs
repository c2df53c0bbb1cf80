//! One SA that is tried: added with a random key, read back and deleted.

use super::ProbeError;
use super::migration::Migration;
use super::request::{Trial, draw};
use super::talk::{self, Acknowledgement, RequestSocket};
use crate::model::{Direction, KernelSa, Netns, Offload, OffloadMode, SaShape, Spi};
use crate::sources::xfrm::decode::Decoder;
use crate::sources::xfrm::numbers::XFRM_MSG_NEWSA;

/// EPERM, ESRCH, EEXIST.
const NOT_PERMITTED: u32 = 1;
const NOT_THERE: u32 = 3;
const EXISTS: u32 = 17;
/// SPIs are drawn out of four thousand million; a second one that is taken is no accident.
const SPI_TRIES: usize = 3;
/// SPIs below are reserved (RFC 4303 §2.1).
const FIRST_SPI: u32 = 0x100;

/// An SA that was tried.
pub struct Tried {
    /// What the kernel said to its add.
    pub acknowledgement: Acknowledgement,
    /// As read back, where it was added.
    pub offload: Option<Offload>,
}

/// Adds one SA, reads it back and deletes it. `offload` is the device's index and the kind; none for software.
///
/// # Errors
/// It is not known what came of it, nothing may be tried, or the SA was left behind.
pub fn attempt(
    talk: &mut RequestSocket,
    shape: &SaShape,
    direction: Direction,
    offload: Option<(u32, OffloadMode)>,
) -> Result<Tried, ProbeError> {
    tried(talk, shape, direction, offload, |talk, trial| read(talk, trial).map(|(sa, _)| sa.offload))
}

/// Adds one SA in software, moves it to a device, reads it back and deletes it: where it is then. None where it was not added at all.
///
/// # Errors
/// As those of `attempt`.
pub fn moved(talk: &mut RequestSocket, shape: &SaShape, to: Offload) -> Result<Option<Offload>, ProbeError> {
    let moved = |talk: &mut RequestSocket, trial: &Trial| {
        let (_, migration) = read(talk, trial)?;
        let seq = talk.next_seq();
        // What it is answered is no proof.
        talk.acknowledged(seq, migration.request(seq, 0, Some(to)).bytes())
            .map_err(ProbeError::tried("moving an SA"))?;
        read(talk, trial).map(|(sa, _)| sa.offload)
    };
    Ok(tried(talk, shape, to.direction, None, moved)?.offload)
}

/// Adds one SA, has it looked at and deletes it.
fn tried(
    talk: &mut RequestSocket,
    shape: &SaShape,
    direction: Direction,
    offload: Option<(u32, OffloadMode)>,
    look: impl Fn(&mut RequestSocket, &Trial) -> Result<Option<Offload>, ProbeError>,
) -> Result<Tried, ProbeError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let trial = Trial { shape: *shape, direction, offload, spi: spi()? };
        let seq = talk.next_seq();
        let request = trial.add(seq)?;
        let added = talk.acknowledged(seq, request.bytes());
        drop(request);
        let acknowledgement = match added {
            Ok(acknowledgement) => acknowledgement,
            Err(error) => {
                // It may have been added all the same.
                let _ = delete(talk, &trial);
                return Err(ProbeError::tried("adding an SA")(error));
            }
        };
        match acknowledgement.errno {
            0 => {
                let looked = look(talk, &trial);
                delete(talk, &trial)?;
                return Ok(Tried { acknowledgement, offload: looked? });
            }
            EXISTS if tries < SPI_TRIES => {}
            NOT_PERMITTED => return Err(ProbeError::tried("adding an SA")(talk::error(NOT_PERMITTED))),
            _ => return Ok(Tried { acknowledgement, offload: None }),
        }
    }
}

fn read(talk: &mut RequestSocket, trial: &Trial) -> Result<(KernelSa, Migration), ProbeError> {
    let decoder = Decoder::new(Netns::default());
    let seq = talk.next_seq();
    let read = talk.answered(seq, trial.read(seq).bytes(), |kind, payload| {
        let sa = (kind == XFRM_MSG_NEWSA).then(|| decoder.sa(payload).ok()).flatten()?;
        Some((sa, Migration::of_payload(payload, sa.id.mark)?))
    });
    let tried = ProbeError::tried("reading back an SA that was added a moment ago");
    let (acknowledgement, found) = read.map_err(&tried)?;
    found.ok_or_else(|| tried(talk::error(acknowledgement.errno.max(NOT_THERE))))
}

fn delete(talk: &mut RequestSocket, trial: &Trial) -> Result<(), ProbeError> {
    let seq = talk.next_seq();
    let deleted = talk.acknowledged(seq, trial.delete(seq).bytes());
    match deleted {
        // Somebody's flush was sooner.
        Ok(Acknowledgement { errno: 0 | NOT_THERE, .. }) => Ok(()),
        Ok(Acknowledgement { errno, words }) => {
            Err(ProbeError::LeftBehind(words.unwrap_or_else(|| talk::error(errno).to_string())))
        }
        Err(error) => Err(ProbeError::LeftBehind(error.to_string())),
    }
}

fn spi() -> Result<Spi, ProbeError> {
    let mut bytes = [0; 4];
    draw(&mut bytes)?;
    Ok(Spi(u32::from_ne_bytes(bytes).max(FIRST_SPI)))
}
