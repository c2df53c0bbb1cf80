"""A pluto of libreswan 5, from Debian 13, beside the 4.10 of Debian 12."""

from .rooted import Rooted


class Gateway5(Rooted):
    """The same with libreswan 5.2."""

    folder = "libreswan-5"
    rekey_option = "--rekey-child"
