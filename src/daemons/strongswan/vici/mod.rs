//! VICI, strongSwan's control protocol (src/libcharon/plugins/vici/README.md): frames, and what is in them. Pure, and bounded by the frame: what
//! is read is borrowed from it, and nothing is kept that nobody asked for.

mod element;
mod frame;
mod message;

pub use self::element::{Element, Elements, MalformedMessage};
pub use self::frame::{Packet, PacketBytes, PacketError, PacketStream};
pub use self::message::MessageBytes;
