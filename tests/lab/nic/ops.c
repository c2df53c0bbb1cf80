// SPDX-License-Identifier: GPL-2.0 OR MIT
/* What the stack calls, in the form in which this kernel calls it. */

#include <linux/version.h>
#include "swnic.h"

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)

/* The stack names the device; with a bond it is the slave. */
static int swnic_op_state_add(struct net_device *dev, struct xfrm_state *x, struct netlink_ext_ack *extack)
{
	return swnic_state_add(dev, x, extack);
}

static void swnic_op_state_delete(struct net_device *dev, struct xfrm_state *x)
{
	swnic_state_delete(x);
}

static void swnic_op_state_free(struct net_device *dev, struct xfrm_state *x)
{
	swnic_state_free(x);
}

#else

static int swnic_op_state_add(struct xfrm_state *x, struct netlink_ext_ack *extack)
{
	/* An SA under negotiation has no real_dev. */
	return swnic_state_add(x->xso.real_dev ?: x->xso.dev, x, extack);
}

#define swnic_op_state_delete	swnic_state_delete
#define swnic_op_state_free	swnic_state_free

#endif

const struct xfrmdev_ops swnic_xfrmdev_ops = {
	.xdo_dev_state_add		= swnic_op_state_add,
	.xdo_dev_state_delete		= swnic_op_state_delete,
	.xdo_dev_state_free		= swnic_op_state_free,
	.xdo_dev_offload_ok		= swnic_offload_ok,
	.xdo_dev_state_advance_esn	= swnic_advance_esn,
	.xdo_dev_state_update_stats	= swnic_update_stats,
	.xdo_dev_policy_add		= swnic_policy_add,
	.xdo_dev_policy_delete		= swnic_policy_delete,
	.xdo_dev_policy_free		= swnic_policy_free,
};
