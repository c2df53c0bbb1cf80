//! What a line says, by the part of charon that speaks.

use super::context::{Reading, Told};
use super::prefix::Group;
use super::{connection, ending, established, kernel, life, negotiation, refused};

/// With these lines a thread may take up something: what it was about before says nothing of them.
const BEGINNINGS: [&str; 12] = [
    "retransmit ",
    "sending retransmit ",
    "giving up after ",
    "sending DPD ",
    "sending keep alive ",
    "initiating IKE_SA ",
    "initiating Main Mode IKE_SA ",
    "initiating Aggressive Mode IKE_SA ",
    "vici ",
    "received stroke: ",
    "installing '",
    "old path is not ",
];

/// What is said of every tunnel that comes and goes, and tells of no failure.
const ORDINARY: [&str; 19] = [
    "IKE_SA deleted",
    "CHILD_SA closed",
    "CHILD_SA ",
    "sending DELETE for ",
    "received DELETE for ",
    "delay closing of inbound CHILD_SA ",
    "let rekeyed inbound CHILD_SA ",
    "rekeyed CHILD_SA ",
    "sending keep alive",
    "sending DPD ",
    "scheduling ",
    "maximum IKE_SA lifetime ",
    "peer supports MOBIKE",
    "sending cert ",
    "received AUTH_LIFETIME ",
    "initiating ",
    "authentication of '",
    "remote host is behind NAT",
    "local host is behind NAT",
];

fn is_ordinary(message: &str) -> bool {
    ORDINARY.iter().any(|begin| message.starts_with(begin))
}

/// Reads one line.
pub fn tell(mut reading: Reading<'_>) -> Option<Told> {
    reading.take_told_ike();
    let begins =
        reading.line.group == Group::Job || BEGINNINGS.iter().any(|begin| reading.message().starts_with(begin));
    if begins {
        let (ike, restarts) = (reading.context.ike.take(), reading.context.restarts);
        reading.context.clear();
        reading.context.restarts = restarts;
        reading.context.ike = ike.filter(|_| reading.traits.tells_ike);
        reading.context.sends_again = reading.message().starts_with("retransmit ");
    }
    match reading.line.group {
        Group::Network => reading.packet(),
        Group::Daemon | Group::Library => life::read(&mut reading),
        Group::Job => life::read_job(&mut reading),
        Group::Configuration => connection::read(&mut reading),
        Group::Kernel => kernel::read(&mut reading),
        Group::Ike | Group::Child => of_ike(&mut reading),
        Group::Encoding => {
            reading.parsed();
            None
        }
        Group::Manager | Group::Other => None,
    }
}

fn of_ike(reading: &mut Reading<'_>) -> Option<Told> {
    let message = reading.line.message.as_ref();
    established::read(reading)
        .or_else(|| kernel::read_summary(reading))
        .or_else(|| negotiation::read(reading))
        .or_else(|| ending::read(reading))
        .or_else(|| refused::read(reading))
        .or_else(|| reading.may_be_quoted().filter(|_| !is_ordinary(message)))
}
