"""The self-test of the lab's NIC: a line for each check, the kernel's complaints, the number of failures.

Arguments name checks; none: all of them.
"""

import os
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

from library.commands import CommandFailed  # noqa: E402: the path to it is set above
from nic import faults, lifecycle, traffic  # noqa: E402
from nic.bench import Bench, Failed  # noqa: E402

BAD = ("WARNING", "BUG", "Oops", "lockdep", "unregister_netdevice", "RIP:", "refcount", "stall", "Call Trace", "leaked", "hung",
       "scheduling while")


class KernelLog:
    """What the kernel has written since the last look that means a bug."""

    def __init__(self):
        self.file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.file, 0, os.SEEK_END)

    def complaints(self):
        found = []
        while True:
            try:
                line = os.read(self.file, 8192).decode(errors="replace").split("\n")[0].partition(";")[2]
            except BlockingIOError:
                return found
            if any(word in line for word in BAD):
                found.append(line)


def main():
    log, failed, wanted = KernelLog(), 0, sys.argv[1:]
    for check in (*traffic.CHECKS, *faults.CHECKS, *lifecycle.CHECKS):
        if wanted and check.__name__ not in wanted:
            continue
        begun, problem, bench, seen = time.monotonic(), None, None, []
        try:
            bench = Bench()
            check(bench)
        except (Failed, CommandFailed) as wrong:
            problem = str(wrong)
        except Exception:
            problem = traceback.format_exc()
        try:
            if bench:
                seen = bench.look_around() if problem else []
                bench.close()
        except Exception as wrong:
            problem = problem or f"tearing down: {wrong}"
        complaints = log.complaints()
        if complaints and not problem:
            problem = "the kernel complains"
        failed += problem is not None
        name = check.__name__.replace("_", " ")
        print(f"{'FAILED' if problem else 'ok':6} {name:44} {time.monotonic() - begun:5.1f} s  {check.__doc__.splitlines()[0]}")
        for line in [*(problem or "").splitlines(), *complaints, *seen]:
            print("       " + line)
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
