//! What to do about it, once for each kind of refusal, in the words of each daemon's configuration.

/// One line for each daemon.
#[derive(Clone, Copy, Debug)]
pub struct Cure {
    pub(crate) libreswan: &'static str,
    pub(crate) strongswan: &'static str,
    /// Before 5.9.10, where that knows not all of these words: one that it does not know costs the whole connection.
    pub(crate) strongswan_before_packet: Option<&'static str>,
}

const fn cure(libreswan: &'static str, strongswan: &'static str) -> Cure {
    Cure { libreswan, strongswan, strongswan_before_packet: None }
}

/// With `before` for strongSwan before 5.9.10.
const fn cure_by_release(libreswan: &'static str, strongswan: &'static str, before: &'static str) -> Cure {
    Cure { libreswan, strongswan, strongswan_before_packet: Some(before) }
}

/// The same for both: a command, or something outside their configuration.
const fn same(words: &'static str) -> Cure {
    Cure { libreswan: words, strongswan: words, strongswan_before_packet: None }
}

/// With what the kernel has.
pub(super) const ALGORITHM: Cure = cure(
    "'cat /proc/crypto' shows what it has: install the kernel's extra modules or load the missing one, or write esp= with an algorithm that is there (esp=aes_gcm128-null)",
    "'cat /proc/crypto' shows what it has: install the kernel's extra modules or load the missing one, or write esp_proposals with an algorithm that is there (aes128gcm16)",
);
pub(super) const ESN_WINDOW: Cure = cure(
    "write replay-window=128 (at most 4096, and not 0 with esn=yes), or esn=no",
    "write replay_window = 128 (at most 4096, and not 0 with ESN)",
);
pub(super) const NO_ENCAPSULATION_TYPE: Cure = cure(
    "write enable-tcp=no at both ends, or use a kernel with CONFIG_INET_ESPINTCP",
    "use ESP in UDP or a kernel with CONFIG_INET_ESPINTCP",
);
pub(super) const ESP_MODULE: Cure = same(
    "'modprobe esp4' (IPv6: esp6; AH: ah4, ah6); if it is not there, install the kernel's extra modules, or allow loading modules",
);
pub(super) const SPI_RANGE: Cure = same(
    "'ip xfrm state count' shows how many SAs there are: remove what nobody uses, or make the range of SPIs in the daemon's configuration larger",
);
pub(super) const LARVAL_LIFE: Cure = cure(
    "'sysctl -w net.core.xfrm_acq_expires=165' gives it longer (expire-lifetime= in ipsec.conf, xfrmlifetime= before 5.3, is written there when the daemon starts); then look why it is slow: loss on the path, a slow script, a busy host",
    "'sysctl -w net.core.xfrm_acq_expires=165' gives it longer; then look why it is slow: loss on the path, a slow script, a busy host",
);
pub(super) const PER_CPU: Cure = cure(
    "write clones= no larger than the number of CPUs that 'nproc --all' shows, or leave it out",
    "write per_cpu_sas = no, or let the daemon run on all CPUs that 'nproc --all' shows",
);

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
pub(super) const CRYPTO: Cure = cure_by_release(
    "write nic-offload=crypto (nic-offload=yes before libreswan 5)",
    "write hw_offload = crypto (yes before strongSwan 5.9.10, which refuses the whole connection for a word that it does not know)",
    "write hw_offload = yes",
);
pub(super) const PACKET_OR_NONE: Cure = cure_by_release(
    "write nic-offload=packet, or nic-offload=no",
    "write hw_offload = packet (strongSwan 5.9.10 and later alone), or hw_offload = no",
    "write hw_offload = no",
);
pub(super) const NONE: Cure = cure("write nic-offload=no", "write hw_offload = no");
pub(super) const WINDOW: Cure =
    cure("write replay-window=64 (or 32, 128, 256)", "write replay_window = 64 (or 32, 128, 256)");
pub(super) const NO_WINDOW_OUT: Cure = cure(
    "update libreswan to 5.0 or later: an outbound SA takes no replay window",
    "update strongSwan: an outbound SA takes no replay window",
);
pub(super) const NO_IF_ID: Cure =
    cure("remove ipsec-interface=, or write nic-offload=no", "remove if_id_in and if_id_out, or write hw_offload = no");
pub(super) const SELECTOR: Cure = cure(
    "write leftprotoport=tcp or udp, or none at all, or nic-offload=no",
    "write local_ts and remote_ts with tcp, udp or no protocol, or hw_offload = no",
);
pub(super) const REQID: Cure = cure("remove reqid=, or write one above 0", "remove reqid, or write one above 0");
pub(super) const BYTE_LIMITS: Cure = cure(
    "remove ipsec-max-bytes=, or write one above 0",
    "remove life_bytes and rekey_bytes, or write life_bytes above rekey_bytes",
);
pub(super) const PACKET_LIMITS: Cure = cure(
    "remove ipsec-max-packets=, or write one above 0",
    "remove life_packets and rekey_packets, or write life_packets above rekey_packets",
);
pub(super) const UPDATE: Cure =
    same("the daemon and the kernel do not fit: run the kernel that the daemon was made for, or offload nothing");
pub(super) const DAEMON_FAULT: Cure =
    same("the daemon, or whoever added the SA by hand, asked wrongly: update the daemon, or offload nothing");
pub(super) const MODULE: Cure = same(
    "'modprobe esp4_offload' (IPv6: 'modprobe esp6_offload'); if it is not there, install the kernel's extra modules",
);
pub(super) const ON_THE_NIC: Cure = cure(
    "put the IKE address on the NIC below DEV, or write nic-offload=no",
    "put the IKE address on the NIC below DEV, or write hw_offload = no",
);
pub(super) const OTHER_NIC: Cure = cure(
    "put the IKE address on a NIC with IPsec offload, or write nic-offload=no",
    "put the IKE address on a NIC with IPsec offload, or write hw_offload = no",
);
pub(super) const FEATURE: Cure =
    same("'ethtool -K DEV esp-hw-offload on'; where 'ethtool -k DEV' shows it as [fixed], the card cannot");
pub(super) const MLX5_BUILD: Cure = same(
    "use a kernel with CONFIG_MLX5_EN_IPSEC and a card with crypto (ConnectX-6 Dx or later); 'grep MLX5_EN_IPSEC /boot/config-$(uname -r)' shows the kernel's",
);
pub(super) const CHELSIO_BUILD: Cure =
    same("use a kernel with CONFIG_CHELSIO_IPSEC_INLINE and a T6 card with its crypto firmware");
pub(super) const IXGBEVF_BUILD: Cure = same("update the driver ixgbe on the host: it offers no IPsec to DEV");
pub(super) const REKEY: Cure = cure(
    "write mobike=no, or rekey after a move: 'ipsec whack --rekey-ipsec --name CONNECTION --asynchronous' (libreswan 5: --rekey-child); later kernels (Linux 6.16) can carry the offload over",
    "write mobike = no, or rekey after a move: 'swanctl --rekey --ike IKE --child CHILD'; later kernels (Linux 6.16) can carry the offload over",
);
pub(super) const MOVE: Cure = cure(
    "rekey it, which makes a pair at the new addresses: 'ipsec whack --rekey-ipsec --name CONNECTION --asynchronous' (libreswan 5: --rekey-child); or write mobike=no or nic-offload=no",
    "rekey it, which makes a pair at the new addresses: 'swanctl --rekey --child CHILD'; or write mobike = no or hw_offload = no",
);
pub(super) const RESTART_DEVICE: Cure = cure(
    "wait until the device is whole again ('dmesg', 'devlink dev show'), then rekey: 'ipsec whack --rekey-ipsec --name CONNECTION --asynchronous' (libreswan 5: --rekey-child)",
    "wait until the device is whole again ('dmesg', 'devlink dev show'), then rekey: 'swanctl --rekey --ike IKE --child CHILD'",
);
pub(super) const FIRMWARE: Cure = same(
    "look for the card's own error in 'dmesg'; update its firmware ('ethtool -i DEV' and 'devlink dev info' show which it has)",
);
pub(super) const FULL: Cure = cure(
    "put fewer SAs on DEV: write nic-offload=no for the connections that carry least, or spread them over more NICs",
    "put fewer SAs on DEV: write hw_offload = no for the children that carry least, or spread them over more NICs",
);
pub(super) const AGAIN: Cure = cure(
    "try again: 'ipsec whack --initiate --name CONNECTION --asynchronous'",
    "try again: 'swanctl --initiate --ike IKE --child CHILD --timeout 60'",
);
pub(super) const ESWITCH: Cure = same(
    "remove TC offload from DEV ('tc filter show dev DEV' lists it) and IPsec from its virtual functions ('devlink port function set PORT ipsec_crypto disable')",
);
pub(super) const VEPA: Cure = same(
    "'bridge link set dev DEV hwmode vepa', or remove the virtual functions: 'echo 0 > /sys/class/net/DEV/device/sriov_numvfs'",
);
pub(super) const VF_RIGHTS: Cure = same(
    "on the host, with the physical function PF and the virtual one N: 'ip link set PF vf N trust on' and 'ethtool --set-priv-flags PF vf-ipsec on'",
);
pub(super) const INBOUND_ONLY: Cure = cure(
    "outbound stays with the CPU on this device; for both ways use the physical function or another NIC, or write nic-offload=no",
    "outbound stays with the CPU on this device; for both ways use the physical function or another NIC, or write hw_offload = no",
);
pub(super) const OUTBOUND_ONLY: Cure = cure(
    "inbound stays with the CPU on this device; for both ways use another NIC, or write nic-offload=no",
    "inbound stays with the CPU on this device; for both ways use another NIC, or write hw_offload = no",
);
pub(super) const OTHER_ADDRESS: Cure = cure(
    "write an address in left= that the management controller does not filter",
    "write an address in local_addrs that the management controller does not filter",
);
pub(super) const CHELSIO_MODULE: Cure = same("'modprobe ch_ipsec' loads the driver's IPsec part");
pub(super) const INTERFACE: Cure = cure(
    "'ip link' shows the devices that are there; 'ipsec whack --listen' has pluto read them anew",
    "'ip link' shows the devices that are there; then 'swanctl --initiate --ike IKE --child CHILD --timeout 60'",
);
pub(super) const ACTIVE_SLAVE: Cure =
    same("bring a slave up: 'cat /proc/net/bonding/DEV' lists them, 'ip link set SLAVE up'");
pub(super) const SLAVES: Cure =
    same("use slaves whose driver has IPsec offload: 'ethtool -k SLAVE | grep esp-hw-offload' shows whether it has");
pub(super) const NO_BOND: Cure = cure(
    "write nic-offload=no for connections on DEV, or run a kernel that tells the driver its device (Linux 6.16)",
    "write hw_offload = no for children on DEV, or run a kernel that tells the driver its device (Linux 6.16)",
);
pub(super) const ENCAP_RULES: Cure = cure_by_release(
    "remove TC and switchdev encapsulation from the card ('devlink dev eswitch set pci/ADDRESS encap-mode none'), or write nic-offload=crypto",
    "remove TC and switchdev encapsulation from the card ('devlink dev eswitch set pci/ADDRESS encap-mode none'), or write hw_offload = crypto",
    "remove TC and switchdev encapsulation from the card ('devlink dev eswitch set pci/ADDRESS encap-mode none'), or write hw_offload = yes",
);
pub(super) const TRANSPORT_OR_LEGACY: Cure = cure(
    "write type=transport, or on the host 'devlink dev eswitch set pci/ADDRESS mode legacy' with the card's own address, or nic-offload=no",
    "write mode = transport, or on the host 'devlink dev eswitch set pci/ADDRESS mode legacy' with the card's own address, or hw_offload = no",
);
pub(super) const AUTH: Cure =
    cure("write esp=aes_gcm128-null, or esp=aes128-sha2_256", "write esp_proposals = aes128gcm16, or aes128-sha256");
pub(super) const POLICY_PACKET: Cure = cure_by_release(
    "the device takes no policies: write nic-offload=crypto",
    "the device takes no policies: write hw_offload = crypto",
    "the device takes no policies: write hw_offload = yes",
);
pub(super) const POLICY_SHAPE: Cure = cure_by_release(
    "write one selector with its own addresses and no priority=, or nic-offload=crypto",
    "write one selector with its own addresses and no priority, or hw_offload = crypto",
    "write one selector with its own addresses and no priority, or hw_offload = yes",
);
