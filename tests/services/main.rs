//! The tools of others, really running: Alertmanager, Prometheus, journalctl, and a real swanwatch beside them, all in one network
//! namespace. Skipped, and said, where a tool is not installed; `tests/run services` installs them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod alertmanager;
mod hearer;
mod journal;
#[path = "../support/namespace.rs"]
mod namespace;
mod process;
mod prometheus;
mod watching;

macro_rules! cases {
    ($($module:ident :: $case:ident),* $(,)?) => { [$((concat!(stringify!($module), "::", stringify!($case)), $module::$case as fn())),*] };
}

/// What the tests start, as Debian names it.
const TOOLS: &[&str] = &["prometheus-alertmanager", "prometheus", "promtool", "openssl", "journalctl"];

fn main() {
    let missing: Vec<_> = TOOLS.iter().filter(|tool| !process::is_installed(tool)).collect();
    if !missing.is_empty() {
        eprintln!("skipped: not installed: {missing:?}; «tests/run services» as root installs them");
        return;
    }
    namespace::enter();
    namespace::ip("link set lo up");
    let only = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let cases = cases![
        alertmanager::two_of_them_hear_and_one_that_was_away_hears_later,
        alertmanager::a_flap_of_a_thousand_is_one_alert,
        watching::a_dead_daemon_is_told_to_everybody_over_tls_too,
        watching::what_waits_survives_a_kill,
        journal::findings_have_fields_and_journalctl_explains_them,
        prometheus::the_rules_are_right_and_fire_in_their_cases,
        prometheus::a_real_one_scrapes_and_alerts_and_the_dashboard_has_answers,
        watching::a_read_only_state_directory_is_said_and_alerts_go_out,
    ];
    let mut played = 0;
    for (name, case) in cases {
        if only.as_ref().is_none_or(|only| name.contains(only.as_str())) {
            case();
            played += 1;
            println!("test {name} ... ok");
        }
    }
    println!("test result: ok. {played} passed; 0 failed");
}
