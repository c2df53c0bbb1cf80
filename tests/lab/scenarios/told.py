"""Who is told: Prometheus, of a NIC that works and of one that does not, and a program of the operator's."""

import json
import os
import subprocess

from library.commands import run
from library.gateway import connection
from library.scenario import scenario

from .nic import carried, sent

PROGRAM, PIPE = "/run/lab/page", "/run/lab/page.pipe"
FAMILIES = ("build_info", "daemon_state", "sas", "tunnels", "policies", "findings", "source_state", "observations_total",
            "device_ipsec_total", "device_dropped_packets_total", "alerts_delivered_total")


def scrape(lab, name):
    """What /metrics says now; kept with the results."""
    status, text = lab.watchers["a"].get("/metrics")
    lab.require(status == 200, f"/metrics answers {status}")
    with open(f"{lab.directory}/{name}.metrics", "w", encoding="utf-8") as file:
        file.write(text)
    return text


@scenario
def told_to_prometheus_and_to_a_program(lab):
    """/metrics of a NIC at work has every family; its link goes down, and a program gets the finding."""
    with open(PROGRAM, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\nexec /bin/cat >{PIPE}\n")
    os.chmod(PROGRAM, 0o755)
    os.mkfifo(PIPE)
    lab.connect("nic")
    lab.gateway("b", connection(local="b", esn="either"))
    a = lab.gateway("a", connection(local="a", esn="either"))
    lab.watch("a", configuration=a.watch_configuration() + f"\nalerts:\n  - exec: {PROGRAM}\n")
    a.up()
    carried(lab, "a")
    sent(lab)
    lab.quiet(25)
    text = scrape(lab, "working")
    missing = [family for family in FAMILIES if f"\nswanwatch_{family}{{" not in text and f"\nswanwatch_{family} " not in text]
    lab.require(not missing, f"/metrics lacks {missing}")
    lab.require('offload="crypto"} 2' in text, f"/metrics does not count two SAs on the NIC:\n{text}")
    lab.fault("ip link set nic0 down")
    run("ip", "link", "set", "nic0", "down", namespace="a")
    lab.expect("a", "offload-lost", 2, r'"link":\{[^}]*"name":"nic0"[^}]*"up":false', device="nic0")
    page = json.loads(subprocess.run(["timeout", "60", "cat", PIPE], capture_output=True, text=True, check=True).stdout)
    labels = {name: page["labels"][name] for name in ("alertname", "code", "severity", "device")}
    expected = {"alertname": "SwanwatchOffloadLost", "code": "offload-lost", "severity": "critical", "device": "nic0"}
    lab.require((page["status"], labels) == ("firing", expected), f"the program got {page}")
    lab.require('swanwatch_findings{code="offload-lost",severity="critical"} 1' in scrape(lab, "broken"), "the finding is not counted")
