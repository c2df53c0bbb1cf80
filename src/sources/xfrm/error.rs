//! What can go wrong in opening and reading the kernel's tables.

use std::io;

use rustix::io::Errno;

/// Why the kernel cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum XfrmError {
    /// Every request and every group of NETLINK_XFRM needs the capability, in the user namespace that owns the network namespace.
    #[error("{tried}: not permitted; CAP_NET_ADMIN is missing")]
    NotPermitted { tried: &'static str },
    /// The kernel has no NETLINK_XFRM.
    #[error("{tried}: this kernel has no NETLINK_XFRM (CONFIG_XFRM_USER; modprobe xfrm_user)")]
    NoXfrm { tried: &'static str },
    #[error("{tried}: {source}")]
    Io {
        /// What was tried, on what.
        tried: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// A file of /proc says something else than a number.
    #[error("{path} says «{text}», which is no number of seconds")]
    NotANumber { path: &'static str, text: String },
}

impl XfrmError {
    /// For `map_err`: names what was tried.
    pub(super) fn tried<E: Into<io::Error>>(tried: &'static str) -> impl Fn(E) -> Self {
        move |source| {
            let source: io::Error = source.into();
            // An `Errno` cannot be made of whatever number the kernel, or somebody in its name, may send.
            let is_one_of =
                |errnos: [Errno; 2]| errnos.iter().any(|one| source.raw_os_error() == Some(one.raw_os_error()));
            if is_one_of([Errno::PERM, Errno::ACCESS]) {
                Self::NotPermitted { tried }
            } else if is_one_of([Errno::PROTONOSUPPORT, Errno::AFNOSUPPORT]) {
                Self::NoXfrm { tried }
            } else {
                Self::Io { tried, source }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_may_come_as_an_errno() {
        for number in [0, -1, 4096, 65_537, i32::MAX, i32::MIN] {
            let error = XfrmError::tried("dumping the SAs")(io::Error::from_raw_os_error(number));
            assert!(matches!(error, XfrmError::Io { .. }), "{error:?}");
        }
    }

    #[test]
    fn a_refusal_names_the_capability() {
        let error = XfrmError::tried("joining the SA events")(io::Error::from_raw_os_error(1));
        assert!(matches!(error, XfrmError::NotPermitted { .. }));
        assert_eq!(error.to_string(), "joining the SA events: not permitted; CAP_NET_ADMIN is missing");
    }
}
