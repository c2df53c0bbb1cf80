"""SAs that the daemon does not know."""

from library.commands import run
from library.gateway import connection
from library.scenario import scenario

# A key that is used nowhere else, so that one may search for it in all that swanwatch writes.
KEY = "0x" + "c0ffee5eed" * 4


def add_by_hand(namespace, source, destination, spi):
    """A pair of SAs beside pluto's, as somebody's script might leave them."""
    run("ip", "xfrm", "state", "add", "src", source, "dst", destination, "proto", "esp", "spi", spi, "reqid", "77",
        "mode", "transport", "aead", "rfc4106(gcm(aes))", KEY, "128", namespace=namespace)


@scenario
def added_by_hand(lab):
    """A pair of SAs added by hand beside pluto's."""
    lab.connect()
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    a.up()
    # To tell its tables cost the daemon some 60 ms here, and a thousand times that passes before it is asked again.
    lab.quiet(65)
    lab.fault("two SAs are added by hand")
    add_by_hand("a", "10.9.0.1", "10.9.0.7", "0x1001")
    add_by_hand("a", "10.9.0.7", "10.9.0.1", "0x1002")
    lab.expect("a", "sa-orphaned", 12, r'"sa-added".*0x00001001', says=["10.9.0.7"])
    lab.quiet(8)
    lab.note("they are deleted")
    run("ip", "xfrm", "state", "delete", "src", "10.9.0.1", "dst", "10.9.0.7", "proto", "esp", "spi", "0x1001", namespace="a")
    run("ip", "xfrm", "state", "delete", "src", "10.9.0.7", "dst", "10.9.0.1", "proto", "esp", "spi", "0x1002", namespace="a")
    lab.expect_closed("a", "sa-orphaned", 5)
