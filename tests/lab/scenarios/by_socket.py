"""The daemon is known by its control socket alone: swanwatch runs in a PID namespace of its own, as in a container beside pluto's, and shares /run."""

import signal

from library.gateway import connection
from library.scenario import scenario

# unshare(1) waits for its child and hears no SIGTERM meanwhile.
CONTAINED = ("bash", "-c", """
unshare --pid --fork --mount-proc --kill-child=KILL "$@" &
trap 'kill -TERM $(cat /proc/$!/task/$!/children)' TERM
while kill -0 $! 2> /dev/null; do wait $!; ended=$?; done
exit $ended
""", "contained")

# Three minutes, behind a question that is asked once a minute.
HANGS_AFTER, ASKED_WITHIN = 180, 60


@scenario
def known_by_its_socket(lab):
    """pluto is up, silent, gone and back, and swanwatch sees no process of it."""
    lab.connect("veth")
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", nic_offload="no"))
    watcher = lab.watch("a", prefix=CONTAINED)
    a.up()
    lab.quiet(5)
    status = watcher.status()
    daemon = status["daemon"]
    lab.require((daemon["state"], daemon["pid"], daemon["unit"]) == ("up", None, None), f"the daemon: {daemon}")
    lab.require(daemon["version"], "its version is not known")
    lab.require(status["summary"]["tunnels"]["up"] == 1, f"tunnels: {status['summary']['tunnels']}")
    said = next(line for line in status["coverage"] if line["source"] == "process")
    lab.require(said["state"] == "degraded" and "control socket" in said["detail"], f"coverage: {said}")
    lab.quiet(70)

    lab.fault("SIGSTOP")
    a.signal(signal.SIGSTOP)
    finding = lab.expect("a", "daemon-hung", HANGS_AFTER + ASKED_WITHIN, reason="unresponsive", patience=0)
    took = (finding["at"] - lab.broken_at) / 1e6
    lab.note(f"{took:.1f} s after the signal")
    lab.require(took >= HANGS_AFTER, f"it took {took:.1f} s: three minutes are waited for")
    lab.require_in_time(took <= HANGS_AFTER + ASKED_WITHIN + 15, f"it took {took:.1f} s")
    lab.require(finding["remedy"] is None or finding["remedy"]["state"] != "acting", f"something is done: {finding['remedy']}")
    lab.note("SIGCONT")
    a.signal(signal.SIGCONT)
    lab.expect_closed("a", "daemon-hung", 5)
    lab.quiet(8)

    lab.fault("SIGKILL")
    pid = a.pid
    a.kill()
    lab.expect("a", "daemon-down", 3, r'"listener-gone"', reason="socket-gone")
    lab.quiet(10)
    lab.require(watcher.status()["daemon"]["state"] == "down", f"the daemon: {watcher.status()['daemon']}")
    lab.require(a.pid == pid, "its pid file was touched")
    lab.note("pluto is started again")
    a.forget()
    a.start()
    lab.expect_closed("a", "daemon-down", 15)
    a.up()
    # A start by hand flushes nothing: the pair of the dead pluto stays in the kernel, and no living one knows it.
    lab.expect("a", "sa-orphaned", 12)
    lab.quiet(8)
    daemon = watcher.status()["daemon"]
    lab.require((daemon["state"], daemon["pid"]) == ("up", None), f"the daemon: {daemon}")
