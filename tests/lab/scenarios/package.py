"""The Debian package on a machine that runs nothing else: installed, started, upgraded, removed, purged."""

import json
import os
import pathlib

from library.commands import run
from library.scenario import scenario
from library.swanwatch import BINARY

BUILD = pathlib.Path(__file__).parents[3] / "contrib/debian/build"
STATE = "/var/lib/swanwatch/history.db"


def built(version):
    """A package of this version, in the machine's own memory."""
    return run(BUILD, "--binary", BINARY, "--version", version, "--compress", "none", "/run/packages", timeout=120).strip()


def state(unit="swanwatch"):
    return run("systemctl", "is-active", unit, check=False).strip(), run("systemctl", "is-enabled", unit, check=False).strip()


@scenario(systemd=True)
def package(lab):
    """dpkg installs it and it watches; an upgrade goes on with what was kept; a purge leaves nothing."""
    first, second = built("0.0.1-1"), built("0.0.2-1")
    run("dpkg", "--install", first, timeout=240)
    lab.require(state() == ("active", "enabled"), f"installed: {state()}")
    status = json.loads(run("/usr/bin/swanwatch", "status", "--json"))
    lab.require(status["daemon"]["state"] == "absent", f"the daemon is {status['daemon']}")
    group = run("stat", "--format=%G %a", "/run/swanwatch/swanwatch.sock").strip()
    lab.require(group == "swanwatch 660", f"the socket is {group}")
    before = run("systemctl", "show", "--property=MainPID", "--value", "swanwatch")
    run("dpkg", "--install", second, timeout=240)
    lab.require(state() == ("active", "enabled"), f"upgraded: {state()}")
    after = run("systemctl", "show", "--property=MainPID", "--value", "swanwatch")
    lab.require(before != after, "the upgrade did not restart it")
    said = run("swanwatch", "history")
    lab.require(said.count("started") == 2 and said.count("ended") == 1, f"the history is {said}")
    lab.require(run("swanwatch", "check").startswith("SWANWATCH OK"), "check is not content")
    run("systemctl", "disable", "swanwatch")
    run("dpkg", "--install", second, timeout=240)
    lab.require(state() == ("active", "disabled"), f"installed over a disabled one: {state()}")
    run("dpkg", "--remove", "swanwatch", timeout=240)
    lab.require(state()[0] == "inactive", f"removed: {state()}")
    lab.require(os.path.exists(STATE), "a removal took the history")
    run("dpkg", "--purge", "swanwatch", timeout=240)
    left = [path for path in ("/var/lib/swanwatch", "/run/swanwatch", "/usr/bin/swanwatch",
                              "/usr/lib/systemd/system/swanwatch.service.d") if os.path.exists(path)]
    lab.require(left == [], f"left behind: {left}")
