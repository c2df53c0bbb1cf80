//! By whose number a line of the daemon speaks.

use crate::model::Serial;

/// Where both kinds of SA have one counter, a number may be either's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IkeSpeaker {
    /// It is an IKE SA's.
    Ike(Option<Serial>),
    /// It is a Child SA's, of a daemon that counts them apart.
    Child,
    /// Either's.
    Either(Option<Serial>),
}

impl IkeSpeaker {
    /// The IKE SA that it may be.
    pub fn ike(self) -> Option<Serial> {
        match self {
            Self::Ike(serial) | Self::Either(serial) => serial,
            Self::Child => None,
        }
    }
}
