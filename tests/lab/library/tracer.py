"""What a running swanwatch asks of the kernel's XFRM, caught on its way: a test acts just before or just after one request.

ptrace(2) of every thread, from outside; swanwatch has nothing built in for it. As a program:

    tracer.py PID before|after KIND SINCE kill|PATH TEXT

At each request of this kind that is no probe's, once one of the kind SINCE was seen (0: at once), the process is killed, or TEXT is
written to PATH. A program of its own: whoever is the parent of the process would take its stops for its end.
"""

import ctypes
import os
import signal
import struct
import sys

SEIZE, INTERRUPT, CONTINUE_TO_SYSCALL, SYSCALL_INFO = 0x4206, 0x4207, 24, 0x420E
SYSGOOD, FOLLOW_CLONES = 0x1, 0x8
WALL = 0x40000000
ENTRY, EXIT = 1, 2
SENDTO = 44
TRAP, SYSCALL_STOP = 5, 5 | 0x80

NEWSA, DELSA, GETSA, NEWPOLICY, DELPOLICY, MIGRATE_STATE = 0x10, 0x11, 0x12, 0x13, 0x14, 0x29
PROBE_REQID = 0x73770001
BEFORE, AFTER = "before", "after"


def trace(pid, when, kind, action, since=0):
    """Starts it, and gives the follower of what it says, when it has hold of the process: `caught` each time, and `ended`."""
    from .follower import Follower
    follower = Follower([sys.executable, "-B", os.path.realpath(__file__), str(pid), when, str(kind), str(since), *action])
    follower.wait_for("ready", 60)
    return follower


class Request:
    """One message to NETLINK_XFRM."""

    def __init__(self, data):
        self.kind = struct.unpack_from("=H", data, 4)[0]
        self.reqid = struct.unpack_from("=I", data, 224)[0] if self.kind == NEWSA and len(data) >= 228 else None
        # No SA has SPI 1: it is asked whether the kernel knows the request.
        self.asks = self.kind == MIGRATE_STATE and len(data) >= 36 and struct.unpack_from(">I", data, 32)[0] == 1

    @property
    def is_probe(self):
        return self.reqid == PROBE_REQID or self.asks


class Tracer:
    """Calls `entering(request)` before, and `left(request)` after each request of the process, until it ends."""

    def __init__(self, pid, entering, left):
        self.pid, self.entering, self.left, self.pending = pid, entering, left, {}
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        for thread in map(int, os.listdir(f"/proc/{pid}/task")):
            self._ptrace(SEIZE, thread, 0, SYSGOOD | FOLLOW_CLONES)
            self._ptrace(INTERRUPT, thread)
        self.memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)

    def _ptrace(self, request, thread, address=0, data=0):
        if self.libc.ptrace(request, thread, address, data) < 0:
            raise OSError(ctypes.get_errno(), f"ptrace({request:#x}) of {thread}")

    def run(self):
        """Until the process ends."""
        while True:
            try:
                thread, status = os.waitpid(-1, WALL)
            except ChildProcessError:
                return
            if not os.WIFSTOPPED(status):
                continue
            number, event = os.WSTOPSIG(status), status >> 16
            if number == SYSCALL_STOP:
                self._syscall(thread)
            deliver = 0 if number in (TRAP, SYSCALL_STOP) or event else number
            try:
                self._ptrace(CONTINUE_TO_SYSCALL, thread, 0, deliver)
            except ProcessLookupError:
                pass

    def _syscall(self, thread):
        info = ctypes.create_string_buffer(88)
        try:
            self._ptrace(SYSCALL_INFO, thread, len(info), ctypes.addressof(info))
        except ProcessLookupError:
            return
        if info.raw[0] == EXIT:
            request = self.pending.pop(thread, None)
            if request:
                self.left(request)
            return
        number, _, address, length = struct.unpack_from("=4Q", info.raw, 24)
        if info.raw[0] != ENTRY or number != SENDTO or length < 16:
            return
        request = Request(os.pread(self.memory, min(length, 512), address))
        self.pending[thread] = request
        self.entering(request)


def main():
    """See the head of the file."""
    pid, when, kind, since, *action = sys.argv[1:]
    pid, kind, since, seen = int(pid), int(kind), int(since), []

    def look(request, moment):
        seen.append(request.kind)
        if moment != when or request.kind != kind or request.is_probe or (since and since not in seen):
            return
        print("caught", flush=True)
        if action[0] == "kill":
            os.kill(pid, signal.SIGKILL)
        else:
            with open(action[0], "w", encoding="ascii") as file:
                file.write(action[1])

    tracer = Tracer(pid, lambda request: look(request, BEFORE), lambda request: look(request, AFTER))
    print("ready", flush=True)
    tracer.run()
    print("ended", flush=True)


if __name__ == "__main__":
    main()
