"""What tracing costs an add of an SA: run by tests/lab/bench-trace, inside the VM.

Under a swanwatch with tracefs and under one that cannot have it, in turn: 10,000 SAs are added with offload, and each is deleted again
at once, for the simulator has room for 33. Prints the seconds of each run and the ratio of the medians.
"""

import os
import pathlib
import statistics
import sys
import time

from library import tracefs
from library.commands import run
from library.lab import Lab
from library.follower import follow_file

ADDS = int(pathlib.Path("/run/results/adds").read_text(encoding="ascii"))
PAIRS = 5
BOUND = 1.10
# Without CAP_SYS_PTRACE the first process's view of /sys cannot be had, and `ip netns exec` has hidden ours.
WITHOUT_TRACEFS = ("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace")


def batch():
    path = "/run/lab/adds"
    with open(path, "w", encoding="ascii") as file:
        for number in range(ADDS):
            sa = f"src 10.9.0.1 dst 10.9.0.2 proto esp spi {0x10000 + number:#x}"
            file.write(f"xfrm state add {sa} mode transport aead rfc4106(gcm(aes)) 0x{'7e' * 20} 128 offload dev nsim0 dir out\n"
                       f"xfrm state delete {sa}\n")
    return path


def measure(lab, traced, path):
    """Seconds for all adds under a swanwatch that traces, or does not."""
    name = "on" if traced else "off"
    watcher = lab.watch("a", configuration=None, name=name, prefix=() if traced else WITHOUT_TRACEFS,
                        recording=f"{lab.directory}/{name}-{time.monotonic_ns()}.jsonl")
    recording = follow_file(watcher.recording)
    recording.wait_for(rf'"source":"trace","state":"{"ok" if traced else "absent"}"', 60)
    recording.stop()
    assert bool(tracefs.left()) == traced, tracefs.left()
    begun = time.monotonic()
    run("ip", "-batch", path, namespace="a", timeout=600)
    took = time.monotonic() - begun
    watcher.stop()
    os.unlink(watcher.recording)
    return took


def main():
    lab = Lab("trace-bench", "/run/lab")
    lab.connect()
    path = batch()
    times = {True: [], False: []}
    for _ in range(PAIRS):
        for traced in (False, True):
            times[traced].append(measure(lab, traced, path))
            print(f"{'on ' if traced else 'off'} {times[traced][-1]:7.2f} s", flush=True)
    ratio = statistics.median(times[True]) / statistics.median(times[False])
    print(f"{ADDS} adds: on / off = {ratio:.3f} (median of {PAIRS} each), allowed is {BOUND:.2f}")
    lab.close()
    return 0 if ratio <= BOUND else 1


if __name__ == "__main__":
    os.makedirs("/run/lab", exist_ok=True)
    sys.exit(main())
