//! Why a receiver was not told.

/// What to do about it depends on which.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryFailure {
    /// It may work later.
    #[error("{0}")]
    Later(String),
    /// The receiver will never take this one.
    #[error("{0}")]
    Refused(String),
}
