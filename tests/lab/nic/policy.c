// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The policies of packet mode. The stack hands a packet over in the clear: the NIC chooses the SA by itself. */

#include "swnic.h"

static void swnic_policy_insert(struct swnic *nic, struct swnic_policy *new)
{
	struct list_head *before = &nic->policies;
	struct swnic_policy *policy;

	spin_lock_bh(&nic->lock);
	/* A low number is a high priority; of two equal ones the older stays in front. */
	list_for_each_entry(policy, &nic->policies, node)
		if (policy->priority > new->priority) {
			before = &policy->node;
			break;
		}
	list_add_tail_rcu(&new->node, before);
	nic->policy_count++;
	spin_unlock_bh(&nic->lock);
}

int swnic_policy_add(struct xfrm_policy *xp, struct netlink_ext_ack *extack)
{
	const struct xfrm_tmpl *tmpl = &xp->xfrm_vec[0];
	struct swnic_policy *policy;
	struct swnic *nic;
	int err;

	if (!swnic_is_ours(xp->xdo.dev)) {
		NL_SET_ERR_MSG_MOD(extack, "Offload was asked for a device that is not this driver's");
		return -EINVAL;
	}
	nic = netdev_priv(xp->xdo.dev);
	if (swnic_refuses(nic, &nic->faults.policies, &err, extack))
		return err;
	err = swnic_check_policy(xp, extack);
	if (err)
		return err;
	policy = kzalloc(sizeof(*policy), GFP_KERNEL);
	if (!policy)
		return -ENOMEM;
	policy->sel = xp->selector;
	policy->priority = xp->priority;
	policy->in = xp->xdo.dir == XFRM_DEV_OFFLOAD_IN;
	policy->block = xp->action == XFRM_POLICY_BLOCK;
	if (xp->xfrm_nr) {
		policy->transform = true;
		policy->mode = tmpl->mode;
		policy->reqid = tmpl->reqid;
		policy->saddr = tmpl->saddr;
		policy->daddr = tmpl->id.daddr;
	}
	swnic_policy_insert(nic, policy);
	xp->xdo.offload_handle = (unsigned long)policy;
	return 0;
}

void swnic_policy_delete(struct xfrm_policy *xp)
{
	struct swnic_policy *policy = (struct swnic_policy *)xp->xdo.offload_handle;
	struct swnic *nic = netdev_priv(xp->xdo.dev);

	spin_lock_bh(&nic->lock);
	list_del_rcu(&policy->node);
	nic->policy_count--;
	spin_unlock_bh(&nic->lock);
}

void swnic_policy_free(struct xfrm_policy *xp)
{
	struct swnic_policy *policy = (struct swnic_policy *)xp->xdo.offload_handle;

	xp->xdo.offload_handle = 0;
	kfree_rcu(policy, rcu);
}

/* Under RCU. */
const struct swnic_policy *swnic_policy_match(struct swnic *nic, const struct swnic_flow *flow, bool in)
{
	const struct swnic_policy *policy;

	list_for_each_entry_rcu(policy, &nic->policies, node)
		if (policy->in == in && swnic_flow_selected(flow, &policy->sel))
			return policy;
	return NULL;
}
