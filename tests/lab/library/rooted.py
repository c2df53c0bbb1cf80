"""A pluto of another release than Debian 12's: its programs and libraries stand in a root of their own."""

import os
import re

from .commands import run
from .gateway import BASE, Gateway

# Where swanwatch looks for whack first.
WHACK = "/usr/libexec/ipsec/whack"


class Rooted(Gateway):
    """The same with another release. A swanwatch beside it is started with `watch_prefix`."""

    # The folder of the release, as prepare names it.
    folder = None

    def __init__(self, network, end, connections, **options):
        root = self.root()
        self.prefix = ("chroot", root)
        for folder in ("/proc", "/sys", "/dev", BASE):
            if not os.path.ismount(root + folder):
                os.makedirs(root + folder, exist_ok=True)
                run("mount", "--rbind", folder, root + folder)
        self.wrapper = f"{BASE}/whack-{self.folder}"
        with open(self.wrapper, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\nexec chroot {root} {WHACK} "$@"\n')
        os.chmod(self.wrapper, 0o755)
        super().__init__(network, end, connections, **options)

    @classmethod
    def root(cls):
        """The root of this release, as this kernel was told where the lab is."""
        with open("/proc/cmdline", encoding="ascii") as file:
            return re.search(r"lab\.dir=(\S+)", file.read())[1] + "/" + cls.folder

    @property
    def watch_prefix(self):
        """Has swanwatch find this release's whack in its usual place; for others it stays what it is."""
        return ("sh", "-c", f'mount --bind {self.wrapper} {WHACK} && exec "$@"', "sh")
