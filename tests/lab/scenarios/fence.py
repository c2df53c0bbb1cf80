"""pluto killed under Debian's unit, which flushes everything before it starts again: what leaves in clear, without the fence and with it."""

import re

from library import wire
from library.capture import Capture
from library.commands import run
from library.follower import follow_file
from library.gateway import connection
from library.scenario import scenario

# What the finding says of packets that do not leave.
HELD_BACK = "held back by the fence until"


def crash(lab, act):
    """Pings go on while pluto is killed and comes back; gives how many packets came to b in clear."""
    lab.connect("veth", names=(None, "b"))
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.unit(connection(local="a", nic_offload="no", auto="start"))
    a.start()
    a.log.wait_for("established Child SA", 120)
    watcher = lab.watch("a", configuration=f"act: [{act}]\n")
    if act:
        # What nft monitor prints of intervals of address pairs cannot be read.
        recording = lab.keep(follow_file(watcher.recording))
        recording.wait_for(fenced("10.9.0.1"), 60)
        only_by_address(lab, recording)
    lab.fault("SIGKILL")
    clear = killed_under_pings(lab, a, HELD_BACK if act else "leaves unencrypted")
    print(f"  act: [{act}]: {len(clear)} packets came in clear through crash and restart", flush=True)
    return clear


def killed_under_pings(lab, a, fate=HELD_BACK):
    """Pings pass, pluto is killed, and they pass again; gives the packets that came to b in clear meanwhile."""
    capture = Capture(lab.network, "b")
    lab.at_end(capture.stop)
    pings = wire.ping(lab, "a")
    pings.wait_for("icmp_seq=20 ", 60)
    since = a.log.mark()
    a.kill()
    lab.expect("a", "daemon-crashed", 2, r'"daemon-gone"')
    lab.expect("a", "clear-text-window", 10, says=[fate])
    a.log.wait_for("established Child SA", 240, since)
    lab.expect_closed("a", "daemon-crashed", 5)
    mark = pings.mark()
    pings.wait_for(r"icmp_seq=\d+ ttl", 60, mark, count=40)
    lab.note(f"{len(capture.clear)} packets in clear, {len(capture.packets)} of ESP")
    lab.require(capture.packets, "no ESP was captured")
    return capture.clear


def fenced(source):
    """The recording's line of a step that set the fence for packets of this source."""
    return r'"outcome".*"protect":\[.*"src":"' + re.escape(source) + r'".*"result":\{"done"'


def only_by_address(lab, recording):
    """Policies of route-based tunnels are not fenced: of an xfrm interface, of a vti; one without either is."""
    for net, key in ((77, ["if_id", "7"]), (78, ["mark", "9"]), (79, [])):
        run("ip", "xfrm", "policy", "add", "src", f"10.{net}.0.0/24", "dst", "10.80.0.0/24", "dir", "out", *key,
            "tmpl", "src", "10.9.0.1", "dst", "10.9.0.2", "proto", "esp", "reqid", "7", "mode", "tunnel")
    recording.wait_for(fenced("10.79.0.0"), 60)
    there = run("nft", "list", "set", "inet", "swanwatch_fence", "pairs4")
    lab.require("10.79.0.0" in there and "10.77.0.0" not in there and "10.78.0.0" not in there,
                f"of the three only the one that goes by its address is to be fenced:\n{there}")


@scenario(systemd=True)
def fence_absent(lab):
    """Without the fence the pings of the time between leave in clear, as the capture shows."""
    lab.require(crash(lab, ""), "nothing came in clear: the capture proves nothing")


@scenario(systemd=True)
def fence_stands(lab):
    """With the fence not one packet leaves in clear, and when the tunnel is back its packets pass."""
    lab.at_end(lambda: run("nft", "delete", "table", "inet", "swanwatch_fence", check=False))
    clear = crash(lab, "fence")
    lab.require(not clear, f"{len(clear)} packets came in clear")
