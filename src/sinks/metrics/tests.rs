use super::*;
use crate::sinks::samples;

#[test]
fn openmetrics_names_the_family_and_ends() {
    let text = write(&samples::metrics(), ExpositionFormat::OpenMetrics);
    assert!(text.contains("# TYPE swanwatch_events_lost counter\n"), "{text}");
    assert!(text.contains("\nswanwatch_events_lost_total 2\n"), "{text}");
    assert!(text.contains("# UNIT swanwatch_observation_wait_seconds seconds\n"), "{text}");
    assert!(text.contains("\nswanwatch_observation_wait_seconds_total 1.5\n"), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[test]
fn the_text_format_names_the_sample() {
    let text = write(&samples::metrics(), ExpositionFormat::Text);
    assert!(text.contains("# TYPE swanwatch_events_lost_total counter\n"), "{text}");
    assert!(text.contains("\nswanwatch_events_lost_total 2\n"), "{text}");
    assert!(!text.contains("# EOF") && !text.contains("# UNIT"), "{text}");
}

#[test]
fn every_code_has_a_series_before_it_opens() {
    let text = write(&samples::metrics(), ExpositionFormat::Text);
    for code in crate::model::Code::ALL {
        assert!(text.contains(&format!("swanwatch_findings{{code=\"{code}\",severity=\"critical\"}} ")), "{code}");
    }
    assert!(text.contains("swanwatch_findings{code=\"sa-not-offloaded\",severity=\"warning\"} 1\n"), "{text}");
}

#[test]
fn what_is_open_is_shown_with_its_place_and_its_time() {
    let text = write(&samples::metrics(), ExpositionFormat::Text);
    let line = "swanwatch_finding_opened_timestamp_seconds{code=\"sa-not-offloaded\",severity=\"warning\",connection=\"branch-9\",\
                direction=\"out\",device=\"eth1.7\"} 1772366460\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn a_name_cannot_leave_its_label() {
    let text = write(&samples::metrics(), ExpositionFormat::OpenMetrics);
    let line = r#"swanwatch_sas{connection="a\"b\\c\nd",device="eth1",offload="crypto"} 2"#;
    assert!(text.lines().any(|found| found == line), "{text}");
    assert!(text.contains("swanwatch_sas{connection=\"[others]\",device=\"eth1\",offload=\"packet\"} 1\n"), "{text}");
    assert!(text.contains("swanwatch_sas{connection=\"\",device=\"\",offload=\"none\"} 1\n"), "{text}");
}

#[test]
fn the_client_chooses_the_format() {
    let prometheus =
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,*/*;q=0.1";
    assert_eq!(ExpositionFormat::of(prometheus), ExpositionFormat::OpenMetrics);
    for other in ["", "*/*", "text/plain;version=0.0.4"] {
        assert_eq!(ExpositionFormat::of(other), ExpositionFormat::Text, "{other}");
    }
}

#[test]
fn every_remedy_has_its_series_before_its_first_run() {
    let text = write(&samples::metrics(), ExpositionFormat::Text);
    for kind in crate::model::RemedyKind::ALL {
        for series in [
            format!("swanwatch_remedies_total{{kind=\"{kind}\",outcome=\"given-up\"}} 0\n"),
            format!("swanwatch_remedy_limits_reached_total{{kind=\"{kind}\",limit=\"kind\"}} 0\n"),
            format!("swanwatch_remedies_in_progress{{kind=\"{kind}\",state=\"running\"}} 0\n"),
        ] {
            assert!(text.contains(&series), "{series}{text}");
        }
    }
    assert!(text.contains("swanwatch_remedies_total{kind=\"rekey\",outcome=\"done\"} 3\n"), "{text}");
    assert!(text.contains("swanwatch_remedies_in_progress{kind=\"reinstall\",state=\"verifying\"} 1\n"), "{text}");
    assert!(text.contains("swanwatch_remedy_limits_reached_total{kind=\"rekey\",limit=\"target\"} 2\n"), "{text}");
}
