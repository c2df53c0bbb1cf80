use swanwatch::testing::model::Severity;

use crate::service::{Service, finding};
use crate::{code, stdout, swanwatch};

#[test]
fn each_severity_has_its_status_and_one_line() {
    let cases =
        [(vec![], 0, "OK: "), (vec![Severity::Warning], 1, "WARNING: "), (vec![Severity::Critical], 2, "CRITICAL: ")];
    for (severities, expected, word) in cases {
        let service = Service::new(severities.into_iter().map(finding).collect(), 0);
        let socket = service.socket();
        let output = swanwatch(&["check", "--socket", socket.to_str().unwrap()]);
        assert_eq!(code(&output), expected);
        assert!(stdout(&output).starts_with(&format!("SWANWATCH {word}")), "{}", stdout(&output));
        assert_eq!(stdout(&output).lines().count(), 1);
        let output = swanwatch(&["check", "--json", "--socket", socket.to_str().unwrap()]);
        let verdict: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
        assert_eq!((code(&output), &verdict["schema"]), (expected, &1.into()));
    }
}

#[test]
fn anything_else_is_unknown() {
    for arguments in [&["check", "--socket", "/nonexistent/x"][..], &["check", "--sockt"], &["check", "surplus"]] {
        assert_eq!(code(&swanwatch(arguments)), 3, "{arguments:?}");
    }
    let output = swanwatch(&["check", "--socket", "/nonexistent/x"]);
    assert!(stdout(&output).starts_with("SWANWATCH UNKNOWN: no service answers on "), "{}", stdout(&output));
    assert_eq!(code(&swanwatch(&["check", "--help"])), 0);
    // To others a wrong command line is usage.
    assert_eq!(code(&swanwatch(&["status", "check"])), 2);
}
