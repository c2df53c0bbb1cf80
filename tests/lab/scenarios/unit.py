"""The daemon under Debian's unit, logging to the journal; swanwatch without any configuration."""

import json
import os
import pathlib
import shutil

from library import tracefs
from library.commands import run
from library.gateway import connection
from library.scenario import scenario
from library.swanwatch import BINARY

INSTALLED = "/usr/local/bin/swanwatch"
SYSTEMD = pathlib.Path(__file__).parents[3] / "systemd"
OWN_UNIT, DROP_INS = SYSTEMD / "swanwatch.service", "/run/systemd/system/swanwatch.service.d"


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
    lab.expect("a", "clear-text-window", 2, r'"policies-flushed"', reason="flushed", says=["leaves unencrypted"])
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
    run("systemd-analyze", "security", "--threshold=19", "swanwatch", timeout=120)
    status = json.loads(run(INSTALLED, "status", "--json"))
    lab.require(status["findings"] == [], f"findings: {status['findings']}")
    lab.require(status["daemon"]["state"] == "up", f"the daemon is {status['daemon']}")
    lab.require(status["summary"]["tunnels"]["up"] == 1, f"tunnels: {status['summary']['tunnels']}")
    not_watched = {line["source"]: line for line in status["coverage"] if line["state"] != "ok"}
    lab.require(set(not_watched) <= {"kernel-log"}, f"not watched under the unit: {not_watched}")
    run("systemctl", "reload", "swanwatch")
    with_drop_in("kernel-log.conf")
    run("systemctl", "restart", "swanwatch", timeout=120)
    states = {line["source"]: line["state"] for line in json.loads(run(INSTALLED, "status", "--json"))["coverage"]}
    lab.require(set(states.values()) == {"ok"}, f"with its drop-in: {states}")
    said = run(INSTALLED, "history", timeout=60)
    lab.require(said.count("started") == 2 and said.count("ended") == 1, f"the history is {said}")
    run("systemctl", "stop", "swanwatch", timeout=60)
    lab.require(tracefs.left(every=True) == [], f"left in tracefs: {tracefs.left(every=True)}")
    result = run("systemctl", "show", "--property=Result", "--value", "swanwatch").strip()
    lab.require(result == "success", f"the unit's result is {result}")
    shutil.rmtree(DROP_INS)


def with_drop_in(name):
    """Put a drop-in into its place."""
    run("install", "-D", "-m", "644", SYSTEMD / "drop-ins" / name, f"{DROP_INS}/{name}")
    run("systemctl", "daemon-reload")


@scenario(systemd=True)
def unit_of_a_namespace(lab):
    """swanwatch@NAME watches a pluto in a network namespace, beside another that watches the machine's own."""
    lab.connect("veth", names=(None, "b"))
    b = lab.gateway("b", connection(local="b", nic_offload="no"))
    name = lab.network.namespace["b"]
    run("install", "-m", "755", BINARY, INSTALLED)
    for unit in ("swanwatch.service", "swanwatch@.service"):
        run("install", "-m", "644", SYSTEMD / unit, f"/run/systemd/system/{unit}")
    run("systemctl", "daemon-reload")
    os.makedirs("/etc/swanwatch", exist_ok=True)
    with open(f"/etc/swanwatch/{name}.yaml", "w", encoding="ascii") as file:
        file.write(b.watch_configuration())
    run("systemctl", "start", f"swanwatch@{name}", "swanwatch", timeout=180)
    for socket, daemon in ((f"/run/swanwatch/{name}/swanwatch.sock", "up"), ("/run/swanwatch/swanwatch.sock", "absent")):
        status = json.loads(run(INSTALLED, "status", "--json", "--socket", socket))
        lab.require(status["daemon"]["state"] == daemon, f"at {socket} the daemon is {status['daemon']}")
        not_watched = {line["source"] for line in status["coverage"] if line["state"] == "absent"}
        lab.require("xfrm" not in not_watched and "history" not in not_watched, f"at {socket}: {status['coverage']}")
    lab.require(os.path.exists(f"/var/lib/swanwatch/{name}/history.db"), "its history is not its own")
    run("systemctl", "stop", "swanwatch", timeout=60)
    json.loads(run(INSTALLED, "status", "--json", "--socket", f"/run/swanwatch/{name}/swanwatch.sock"))
    lab.require(not os.path.exists("/run/swanwatch/swanwatch.sock"), "the socket of the one that was stopped is left")
    run("systemctl", "start", "swanwatch", timeout=120)
    run("systemctl", "stop", f"swanwatch@{name}", timeout=60)
    lab.require(not os.path.exists(f"/run/swanwatch/{name}"), "the folder of the one that was stopped is left")
    json.loads(run(INSTALLED, "status", "--json"))
    run("systemctl", "stop", "swanwatch", timeout=60)
    for unit in (f"swanwatch@{name}", "swanwatch"):
        result = run("systemctl", "show", "--property=Result", "--value", unit).strip()
        lab.require(result == "success", f"the result of {unit} is {result}")
