"""What a running swanwatch asks of the kernel's XFRM, caught on its way: a test acts just before or just after one request.

ptrace(2) of every thread, from outside; swanwatch has nothing built in for it.
"""

import ctypes
import os
import struct
import threading

SEIZE, INTERRUPT, CONTINUE_TO_SYSCALL, SYSCALL_INFO = 0x4206, 0x4207, 24, 0x420E
SYSGOOD, FOLLOW_CLONES = 0x1, 0x8
WALL, OWN_ONLY = 0x40000000, 0x20000000
ENTRY, EXIT = 1, 2
SENDTO = 44
TRAP, STOP_EVENT, SYSCALL_STOP = 5, 128, 5 | 0x80

NEWSA, DELSA, GETSA, NEWPOLICY, DELPOLICY = 0x10, 0x11, 0x12, 0x13, 0x14
PROBE_REQID = 0x73770001


class Request:
    """One message to NETLINK_XFRM."""

    def __init__(self, data):
        self.kind = struct.unpack_from("=H", data, 4)[0]
        self.reqid = struct.unpack_from("=I", data, 224)[0] if self.kind == NEWSA and len(data) >= 228 else None

    @property
    def is_probe(self):
        return self.reqid == PROBE_REQID


class Tracer:
    """Calls `entering(request)` before, and `left(request)` after each request of the process, in a thread of its own.

    The process goes on when they return. The tracing ends with the process.
    """

    def __init__(self, pid, entering=None, left=None):
        self.pid, self.entering, self.left = pid, entering, left
        self.problem, self.pending = None, {}
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self.ready, self.thread = threading.Event(), threading.Thread(target=self._work, daemon=True)
        self.thread.start()
        self.ready.wait(30)
        if self.problem:
            raise self.problem

    def join(self, seconds):
        """Wait for the end of the process."""
        self.thread.join(seconds)
        if self.thread.is_alive():
            raise TimeoutError(f"process {self.pid} did not end within {seconds} s")
        if self.problem:
            raise self.problem

    def _ptrace(self, request, thread, address=0, data=0):
        result = self.libc.ptrace(request, thread, address, data)
        if result < 0:
            raise OSError(ctypes.get_errno(), f"ptrace({request:#x}) of {thread}")
        return result

    def _work(self):
        try:
            for thread in map(int, os.listdir(f"/proc/{self.pid}/task")):
                self._ptrace(SEIZE, thread, 0, SYSGOOD | FOLLOW_CLONES)
                self._ptrace(INTERRUPT, thread)
            self.memory = os.open(f"/proc/{self.pid}/mem", os.O_RDONLY)
            self.ready.set()
            self._loop()
        except Exception as problem:
            self.problem = problem
        finally:
            self.ready.set()

    def _loop(self):
        while True:
            try:
                thread, status = os.waitpid(-1, WALL | OWN_ONLY)
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
            if request and self.left:
                self.left(request)
            return
        number, _, address, length = struct.unpack_from("=4Q", info.raw, 24)
        if info.raw[0] != ENTRY or number != SENDTO or length < 16:
            return
        request = Request(os.pread(self.memory, min(length, 512), address))
        self.pending[thread] = request
        if self.entering:
            self.entering(request)
