//! How a verb ends that could not do what it was asked.

use std::io::Write;

use super::client::ClientError;
use crate::config::ConfigError;
use crate::exit;
use crate::recording::RecordingError;
use crate::sinks::api::BindError;
use crate::supervisor::StartError;
use crate::text::escaped;

/// What to say and what to end with.
#[derive(Debug)]
pub(super) struct CommandFailure {
    code: u8,
    message: String,
}

impl CommandFailure {
    /// Something that no other code stands for.
    pub(super) const fn other(message: String) -> Self {
        Self { code: exit::WRONG, message }
    }

    /// With this exit status.
    pub(super) const fn with(code: u8, message: String) -> Self {
        Self { code, message }
    }

    /// No service answered.
    pub(super) const fn is_unavailable(&self) -> bool {
        self.code == exit::UNAVAILABLE
    }

    /// It is none: who reads has seen enough.
    pub(super) const fn is_done(&self) -> bool {
        self.code == exit::DONE
    }

    /// What there is to say.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Says it on standard error and gives the exit status.
    pub(super) fn report(self) -> u8 {
        if !self.message.is_empty() {
            // Nowhere is left to say that this failed too.
            let _ = writeln!(std::io::stderr(), "swanwatch: {}", escaped(&self.message));
        }
        self.code
    }
}

impl From<ClientError> for CommandFailure {
    fn from(error: ClientError) -> Self {
        let code = match error {
            ClientError::NotPermitted(_) | ClientError::OrdersAreRoots(_) | ClientError::Forbidden(_) => {
                exit::NOT_PERMITTED
            }
            ClientError::NotReachable { .. } | ClientError::Broken { .. } | ClientError::Silent(..) => {
                exit::UNAVAILABLE
            }
            ClientError::Unavailable(_) => exit::UNAVAILABLE,
            ClientError::Refused(_) => exit::WRONG,
        };
        Self { code, message: error.to_string() }
    }
}

impl From<ConfigError> for CommandFailure {
    fn from(error: ConfigError) -> Self {
        Self { code: exit::CONFIGURATION, message: error.to_string() }
    }
}

impl From<StartError> for CommandFailure {
    fn from(error: StartError) -> Self {
        Self { code: error.exit_code(), message: error.to_string() }
    }
}

impl From<BindError> for CommandFailure {
    fn from(error: BindError) -> Self {
        // All of it can change while nobody looks: the unit tries again.
        let code = match &error {
            BindError::InUse(_) => exit::TEMPORARY,
            BindError::NotASocket(_) | BindError::Refused { .. } | BindError::Listen { .. } => exit::WRONG,
        };
        Self { code, message: error.to_string() }
    }
}

impl From<RecordingError> for CommandFailure {
    fn from(error: RecordingError) -> Self {
        Self::other(error.to_string())
    }
}

impl From<std::io::Error> for CommandFailure {
    /// Standard output could not be written. A reader that has seen enough (`| head`) is no failure.
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self { code: exit::DONE, message: String::new() },
            _ => Self::other(format!("cannot write the answer: {error}")),
        }
    }
}

impl From<serde_json::Error> for CommandFailure {
    fn from(error: serde_json::Error) -> Self {
        match error.io_error_kind() {
            Some(kind) => std::io::Error::from(kind).into(),
            None => Self::other(format!("the answer is not what this version expects: {error}")),
        }
    }
}
