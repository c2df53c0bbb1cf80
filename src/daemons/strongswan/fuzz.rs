//! Fuzz target: what charon sends over its control socket.

use super::tables::{KnownSas, ListedConnections, SaTable, brief, done, traps, version};
use super::told::told;
use super::vici::{Elements, Packet, PacketStream};
use crate::fuzzing::{can_be_shown, comes_back};
use crate::text::MAX_BYTES;

/// Whatever comes in whatever pieces is the same packets, and of a message no more is made than is in it.
pub(crate) fn vici(bytes: &[u8]) {
    let whole = packets(bytes, bytes.len().max(1));
    assert_eq!(whole, packets(bytes, 7));
    let mut known = KnownSas::default();
    for message in whole.iter().map(Vec::as_slice).chain([bytes]) {
        read(message, &mut known);
    }
}

/// The messages in a stream, until one is no packet.
fn packets(bytes: &[u8], piece: usize) -> Vec<Vec<u8>> {
    let (mut stream, mut read) = (PacketStream::default(), Vec::new());
    for piece in bytes.chunks(piece) {
        stream.push(piece);
        loop {
            match stream.next() {
                Ok(Some(packet)) => match packet.packet() {
                    Ok(Packet::Event(_, message) | Packet::Response(message) | Packet::Request(_, message)) => {
                        read.push(message.to_vec());
                    }
                    Ok(_) => {}
                    Err(_) => return read,
                },
                Ok(None) => break,
                Err(_) => return read,
            }
        }
    }
    read
}

fn read(message: &[u8], known: &mut KnownSas) {
    assert!(Elements::of(message).count() <= message.len() + 1);
    let (mut listed, mut table) = (ListedConnections::default(), SaTable::default());
    if listed.read(message).is_ok() {
        listed.remember(known);
        let mut names = Default::default();
        let _ = traps(message, &mut names);
        let connections = listed.connections(&names);
        assert!(connections.len() <= message.len());
        comes_back(&connections);
    }
    for event in ["child-updown", "child-rekey", "ike-updown", "ike-rekey", "ike-update", "alert"] {
        for line in told(event, message, known).unwrap_or_default() {
            can_be_shown(&line.text, MAX_BYTES);
            comes_back(&line);
        }
    }
    if table.read(message).is_ok() && table.read_part(message).is_ok() {
        known.table_came(table.sas(), false);
        let told = table.table(known);
        assert!(told.ike.len() + told.children.len() <= message.len());
        comes_back(&told);
    }
    let _ = (brief(message, 0), version(message), done(message));
}
