"""A pluto of libreswan 5, from Debian 13, beside the 4.10 of Debian 12: its programs and libraries stand in a root of their own."""

import os
import re

from .commands import run
from .gateway import BASE, Gateway

# Where swanwatch looks for whack first.
WHACK = "/usr/libexec/ipsec/whack"


def root():
    """The root of libreswan 5, as this kernel was told where the lab is."""
    with open("/proc/cmdline", encoding="ascii") as file:
        return re.search(r"lab\.dir=(\S+)", file.read())[1] + "/libreswan-5"


class Gateway5(Gateway):
    """The same with libreswan 5. A swanwatch beside it is started with `watch_prefix`."""

    rekey_option = "--rekey-child"

    def __init__(self, network, end, connections, **options):
        self.prefix = ("chroot", root())
        for folder in ("/proc", "/sys", "/dev", BASE):
            if not os.path.ismount(root() + folder):
                os.makedirs(root() + folder, exist_ok=True)
                run("mount", "--rbind", folder, root() + folder)
        self.wrapper = f"{BASE}/whack-5"
        with open(self.wrapper, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\nexec chroot {root()} {WHACK} "$@"\n')
        os.chmod(self.wrapper, 0o755)
        super().__init__(network, end, connections, **options)

    @property
    def watch_prefix(self):
        """Has swanwatch find this release's whack in its usual place; for others it stays what it is."""
        return ("sh", "-c", f'mount --bind {self.wrapper} {WHACK} && exec "$@"', "sh")
