use regex::Regex;

use super::*;
use crate::btf::made::Made;
use crate::own_source;

/// The types that decide, as one of Debian's kernels has them.
#[derive(Clone, Copy)]
struct DebianKernel {
    /// What `xdo_dev_state_add` takes.
    add: &'static [&'static str],
    policies: bool,
    functions: &'static [&'static str],
    /// What `xfrm_migrate` takes, among others.
    migrate: &'static str,
}

const ALWAYS: [&str; 2] = ["xfrm_dev_state_add", "xfrm_dev_offload_ok"];
const LINUX_6_1: DebianKernel =
    DebianKernel { add: &["xfrm_state"], policies: false, functions: &ALWAYS, migrate: "xfrm_encap_tmpl" };
const LINUX_6_12: DebianKernel = DebianKernel { add: &["xfrm_state", "netlink_ext_ack"], policies: true, ..LINUX_6_1 };
const LINUX_7_3: DebianKernel = DebianKernel {
    add: &["net_device", "xfrm_state", "netlink_ext_ack"],
    functions: &["xfrm_dev_state_add", "xfrm_dev_offload_ok", "xfrm_set_type_offload", "xfrm4_tunnel_check_size"],
    migrate: "xfrm_user_offload",
    ..LINUX_6_12
};

fn types(kernel: DebianKernel) -> Btf {
    let (mut made, long) = Made::with_long();
    let pointer = |made: &mut Made, name: &str| {
        let structure = made.structure(name, &[("first", long, 0)]);
        made.pointer(structure)
    };
    let taken: Vec<_> = kernel.add.iter().map(|name| ("", pointer(&mut made, name))).collect();
    let prototype = made.prototype(&taken);
    let add = made.pointer(prototype);
    let members = [("xdo_dev_state_add", add, 0), ("xdo_dev_policy_add", add, 64)];
    let operations = made.structure(OPERATIONS, if kernel.policies { &members } else { &members[..1] });
    let operations = made.pointer(operations);
    made.structure("net_device", &[(OPERATIONS, operations, 0)]);
    for function in kernel.functions {
        made.function(function, &[]);
    }
    let offload = pointer(&mut made, kernel.migrate);
    made.function("xfrm_migrate", &[("m", offload)]);
    Btf::parse(made.bytes()).unwrap()
}

#[test]
fn each_kernel_says_what_it_can_do() {
    for (kernel, abilities) in
        [(LINUX_6_1, Abilities::LINUX_6_1), (LINUX_6_12, Abilities::LINUX_6_12), (LINUX_7_3, Abilities::LINUX_7_3)]
    {
        let asked = told(&types(kernel));
        assert_eq!((asked.abilities, asked.coverage.state), (abilities, SourceState::Ok));
    }
}

/// A vendor's kernel of an old number, with half of what came later.
#[test]
fn what_does_not_fit_together_is_not_known_and_said() {
    let half: &[&str] = &["xfrm_dev_state_add", "xfrm_dev_offload_ok", "xfrm4_tunnel_check_size"];
    let asked = told(&types(DebianKernel { functions: half, ..LINUX_6_12 }));
    assert_eq!(asked.abilities, Abilities { packet_mode_keeps_in: None, ..Abilities::LINUX_6_12 });
    let expected = "this kernel does not say whether it can keep packet mode from sending unencrypted by another device: a reason that \
        depends on it is not known";
    assert_eq!((asked.coverage.state, asked.coverage.detail.as_str()), (SourceState::Degraded, expected));
    let mute = told(&types(DebianKernel { functions: &[], ..LINUX_7_3 }));
    let unknown = Abilities { type_is_last: None, packet_mode_keeps_in: None, ..Abilities::LINUX_7_3 };
    assert_eq!((mute.abilities, mute.coverage.state), (unknown, SourceState::Degraded));
}

#[test]
fn a_kernel_without_offload_has_nothing_to_say_and_one_without_types_says_nothing() {
    let (mut made, long) = Made::with_long();
    made.structure("net_device", &[("ifindex", long, 0)]);
    let asked = told(&Btf::parse(made.bytes()).unwrap());
    assert!(asked.abilities.is_unknown());
    assert_eq!(asked.coverage.state, SourceState::Ok);
    let nothing = nothing("no such file");
    assert_eq!((nothing.abilities, nothing.coverage.state), (Abilities::default(), SourceState::Absent));
}

/// A release is shown to people, and tells whether two tables are of the same kernel. What it is worth, nobody asks: of a daemon its
/// dialect does, and that is another number.
#[test]
fn nobody_reads_what_a_kernel_can_do_from_its_release() {
    let a_release = Regex::new(r"kernel_release\(|\.release\(\)|osrelease|\.kernel\b|uname|LINUX_VERSION").unwrap();
    let taken_apart = Regex::new(
        r"parse|split|prefix|starts_with|contains|matches|cmp|partial|[^-=]>=?[^>(:,]| <=? |sort|max\(|min\(",
    )
    .unwrap();
    let a_number = Regex::new(r"\b\w+\((major: )?[2-9], ?\d{1,2}(, ?\d{1,3})?\)").unwrap();
    let a_type = Regex::new(r"\b(Version|KernelVersion|Release)::|struct \w*Version\b").unwrap();
    let told = |text: &str| {
        let line = |line: &&str| {
            let code = line.split("//").next().unwrap_or_default();
            (a_release.is_match(code) && taken_apart.is_match(code)) || a_number.is_match(code) || a_type.is_match(code)
        };
        text.lines().filter(line).map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    for wrong in [
        "let old = kernel_release().split('.').next();",
        "if facts.started.kernel < newest {",
        "if Version::read(&self.kernel).is_some() {",
        "view.since(6, 16)",
        "if self.started.kernel.starts_with(\"6.12.\") {",
    ] {
        assert_eq!(told(wrong).len(), 1, "{wrong}");
    }
    let files = own_source::files("src").into_iter().filter(|(name, _)| !name.starts_with("daemons/"));
    let is_test = |name: &str| name.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "testing.rs"));
    let mut looked = 0;
    for (name, text) in files.filter(|(name, _)| !is_test(name)) {
        looked += 1;
        assert_eq!(told(own_source::shipped(&text)), [""; 0], "{name}");
    }
    assert!(looked > 300, "{looked}");
}
