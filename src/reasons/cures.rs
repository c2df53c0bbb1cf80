//! What to do about it, once for each kind of refusal, in the words of each daemon's configuration.

/// One line for each daemon.
#[derive(Clone, Copy)]
pub(super) struct Cure {
    pub libreswan: &'static str,
    pub strongswan: &'static str,
}

const fn cure(libreswan: &'static str, strongswan: &'static str) -> Cure {
    Cure { libreswan, strongswan }
}

/// The same for both: a command, or something outside their configuration.
const fn same(words: &'static str) -> Cure {
    Cure { libreswan: words, strongswan: words }
}

pub(super) const ESN: Cure = cure("write esn=no", "write esp_proposals = aes128gcm16-noesn");
pub(super) const GCM: Cure = cure("write esp=aes_gcm128-null", "write esp_proposals = aes128gcm16");
pub(super) const GCM_128: Cure = cure(
    "write esp=aes_gcm128-null: 256 bits are too many",
    "write esp_proposals = aes128gcm16: 256 bits are too many",
);
pub(super) const GCM_128_256: Cure =
    cure("write esp=aes_gcm128-null or esp=aes_gcm256-null", "write esp_proposals = aes128gcm16 or aes256gcm16");
pub(super) const GCM_ANY: Cure = cure(
    "write esp=aes_gcm128-null, or another length of 128, 192 or 256 bits",
    "write esp_proposals = aes128gcm16, or another length of 128, 192 or 256 bits",
);
pub(super) const ICV_16: Cure = cure(
    "write esp=aes_gcm_c128-null: the letter c asks for an ICV of 16 bytes, a for 8, b for 12",
    "write esp_proposals = aes128gcm16, not gcm8 or gcm12",
);
pub(super) const ICV_12_16: Cure = cure(
    "write esp=aes_gcm_c128-null, or aes_gcm_b128 for an ICV of 12 bytes",
    "write esp_proposals = aes128gcm16 or aes128gcm12, not gcm8",
);
pub(super) const ESP: Cure =
    cure("write phase2=esp, or nic-offload=no", "use esp_proposals instead of ah_proposals, or hw_offload = no");
pub(super) const NO_COMPRESSION: Cure = cure("write compress=no", "write ipcomp = no");
pub(super) const NO_TFC: Cure = cure("write tfc=0", "write tfc_padding = 0");
pub(super) const TRANSPORT: Cure =
    cure("write type=transport, or nic-offload=no", "write mode = transport, or hw_offload = no");
pub(super) const TRANSPORT_TUNNEL: Cure =
    cure("write type=transport or type=tunnel, without iptfs", "write mode = transport or mode = tunnel");
pub(super) const NO_ENCAPSULATION: Cure = cure(
    "write encapsulation=no if no NAT is in the way, else nic-offload=no",
    "write encap = no; if a NAT is in the way, hw_offload = no",
);
pub(super) const NO_TCP: Cure =
    cure("write enable-tcp=no, or nic-offload=no", "only ESP in UDP can be offloaded: write hw_offload = no");
pub(super) const CRYPTO: Cure =
    cure("write nic-offload=crypto (nic-offload=yes before libreswan 5)", "write hw_offload = crypto");
pub(super) const PACKET_OR_NONE: Cure =
    cure("write nic-offload=packet, or nic-offload=no", "write hw_offload = packet, or hw_offload = no");
pub(super) const NONE: Cure = cure("write nic-offload=no", "write hw_offload = no");
pub(super) const WINDOW: Cure =
    cure("write replay-window=64 (or 32, 128, 256)", "write replay_window = 64 (or 32, 128, 256)");
pub(super) const NO_WINDOW_OUT: Cure = cure(
    "update libreswan to 5.0 or later: an outbound SA takes no replay window",
    "update strongSwan: an outbound SA takes no replay window",
);
pub(super) const NO_IF_ID: Cure =
    cure("write no ipsec-interface=, or nic-offload=no", "write no if_id_in and if_id_out, or hw_offload = no");
pub(super) const SELECTOR: Cure = cure(
    "write leftprotoport=tcp or udp, or none at all, or nic-offload=no",
    "write local_ts and remote_ts with tcp, udp or no protocol, or hw_offload = no",
);
pub(super) const REQID: Cure = cure("write no reqid=, or one that is not 0", "write no reqid, or one that is not 0");
pub(super) const BYTE_LIMITS: Cure = cure(
    "write no ipsec-max-bytes=, or one above 0",
    "write no life_bytes and rekey_bytes, or life_bytes above rekey_bytes",
);
pub(super) const PACKET_LIMITS: Cure = cure(
    "write no ipsec-max-packets=, or one above 0",
    "write no life_packets and rekey_packets, or life_packets above rekey_packets",
);
pub(super) const UPDATE: Cure =
    same("the daemon and the kernel do not fit: run the kernel that the daemon was made for, or offload nothing");
pub(super) const DAEMON_FAULT: Cure =
    same("a fault of the daemon or of who wrote the SA by hand: update it, or offload nothing");
pub(super) const MODULE: Cure =
    same("modprobe esp4_offload (IPv6: esp6_offload); if it is not there, install the kernel's extra modules");
pub(super) const ON_THE_NIC: Cure = cure(
    "put the IKE address on the NIC below DEV, or write nic-offload=no",
    "put the IKE address on the NIC below DEV, or write hw_offload = no",
);
pub(super) const OTHER_NIC: Cure = cure(
    "put the IKE address on a NIC with IPsec offload, or write nic-offload=no",
    "put the IKE address on a NIC with IPsec offload, or write hw_offload = no",
);
pub(super) const FEATURE: Cure =
    same("ethtool -K DEV esp-hw-offload on; where ethtool -k shows [fixed], the card cannot");
pub(super) const MLX5_BUILD: Cure = same(
    "use a kernel with CONFIG_MLX5_EN_IPSEC and a card with crypto (ConnectX-6 Dx or later); grep MLX5_EN_IPSEC /boot/config-*",
);
pub(super) const CHELSIO_BUILD: Cure =
    same("use a kernel with CONFIG_CHELSIO_IPSEC_INLINE and a T6 card with its crypto firmware");
pub(super) const IXGBEVF_BUILD: Cure = same("update the ixgbe of the host: its mailbox offers no IPsec to DEV");
pub(super) const REKEY: Cure = cure(
    "write mobike=no, or ipsec whack --rekey-ipsec --name CONNECTION --asynchronous (libreswan 5: --rekey-child) after a move; kernel 6.16 can carry the offload over",
    "write mobike = no, or swanctl --rekey --child CHILD after a move; kernel 6.16 can carry the offload over",
);
pub(super) const RESTART_DEVICE: Cure = cure(
    "wait until the device is whole again (dmesg, devlink dev show), then ipsec whack --rekey-ipsec --name CONNECTION --asynchronous (libreswan 5: --rekey-child)",
    "wait until the device is whole again (dmesg, devlink dev show), then swanctl --rekey --child CHILD",
);
pub(super) const FIRMWARE: Cure =
    same("look in dmesg for the card's own error; update its firmware (ethtool -i DEV, devlink dev info)");
pub(super) const FULL: Cure = cure(
    "fewer SAs on DEV: write nic-offload=no for the connections that carry least, or spread them over more NICs",
    "fewer SAs on DEV: write hw_offload = no for the children that carry least, or spread them over more NICs",
);
pub(super) const AGAIN: Cure = cure(
    "try again: ipsec whack --initiate --name CONNECTION --asynchronous",
    "try again: swanctl --initiate --child CHILD",
);
pub(super) const ESWITCH: Cure = same(
    "remove TC offload from DEV (tc filter show dev DEV) and IPsec from its VFs (devlink port function set … ipsec_crypto disable)",
);
pub(super) const VEPA: Cure = same(
    "bridge link set dev DEV hwmode vepa, or take the virtual functions away: echo 0 > /sys/class/net/DEV/device/sriov_numvfs",
);
pub(super) const VF_RIGHTS: Cure =
    same("on the host: ip link set PF vf N trust on, and ethtool --set-priv-flags PF vf-ipsec on");
pub(super) const INBOUND_ONLY: Cure = cure(
    "outbound stays with the CPU on this device; for both ways use the physical function or another NIC, or write nic-offload=no",
    "outbound stays with the CPU on this device; for both ways use the physical function or another NIC, or write hw_offload = no",
);
pub(super) const OUTBOUND_ONLY: Cure = cure(
    "inbound stays with the CPU on this device; for both ways use another NIC, or write nic-offload=no",
    "inbound stays with the CPU on this device; for both ways use another NIC, or write hw_offload = no",
);
pub(super) const OTHER_ADDRESS: Cure = cure(
    "use an address that the management controller does not filter: left=",
    "use an address that the management controller does not filter: local_addrs",
);
pub(super) const CHELSIO_MODULE: Cure = same("modprobe ch_ipsec");
pub(super) const INTERFACE: Cure = cure(
    "look at ip link; then ipsec whack --listen, so that pluto reads the interfaces anew",
    "look at ip link; then swanctl --initiate --child CHILD",
);
pub(super) const ACTIVE_SLAVE: Cure = same("bring a slave up: cat /proc/net/bonding/DEV, ip link set SLAVE up");
pub(super) const SLAVES: Cure =
    same("use slaves whose driver has IPsec offload: ethtool -k SLAVE | grep esp-hw-offload");
pub(super) const NO_BOND: Cure = cure(
    "write nic-offload=no for connections on DEV, or run kernel 6.16 or later",
    "write hw_offload = no for children on DEV, or run kernel 6.16 or later",
);
pub(super) const ENCAP_RULES: Cure = cure(
    "remove TC and switchdev encapsulation from the card (devlink dev eswitch set pci/… encap-mode none), or write nic-offload=crypto",
    "remove TC and switchdev encapsulation from the card (devlink dev eswitch set pci/… encap-mode none), or write hw_offload = crypto",
);
pub(super) const AUTH: Cure =
    cure("write esp=aes_gcm128-null, or esp=aes128-sha2_256", "write esp_proposals = aes128gcm16, or aes128-sha256");
pub(super) const POLICY_PACKET: Cure = cure(
    "the device takes no policies: write nic-offload=crypto",
    "the device takes no policies: write hw_offload = crypto",
);
pub(super) const POLICY_SHAPE: Cure = cure(
    "write one selector with its own addresses and no priority=, or nic-offload=crypto",
    "write one selector with its own addresses and no priority, or hw_offload = crypto",
);
