"""Holding a process as a debugger does: ptrace(2), without one installed."""

import sys

from .follower import Follower

# PTRACE_SEIZE, PTRACE_INTERRUPT; what is held goes on when its holder ends.
HOLD = """
import ctypes, os, signal, sys
libc, pid = ctypes.CDLL(None, use_errno=True), int(sys.argv[1])
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
for request in (0x4206, 0x4207):
    if libc.ptrace(request, pid, None, None) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
os.waitpid(pid, 0x40000000)  # __WALL
print("held", flush=True)
signal.sigwait([signal.SIGTERM])
"""


class Debugger:
    """Holds a process until it is stopped itself."""

    def __init__(self, pid):
        self.follower = Follower([sys.executable, "-c", HOLD, str(pid)])
        self.follower.wait_for("^held", 30)

    def stop(self):
        """Let it go."""
        self.follower.stop()
