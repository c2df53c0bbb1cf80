// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The network device: opening, the wire to the peer, receiving by NAPI, carrier and reset. */

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include "swnic.h"

/* Guards peers and carriers of all devices: a reset ends without the rtnl lock. */
static DEFINE_MUTEX(link_lock);

#define SWNIC_FEATURES (NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | \
			NETIF_F_HW_ESP)

static void swnic_carrier_update(struct swnic *nic)
{
	struct swnic *peer = rcu_dereference_protected(nic->peer, lockdep_is_held(&link_lock));
	bool up = peer && netif_running(nic->dev) && netif_running(peer->dev) && !nic->resetting && !peer->resetting;
	struct net_device *ends[] = { nic->dev, peer ? peer->dev : NULL };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		if (!ends[i])
			continue;
		if (up)
			netif_carrier_on(ends[i]);
		else
			netif_carrier_off(ends[i]);
	}
}

static void swnic_reset_ended(struct work_struct *work)
{
	struct swnic *nic = container_of(to_delayed_work(work), struct swnic, reset);

	mutex_lock(&link_lock);
	nic->resetting = false;
	swnic_carrier_update(nic);
	mutex_unlock(&link_lock);
}

/* No carrier for so long, and the counters start at 0; the SAs are programmed again, as drivers do from their own tables. */
void swnic_reset(struct swnic *nic, unsigned int ms)
{
	mutex_lock(&link_lock);
	swnic_counters_reset(nic);
	if (ms) {
		nic->resetting = true;
		swnic_carrier_update(nic);
		mod_delayed_work(swnic_workqueue, &nic->reset, msecs_to_jiffies(ms));
	}
	mutex_unlock(&link_lock);
}

/* Give a frame (skb->data at its Ethernet header) to the peer. */
void swnic_wire(struct swnic *nic, struct sk_buff *skb)
{
	unsigned int len = skb->len;
	struct swnic *peer;

	rcu_read_lock();
	peer = rcu_dereference(nic->peer);
	if (!peer || !netif_carrier_ok(nic->dev) || !netif_running(peer->dev) || skb_orphan_frags(skb, GFP_ATOMIC) ||
	    skb_queue_len_lockless(&peer->ring) >= SWNIC_RING) {
		DEV_STATS_INC(nic->dev, tx_dropped);
		kfree_skb(skb);
	} else {
		skb_orphan(skb);
		skb_scrub_packet(skb, true);
		skb->priority = 0;
		skb_queue_tail(&peer->ring, skb);
		dev_sw_netstats_tx_add(nic->dev, 1, len);
		napi_schedule(&peer->napi);
	}
	rcu_read_unlock();
}

static int swnic_poll(struct napi_struct *napi, int budget)
{
	struct swnic *nic = container_of(napi, struct swnic, napi);
	struct sk_buff *skb;
	int done;

	for (done = 0; done < budget; done++) {
		skb = skb_dequeue(&nic->ring);
		if (!skb)
			break;
		dev_sw_netstats_rx_add(nic->dev, skb->len);
		if (!pskb_may_pull(skb, ETH_HLEN)) {
			kfree_skb(skb);
			continue;
		}
		skb->protocol = eth_type_trans(skb, nic->dev);
		if (swnic_receive(nic, skb))
			napi_gro_receive(napi, skb);
	}
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

static int swnic_open(struct net_device *dev)
{
	struct swnic *nic = netdev_priv(dev);

	napi_enable(&nic->napi);
	mutex_lock(&link_lock);
	swnic_carrier_update(nic);
	mutex_unlock(&link_lock);
	return 0;
}

static int swnic_stop(struct net_device *dev)
{
	struct swnic *nic = netdev_priv(dev);

	mutex_lock(&link_lock);
	swnic_carrier_update(nic);
	mutex_unlock(&link_lock);
	napi_disable(&nic->napi);
	skb_queue_purge(&nic->ring);
	return 0;
}

static void swnic_uninit(struct net_device *dev)
{
	struct swnic *nic = netdev_priv(dev);
	struct swnic *peer;

	cancel_delayed_work_sync(&nic->reset);
	mutex_lock(&link_lock);
	peer = rcu_dereference_protected(nic->peer, lockdep_is_held(&link_lock));
	RCU_INIT_POINTER(nic->peer, NULL);
	if (peer) {
		RCU_INIT_POINTER(peer->peer, NULL);
		swnic_carrier_update(peer);
	}
	mutex_unlock(&link_lock);
}

static const struct net_device_ops swnic_netdev_ops = {
	.ndo_open		= swnic_open,
	.ndo_stop		= swnic_stop,
	.ndo_uninit		= swnic_uninit,
	.ndo_start_xmit		= swnic_xmit,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
};

/* A bond on some kernels hands its own device to its slave's driver. */
bool swnic_is_ours(const struct net_device *dev)
{
	return dev && dev->netdev_ops == &swnic_netdev_ops;
}

static void swnic_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &swnic_netdev_ops;
	dev->ethtool_ops = &swnic_ethtool_ops;
	dev->xfrmdev_ops = &swnic_xfrmdev_ops;
	dev->features |= SWNIC_FEATURES;
	dev->hw_features |= SWNIC_FEATURES;
	/* ESP packets count as encapsulated: without HW_ESP here software does everything. */
	dev->hw_enc_features |= NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA | NETIF_F_HW_ESP;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	/*
	 * No needed_headroom and needed_tailroom, though packet mode adds both: the stack would grow software's packets for them
	 * while a socket owns these, and does not count what they grow by.
	 */
	dev->max_mtu = 9000;
	dev->needs_free_netdev = false;
}

struct swnic *swnic_create(unsigned int number)
{
	u8 mac[ETH_ALEN] = { 0x02, 's', 'w', 'n', 'i', number };
	char name[IFNAMSIZ];
	struct net_device *dev;
	struct swnic *nic;
	int err;

	snprintf(name, sizeof(name), "swnic%u", number);
	dev = alloc_netdev(sizeof(*nic), name, NET_NAME_PREDICTABLE, swnic_setup);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	eth_hw_addr_set(dev, mac);
	nic = netdev_priv(dev);
	nic->dev = dev;
	nic->number = number;
	nic->faults.capacity = SWNIC_CAPACITY;
	spin_lock_init(&nic->lock);
	hash_init(nic->sas);
	INIT_LIST_HEAD(&nic->policies);
	skb_queue_head_init(&nic->ring);
	INIT_DELAYED_WORK(&nic->reset, swnic_reset_ended);
	netif_napi_add(dev, &nic->napi, swnic_poll);
	netif_carrier_off(dev);
	err = register_netdev(dev);
	if (err) {
		free_netdev(dev);
		return ERR_PTR(err);
	}
	return nic;
}

void swnic_join(struct swnic *one, struct swnic *other)
{
	mutex_lock(&link_lock);
	rcu_assign_pointer(one->peer, other);
	rcu_assign_pointer(other->peer, one);
	swnic_carrier_update(one);
	mutex_unlock(&link_lock);
}

void swnic_destroy(struct swnic *nic)
{
	/* Unregistering makes the stack take its SAs and policies away. */
	unregister_netdev(nic->dev);
	skb_queue_purge(&nic->ring);
	free_netdev(nic->dev);
}
