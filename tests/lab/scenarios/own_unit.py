"""swanwatch under its own unit: what it does with a wrong configuration, with another instance, and beside one of a namespace."""

import json
import os
import subprocess
import time

from library.commands import run
from library.scenario import scenario
from library.swanwatch import BINARY

from .unit import INSTALLED, SYSTEMD

CONFIGURATION = "/etc/swanwatch/swanwatch.yaml"
WRONG, RIGHT = "act: [all]\n", "offload: preferred\n"


def installed():
    # What a scenario before it left where it failed.
    run("systemctl", "stop", "swanwatch", timeout=120, check=False)
    if os.path.exists(CONFIGURATION):
        os.remove(CONFIGURATION)
    run("install", "-m", "755", BINARY, INSTALLED)
    run("install", "-m", "644", SYSTEMD / "swanwatch.service", "/run/systemd/system/swanwatch.service")
    run("systemctl", "daemon-reload")


def configure(text):
    os.makedirs("/etc/swanwatch", exist_ok=True)
    with open(CONFIGURATION, "w", encoding="ascii") as file:
        file.write(text)


def shown(name):
    return run("systemctl", "show", f"--property={name}", "--value", "swanwatch").strip()


def findings():
    return {one["code"]: one for one in json.loads(run(INSTALLED, "status", "--json", check=False))["findings"]}


def wait_for(what, holds, seconds=120):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.2)


@scenario(systemd=True)
def own_unit_misconfigured(lab):
    """A wrong configuration: the unit starts and says so, a reload with it fails, and a right one is taken, with a new start where needed."""
    installed()
    configure(WRONG)
    lab.fault("systemctl start swanwatch with a wrong configuration")
    run("systemctl", "start", "swanwatch", timeout=120)
    found = findings().get("configuration-wrong")
    lab.require(found and found["severity"] == "critical", f"it is not told: {findings()}")
    lab.require(f"{CONFIGURATION}:1:" in found["summary"], f"without its place: {found['summary']}")
    lab.require("CRITICAL" in run(INSTALLED, "check", check=False), "check does not say CRITICAL")
    done = subprocess.run(["systemctl", "reload", "swanwatch"], capture_output=True, text=True, timeout=60, check=False)
    lab.note(f"reload with a wrong file: {done.returncode}: {done.stderr.strip()}")
    lab.require(done.returncode != 0, "a reload with a wrong file is said to have worked")
    lab.require(shown("ActiveState") == "active", f"after it the unit is {shown('ActiveState')}")
    first = shown("MainPID")
    configure(RIGHT)
    run("systemctl", "reload", "swanwatch", timeout=60)
    wait_for("the finding is over", lambda: "configuration-wrong" not in findings())
    lab.require(shown("MainPID") == first, "a reload that needs no new start made one")
    configure("history: off\n")
    # Where the service ends before systemd has looked at what kill came to, systemd calls the reload failed; it starts it again either way.
    run("systemctl", "reload", "swanwatch", timeout=60, check=False)
    wait_for("a new start", lambda: shown("ActiveState") == "active" and shown("MainPID") not in (first, "0"))
    lab.require(shown("Result") == "success", f"the unit's result is {shown('Result')}")
    run("systemctl", "stop", "swanwatch", timeout=60)
    os.remove(CONFIGURATION)


@scenario(systemd=True)
def own_unit_tries_again(lab):
    """Another instance is there when the unit is started: it is tried for as long as it takes."""
    installed()
    other = subprocess.Popen([INSTALLED, "run", "--socket", "/run/lab/other/swanwatch.sock"], stdin=subprocess.DEVNULL,
                             env={**os.environ, "STATE_DIRECTORY": f"{lab.directory}/other"})
    try:
        wait_for("the other one answers", lambda: os.path.exists("/run/lab/other/control.sock"))
        lab.fault("systemctl start swanwatch beside another instance")
        run("systemctl", "start", "--no-block", "swanwatch")
        # More than systemd's own limit of starts, and for longer.
        wait_for("six starts", lambda: int(shown("NRestarts") or 0) >= 6)
        # Between two of them.
        wait_for("it ends with 75", lambda: shown("ExecMainStatus") == "75", 30)
    finally:
        other.kill()
        other.wait()
    wait_for("the unit is up", lambda: shown("ActiveState") == "active")
    run("systemctl", "stop", "swanwatch", timeout=60)
    lab.require(shown("Result") == "success", f"the unit's result is {shown('Result')}")
