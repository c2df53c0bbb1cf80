//! One instance in a network namespace, and a process that keeps its memory to itself.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// An abstract socket's name is valid in one network namespace (unix(7)), and is free again when its process ends, however it ends.
const NAME: &[u8] = b"swanwatch";

/// Held as long as the instance lives.
#[derive(Debug)]
pub struct Instance {
    _listener: UnixListener,
}

/// Why there cannot be an instance.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// There is one.
    #[error(
        "swanwatch already runs in this network namespace, as process {pid}; a second one is for another namespace"
    )]
    Running {
        /// The process of the first.
        pid: String,
    },
    /// The system refuses.
    #[error(
        "cannot bind the abstract socket @swanwatch, which keeps a second instance out of this network namespace: {0}"
    )]
    Lock(io::Error),
    /// The system refuses.
    #[error("cannot keep this process's memory from being dumped: {0}")]
    Dumpable(io::Error),
}

// === impl Instance ===

impl Instance {
    /// Becomes the one instance of this network namespace.
    ///
    /// # Errors
    /// There is another one.
    pub fn claim() -> Result<Self, InstanceError> {
        Self::claim_name(NAME)
    }

    fn claim_name(name: &[u8]) -> Result<Self, InstanceError> {
        let address = SocketAddr::from_abstract_name(name).map_err(InstanceError::Lock)?;
        match UnixListener::bind_addr(&address) {
            Ok(listener) => Ok(Self { _listener: listener }),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                Err(InstanceError::Running { pid: holder(&address).unwrap_or_else(|| "(unknown)".to_owned()) })
            }
            Err(error) => Err(InstanceError::Lock(error)),
        }
    }
}

/// Who listens there (`SO_PEERCRED`, unix(7)).
fn holder(address: &SocketAddr) -> Option<String> {
    // A full backlog would hold a blocking connect, and the first instance never accepts.
    let stream = rustix::net::socket_with(
        rustix::net::AddressFamily::UNIX,
        rustix::net::SocketType::STREAM,
        rustix::net::SocketFlags::NONBLOCK | rustix::net::SocketFlags::CLOEXEC,
        None,
    );
    let stream = UnixStream::from(stream.ok()?);
    let name = rustix::net::SocketAddrUnix::new_abstract_name(address.as_abstract_name()?).ok()?;
    rustix::net::connect(&stream, &name).ok()?;
    let peer = rustix::net::sockopt::socket_peercred(&stream).ok()?;
    Some(peer.pid.as_raw_nonzero().to_string())
}

/// Keeps this process's memory, which holds parts of kernel answers with keys, out of core files and from debuggers
/// (prctl(2) `PR_SET_DUMPABLE`, `RLIMIT_CORE` 0).
///
/// # Errors
/// The system refuses.
pub fn protect_memory() -> Result<(), InstanceError> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| InstanceError::Dumpable(error.into()))?;
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).map_err(|error| InstanceError::Dumpable(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_instance_is_refused_and_told_of_the_first() {
        let name = format!("swanwatch-test-{}", std::process::id());
        let first = Instance::claim_name(name.as_bytes()).unwrap();
        // More often than the listener's backlog holds.
        for _ in 0..200 {
            let error = Instance::claim_name(name.as_bytes()).unwrap_err();
            assert!(matches!(error, InstanceError::Running { .. }), "{error}");
        }
        let error = Instance::claim_name(name.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("already runs in this network namespace"), "{error}");
        drop(first);
        let third = Instance::claim_name(name.as_bytes()).unwrap();
        let error = Instance::claim_name(name.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        drop(third);
    }
}
