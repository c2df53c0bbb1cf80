//! Every sentence about bringing a daemon and its tunnels back.

// --- why a dead daemon is not started, or not yet

pub fn death_unnamed() -> String {
    "how it ended is not known yet".to_owned()
}

pub fn stopped_in_order() -> String {
    "it was stopped in order: whoever did that starts it again".to_owned()
}

pub fn crash_loop() -> String {
    "it dies again and again: a further start would feed the loop".to_owned()
}

pub fn no_command() -> String {
    "no unit runs the daemon, and no command that starts it is configured (daemon: {restart: […]}): start it by hand"
        .to_owned()
}

pub fn successor() -> String {
    "a start by hand forks: its successor may be there in a moment".to_owned()
}

pub fn unit_unknown(unit: &str) -> String {
    format!("systemd has not said yet how {unit} is")
}

pub fn masked(unit: &str) -> String {
    format!("{unit} is masked: nobody may start it")
}

pub fn unit_stopped(unit: &str) -> String {
    format!("by systemd's account {unit} was stopped in order: whoever did that starts it again")
}

pub fn systemd_acts(unit: &str, sub: &str) -> String {
    format!("systemd is at work on {unit} itself ({sub})")
}

pub fn systemd_gave_up(unit: &str) -> String {
    format!(
        "systemd restarts {unit} by itself (Restart=) and does it no more: its limit is reached, or this exit status is excepted; \
         journalctl -u {unit} tells why it dies"
    )
}

pub fn daemon_answers() -> String {
    "the daemon answers".to_owned()
}

// --- its tunnels

pub fn not_asked_yet() -> String {
    "the daemon has not said yet what it has loaded".to_owned()
}

pub fn peer_calls() -> String {
    "its peer has to call by itself".to_owned()
}

pub fn pair_stands() -> String {
    "a pair of SAs stands in the kernel".to_owned()
}

// --- why a daemon that hangs is not restarted, or not yet

pub fn traced() -> String {
    "a debugger holds it: whoever does that lets it go on".to_owned()
}

pub fn uninterruptible() -> String {
    "it waits in the kernel, and a restart does not end such a wait".to_owned()
}

pub fn may_go_on() -> String {
    "it may wait for one of its scripts, and go on by itself".to_owned()
}

pub fn reads() -> String {
    "it reads what comes from its peers: it is busy, and does not hang".to_owned()
}

pub fn by_socket() -> String {
    "it is known by its control socket alone: whoever runs it elsewhere (its container) restarts it".to_owned()
}

pub fn no_unit() -> String {
    "no unit runs it: nobody here knows how it is stopped and started".to_owned()
}

pub fn unit_is_not_active() -> String {
    "systemd is at work on its unit".to_owned()
}

pub fn sas_carry() -> String {
    "its SAs carry traffic, and none of them ends within 10 minutes: a restart would end them all; systemctl restart when that can be borne"
        .to_owned()
}
