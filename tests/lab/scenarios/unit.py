"""The daemon under Debian's unit, logging to the journal; swanwatch without any configuration."""

import json
import pathlib

from library import tracefs
from library.commands import run
from library.gateway import connection
from library.scenario import scenario
from library.swanwatch import BINARY

INSTALLED = "/usr/local/bin/swanwatch"
OWN_UNIT = pathlib.Path(__file__).parents[3] / "systemd/swanwatch.service"


def under_the_unit(lab):
    """Gateway a is the machine itself, where ipsec.service runs pluto; b is in a namespace. Both without offload."""
    lab.connect("veth", names=(None, "b"))
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.unit(connection(local="a", nic_offload="no", auto="start"))
    a.start()
    a.log.wait_for("established Child SA", 120)
    lab.watch("a", configuration=None)
    return a


@scenario(systemd=True)
def unit_killed(lab):
    """pluto SIGKILLed under its unit: the unit flushes SAs and policies and starts it again."""
    a = under_the_unit(lab)
    lab.fault("SIGKILL")
    since = a.log.mark()
    a.kill()
    lab.expect("a", "daemon-crashed", 2, r'"daemon-gone"', says=["flush"])
    lab.expect("a", "clear-text-window", 2, r'"policies-flushed"', reason="flushed", says=["since", "in clear"])
    a.log.wait_for("established Child SA", 240, since)
    lab.expect_closed("a", "daemon-crashed", 5)
    window = lab.expect_closed("a", "clear-text-window", 5, r'"policy-set"')
    lab.note(window["evidence"][-1]["text"])
    lab.quiet(10)


@scenario(systemd=True)
def unit_stopped(lab):
    """systemctl stop ipsec: somebody wanted it."""
    under_the_unit(lab)
    lab.fault("systemctl stop ipsec")
    run("systemctl", "stop", "ipsec", timeout=180)
    lab.expect("a", "daemon-down", 2, r'"daemon-gone"')
    lab.quiet(10)


@scenario(systemd=True)
def unit_restarted(lab):
    """systemctl restart ipsec: at most daemon-down, which closes."""
    a = under_the_unit(lab)
    lab.fault("systemctl restart ipsec")
    since = a.log.mark()
    run("systemctl", "restart", "ipsec", timeout=240)
    lab.expect("a", "daemon-down", 2, r'"daemon-gone"')
    a.log.wait_for("established Child SA", 240, since)
    lab.expect_closed("a", "daemon-down", 5)
    lab.quiet(10)


@scenario(systemd=True)
def own_unit(lab):
    """swanwatch under its own unit, hardening and all: it is ready, joined, and ends in order."""
    lab.connect("veth", names=(None, "b"))
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.unit(connection(local="a", nic_offload="no", auto="start"))
    a.start()
    a.log.wait_for("established Child SA", 120)
    run("install", "-m", "755", BINARY, INSTALLED)
    run("install", "-m", "644", OWN_UNIT, "/run/systemd/system/swanwatch.service")
    run("systemctl", "daemon-reload")
    lab.fault("systemctl start swanwatch")
    run("systemctl", "start", "swanwatch", timeout=120)
    status = json.loads(run(INSTALLED, "status", "--json"))
    lab.require(status["findings"] == [], f"findings: {status['findings']}")
    lab.require(status["daemon"]["state"] == "up", f"the daemon is {status['daemon']}")
    lab.require(status["summary"]["tunnels"]["up"] == 1, f"tunnels: {status['summary']['tunnels']}")
    absent = [line for line in status["coverage"] if line["state"] == "absent"]
    lab.require(absent == [], f"not watched under the unit: {absent}")
    run("systemctl", "reload", "swanwatch")
    states = {line["source"]: line["state"] for line in json.loads(run(INSTALLED, "status", "--json"))["coverage"]}
    lab.require((states.get("trace"), states.get("kernel-log")) == ("ok", "ok"), f"under the unit: {states}")
    run("systemctl", "stop", "swanwatch", timeout=60)
    lab.require(tracefs.left() == [], f"left in tracefs: {tracefs.left()}")
    result = run("systemctl", "show", "--property=Result", "--value", "swanwatch").strip()
    lab.require(result == "success", f"the unit's result is {result}")
