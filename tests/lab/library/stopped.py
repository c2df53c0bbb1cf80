"""A program that is stopped while one of its SAs stands on a device, however short that time is."""

import os
import signal

from .commands import in_namespace
from .follower import Follower

# Runs the program and hears of SAs on the same processor, with precedence: between the kernel's event and the stop the program gets no
# time to go on.
CATCH = """
import ctypes, os, signal, socket, struct, subprocess, sys
reqid, out, err, *argv = sys.argv[1:]
events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 6)
events.bind((0, 0))
events.setsockopt(270, 1, 3)  # NETLINK_ADD_MEMBERSHIP, XFRMNLGRP_SA
os.sched_setaffinity(0, {0})
os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
program = subprocess.Popen(argv, stdout=open(out, "wb"), stderr=open(err, "wb"))

def on_device(message):
    if struct.unpack_from("=H", message, 4)[0] != 0x10 or struct.unpack_from("=I", message, 16 + 208)[0] != int(reqid):
        return False
    attributes = message[16 + 224:]
    while len(attributes) >= 4:
        length, kind = struct.unpack_from("=HH", attributes)
        if kind == 28:  # XFRMA_OFFLOAD_DEV
            return True
        attributes = attributes[length + (-length % 4):]
    return False

signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
libc = ctypes.CDLL(None)
libc.mlockall(3)  # MCL_CURRENT, MCL_FUTURE: a page that has to be read from a file would give the program time
try:
    while not on_device(events.recv(65536)):
        pass
    # To each thread: a signal to the program stops the others only when the first has taken it.
    for thread in os.listdir(f"/proc/{program.pid}/task"):
        libc.tgkill(program.pid, int(thread), signal.SIGSTOP)
    print("stopped", program.pid, flush=True)
    print("ended", program.wait(), flush=True)
finally:
    program.kill()
"""


class Stopped:
    """`argv` in `namespace`, run until the first of its SAs (those with `reqid`) is on a device, and stopped there."""

    def __init__(self, lab, namespace, argv, reqid, out, err, environment, seconds=60):
        catcher = ["/usr/bin/python3", "-c", CATCH, str(reqid), out, err, *argv]
        self.follower = lab.keep(Follower(in_namespace(namespace, catcher), env=environment))
        self.pid = int(self.follower.wait_for("^stopped ", seconds).split()[1])

    def signal(self, number):
        """Send it a signal, and let it go on if it does not end by that."""
        os.kill(self.pid, number)
        if number != signal.SIGKILL:
            os.kill(self.pid, signal.SIGCONT)

    def wait(self, seconds=60):
        """Its exit status, negative where a signal ended it."""
        return int(self.follower.wait_for("^ended ", seconds).split()[1])
