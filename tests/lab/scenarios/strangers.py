"""Somebody without rights runs a process that calls itself pluto."""

import time

from library.gateway import connection
from library.scenario import scenario
from library.stranger import NOBODY, Stranger


def wait_said(lab, watcher, text, seconds=60):
    """Wait until coverage says something of the daemon's process."""
    deadline = time.monotonic() + seconds
    while True:
        said = [line["detail"] for line in watcher.status()["coverage"] if line["source"] == "process"]
        if any(text in line for line in said):
            return
        lab.require(time.monotonic() < deadline, f"coverage does not say {text!r}: {said}")
        time.sleep(0.5)


def daemon(lab, watcher, state, pid):
    """The daemon's state and process are these."""
    found = watcher.status()["daemon"]
    lab.require((found["state"], found["pid"]) == (state, pid), f"the daemon is {found}, not {state} with process {pid}")


@scenario
def stranger_named_pluto(lab):
    """A process of user 65534 calls itself pluto before, beside and after the real one: it is never the daemon, hides no death, and its own is none."""
    lab.connect("veth")
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", nic_offload="no"), start=False)
    before = lab.keep(Stranger(a.namespace, "before"))
    watcher = lab.watch("a", "daemon: libreswan\n")
    wait_said(lab, watcher, f"process {before.pid} calls itself pluto and belongs to user {NOBODY}")
    daemon(lab, watcher, "absent", None)
    a.start()
    a.up()
    wait_said(lab, watcher, f"watches process {a.pid}")
    beside = lab.keep(Stranger(a.namespace, "beside"))
    lab.note("the first stranger is killed")
    before.stop()
    lab.quiet(8)
    daemon(lab, watcher, "up", a.pid)
    lab.require(watcher.status()["summary"]["tunnels"]["up"] == 1, "the tunnel is not known")
    lab.fault("SIGKILL")
    a.kill()
    lab.expect("a", "daemon-crashed", 2, r'"daemon-gone"')
    after = lab.keep(Stranger(a.namespace, "after"))
    beside.stop()
    lab.quiet(10)
    after.stop()
    lab.quiet(5)
    found = watcher.status()
    lab.require(found["daemon"]["pid"] is None, f"a stranger is the daemon: {found['daemon']}")
    open_now = [finding["code"] for finding in found["findings"]]
    lab.require("daemon-crashed" in open_now, f"the death is not open any more: {open_now}")
