"""The demonstration: a tunnel is made and broken, and swanwatch is asked each time."""

import os
import shutil
import subprocess
import sys
import textwrap
import traceback

from library.commands import run
from library.failure import Late
from library.gateway import connection
from library.lab import Lab

WORK, SHARE = "/run/lab/results", "/run/results"
# EX_TEMPFAIL of sysexits.h.
TOO_SLOW = 75


def say(text):
    print("\n" + textwrap.fill(text, 100, initial_indent="## ", subsequent_indent="## "), flush=True)


def progress(text):
    print(f"… {text}", flush=True)


def show(watcher, *verb):
    """Print a command and its answer, as a person would see them."""
    print(f"$ swanwatch {' '.join(verb)}")
    print(watcher.verb(*verb).rstrip(), flush=True)


def play(lab):
    lab.connect()
    say("Two gateways, a and b, each with its own pluto (libreswan 4.10) and a NIC that takes IPsec SAs: one tunnel, t1.")
    progress("two plutos start, and negotiate")
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a", auto="start"))
    a.log.wait_for("established Child SA", 90)
    progress("swanwatch starts at a")
    watcher = lab.watch("a")
    show(watcher, "status")
    show(watcher, "sas")

    say("Somebody deletes the outbound SA by hand. pluto does not notice; it would go on believing in it for hours.")
    lab.fault("the outbound SA is deleted")
    a.delete_state("out")
    progress("swanwatch has five seconds to say it")
    lab.expect("a", "sa-missing", 5)
    show(watcher, "status")
    progress("t1 is rekeyed by hand: a new pair, and the finding has to close")
    a.rekey()
    lab.expect_closed("a", "sa-missing", 5)

    say("The NIC is set down and up again. The kernel drops every SA that the NIC held, and tells nobody.")
    lab.fault("link down")
    run("ip", "link", "set", "nsim0", "down", namespace="a")
    lab.expect("a", "offload-lost", 2)
    show(watcher, "status")
    progress("the NIC comes up again, and a packet makes pluto negotiate")
    run("ip", "link", "set", "nsim0", "up", namespace="a")
    a.ping(1)
    lab.expect_closed("a", "offload-lost", 10)
    show(watcher, "explain", "t1")

    say("pluto is killed. Its SAs stay in the kernel and in the NIC.")
    lab.fault("SIGKILL")
    a.kill()
    lab.expect("a", "daemon-crashed", 2)
    show(watcher, "status")
    progress("pluto is started again")
    a.forget()
    a.start()
    lab.expect_closed("a", "daemon-crashed", 5)

    say("Both ends are told esn=either, the default. This NIC knows no extended sequence numbers: b's kernel refuses the SA with a "
        "bare EINVAL, and all that a's pluto is told is TS_UNACCEPTABLE.")
    for end in ("a", "b"):
        lab.gateways[end].reload(connection(local=end, esn="either"))
    progress("swanwatch starts at b, and t1 is brought up")
    watch_b = lab.watch("b")
    lab.fault("t1 is brought up")
    a.initiate()
    lab.expect("a", "tunnel-down", 2)
    lab.expect("b", "offload-rejected", 1)
    say("What a sees:")
    show(watcher, "status")
    say("What b sees:")
    show(watch_b, "status")


def save(lab):
    """Logs and recordings go to the machine that the VM runs on."""
    shutil.copytree(lab.directory, SHARE, dirs_exist_ok=True)


def main():
    """Its status is that of tests/lab/demo. Whatever goes wrong is told in a line; where it was is written to a file."""
    os.makedirs(WORK, exist_ok=True)
    lab, status = Lab("demo", WORK), 0
    try:
        play(lab)
    except (Late, TimeoutError, subprocess.TimeoutExpired) as late:
        status = tell(lab, TOO_SLOW, f"Something did not come in time: {first_line(late)}")
    except Exception as wrong:
        status = tell(lab, 1, f"This is not as it should be: {first_line(wrong)}")
    try:
        lab.close()
        save(lab)
    except Exception as left_over:
        say(f"The end is not as it should be: {left_over}")
        status = status or 1
    return status


def first_line(problem):
    return (str(problem).splitlines() or [repr(problem)])[0]


def tell(lab, status, text):
    """Say what went wrong, and keep the rest."""
    say(text)
    lab.look_around()
    with open(f"{lab.directory}/problem.txt", "a", encoding="utf-8") as file:
        file.write("\n".join([traceback.format_exc(), *lab.report, ""]))
    return status


if __name__ == "__main__":
    sys.exit(main())
