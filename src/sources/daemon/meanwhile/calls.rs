//! System calls in which a program may wait for long, by their numbers (arch/x86/entry/syscalls/syscall_64.tbl, scripts/syscall.tbl).

type SystemCall = (&'static str, Option<u32>, Option<u32>);

/// Name, number on x86-64, and where the generic table holds (arm64, riscv64, loongarch64).
const CALLS: [SystemCall; 45] = [
    ("read", Some(0), Some(63)),
    ("write", Some(1), Some(64)),
    ("open", Some(2), None),
    ("close", Some(3), Some(57)),
    ("stat", Some(4), None),
    ("lstat", Some(6), None),
    ("poll", Some(7), None),
    ("ioctl", Some(16), Some(29)),
    ("pread64", Some(17), Some(67)),
    ("pwrite64", Some(18), Some(68)),
    ("readv", Some(19), Some(65)),
    ("writev", Some(20), Some(66)),
    ("select", Some(23), None),
    ("pause", Some(34), None),
    ("nanosleep", Some(35), Some(101)),
    ("connect", Some(42), Some(203)),
    ("accept", Some(43), Some(202)),
    ("sendto", Some(44), Some(206)),
    ("recvfrom", Some(45), Some(207)),
    ("sendmsg", Some(46), Some(211)),
    ("recvmsg", Some(47), Some(212)),
    ("wait4", Some(61), Some(260)),
    ("fcntl", Some(72), Some(25)),
    ("flock", Some(73), Some(32)),
    ("fsync", Some(74), Some(82)),
    ("fdatasync", Some(75), Some(83)),
    ("rename", Some(82), None),
    ("unlink", Some(87), None),
    ("rt_sigtimedwait", Some(128), Some(137)),
    ("rt_sigsuspend", Some(130), Some(133)),
    ("sync", Some(162), Some(81)),
    ("futex", Some(202), Some(98)),
    ("restart_syscall", Some(219), Some(128)),
    ("clock_nanosleep", Some(230), Some(115)),
    ("epoll_wait", Some(232), None),
    ("waitid", Some(247), Some(95)),
    ("openat", Some(257), Some(56)),
    ("newfstatat", Some(262), Some(79)),
    ("unlinkat", Some(263), Some(35)),
    ("pselect6", Some(270), Some(72)),
    ("ppoll", Some(271), Some(73)),
    ("epoll_pwait", Some(281), Some(22)),
    ("accept4", Some(288), Some(242)),
    ("recvmmsg", Some(299), Some(243)),
    ("getrandom", Some(318), Some(278)),
];

const IS_X86_64: bool = cfg!(all(target_arch = "x86_64", target_pointer_width = "64"));
const IS_GENERIC: bool = cfg!(any(target_arch = "aarch64", target_arch = "riscv64", target_arch = "loongarch64"));

/// Of `/proc/PID/syscall`: the call's name, or its number where it has none here. None where the thread is in no call.
pub(super) fn name(text: &str) -> Option<String> {
    let number: u32 = text.split_ascii_whitespace().next()?.parse().ok()?;
    let is = |(_, x86, generic): &&SystemCall| {
        (IS_X86_64 && *x86 == Some(number)) || (IS_GENERIC && *generic == Some(number))
    };
    Some(CALLS.iter().find(is).map_or_else(|| format!("number {number}"), |(name, ..)| (*name).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_its_name() {
        let text = if IS_X86_64 { "42 0x5 0x7ffc 0x10 0x0 0x0 0x0 0x7ffc 0x7f8c" } else { "203 0x5 0x7ffc 0x10" };
        if IS_X86_64 || IS_GENERIC {
            assert_eq!(name(text).as_deref(), Some("connect"));
        }
        assert_eq!(name("4000000 0x0").as_deref(), Some("number 4000000"));
        for text in ["", "running\n", "-1 0x7ffc 0x7f8c\n"] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn no_number_stands_for_two() {
        for column in [CALLS.map(|call| call.1), CALLS.map(|call| call.2)] {
            let mut numbers: Vec<_> = column.into_iter().flatten().collect();
            let all = numbers.len();
            numbers.sort_unstable();
            numbers.dedup();
            assert_eq!(numbers.len(), all);
        }
    }
}
