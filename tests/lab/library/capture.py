"""ESP as it arrives at one end: sequence numbers and times, by SPI."""

import socket
import struct
import threading
import time

from .commands import run
from .xfrm import inside

IPV4, ESP, OUTGOING = 0x0800, 50, 4


class Capture:
    """Runs until `stop`. `packets`: (SPI, sequence number, seconds) in the order of their arrival. `clear`: other IPv4 from the peer but IKE."""

    def __init__(self, network, end):
        self.packets, self.clear, self.running = [], [], True
        self.peer = socket.inet_aton(network.address["b" if end == "a" else "a"])
        # With it the kernel decrypts before anybody else sees a packet.
        run("ethtool", "-K", network.device, "gro", "off", namespace=network.namespace[end])
        self.socket = inside(network.namespace[end],
                             lambda: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(IPV4)))
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
        self.socket.bind((network.device, IPV4))
        self.socket.settimeout(0.2)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while self.running:
            try:
                data, sender = self.socket.recvfrom(2048)
            except TimeoutError:
                continue
            if sender[2] == OUTGOING or data[12:16] != self.peer:
                continue
            header = (data[0] & 15) * 4
            if data[9] == ESP:
                spi, number = struct.unpack_from(">II", data, header)
                self.packets.append((f"{spi:#010x}", number, time.monotonic()))
            elif data[9] != 17 or 500 not in struct.unpack_from(">HH", data, header):
                self.clear.append(data[9])

    def stop(self):
        self.running = False
        self.thread.join()
        self.socket.close()

    def of(self, spi):
        """Sequence numbers and times of one SA."""
        return [(number, at) for other, number, at in self.packets if other == spi]
