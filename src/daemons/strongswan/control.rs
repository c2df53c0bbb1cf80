//! What whoever speaks with charon needs: all of it pure, of its control socket's protocol and of what is said in it.

pub use super::orders::ViciRequest;
pub use super::tables::{KnownSas, ListedConnections, SaTable, brief, done, traps, version};
pub use super::told::{events, missing, told, version_told};
#[cfg(any(fuzzing, test))]
pub use super::vici::{Element, Elements, MessageBytes};
pub use super::vici::{MalformedMessage, Packet, PacketBytes, PacketError, PacketStream};
