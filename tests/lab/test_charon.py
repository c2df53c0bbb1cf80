"""How the lab speaks with charon, and what it makes of a scenario's connections."""

import os
import socket
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from library import swanctl, vici  # noqa: E402: the path to it is set above
from library.daemons import DAEMONS, PLUTO
from library.gateway import connection
from library.scenario import load_all


class Wire(unittest.TestCase):
    """VICI's packets."""

    def test_a_message_is_read_as_it_was_written(self):
        message = {"a": "1", "list": ["x", ""], "section": {"b": "2", "inner": {"c": "three"}}, "empty": {}}
        self.assertEqual(vici.decode(vici.encode(message)), message)

    def test_the_bytes_are_those_of_the_protocol(self):
        self.assertEqual(vici.encode({"k": "v", "s": {"l": ["i"]}}), b"\x03\x01k\x00\x01v\x01\x01s\x04\x01l\x05\x00\x01i\x06\x02")
        self.assertEqual(vici.packet(vici.REQUEST, "stats"), b"\x00\x00\x00\x07\x00\x05stats")
        self.assertEqual(vici.packet(vici.RESPONSE, None, b"\x03"), b"\x00\x00\x00\x02\x01\x03")

    def test_an_answer_that_ends_in_its_midst_is_told(self):
        here, there = socket.socketpair()
        with here, there:
            there.sendall(vici.packet(vici.RESPONSE, None, vici.encode({"success": "yes"}))[:-2])
            there.close()
            with self.assertRaises(EOFError):
                vici.receive(here)


class Translation(unittest.TestCase):
    """ipsec.conf's words in swanctl.conf's."""

    def one(self, version="5.9.8", **options):
        return swanctl.child(swanctl.parse(connection(**options))["t1"], version)

    def test_defaults_of_the_lab(self):
        self.assertEqual(self.one(), {"local_ts": "dynamic", "remote_ts": "dynamic", "mode": "transport", "esp_proposals": "aes128gcm16",
                                      "hw_offload": "yes", "start_action": "none"})

    def test_each_option_has_its_twin(self):
        made = self.one(esn="either", auto="ondemand", leftprotoport="udp/7001", rightprotoport="udp", nic_offload=None, child_rekey_time="9s")
        self.assertEqual(made["esp_proposals"], "aes128gcm16-esn-noesn")
        self.assertEqual((made["start_action"], made["rekey_time"]), ("trap", "9s"))
        self.assertEqual((made["local_ts"], made["remote_ts"]), ("dynamic[17/7001]", "dynamic[17]"))
        self.assertNotIn("hw_offload", made)

    def test_a_word_that_5_9_8_would_discard_the_connection_for_is_not_written(self):
        self.assertEqual(self.one(nic_offload="crypto")["hw_offload"], "yes")
        self.assertEqual(self.one("6.0.1", nic_offload="crypto")["hw_offload"], "crypto")
        with self.assertRaises(swanctl.NoTwin):
            self.one(nic_offload="packet")

    def test_what_has_no_twin_is_no_silent_guess(self):
        with self.assertRaises(swanctl.NoTwin):
            self.one(phase2="ah")

    def test_connections_between_the_same_ends_share_an_ike_sa(self):
        text = connection("t1") + connection("t2") + connection("t3", right="10.9.0.7")
        self.assertEqual(swanctl.owners(text), {"t1": "gw", "t2": "gw", "t3": "gw2"})
        made = swanctl.configuration(text, "5.9.8")
        self.assertEqual(made.count("remote_addrs"), 2)
        self.assertEqual(made.count("{"), made.count("}"))


class Names(unittest.TestCase):
    """Scenarios that can be played with either daemon."""

    def test_each_has_a_name_with_each_daemon(self):
        scenarios = load_all()
        twins = {name.partition("@")[0] for name in scenarios if "@" in name}
        self.assertIn("link-set-down", twins)
        for name in twins:
            self.assertEqual(scenarios[name].daemon, PLUTO)
            self.assertEqual({one for one in DAEMONS if f"{name}@{one}" in scenarios}, set(DAEMONS) - {PLUTO})
            for daemon in set(DAEMONS) - {PLUTO}:
                self.assertEqual(scenarios[f"{name}@{daemon}"].daemon, daemon)

    def test_nothing_asks_for_a_daemon_that_is_not_there(self):
        self.assertEqual({one.daemon for one in load_all().values()} - set(DAEMONS), set())


if __name__ == "__main__":
    unittest.main()
