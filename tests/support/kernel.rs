//! Requests to the kernel that swanwatch itself never makes: SPIs reserved, policies added and removed.

use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;

use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, sendto, socket_with, sockopt,
};
use swanwatch::testing::model::{Action, KernelPolicy, KernelSa, Mark, Netns, PolicyDirection, PolicyId, Selector};
use swanwatch::testing::sources::xfrm::decode::Messages;
use swanwatch::testing::sources::xfrm::layout::{Id, PolicyKey, SaInfo};
use swanwatch::testing::sources::xfrm::numbers::*;
use zerocopy::IntoBytes;

use super::{encode, encode_sa};

/// NLM_F_ACK.
const ACK: u16 = 0x4;
/// Requests in one datagram; their answers must fit into the receive buffer.
const BATCH: u32 = 100;

/// A socket to the kernel's XFRM that waits for answers.
pub struct Kernel {
    socket: OwnedFd,
}

/// Destination of the numbered larval SA or policy.
pub fn destination(number: u32) -> Ipv4Addr {
    Ipv4Addr::from(0x0a00_0000 + number)
}

/// SPI of the numbered larval SA.
pub fn spi(number: u32) -> u32 {
    0x1000 + number
}

/// The numbered policy.
pub fn policy(netns: Netns, number: u32) -> KernelPolicy {
    let selector = Selector {
        src: Ipv4Addr::new(192, 0, 2, 1).into(),
        src_prefix: 32,
        dst: destination(number).into(),
        dst_prefix: 32,
        protocol: 0,
        src_port: (0, 0),
        dst_port: (0, 0),
        ifindex: 0,
    };
    KernelPolicy {
        id: PolicyId { netns, selector, direction: PolicyDirection::Out, mark: Mark::default(), if_id: 0 },
        index: 0,
        priority: 100,
        action: Action::Block,
        template: None,
        templates: 0,
        offload: None,
    }
}

impl Kernel {
    pub fn open() -> Self {
        let socket =
            socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, Some(netlink::XFRM)).unwrap();
        let _ = sockopt::set_socket_recv_buffer_size_force(&socket, 1 << 20);
        bind(&socket, &SocketAddrNetlink::new(0, 0)).unwrap();
        Self { socket }
    }

    /// Reserves SPIs, which makes larval SAs.
    pub fn allocate_spis(&self, numbers: std::ops::Range<u32>) {
        self.batches(numbers, |number| {
            let info = SaInfo {
                id: Id { dst: encode::address(destination(number).into()), protocol: 50, ..Id::default() },
                src: encode::address(Ipv4Addr::new(192, 0, 2, 1).into()),
                family: AF_INET.into(),
                mode: 1,
                reqid: number.into(),
                ..SaInfo::default()
            };
            let range = [spi(number).to_ne_bytes(), spi(number).to_ne_bytes()].concat();
            (XFRM_MSG_ALLOCSPI, 0, [info.as_bytes(), &range].concat())
        });
    }

    /// Adds SAs. Their keys are zero.
    pub fn add_sas(&self, numbers: std::ops::Range<u32>, sa: impl Fn(u32) -> KernelSa) {
        self.batches(numbers, |number| (XFRM_MSG_NEWSA, ACK, encode_sa::sa(&sa(number))));
    }

    /// Adds numbered policies, or changes them.
    pub fn add_policies(&self, numbers: std::ops::Range<u32>, update: bool) {
        let kind = if update { XFRM_MSG_UPDPOLICY } else { XFRM_MSG_NEWPOLICY };
        self.batches(numbers, |number| (kind, ACK, encode::policy(&policy(Netns(0), number))));
    }

    /// Removes numbered policies.
    pub fn delete_policies(&self, numbers: std::ops::Range<u32>) {
        self.batches(numbers, |number| {
            let policy = policy(Netns(0), number);
            let key =
                PolicyKey { selector: encode::selector(&policy.id.selector), direction: 1, ..PolicyKey::default() };
            (XFRM_MSG_DELPOLICY, ACK, key.as_bytes().to_vec())
        });
    }

    /// Removes everything.
    pub fn flush(&self) {
        for (kind, payload) in [(XFRM_MSG_FLUSHSA, &[0][..]), (XFRM_MSG_FLUSHPOLICY, &[])] {
            self.send(&encode::message(kind, NLM_F_REQUEST | ACK, 1, payload), 0);
            self.answers(1);
        }
    }

    /// Sends a message to the listeners of a group as if it were the kernel's.
    pub fn pretend(&self, groups: u32, message: &[u8]) {
        self.send(message, groups);
    }

    fn batches(&self, numbers: std::ops::Range<u32>, request: impl Fn(u32) -> (u16, u16, Vec<u8>)) {
        let mut next = numbers.start;
        while next < numbers.end {
            let end = numbers.end.min(next + BATCH);
            let datagram: Vec<u8> = (next..end)
                .flat_map(|number| {
                    let (kind, flags, payload) = request(number);
                    encode::message(kind, NLM_F_REQUEST | flags, number, &payload)
                })
                .collect();
            self.send(&datagram, 0);
            self.answers((end - next) as usize);
            next = end;
        }
    }

    fn send(&self, datagram: &[u8], groups: u32) {
        sendto(&self.socket, datagram, SendFlags::empty(), &SocketAddrNetlink::new(0, groups)).unwrap();
    }

    /// Waits for so many answers, none of which may be an error.
    fn answers(&self, mut count: usize) {
        let mut buffer = vec![0; 64 << 10];
        while count > 0 {
            let (_, length) = recv(&self.socket, &mut buffer[..], RecvFlags::empty()).unwrap();
            for message in Messages::new(&buffer[..length]) {
                let message = message.unwrap();
                if message.kind == NLMSG_ERROR {
                    let code = i32::from_ne_bytes(message.payload[..4].try_into().unwrap());
                    assert_eq!(code, 0, "request {}: {}", message.seq, std::io::Error::from_raw_os_error(-code));
                }
                count -= 1;
            }
        }
    }
}
