"""A flood by the kernel's own packet generator (Documentation/networking/pktgen.rst), from b to a: ESP in UDP on an SPI that nobody has, each packet
from another address."""

import re

from .commands import run, shell

PORT = 4500
# Packets carry the generator's magic number, 0xbe9be955, where the SPI of ESP in UDP stands.


class Flood:
    """Set up for b; runs when it is told to."""

    def __init__(self, lab, target):
        self.namespace, self.device = lab.network.namespace["b"], lab.network.device
        hardware = run("cat", f"/sys/class/net/{self.device}/address", namespace=lab.network.namespace["a"]).strip()
        run("modprobe", "pktgen")
        self._write("kpktgend_0", "rem_device_all", f"add_device {self.device}")
        self._write(self.device, "clone_skb 0", "pkt_size 100", f"dst {target}", f"dst_mac {hardware}", "src_min 10.9.16.0", "src_max 10.9.31.255",
                    "flag IPSRC_RND", f"udp_dst_min {PORT}", f"udp_dst_max {PORT}")
        lab.at_end(lambda: self._write("kpktgend_0", "rem_device_all"))

    def run(self, packets):
        """Sends so many as fast as it can; gives packets a second."""
        self._write(self.device, f"count {packets}", "delay 0")
        self._write("pgctrl", "start")
        told = run("cat", f"/proc/net/pktgen/{self.device}", namespace=self.namespace)
        return int(re.search(r"(\d+)pps", told).group(1))

    def _write(self, file, *lines):
        for line in lines:
            shell(f"echo '{line}' > /proc/net/pktgen/{file}", namespace=self.namespace)
