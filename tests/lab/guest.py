"""Runs scenarios inside the VM: a line for each, and what was seen."""

import os
import shutil
import signal
import subprocess
import sys
import time
import traceback

from library import kernel
from library.failure import PROBLEM, Absent, Late, Wrong
from library.gateway import connection
from library.judge import compare, panics, untrue_so_far
from library.lab import Lab
from library.leftover import end_leftovers
from library.scenario import load_all
from library.second_try import ABSENT, FAILED, LATE, OK

# On 9p nothing can be mapped and everything is slow; so a scenario works here, and what it wrote is copied when it has ended.
WORK = "/run/lab/results"
SHARE = "/run/results"


class TooLong(Late):
    """A scenario did not end."""


def too_long(_signal, _frame):
    raise TooLong("no end within its time")


def play(one, work=WORK):
    """Run one scenario: (OK, LATE, FAILED or ABSENT; problem or None; the lines to print)."""
    lab = Lab(one.name, work, one.daemon)
    verdict, problem = OK, None
    signal.alarm(one.longest)
    try:
        kernel.require(*one.needs)
        one.body(lab)
        compare(lab)
    except Absent as absent:
        verdict, problem = ABSENT, str(absent)
    except (Late, TimeoutError, subprocess.TimeoutExpired) as late:
        signal.alarm(0)
        untrue = said_so_far(lab, one)
        verdict, problem = (FAILED if untrue else LATE), "; ".join([*untrue, str(late)])
        lab.look_around()
    except Wrong as wrong:
        verdict, problem = FAILED, str(wrong)
        lab.look_around()
    except Exception:
        verdict, problem = FAILED, traceback.format_exc()
        lab.look_around()
    finally:
        signal.alarm(0)
    try:
        lab.close()
    except Exception as left_over:
        if verdict in (OK, ABSENT):
            verdict, problem = (LATE if isinstance(left_over, Late) else FAILED), f"tearing down: {left_over}"
    said = panics(lab)
    if said and verdict != FAILED:
        verdict, problem = FAILED, "; ".join(said)
    return verdict, problem, lab.report


def said_so_far(lab, one):
    """What was untrue in a scenario that ended late; that it cannot be told is none of the lateness."""
    try:
        return untrue_so_far(lab, one.strings())
    except Exception:
        return [traceback.format_exc()]


def warm_up():
    """A tunnel that nobody watches.

    What a boot's first SA needs is read and loaded meanwhile: on a slow machine pluto stands still for so long that it is told as hung.
    """
    lab = Lab("warm-up", WORK)
    try:
        lab.connect()
        lab.gateway("b", connection(local="b"))
        lab.gateway("a", connection(local="a")).up()
    except Late as missing:
        print(f"the warm-up brought no tunnel up: {missing}")
    finally:
        lab.close()
    shutil.rmtree(lab.directory)


def main():
    signal.signal(signal.SIGALRM, too_long)
    scenarios = load_all()
    warm_up()
    with open(f"{SHARE}/scenarios", encoding="ascii") as file:
        wanted = file.read().split()
    failed = 0
    for name in wanted:
        begun = time.monotonic()
        verdict, problem, lines = play(scenarios[name])
        # One that fails half-way must not fail those behind it, too.
        lines += [f"  it left a swanwatch running, which is ended: process {pid}" for pid in end_leftovers()]
        print(f"{verdict:6} {name:36} {time.monotonic() - begun:5.0f} s  {scenarios[name].says}")
        shown = lines if problem and verdict != ABSENT else [line for line in lines if not line.startswith("  [")]
        print("\n".join(line[:400] for line in shown), end="\n" if shown else "")
        if problem:
            failed += verdict != ABSENT
            print("  " + problem.rstrip().replace("\n", "\n  "))
        with open(f"{WORK}/{name}/report.txt", "w", encoding="utf-8") as file:
            file.write("\n".join([verdict, *lines, problem or ""]) + "\n")
        if problem:
            with open(f"{WORK}/{name}/{PROBLEM}", "w", encoding="utf-8") as file:
                file.write(problem)
        shutil.copytree(f"{WORK}/{name}", f"{SHARE}/{name}", dirs_exist_ok=True)
        shutil.rmtree(f"{WORK}/{name}")
        with open(f"{SHARE}/verdicts", "a", encoding="ascii") as file:
            file.write(f"{verdict} {name}\n")
        subprocess.run(["sync"], check=False)
    return 1 if failed else 0


if __name__ == "__main__":
    os.makedirs(WORK, exist_ok=True)
    sys.exit(main())
