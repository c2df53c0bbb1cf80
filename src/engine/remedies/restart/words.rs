//! Every sentence about bringing a daemon and its tunnels back.

// --- why a dead daemon is not started, or not yet

pub fn death_unnamed() -> String {
    "how it ended is not known yet".to_owned()
}

pub fn stopped_in_order() -> String {
    "it was shut down cleanly: whoever did that starts it again".to_owned()
}

pub fn crash_loop() -> String {
    "it dies again and again, and another start would only feed the loop".to_owned()
}

pub fn no_command() -> String {
    "start it by hand: no unit runs the daemon, and no command that starts it is configured ('daemon: {restart: [COMMAND]}')"
        .to_owned()
}

pub fn successor() -> String {
    "a daemon started by hand forks, so its successor may be there in a moment".to_owned()
}

pub fn unit_unknown(unit: &str) -> String {
    format!("systemd has not said yet in which state {unit} is")
}

pub fn masked(unit: &str) -> String {
    format!("{unit} is masked, so it cannot be started")
}

pub fn unit_stopped(unit: &str) -> String {
    format!("{unit} was stopped by systemd: whoever asked for that starts it again")
}

pub fn systemd_acts(unit: &str, sub: &str) -> String {
    format!("systemd is at work on {unit} itself (its state: {sub})")
}

pub fn systemd_gave_up(unit: &str) -> String {
    format!(
        "systemd does not restart {unit} any more (Restart=): its limit is reached, or this exit status is excepted; \
         'journalctl -u {unit} -e' shows why it dies"
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
    "only its peer can bring it up".to_owned()
}

pub fn pair_stands() -> String {
    "a pair of SAs is in the kernel".to_owned()
}

// --- why a daemon that hangs is not restarted, or not yet

pub fn traced() -> String {
    "a debugger holds it: whoever runs the debugger can let it go on".to_owned()
}

pub fn uninterruptible() -> String {
    "a restart would not help, because it waits in the kernel".to_owned()
}

pub fn frozen() -> String {
    "somebody has frozen its control group: whoever did that can thaw it".to_owned()
}

pub fn starves() -> String {
    "it waits for a processor or for memory, and does not hang while it does".to_owned()
}

pub fn may_go_on() -> String {
    "it may be waiting for one of its scripts, and go on by itself".to_owned()
}

pub fn reads() -> String {
    "it still reads packets from its peers: it is busy, and does not hang".to_owned()
}

pub fn by_socket() -> String {
    "restart it in its container: swanwatch sees only its control socket".to_owned()
}

pub fn no_unit() -> String {
    "no unit runs it, so swanwatch does not know how to stop and start it".to_owned()
}

pub fn unit_is_not_active() -> String {
    "systemd is at work on its unit".to_owned()
}

pub fn sas_carry() -> String {
    "a restart would drop all its SAs, which carry traffic and do not end within 10 minutes; 'systemctl restart' it when an outage is acceptable"
        .to_owned()
}
