"""What `explain --measure` costs a packet in software: run by tests/lab/bench-measure, inside the VM.

With and without a measurement under way, in turn: a floods b with pings over veth, by ESP in software. Each ping is encrypted and decrypted
twice, and each of these four is counted by the probe. Prints the time of each run, and what one of the four costs with and without.
"""

import os
import pathlib
import re
import statistics
import subprocess
import sys

from library import tracefs
from library.commands import in_namespace, run
from library.lab import Lab
from library.swanwatch import BINARY
from scenarios.measure import by_hand

PINGS = int(pathlib.Path("/run/results/pings").read_text(encoding="ascii"))
PAIRS = 5
# Of an operation in software, which under emulation takes some 100 µs.
BOUND = 1.10
OPERATIONS = 4


def probes():
    return [name for name in tracefs.left() if "measure" in name and name.startswith("p:")]


def measurement(watcher, spi):
    """A measurement that has begun to count."""
    argv = [BINARY, "explain", "--measure", spi, "--seconds", "300", "--socket", watcher.socket]
    process = subprocess.Popen(in_namespace("a", argv), stdout=subprocess.DEVNULL)
    while not probes():
        assert process.poll() is None, "the measurement ended before it began"
    return process


def flood(lab):
    """Seconds for all pings."""
    answer = run("ping", "-n", "-q", "-f", "-c", PINGS, lab.network.address["b"], namespace="a", timeout=600)
    assert f"{PINGS} received" in answer, answer
    return int(re.search(r"time (\d+)ms", answer)[1]) / 1000


def main():
    lab = Lab("measure-bench", "/run/lab")
    lab.connect("veth")
    spi = by_hand(lab, lab.network.address)["a"]
    times = {True: [], False: []}
    flood(lab)
    for _ in range(PAIRS):
        for measured in (False, True):
            watcher = lab.watch("a", configuration=None, name=f"{measured}-{len(times[measured])}")
            process = measurement(watcher, spi) if measured else None
            assert bool(probes()) == measured, tracefs.left()
            times[measured].append(flood(lab))
            print(f"{'on ' if measured else 'off'} {times[measured][-1]:7.2f} s", flush=True)
            watcher.stop()
            if process:
                process.wait()
    on, off = (statistics.median(times[measured]) / PINGS / OPERATIONS * 1e6 for measured in (True, False))
    print(f"{PINGS} pings: {on:.1f} µs with and {off:.1f} µs without, {on - off:+.1f} µs a packet in software; "
          f"on / off = {on / off:.3f} (median of {PAIRS} each), allowed is {BOUND:.2f}")
    lab.close()
    return 0 if on <= BOUND * off else 1


if __name__ == "__main__":
    os.makedirs("/run/lab", exist_ok=True)
    sys.exit(main())
