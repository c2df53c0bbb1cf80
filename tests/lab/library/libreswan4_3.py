"""A pluto of libreswan 4.3, from Debian 11, beside the 4.10 of Debian 12."""

from .rooted import Rooted


class Gateway43(Rooted):
    """The same with libreswan 4.3."""

    folder = "libreswan-4.3"
