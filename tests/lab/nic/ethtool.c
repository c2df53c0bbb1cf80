// SPDX-License-Identifier: GPL-2.0 OR MIT
/* What ethtool shows. */

#include <linux/ethtool.h>
#include "swnic.h"

const char swnic_counter_names[SWNIC_COUNTERS][ETH_GSTRING_LEN] = {
	[SWNIC_RX_PKTS]			= "ipsec_rx_pkts",
	[SWNIC_RX_BYTES]		= "ipsec_rx_bytes",
	[SWNIC_RX_DROP_PKTS]		= "ipsec_rx_drop_pkts",
	[SWNIC_RX_DROP_BYTES]		= "ipsec_rx_drop_bytes",
	[SWNIC_TX_PKTS]			= "ipsec_tx_pkts",
	[SWNIC_TX_BYTES]		= "ipsec_tx_bytes",
	[SWNIC_TX_DROP_PKTS]		= "ipsec_tx_drop_pkts",
	[SWNIC_TX_DROP_BYTES]		= "ipsec_tx_drop_bytes",
	[SWNIC_RX_DROP_SP_ALLOC]	= "ipsec_rx_drop_sp_alloc",
	[SWNIC_RX_DROP_SADB_MISS]	= "ipsec_rx_drop_sadb_miss",
	[SWNIC_TX_DROP_BUNDLE]		= "ipsec_tx_drop_bundle",
	[SWNIC_TX_DROP_NO_STATE]	= "ipsec_tx_drop_no_state",
	[SWNIC_TX_DROP_NOT_IP]		= "ipsec_tx_drop_not_ip",
	[SWNIC_TX_DROP_TRAILER]		= "ipsec_tx_drop_trailer",
};

static void swnic_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct swnic *nic = netdev_priv(dev);

	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	snprintf(info->bus_info, sizeof(info->bus_info), "lab:%u", nic->number);
}

static int swnic_get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
	settings->base.speed = SPEED_10000;
	settings->base.duplex = DUPLEX_FULL;
	settings->base.port = PORT_DA;
	settings->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

static int swnic_get_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? SWNIC_COUNTERS : -EOPNOTSUPP;
}

static void swnic_get_strings(struct net_device *dev, u32 sset, u8 *data)
{
	if (sset == ETH_SS_STATS)
		memcpy(data, swnic_counter_names, sizeof(swnic_counter_names));
}

static void swnic_get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *values)
{
	swnic_counters_read(netdev_priv(dev), values);
}

const struct ethtool_ops swnic_ethtool_ops = {
	.get_drvinfo		= swnic_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= swnic_get_link_ksettings,
	.get_sset_count		= swnic_get_sset_count,
	.get_strings		= swnic_get_strings,
	.get_ethtool_stats	= swnic_get_ethtool_stats,
};
