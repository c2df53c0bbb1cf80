//! Policies that are nobody's, and all that makes them somebody's.

use crate::engine::tests::world::*;
use crate::model::*;

const ID: &str = "policies-orphaned:host";
const CALLER: &str = "10.0.9.9";

/// A template that anybody may call, beside the tunnel `t1`.
fn gateway() -> World {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::No));
    let road = connection("road", OffloadSetting::No);
    world.connections.push(LoadedConnection { remote: None, template: true, reqid: Some(20_000), ..road });
    world
}

/// What a caller's instance left: what comes in from it, for here and for others.
fn left(reqid: u32) -> [KernelPolicy; 2] {
    let like = policy(&KernelSa { reqid, ..sa(CALLER, LOCAL, 0x900, false) });
    let selector = Selector {
        src: "10.2.0.50".parse().unwrap(),
        dst: "10.1.0.0".parse().unwrap(),
        dst_prefix: 16,
        ..like.id.selector
    };
    let of = |direction| KernelPolicy { id: PolicyId { selector, direction, if_id: 1, ..like.id }, ..like };
    [of(PolicyDirection::In), of(PolicyDirection::Forward)]
}

fn set(world: &mut World, policies: &[KernelPolicy]) {
    policies.iter().for_each(|policy| world.set_policy(*policy));
}

#[test]
fn those_that_come_together_are_told_together() {
    let mut world = gateway();
    world.join();
    world.wait(30);
    let [inn, fwd] = left(30_001);
    set(&mut world, &[inn]);
    world.rest(std::time::Duration::from_millis(500));
    set(&mut world, &[fwd]);
    world.wait(12);
    assert_eq!((world.told.len(), world.finding(ID).affected.list.len()), (1, 2));
}

#[test]
fn what_an_instance_left_is_told_with_the_commands_and_closes_when_it_is_deleted() {
    let mut world = gateway();
    let [inn, fwd] = left(30_001);
    world.policies.extend([(inn.id, inn), (fwd.id, fwd)]);
    world.join();
    world.wait(9);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(7);
    let finding = world.finding(ID);
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(
        finding.summary,
        "what comes to them in clear is dropped: the kernel holds 2 policies (in 10.2.0.50/32 to 10.1.0.0/16, …) that belong to no connection, no SA and no other daemon"
    );
    assert_eq!(
        finding.advice,
        "if nobody wants them: 'ip xfrm policy delete src 10.2.0.50/32 dst 10.1.0.0/16 dir in if_id 0x1; ip xfrm policy delete src 10.2.0.50/32 dst 10.1.0.0/16 dir fwd if_id 0x1'"
    );
    assert_eq!(finding.affected.list.len(), 2);
    assert!(finding.evidence[0].text.contains("priority 2000 wants esp from 10.0.9.9 to 10.0.0.1 with reqid 30001"));
    assert!(finding.evidence[0].text.contains("if_id 0x1 alone"));
    world.wait(1300);
    assert_eq!(world.told.len(), 1, "{:?}", world.told);
    world.delete_policy(inn.id);
    world.wait(6);
    assert_eq!(world.finding(ID).affected.list, ["src 10.2.0.50/32 dst 10.1.0.0/16 dir fwd if_id 0x1"]);
    world.delete_policy(fwd.id);
    assert_eq!(world.closed(), [ID]);
    world.keep("made-policies-orphaned");
}

#[test]
fn what_is_left_while_it_is_watched_is_told_after_the_daemon_was_asked() {
    let mut world = gateway();
    world.join();
    let (out, inn) = world.establish_with("road", 4, CALLER, false);
    let made: Vec<_> = world.policies.values().filter(|policy| policy.template.is_some()).copied().collect();
    world.wait(60);
    let asked = world.asked.len();
    // They go and their policies stay.
    world.log("road", 4, Statement::Deleting { is_ike: false, established: true });
    world.table.children.clear();
    world.delete(out);
    world.delete(inn);
    world.wait(9);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(10);
    let finding = world.finding(ID);
    assert!(
        finding.summary.starts_with("what comes to them in clear is dropped, and what should leave by them"),
        "{}",
        finding.summary
    );
    assert!(world.asked[asked..].contains(&Question::Connections));
    // Somebody flushes them.
    assert_eq!(made.len(), 2);
    world.policies.clear();
    world.see(What::Kernel(Event::PoliciesFlushed));
    assert!(world.closed().contains(&ID));
}

#[test]
fn a_connection_without_policies_by_the_daemons_word_owns_none() {
    let mut world = gateway();
    world.join();
    let (out, inn) = world.establish("t1", 2, false);
    world.wait(30);
    // It is taken down, and what came in by it stays behind.
    let of_in = *world.policies.values().find(|policy| policy.id.direction == PolicyDirection::In).unwrap();
    world.log("t1", 2, Statement::ConnectionTerminated);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.takes_away([out, inn]);
    world.set_policy(of_in);
    world.wait(1300);
    assert_eq!(world.told, [], "it may be wanted");
    world.connections[0].unrouted = true;
    world.log("t1", 2, Statement::ConnectionAdded);
    world.wait(20);
    assert_eq!(world.open(), [ID]);
    let up_again = world.establish("t1", 4, false);
    assert_eq!(world.closed(), [ID], "{up_again:?}");
}

#[test]
fn when_the_sas_of_a_connection_go_and_its_policies_stay_the_daemon_is_asked_anew() {
    for unrouted in [true, false] {
        let mut world = gateway();
        world.join();
        let (out, inn) = world.establish("t1", 2, false);
        world.wait(30);
        let asked = world.asked.len();
        world.connections[0].unrouted = unrouted;
        world.log("t1", 2, Statement::ConnectionTerminated);
        world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
        world.table.children.clear();
        world.delete(out);
        world.delete(inn);
        world.wait(21);
        assert!(world.asked[asked..].contains(&Question::Connections));
        assert_eq!(world.open().contains(&ID.to_owned()), unrouted, "{:?}", world.open());
        assert_eq!(world.closed(), [] as [&str; 0]);
    }
}

#[test]
fn whatever_has_an_owner_is_silent() {
    let [inn, fwd] = left(30_001);
    let template = inn.template.unwrap();
    let with = |change: &dyn Fn(&mut Template)| {
        let mut changed = template;
        change(&mut changed);
        KernelPolicy { template: Some(changed), ..inn }
    };
    let any = "0.0.0.0".parse().unwrap();
    // What makes the kernel ask, what protects nothing, a socket's own.
    let trap = with(&|it| (it.reqid, it.src, it.dst) = (0, any, any));
    let bare = KernelPolicy { template: None, templates: 0, ..inn };
    let of_socket = KernelPolicy { id: PolicyId { direction: PolicyDirection::Other(3), ..inn.id }, ..inn };
    // Of the connection t1: by its ends and subnets.
    let of_t1 = policy(&KernelSa { reqid: 30_001, ..sa(PEER, LOCAL, 5, false) });
    // Of the template's own number.
    let of_number = with(&|it| it.reqid = 20_001);
    for silent in [trap, bare, of_socket, of_t1, of_number] {
        let mut world = gateway();
        world.policies.insert(silent.id, silent);
        world.join();
        world.wait(1300);
        assert_eq!(world.told, [], "{silent:?}");
    }
    // Pairs made by hand, and those of another daemon: an SA serves them, by reqid or by addresses.
    for reqid in [77, 0] {
        let mut world = gateway();
        let row = KernelSa { reqid, ..sa(CALLER, LOCAL, 0x77, false) };
        world.kernel.insert(row.id, row);
        let policies = [with(&|it| it.reqid = reqid), KernelPolicy { id: fwd.id, ..with(&|it| it.reqid = reqid) }];
        world.policies.extend(policies.map(|policy| (policy.id, policy)));
        world.join();
        world.wait(1300);
        assert!(!world.open().contains(&ID.to_owned()), "{:?}", world.open());
    }
}

#[test]
fn beside_another_daemon_nobody_knows_whose_they_are() {
    let mut world = gateway();
    world.join();
    world.see(What::OtherDaemons(vec![OtherDaemon { name: "charon".to_owned(), pid: 77, supported: false }]));
    set(&mut world, &left(1));
    world.wait(1300);
    assert_eq!(world.told, []);
    world.keep("made-policies-of-another-daemon");
    // It ends.
    world.see(What::OtherDaemons(Vec::new()));
    world.wait(700);
    assert_eq!(world.open(), [ID]);
}

#[test]
fn they_are_somebodys_as_soon_as_an_sa_or_a_connection_has_them() {
    for by_sa in [true, false] {
        let mut world = gateway();
        world.join();
        let left = left(30_001);
        set(&mut world, &left);
        world.wait(30);
        assert_eq!(world.open(), [ID]);
        if by_sa {
            let row = KernelSa { reqid: 30_001, if_id: 1, ..sa(CALLER, LOCAL, 0x77, false) };
            world.kernel.insert(row.id, row);
            world.see(What::Kernel(Event::SaAdded(Box::new(row))));
        } else {
            let road = connection("road", OffloadSetting::No);
            let instance = Some(format!("[2] {CALLER}"));
            let selectors = (Some("10.1.0.0/16".to_owned()), Some("10.2.0.50/32".to_owned()));
            world.connections.push(LoadedConnection {
                instance,
                remote: CALLER.parse().ok(),
                local_selector: selectors.0,
                remote_selector: selectors.1,
                ..road
            });
            world.log("road", 9, Statement::ConnectionAdded);
        }
        assert_eq!(world.closed(), [ID], "by an SA: {by_sa}");
    }
}

#[test]
fn nothing_is_told_while_the_daemon_is_in_trouble_or_has_just_begun() {
    let mut world = gateway();
    world.join();
    set(&mut world, &left(30_001));
    world.wait(5);
    world.see(What::DaemonGone(Death { pid: 100 }));
    world.wait(300);
    assert!(!world.open().contains(&ID.to_owned()));
    world.see(What::DaemonFound(Box::new(daemon(101))));
    world.wait(55);
    assert!(!world.open().contains(&ID.to_owned()));
    world.wait(300);
    assert!(world.open().contains(&ID.to_owned()), "{:?}", world.open());

    let mut world = gateway();
    world.join();
    world.answers = false;
    set(&mut world, &left(30_001));
    world.wait(600);
    assert!(!world.open().contains(&ID.to_owned()), "a daemon that hangs was not asked");
}

#[test]
fn two_thousand_are_one_finding_of_bounded_size() {
    let mut world = gateway();
    let [inn, _] = left(30_001);
    for number in 0..2000_u32 {
        let src = std::net::Ipv4Addr::from(0x0a02_0000 + number).into();
        let id = PolicyId { selector: Selector { src, ..inn.id.selector }, ..inn.id };
        world.policies.insert(id, KernelPolicy { id, ..inn });
    }
    world.join();
    world.wait(30);
    let finding = world.finding(ID);
    assert_eq!((finding.affected.list.len(), finding.affected.more), (64, 1936));
    assert!(finding.summary.contains("2,000 policies"), "{}", finding.summary);
    assert_eq!(finding.advice.matches("ip xfrm policy delete src").count(), 4);
    assert!(finding.advice.contains("1,996 more") && finding.advice.len() < 900, "{}", finding.advice);
    let ids: Vec<_> = world.policies.keys().copied().collect();
    for id in ids {
        world.delete_policy(id);
        world.rest(std::time::Duration::from_millis(50));
    }
    assert_eq!(world.closed(), [ID]);
    assert!(world.told.len() < 60, "{} times told", world.told.len());
}

#[test]
fn what_they_drop_is_counted_and_told_once() {
    for (counter, direction) in [("XfrmInTmplMismatch", PolicyDirection::In), ("XfrmOutNoStates", PolicyDirection::Out)]
    {
        let (mut world, out, inn) = crate::engine::tests::traffic::in_software();
        let [left, _] = left(30_001);
        set(&mut world, &[KernelPolicy { id: PolicyId { direction, ..left.id }, ..left }]);
        world.wait(20);
        assert!(world.open().contains(&ID.to_owned()), "{:?}", world.open());
        world.windows(9, |world| {
            world.both((out, inn), 1000);
            world.count_host(counter, 200);
        });
        assert!(!world.open().iter().any(|id| id.starts_with("kernel-drops")), "{:?}", world.open());
    }
}
