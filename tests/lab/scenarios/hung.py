"""The daemon hangs though no signal stopped it: it waits for a script of its own, which does not end."""

import os

from library.commands import in_namespace
from library.follower import Follower
from library.gateway import connection
from library.scenario import scenario

SCRIPT = """#!/bin/bash
# pluto's main loop waits for this. It says that it has begun, and ends when it is told to, and not by a signal that can be ignored.
trap '' TERM
if [[ $PLUTO_VERB == up-* ]]; then echo begun > {begun}; read -r < {gate}; fi
"""


class Gate:
    """An updown script that holds pluto until `open` is called."""

    def __init__(self, directory):
        os.makedirs(directory, exist_ok=True)
        self.begun, self.gate, self.script = (f"{directory}/{name}" for name in ("begun", "gate", "updown"))
        for fifo in (self.begun, self.gate):
            os.mkfifo(fifo)
        with open(self.script, "w", encoding="ascii") as file:
            file.write(SCRIPT.format(begun=self.begun, gate=self.gate))
        os.chmod(self.script, 0o755)

    def wait(self):
        """Until pluto is held."""
        with open(self.begun, encoding="ascii") as file:
            file.read()

    def open(self):
        """Let it go on."""
        with open(self.gate, "w", encoding="ascii") as file:
            file.write("\n")


def held(lab):
    """Gateways with a tunnel t1, and pluto at a held while it brings up t2: (a, b, gate)."""
    lab.connect()
    gate = Gate(f"/run/lab/gate-{lab.name}")
    ports = {"leftprotoport": "udp/7002", "rightprotoport": "udp/7002"}
    b = lab.gateway("b", connection("t1", "b") + connection("t2", "b", **ports))
    a = lab.gateway("a", connection("t1", "a") + connection("t2", "a", leftupdown=gate.script, **ports))
    lab.watch("a")
    a.up("t1")
    lab.quiet(5)
    lab.fault("t2 is brought up, and its script holds pluto")
    # pluto does not let go of this whack before the script ends.
    whack = ["ipsec", "whack", "--ctlsocket", a.control, "--initiate", "--asynchronous", "--name", "t2"]
    lab.keep(Follower(in_namespace("a", whack)))
    gate.wait()
    return a, b, gate


@scenario
def hung_with_traffic_waiting(lab):
    """The peer speaks, and nobody reads it."""
    a, b, gate = held(lab)
    since = b.log.mark()
    b.whack("--rekey-ipsec", "--asynchronous", "--name", "t1")
    b.log.wait_for("sent CREATE_CHILD_SA request", 60, since)
    lab.expect("a", "daemon-hung", 10, r'"process":\{[^}]*"unread":\{"ike":[1-9]', reason="sleeps", says=[r"process \d+ \((sh > )?updown\)"])
    gate.open()
    a.log.wait_for('"t2" #[0-9]+: initiator established Child SA', 60)
    lab.expect_closed("a", "daemon-hung", 5)
    lab.quiet(8)


@scenario
def hung_and_idle(lab):
    """Nothing waits, and nothing tells; it is found by the question that is asked once a minute."""
    a, _, gate = held(lab)
    finding = lab.expect("a", "daemon-hung", 65, reason="sleeps", patience=0)
    took = (finding["at"] - lab.broken_at) / 1e6
    lab.note(f"{took:.1f} s after the fault")
    lab.require(took <= 5 * 65, f"it took {took:.1f} s")
    gate.open()
    a.log.wait_for('"t2" #[0-9]+: initiator established Child SA', 60)
    lab.expect_closed("a", "daemon-hung", 65)
    lab.quiet(8)
