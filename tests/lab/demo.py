"""The demonstration: a tunnel is made and broken, and swanwatch is asked each time."""

import os
import textwrap

from library.commands import run
from library.gateway import connection
from library.lab import Lab

WORK = "/run/lab/results"


def say(text):
    print("\n" + textwrap.fill(text, 100, initial_indent="## ", subsequent_indent="## "), flush=True)


def show(watcher, *verb):
    """Print a command and its answer, as a person would see them."""
    print(f"$ swanwatch {' '.join(verb)}")
    print(watcher.verb(*verb).rstrip(), flush=True)


def play(lab):
    lab.connect()
    say("Two gateways, a and b, each with its own pluto (libreswan 4.10) and a NIC that takes IPsec SAs: one tunnel, t1.")
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a", auto="start"))
    a.log.wait_for("established Child SA", 90)
    watcher = lab.watch("a")
    show(watcher, "status")
    show(watcher, "sas")

    say("Somebody deletes the outbound SA by hand. pluto does not notice; it would go on believing in it for hours.")
    lab.fault("the outbound SA is deleted")
    a.delete_state("out")
    lab.expect("a", "sa-missing", 5)
    show(watcher, "status")
    a.rekey()
    lab.expect_closed("a", "sa-missing", 5)

    say("The NIC is set down and up again. The kernel drops every SA that the NIC held, and tells nobody.")
    lab.fault("link down")
    run("ip", "link", "set", "nsim0", "down", namespace="a")
    lab.expect("a", "offload-lost", 2)
    show(watcher, "status")
    run("ip", "link", "set", "nsim0", "up", namespace="a")
    a.ping(1)
    lab.expect_closed("a", "offload-lost", 10)
    show(watcher, "explain", "t1")

    say("pluto is killed. Its SAs stay in the kernel and in the NIC.")
    lab.fault("SIGKILL")
    a.kill()
    lab.expect("a", "daemon-crashed", 2)
    show(watcher, "status")
    a.forget()
    a.start()
    lab.expect_closed("a", "daemon-crashed", 5)

    say("Both ends are told esn=either, the default. This NIC knows no extended sequence numbers: b's kernel refuses the SA with a "
        "bare EINVAL, and all that a's pluto is told is TS_UNACCEPTABLE.")
    for end in ("a", "b"):
        lab.gateways[end].reload(connection(local=end, esn="either"))
    watch_b = lab.watch("b")
    lab.fault("t1 is brought up")
    a.initiate()
    lab.expect("a", "tunnel-down", 2)
    lab.expect("b", "offload-rejected", 1)
    say("What a sees:")
    show(watcher, "status")
    say("What b sees:")
    show(watch_b, "status")


def main():
    os.makedirs(WORK, exist_ok=True)
    lab = Lab("demo", WORK)
    try:
        play(lab)
    finally:
        lab.close()


if __name__ == "__main__":
    main()
