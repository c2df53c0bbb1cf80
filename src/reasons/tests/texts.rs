//! The kernel's texts, typed from its source and not from the table.

use super::*;

pub(crate) struct Text {
    pub driver: &'static str,
    pub module: &'static str,
    pub errno: u32,
    pub text: &'static str,
    pub reason: Reason,
}

impl Text {
    pub const fn new(
        driver: &'static str,
        module: &'static str,
        errno: u32,
        words: &'static str,
        reason: Reason,
    ) -> Self {
        text(driver, module, errno, words, reason)
    }
}

const fn text(driver: &'static str, module: &'static str, errno: u32, text: &'static str, reason: Reason) -> Text {
    Text { driver, module, errno, text, reason }
}
const fn core(text_: &'static str, reason: Reason) -> Text {
    text("mlx5_core", "core", 22, text_, reason)
}
const fn mlx5(text_: &'static str, reason: Reason) -> Text {
    text("mlx5_core", "mlx5_core", 22, text_, reason)
}
const fn ixgbe(text_: &'static str, reason: Reason) -> Text {
    text("ixgbe", "ixgbe", 22, text_, reason)
}
const fn ixgbevf(text_: &'static str, reason: Reason) -> Text {
    text("ixgbevf", "ixgbevf", 22, text_, reason)
}
const fn chelsio(text_: &'static str, reason: Reason) -> Text {
    text("cxgb4", "ch_ipsec", 22, text_, reason)
}
const fn nfp(text_: &'static str, reason: Reason) -> Text {
    text("nfp", "nfp", 22, text_, reason)
}
const fn cn10k(text_: &'static str, reason: Reason) -> Text {
    text("rvu-nicpf", "rvu_nicpf", 22, text_, reason)
}
const fn netdevsim(text_: &'static str, reason: Reason) -> Text {
    text("netdevsim", "netdevsim", 22, text_, reason)
}

#[rustfmt::skip]
pub(crate) const TEXTS: &[Text] = &[
    core("Unrecognized flags in offload request", Reason::RequestUnknown),
    core("Mismatched SA and offload direction", Reason::DirectionMismatch),
    core("XFRM if_id is not supported in RX path", Reason::IfIdUnsupported),
    core("TFC padding can't be offloaded", Reason::TfcPadding),
    core("Device doesn't support offload with ESN", Reason::EsnUnsupported),
    core("Policy offload is not supported", Reason::PolicyUnsupported),
    core("Unrecognized offload direction", Reason::DirectionUnsupported),
    core("Replay window should be 0 for output SA", Reason::ReplayWindow),
    core("Replay bmp_len should 0 for output SA", Reason::ReplayWindow),
    core("Replay seq and bitmap should be 0 for output SA", Reason::ReplayWindow),
    core("Replay seq and seq_hi should be 0 for output SA", Reason::DirectionMismatch),
    core("Replay oseq and oseq_hi should be 0 for input SA", Reason::DirectionMismatch),
    core("Flag DECAP_DSCP should not be set for output SA", Reason::DirectionMismatch),
    core("Flag ICMP should not be set for output SA", Reason::DirectionMismatch),
    core("Flag WILDRECV should not be set for output SA", Reason::DirectionMismatch),
    core("Flag NOPMTUDISC should not be set for input SA", Reason::DirectionMismatch),
    core("Flag DONT_ENCAP_DSCP should not be set for input SA", Reason::DirectionMismatch),
    core("Flag OSEQ_MAY_WRAP should not be set for input SA", Reason::DirectionMismatch),
    core("MTIMER_THRESH attribute should not be set on output SA", Reason::DirectionMismatch),
    core("MTIMER_THRESH should not be set on output SA", Reason::DirectionMismatch),
    core("SA_PCPU only supported with SA_DIR", Reason::DirectionMismatch),
    core("NAT keepalive is only supported for outbound SAs", Reason::DirectionMismatch),
    core("NAT keepalive is only supported for UDP encapsulation", Reason::UdpEncapUnsupported),

    mlx5("Cannot offload authenticated xfrm states", Reason::AlgorithmUnsupported),
    mlx5("Only AES-GCM-ICV16 xfrm state may be offloaded", Reason::AlgorithmUnsupported),
    mlx5("Cannot offload compressed xfrm states", Reason::CompressionUnsupported),
    mlx5("Cannot offload ESN xfrm states", Reason::EsnUnsupported),
    mlx5("Only IPv4/6 xfrm states may be offloaded", Reason::FamilyUnsupported),
    mlx5("Only ESP xfrm state may be offloaded", Reason::AhNotOffloadable),
    mlx5("Encapsulation is not supported", Reason::UdpEncapUnsupported),
    mlx5("Encapsulation other than UDP is not supported", Reason::UdpEncapUnsupported),
    mlx5("Encapsulation is supported in packet offload mode only", Reason::UdpEncapUnsupported),
    mlx5("Encapsulation is supported in transport mode only", Reason::UdpEncapUnsupported),
    mlx5("Cannot offload xfrm states without aead", Reason::AlgorithmUnsupported),
    mlx5("Cannot offload xfrm states with AEAD ICV length other than 128bit", Reason::IcvLength),
    mlx5("Cannot offload xfrm states with AEAD key length other than 128/256 bit", Reason::KeyLength),
    mlx5("Cannot offload xfrm states with tfc padding", Reason::TfcPadding),
    mlx5("Cannot offload xfrm states without geniv", Reason::IvGenerator),
    mlx5("Cannot offload xfrm states with geniv other than seqiv", Reason::IvGenerator),
    mlx5("Device does not support upper protocol other than TCP/UDP", Reason::SelectorProtocol),
    mlx5("Only transport and tunnel xfrm states may be offloaded", Reason::ModeUnsupported),
    mlx5("Crypto offload is not supported", Reason::CryptoUnsupported),
    mlx5("Packet offload is not supported", Reason::PacketUnsupported),
    mlx5("Packet offload is not supported for tunnel mode", Reason::ModeUnsupported),
    mlx5("Unsupported replay window size", Reason::ReplayWindow),
    mlx5("Cannot offload without reqid", Reason::ReqidMissing),
    mlx5("Hard byte limit must be greater than soft one", Reason::LimitsUnsupported),
    mlx5("Soft/hard byte limits can't be 0", Reason::LimitsUnsupported),
    mlx5("Hard packet limit must be greater than soft one", Reason::LimitsUnsupported),
    mlx5("Soft/hard packet limits can't be 0", Reason::LimitsUnsupported),
    mlx5("Packet offload tunnel mode is disabled due to encap settings", Reason::ModeUnsupported),
    text("mlx5_core", "mlx5_core", 95, "Device doesn't support IPsec packet offload", Reason::PacketUnsupported),
    mlx5("Cannot offload non-main policy types", Reason::PolicyUnsupported),
    mlx5("Cannot offload more than one template", Reason::PolicyUnsupported),
    mlx5("Cannot offload forward policy", Reason::PolicyUnsupported),
    mlx5("Unsupported policy with reqid 0 without at least one of upper protocol or ip addr(s) different than 0", Reason::PolicyUnsupported),
    mlx5("Device does not support policy priority", Reason::PolicyUnsupported),
    mlx5("Device does not support requested policy priority", Reason::PolicyUnsupported),

    ixgbe("Unsupported protocol for ipsec offload", Reason::CompressionUnsupported),
    ixgbe("Unsupported mode for ipsec offload", Reason::ModeUnsupported),
    ixgbe("IPsec IP addr clash with mgmt filters", Reason::AddressClash),
    ixgbe("Unsupported ipsec offload type", Reason::PacketUnsupported),
    ixgbe("Compression offload not supported", Reason::CompressionUnsupported),
    text("ixgbe", "ixgbe", 28, "No space for SA in Rx table!", Reason::Capacity),
    text("ixgbe", "ixgbe", 28, "No space for SA in Rx IP SA table", Reason::Capacity),
    text("ixgbe", "ixgbe", 28, "No space for SA in Tx table", Reason::Capacity),
    // Three causes have these words; the shape or the log tells them apart.
    ixgbe("Failed to get key data for Rx SA table", Reason::Unknown),
    ixgbe("Failed to get key data for Tx SA table", Reason::Unknown),

    ixgbevf("Unsupported protocol for IPsec offload", Reason::CompressionUnsupported),
    ixgbevf("Unsupported mode for ipsec offload", Reason::ModeUnsupported),
    ixgbevf("Unsupported ipsec offload type", Reason::PacketUnsupported),
    ixgbevf("Compression offload not supported", Reason::CompressionUnsupported),
    text("ixgbevf", "ixgbevf", 28, "No space for SA in Rx table!", Reason::Capacity),
    text("ixgbevf", "ixgbevf", 28, "No space for SA in Tx table", Reason::Capacity),
    ixgbevf("Failed to get key data for Rx SA table", Reason::Unknown),
    ixgbevf("Failed to get key data for Tx SA table", Reason::Unknown),

    text("cxgb4", "cxgb4", 16, "crypto uld critical resource is under use", Reason::Busy),
    chelsio("Cannot offload authenticated xfrm states", Reason::AlgorithmUnsupported),
    chelsio("Cannot offload compressed xfrm states", Reason::CompressionUnsupported),
    chelsio("Only IPv4/6 xfrm state offloaded", Reason::FamilyUnsupported),
    chelsio("Only transport and tunnel xfrm offload", Reason::ModeUnsupported),
    chelsio("Only ESP xfrm state offloaded", Reason::AhNotOffloadable),
    chelsio("Encapsulated xfrm state not offloaded", Reason::UdpEncapUnsupported),
    chelsio("Cannot offload xfrm states without aead", Reason::AlgorithmUnsupported),
    chelsio("Cannot offload xfrm states with AEAD ICV length other than 96b & 128b", Reason::IcvLength),
    chelsio("cannot offload xfrm states with AEAD key length other than 128/256 bit", Reason::KeyLength),
    chelsio("Cannot offload xfrm states with tfc padding", Reason::TfcPadding),
    chelsio("Cannot offload xfrm states without geniv", Reason::IvGenerator),
    chelsio("Cannot offload xfrm states with geniv other than seqiv", Reason::IvGenerator),
    chelsio("Unsupported xfrm offload", Reason::PacketUnsupported),
    text("cxgb4", "ch_ipsec", 19, "Failed to acquire module reference", Reason::ModuleMissing),

    nfp("Unsupported mode for xfrm offload", Reason::ModeUnsupported),
    nfp("Unsupported protocol for xfrm offload", Reason::CompressionUnsupported),
    nfp("Unsupported XFRM_REPLAY_MODE_ESN for xfrm offload", Reason::EsnUnsupported),
    nfp("Unsupported authentication algorithm", Reason::AlgorithmUnsupported),
    nfp("Unsupported authentication algorithm trunc length", Reason::IcvLength),
    nfp("Insufficient space for offloaded auth key", Reason::KeyLength),
    nfp("Unsupported encryption algorithm for offload", Reason::AlgorithmUnsupported),
    nfp("ICV must be 128bit with CHACHA20_POLY1305", Reason::IcvLength),
    nfp("Unsupported CHACHA20 key length", Reason::KeyLength),
    nfp("Invalid AES key data", Reason::AlgorithmUnsupported),
    nfp("ICV must be 128bit with SADB_X_EALG_AES_GCM_ICV16", Reason::IcvLength),
    nfp("Unsupported AES key length", Reason::KeyLength),
    nfp("aead: Insufficient space for offloaded key", Reason::KeyLength),
    nfp("ealg: Insufficient space for offloaded key", Reason::KeyLength),
    nfp("Unsupported address family", Reason::FamilyUnsupported),
    text("nfp", "nfp", 16, "Unable to get sa_data number for IPsec", Reason::Capacity),
    text("nfp", "nfp", 12, "Failed to issue IPsec command", Reason::FirmwareError),

    text("rvu-nicpf", "rvu_nicpf", 0, "xfrm inbound offload not supported", Reason::DirectionUnsupported),
    cn10k("Cannot offload authenticated xfrm states", Reason::AlgorithmUnsupported),
    cn10k("Only AES-GCM-ICV16 xfrm state may be offloaded", Reason::AlgorithmUnsupported),
    cn10k("Cannot offload compressed xfrm states", Reason::CompressionUnsupported),
    cn10k("Cannot offload ESN xfrm states", Reason::EsnUnsupported),
    cn10k("Only IPv4/v6 xfrm states may be offloaded", Reason::FamilyUnsupported),
    cn10k("Cannot offload other than crypto-mode", Reason::PacketUnsupported),
    cn10k("Only tunnel/transport xfrm states may be offloaded", Reason::ModeUnsupported),
    cn10k("Only ESP xfrm state may be offloaded", Reason::AhNotOffloadable),
    cn10k("Encapsulated xfrm state may not be offloaded", Reason::UdpEncapUnsupported),
    cn10k("Cannot offload xfrm states without aead", Reason::AlgorithmUnsupported),
    cn10k("Cannot offload xfrm states with AEAD ICV length other than 128bit", Reason::IcvLength),
    cn10k("Cannot offload xfrm states with AEAD key length other than 128/192/256bit", Reason::KeyLength),
    cn10k("Cannot offload xfrm states with tfc padding", Reason::TfcPadding),
    cn10k("Cannot offload xfrm states without geniv", Reason::IvGenerator),
    cn10k("Cannot offload xfrm states with geniv other than seqiv", Reason::IvGenerator),
    text("rvu-nicpf", "rvu_nicpf", 110, "Error writing outbound SA", Reason::FirmwareError),
    text("rvu-nicpf", "rvu_nicpf", 19, "Error writing outbound SA", Reason::DriverNotReady),

    netdevsim("Unsupported protocol for ipsec offload", Reason::CompressionUnsupported),
    netdevsim("Compression offload not supported", Reason::CompressionUnsupported),
    netdevsim("Unsupported ipsec offload type", Reason::PacketUnsupported),
    text("netdevsim", "netdevsim", 28, "No space for SA in Rx table!", Reason::Capacity),
    netdevsim("Failed to get key data for SA table", Reason::Unknown),

    text("bonding", "bonding", 0, "Slave does not support ipsec offload", Reason::SlaveNotCapable),

    // What the kernel puts in where the driver said nothing, or says of several things.
    core("Type doesn't support offload", Reason::Unknown),
    core("Encapsulation and TFC padding can't be offloaded", Reason::Unknown),
    core("Device failed to offload this state", Reason::Unknown),
    core("Device failed to offload this policy", Reason::Unknown),
    mlx5("Unsupported xfrm offload type", Reason::RequestUnknown),
    nfp("Unsupported xfrm offload type", Reason::PacketUnsupported),
    core("a text of a later kernel", Reason::Unknown),
    core("", Reason::Unknown),
];

/// The words and the device, and nothing of the SA.
#[test]
fn every_text_of_the_kernel_has_its_reason() {
    for Text { driver, module, errno, text, reason: expected } in TEXTS {
        let said = format!("{module}: {text}");
        let said = if *module == "core" { *text } else { &said };
        let case = Case { errno: Some(*errno), text: Some(said), device: Some(nic(driver)), ..Case::default() };
        assert_eq!(reason(&case), *expected, "{said}");
        // Two modules have «Unsupported xfrm offload type»: the driver decides.
        assert_eq!(reason(&Case { text: Some(text), ..case }), *expected, "{text} of {driver}");
        let bare = reason(&Case { text: Some(text), ..Case::default() });
        assert!(bare == *expected || bare == Reason::Unknown, "{text}: {bare}");
        assert_eq!(
            reason(&Case { text: Some(&format!("Error: {said}.")), ..case }),
            *expected,
            "{said}, as ip(8) has it"
        );
    }
}

#[test]
fn the_device_that_spoke_has_the_say() {
    for Text { driver, module, errno, text, reason: expected } in
        TEXTS.iter().filter(|text| text.reason != Reason::Unknown)
    {
        let said = format!("{module}: {text}");
        let said = if *module == "core" { *text } else { &said };
        let case = Case { errno: Some(*errno), text: Some(said), device: Some(nic(driver)), ..Case::default() };
        let entry = judge(&case).unwrap();
        assert_eq!(entry.owner, *module, "{said}");
        assert_eq!(entry.text, Some(*text), "{said}: {expected}");
    }
}

#[test]
fn the_protocol_tells_what_lacks_offload() {
    let shape = plain();
    let case = Case { text: Some("Type doesn't support offload"), ..crypto("netdevsim", 22, &shape) };
    assert_eq!(reason(&case), Reason::ModuleMissing);
    let with = |protocol| reason(&Case { shape: Some(&SaShape { protocol, ..shape }), ..case });
    assert_eq!(with(Protocol::Ah), Reason::AhNotOffloadable);
    assert_eq!(with(Protocol::Comp), Reason::CompressionUnsupported);
    assert_eq!(reason(&Case { shape: Some(&SaShape { esn: true, ..shape }), ..case }), Reason::ModuleMissing);
    assert_eq!(reason(&Case { shape: None, ..case }), Reason::Unknown);
}

#[test]
fn the_shape_or_the_log_tells_what_key_data_means() {
    let (plain, short) = (plain(), SaShape { algorithm: Some(gcm(160, 96)), ..plain() });
    let said = "netdevsim: Failed to get key data for SA table";
    let case = Case { text: Some(said), ..crypto("netdevsim", 22, &plain) };
    assert_eq!(reason(&case), Reason::Unknown, "nothing is wrong with that SA");
    let with = |algorithm| reason(&Case { shape: Some(&SaShape { algorithm: Some(algorithm), ..plain }), ..case });
    assert_eq!(with(cbc()), Reason::AlgorithmUnsupported);
    assert_eq!(with(gcm(160, 96)), Reason::IcvLength);
    assert_eq!(with(gcm(96, 128)), Reason::KeyLength);
    let log = ["netdevsim netdevsim0 nic0: IPsec offload requires 128 bit authentication"];
    assert_eq!(reason(&Case { shape: None, kernel_log: &log, ..case }), Reason::IcvLength);
    assert_eq!(reason(&Case { shape: Some(&short), kernel_log: &log, ..case }), Reason::IcvLength);
}

#[test]
fn of_a_text_for_two_faults_the_sa_tells_which_it_has() {
    let text = Some("Encapsulation and TFC padding can't be offloaded");
    for (encapsulated, expected) in [(true, Reason::UdpEncapUnsupported), (false, Reason::TfcPadding)] {
        let shape = SaShape { encapsulated, ..plain() };
        let case = Case { text, abilities: Abilities::LINUX_6_1, ..crypto("netdevsim", 22, &shape) };
        assert_eq!(reason(&case), expected);
        assert_eq!(reason(&Case { shape: None, ..case }), Reason::Unknown);
    }
}

/// Before 6.3, mlx5 wrote its words to the log.
#[test]
fn the_kernels_log_has_words_too() {
    let shape = plain();
    let lines = [
        ("mlx5_core 0000:01:00.0 eth0: Cannot offload ESN xfrm states", "mlx5_core", Reason::EsnUnsupported),
        ("ixgbe 0000:01:00.0 eth0: IPsec offload requires 128 bit authentication", "ixgbe", Reason::IcvLength),
        ("ixgbe 0000:01:00.0 eth0: Unsupported IPsec algorithm", "ixgbe", Reason::AlgorithmUnsupported),
        (
            "ixgbe 0000:01:00.0 eth0: Unsupported IPsec algorithm - please use rfc4106(gcm(aes))",
            "ixgbe",
            Reason::AlgorithmUnsupported,
        ),
        (
            "ixgbe 0000:01:00.0 eth0: IPsec hw offload only supports keys up to 128 bits with a 32 bit salt",
            "ixgbe",
            Reason::KeyLength,
        ),
        (
            "netdevsim netdevsim0 nic0: IPsec hw offload only supports 128 bit keys with optional 32 bit salt",
            "netdevsim",
            Reason::KeyLength,
        ),
        ("ixgbe 0000:01:00.0: VF 3 attempted to add an IPsec SA", "ixgbevf", Reason::VfNotPermitted),
        ("mlx5_core 0000:01:00.0: IPSec initialization failed, -12", "mlx5_core", Reason::DriverNotReady),
        ("nfp 0000:01:00.0 eth0: Config cmd 3 to HW failed -22.", "nfp", Reason::FirmwareError),
        ("mlx5_core 0000:01:00.0 eth0: Link up", "mlx5_core", Reason::Unknown),
    ];
    for (line, driver, expected) in lines {
        let case = Case { errno: None, kernel_log: &[line], ..crypto(driver, 22, &shape) };
        assert_eq!(reason(&Case { shape: None, ..case }), expected, "{line}");
    }
}

#[test]
fn a_slaves_words_count_for_its_bond() {
    let bond = Device { name: "bond0", driver: Some("bonding"), kind: Some("bond"), esp_hw_offload: Some(true) };
    let shape = plain();
    let case = Case { device: Some(bond), ..crypto("bonding", 22, &shape) };
    assert_eq!(
        reason(&Case { text: Some("ixgbe: Unsupported mode for ipsec offload"), ..case }),
        Reason::ModeUnsupported
    );
    assert_eq!(reason(&case), Reason::Unknown);
}
