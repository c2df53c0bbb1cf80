"""The Debian package on a machine that runs nothing else: installed, started, upgraded, removed, purged."""

import json
import os
import pathlib
import shutil

from library.commands import run
from library.scenario import scenario
from library.swanwatch import BINARY

BUILD = pathlib.Path(__file__).parents[3] / "contrib/debian/build"
STATE, CONFIGURATION = "/var/lib/swanwatch/history.db", "/etc/swanwatch/swanwatch.yaml"


def built(version):
    """A package of this version, in the machine's own memory."""
    return run(BUILD, "--binary", BINARY, "--version", version, "--compress", "none", "/run/packages", timeout=120).strip()


class Dpkg:
    """dpkg with an empty database; what the package depends on is there, though not listed."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("info", "updates", "triggers"):
            os.makedirs(f"{folder}/{name}")
        pathlib.Path(folder, "status").touch()

    def run(self, *arguments):
        argv = ["dpkg", f"--admindir={self.folder}", "--force-depends", "--force-unsafe-io", *arguments]
        return run(*argv, timeout=180)


def state(unit="swanwatch"):
    """What systemd says of it. dpkg's scripts do not wait until it is up: one that is on its way is waited for."""
    def active():
        return run("systemctl", "is-active", unit, check=False).strip()

    if active() == "activating":
        run("systemctl", "start", unit, timeout=120, check=False)
    if active() not in ("active", "inactive"):
        print(run("journalctl", "--no-pager", "--unit", unit), flush=True)
    return active(), run("systemctl", "is-enabled", unit, check=False).strip()


@scenario(systemd=True)
def package(lab):
    """dpkg installs it and it watches; an upgrade goes on with what was kept; a purge leaves nothing."""
    # What a unit of an earlier scenario kept would be this one's past.
    shutil.rmtree(os.path.dirname(STATE), ignore_errors=True)
    # libreswan's package enables it, and here it is not due.
    run("systemctl", "disable", "ipsec", timeout=120)
    # A database of its own: that the machine's is empty is none of the package's business.
    database = Dpkg("/run/dpkg")
    first, second = built("0.0.1-1"), built("0.0.2-1")
    # Wherever this ends, the next scenario finds the machine as it was: one that still watches would keep every other from it.
    lab.at_end(lambda: database.run("--purge", "swanwatch"))
    database.run("--install", first)
    lab.require(state() == ("active", "enabled"), f"installed: {state()}")
    status = json.loads(run("/usr/bin/swanwatch", "status", "--json"))
    lab.require(status["daemon"]["state"] == "absent", f"the daemon is {status['daemon']}")
    group = run("stat", "--format=%G %a", "/run/swanwatch/swanwatch.sock").strip()
    lab.require(group == "swanwatch 660", f"the socket is {group}")
    before = run("systemctl", "show", "--property=MainPID", "--value", "swanwatch")
    database.run("--install", second)
    lab.require(state() == ("active", "enabled"), f"upgraded: {state()}")
    after = run("systemctl", "show", "--property=MainPID", "--value", "swanwatch")
    lab.require(before != after, "the upgrade did not restart it")
    said = run("swanwatch", "history")
    lab.require(said.count("started") == 2 and said.count("ended") == 1, f"the history is {said}")
    # No daemon was ever seen here, and none is due: that is well only where somebody says so.
    said = run("swanwatch", "check", check=False)
    lab.require(said.startswith("SWANWATCH UNKNOWN: no IKE daemon:") and "daemon: none" in said, f"check says {said}")
    os.makedirs(os.path.dirname(CONFIGURATION), exist_ok=True)
    lab.at_end(lambda: os.unlink(CONFIGURATION))
    pathlib.Path(CONFIGURATION).write_text("daemon: none\n", encoding="ascii")
    run("systemctl", "restart", "swanwatch", timeout=120)
    said = run("swanwatch", "check")
    lab.require(said.startswith("SWANWATCH OK: no IKE daemon:"), f"check says {said}")
    run("systemctl", "disable", "swanwatch")
    database.run("--install", second)
    lab.require(state() == ("active", "disabled"), f"installed over a disabled one: {state()}")
    database.run("--remove", "swanwatch")
    lab.require(state()[0] == "inactive", f"removed: {state()}")
    lab.require(os.path.exists(STATE), "a removal took the history")
    database.run("--purge", "swanwatch")
    left = [path for path in ("/var/lib/swanwatch", "/run/swanwatch", "/usr/bin/swanwatch",
                              "/usr/lib/systemd/system/swanwatch.service.d") if os.path.exists(path)]
    lab.require(left == [], f"left behind: {left}")
