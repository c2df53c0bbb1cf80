"""No daemon where one is due, and a daemon whose log nobody can read."""

import json
import os
import subprocess

from library.commands import run
from library.dropin import drop_in
from library.gateway import connection
from library.scenario import scenario
from library.swanwatch import BINARY

LOCKED = "/run/lab/locked"
# As under the unit: root, and modes count for it as for everybody.
PLAIN_ROOT = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")


def check(watcher):
    """The exit status of `check`, and its line."""
    done = subprocess.run([BINARY, "check", "--socket", watcher.socket], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout


def enabled(lab):
    """Debian's ipsec.service, enabled as after a boot at which nothing started it; swanwatch without any configuration."""
    lab.connect("veth", names=(None, "b"))
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.unit(connection(local="a", nic_offload="no", auto="start"))
    run("systemctl", "enable", "ipsec", timeout=120)
    lab.at_end(lambda: run("systemctl", "disable", "ipsec", check=False, timeout=120))
    return a


@scenario(systemd=True)
def unit_enabled_and_not_started(lab):
    """ipsec.service is enabled and nothing started it: told after a minute; its start closes it; a stop by order is said and is OK."""
    a = enabled(lab)
    lab.fault("nothing starts it")
    watcher = lab.watch("a", configuration=None)
    before = check(watcher)
    lab.require(before[0] == 3 and "ipsec.service is enabled" in before[1], f"within its first minute: {before}")
    lab.expect("a", "daemon-down", 65, reason="not-started", says=["ipsec.service is enabled", "systemctl start ipsec.service"])
    missed = check(watcher)
    lab.require(missed[0] == 1, f"check says {missed}")
    a.start()
    a.log.wait_for("established Child SA", 240)
    lab.expect_closed("a", "daemon-down", 5)
    up = check(watcher)
    lab.require(up[0] == 0, f"check says {up}")
    lab.fault("systemctl stop ipsec")
    run("systemctl", "stop", "ipsec", timeout=180)
    lab.expect("a", "daemon-down", 2, r'"daemon-gone"', reason="orderly-stop")
    stopped = check(watcher)
    lab.require(stopped[0] == 0 and "stopped by order" in stopped[1], f"check says {stopped}")
    # Another run in the same boot knows it, too.
    watcher.stop()
    again = lab.watch("a", configuration=None, name="again")
    lab.require(check(again)[0] == 0, f"check says {check(again)}")
    lab.quiet(70)


@scenario(systemd=True)
def unit_failed(lab):
    """A mistake in the unit's start: systemd shows it as failed, and that is told once, with where to look."""
    enabled(lab)
    drop_in(lab, "Restart=no", "ExecStartPre=/bin/false")
    run("systemctl", "start", "ipsec", check=False, timeout=180)
    state = run("systemctl", "show", "--property=ActiveState", "--value", "ipsec").strip()
    lab.require(state == "failed", f"ipsec.service is {state}")
    lab.fault("it has failed")
    watcher = lab.watch("a", configuration=None)
    lab.expect("a", "daemon-down", 10, reason="failed", says=["ipsec.service failed", "journalctl -u ipsec.service"])
    told = check(watcher)
    lab.require(told[0] == 1 and "ipsec.service failed" in told[1], f"check says {told}")
    lab.quiet(20)


@scenario
def log_closed_to_root(lab):
    """The daemon's log lies in a folder of another user's: told after five minutes with the mode that opens it, which closes it."""
    lab.connect("veth")
    lab.gateway("b", connection(local="b", nic_offload="no"))
    text = connection(local="a", nic_offload="no")
    a = lab.gateway("a", text, start=False)
    os.makedirs(LOCKED, exist_ok=True)
    a.log_path = f"{LOCKED}/pluto.log"
    a.configure(text)
    a.start()
    os.chown(LOCKED, 65534, 65534)
    os.chmod(LOCKED, 0o750)
    lab.at_end(lambda: os.chmod(LOCKED, 0o755))
    lab.fault("the log's folder is closed")
    watcher = lab.watch("a", prefix=PLAIN_ROOT)
    line = next(one for one in watcher.status()["coverage"] if one["source"] == "log")
    lab.require(line["state"] == "absent", f"coverage says {line}")
    lab.require(check(watcher)[0] == 0, f"before its time: {check(watcher)}")
    lab.expect("a", "source-blind", 305, reason="log", patience=330,
               says=[f"{LOCKED} has mode 0750 and belongs to uid 65534", f"chmod o.rx '{LOCKED}'", "log.conf"])
    told = check(watcher)
    lab.require(told[0] == 1, f"check says {told}")
    run("chmod", "o+rx", LOCKED)
    lab.expect_closed("a", "source-blind", 5)
    status = json.loads(watcher.get("/v1/status")[1])
    line = next(one for one in status["coverage"] if one["source"] == "log")
    # It is read, and its folder is still another user's.
    lab.require(line["state"] == "degraded" and f"{LOCKED} belongs to uid 65534" in line["detail"], f"coverage says {line}")
