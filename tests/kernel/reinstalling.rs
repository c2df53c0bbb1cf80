//! A reinstall on a real kernel. Without ESP in it there is no SA to put back, but every request that does not need one is made: the kernel
//! has to understand the policies that block, and no other policy may change.

use swanwatch::testing::model::{Direction, Mark, Offload, OffloadMode, Protocol, SaId, SaShape, Spi};
use swanwatch::testing::probe::migration::is_known;
use swanwatch::testing::probe::talk::RequestSocket;
use swanwatch::testing::remedies::reinstall::{
    Kernel as _, ReinstallEnd, ReinstallOrder, ReinstallSockets, WhyNotAsOrdered, reinstall,
};
use swanwatch::testing::sources::xfrm::current_netns;
use swanwatch::testing::sources::xfrm::decode::Decoder;

use crate::support::kernel::{Kernel, destination, spi};
use crate::support::namespace::ip;

fn id(number: u32) -> SaId {
    SaId {
        netns: current_netns().unwrap(),
        dst: destination(number).into(),
        spi: Spi(spi(number)),
        protocol: Protocol::Esp,
        mark: Mark::default(),
    }
}

fn sockets() -> ReinstallSockets {
    ReinstallSockets::open(Decoder::new(current_netns().unwrap()), None).unwrap()
}

pub async fn what_is_not_there_or_larval_is_not_touched(kernel: Kernel) {
    kernel.allocate_spis(0..1);
    let offload = Some(Offload { ifindex: 1, mode: OffloadMode::Crypto, direction: Direction::Out });
    let end =
        |number, direction, offload| reinstall(ReinstallOrder { sa: id(number), direction, offload }, &mut sockets());
    assert_eq!(end(9, Direction::Out, offload), ReinstallEnd::Refused(WhyNotAsOrdered::NotThere));
    assert_eq!(end(0, Direction::Out, offload), ReinstallEnd::Refused(WhyNotAsOrdered::Larval));
    assert_eq!(end(0, Direction::In, None), ReinstallEnd::Refused(WhyNotAsOrdered::Larval));
    assert!(ip("xfrm state").starts_with("src 192.0.2.1 dst 10.0.0.0"));
}

pub async fn a_deletion_gives_the_kernels_last_word(kernel: Kernel) {
    kernel.allocate_spis(0..2);
    let mut sockets = sockets();
    let swanwatch::testing::remedies::reinstall::Deleted::Final(carried) = sockets.delete(&id(1)) else { panic!() };
    assert_eq!((carried.sa().id, carried.sa().reqid), (id(1), 1));
    assert!(matches!(sockets.delete(&id(1)), swanwatch::testing::remedies::reinstall::Deleted::NotThere));
    assert!(sockets.look(&id(0)).unwrap().is_some(), "the other one is still there");
}

pub async fn a_block_stands_beside_the_daemons_policy_and_goes(kernel: Kernel) {
    kernel.allocate_spis(0..1);
    // Not every kernel has an interface that can be made; a route by the loopback will do.
    ip("route add 10.0.1.0/24 dev lo");
    let template = "tmpl src 10.0.1.1 dst 10.0.1.2 proto esp reqid 7 mode tunnel";
    ip(&format!("xfrm policy add src 10.0.1.1/32 dst 10.0.1.2/32 dir out priority 1234 {template}"));
    ip(&format!(
        "xfrm policy add src 10.0.1.1/32 dst 10.0.1.3/32 dir out priority 1234 {}",
        template.replace("reqid 7", "reqid 8")
    ));
    let daemons = ip("xfrm policy");
    let sa = swanwatch::testing::model::KernelSa {
        src: "10.0.1.1".parse().unwrap(),
        id: SaId { dst: "10.0.1.2".parse().unwrap(), ..id(0) },
        reqid: 7,
        mode: swanwatch::testing::model::SaMode::Tunnel,
        ..sockets().look(&id(0)).unwrap().unwrap().sa
    };
    let mut sockets = sockets();
    sockets.block(&sa).unwrap();
    let blocked = ip("xfrm policy");
    let block = "src 10.0.1.1/32 dst 10.0.1.2/32 dev lo";
    assert!(blocked.contains(block) && blocked.contains("action block priority 1 "), "{blocked}");
    assert_eq!(blocked.matches("action block").count(), 1, "{blocked}");
    assert!(ip("-s xfrm policy").contains("expire add: soft 0(sec), hard 5(sec)"), "{}", ip("-s xfrm policy"));
    // What is there already is somebody's: nothing is replaced.
    let mut second = self::sockets();
    assert!(second.block(&sa).is_err());
    assert_eq!(ip("xfrm policy"), blocked);
    sockets.unblock();
    assert_eq!(ip("xfrm policy"), daemons);
    ip("route del 10.0.1.0/24 dev lo");
}

pub async fn whether_this_kernel_moves_sas_in_place_is_found_out_and_changes_none(kernel: Kernel) {
    kernel.allocate_spis(0..2);
    let before = ip("xfrm state");
    let release = swanwatch::testing::sources::kernel_release();
    let mut numbers = release.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    let version = (numbers.next().unwrap(), numbers.next().unwrap_or(0));
    let known = is_known(&mut RequestSocket::xfrm().unwrap()).unwrap();
    assert!(!known || version >= (7, 0), "{release} is said to have XFRM_MSG_MIGRATE_STATE");
    let mut sockets = sockets();
    let larval = sockets.look(&id(1)).unwrap().unwrap();
    let order = ReinstallOrder { sa: id(1), direction: Direction::Out, offload: None };
    let shape = SaShape::from(&larval.sa);
    assert_eq!(sockets.moves(&order, &shape), known);
    if !known {
        assert!(
            sockets
                .migrate(&larval, &order)
                .unwrap_err()
                .words()
                .is_some_and(|words| words.contains("Invalid argument"))
        );
        assert_eq!(ip("xfrm state"), before);
    }
}
