// SPDX-License-Identifier: GPL-2.0
/* Joins two netdevsims back to back, by the file that 6.9 and later have for it: what one sends the other receives. */

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include "netdevsim.h"

/* With the rtnl lock held. */
static struct netdevsim *nsim_link_end(struct net *net, unsigned int index)
{
	struct net_device *dev = __dev_get_by_index(net, index);
	struct device *parent = dev ? dev->dev.parent : NULL;

	if (!parent || !parent->bus || strcmp(parent->bus->name, DRV_NAME))
		return NULL;
	return netdev_priv(dev);
}

static ssize_t link_device_store(struct bus_type *bus, const char *buf, size_t count)
{
	unsigned int index_a, index_b;
	struct netdevsim *a, *b;
	struct net *net_a, *net_b;
	int fd_a, fd_b;
	int err = -EINVAL;

	if (sscanf(buf, "%d:%u %d:%u", &fd_a, &index_a, &fd_b, &index_b) != 4)
		return -EINVAL;
	net_a = get_net_ns_by_fd(fd_a);
	if (IS_ERR(net_a))
		return PTR_ERR(net_a);
	net_b = get_net_ns_by_fd(fd_b);
	if (IS_ERR(net_b)) {
		put_net(net_a);
		return PTR_ERR(net_b);
	}
	rtnl_lock();
	a = nsim_link_end(net_a, index_a);
	b = nsim_link_end(net_b, index_b);
	if (a && b && a != b) {
		err = -EBUSY;
		if (!rtnl_dereference(a->peer) && !rtnl_dereference(b->peer)) {
			rcu_assign_pointer(a->peer, b);
			rcu_assign_pointer(b->peer, a);
			err = 0;
		}
	}
	rtnl_unlock();
	put_net(net_b);
	put_net(net_a);
	return err ?: count;
}
BUS_ATTR_WO(link_device);

/* Before one end is unregistered: afterwards no packet is on its way to it. */
void nsim_link_cut(struct netdevsim *ns)
{
	struct netdevsim *peer;

	rtnl_lock();
	peer = rtnl_dereference(ns->peer);
	if (peer)
		RCU_INIT_POINTER(peer->peer, NULL);
	RCU_INIT_POINTER(ns->peer, NULL);
	rtnl_unlock();
	synchronize_net();
}

/* Takes the packet in any case. */
void nsim_link_send(struct netdevsim *ns, struct sk_buff *skb)
{
	struct netdevsim *peer;

	rcu_read_lock();
	peer = rcu_dereference(ns->peer);
	if (peer)
		dev_forward_skb(peer->netdev, skb);
	else
		dev_kfree_skb(skb);
	rcu_read_unlock();
}
