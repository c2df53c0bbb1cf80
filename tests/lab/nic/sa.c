// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The NIC's table of SAs, and what the stack calls to fill and empty it. */

#include <crypto/aead.h>
#include "swnic.h"

static struct swnic_sa *swnic_sa_of(const struct xfrm_state *x)
{
	return (struct swnic_sa *)READ_ONCE(x->xso.offload_handle);
}

static struct swnic_sa *swnic_sa_make(struct swnic *nic, struct xfrm_state *x, gfp_t gfp)
{
	struct swnic_sa *sa = kzalloc(sizeof(*sa), gfp);

	if (!sa)
		return NULL;
	sa->nic = nic;
	sa->x = x;
	sa->spi = x->id.spi;
	sa->saddr = x->props.saddr;
	sa->daddr = x->id.daddr;
	sa->family = x->props.family;
	sa->mode = x->props.mode;
	sa->reqid = x->props.reqid;
	sa->in = x->xso.dir == XFRM_DEV_OFFLOAD_IN;
	sa->packet = x->xso.type == XFRM_DEV_OFFLOAD_PACKET;
	sa->esn = x->props.flags & XFRM_STATE_ESN;
	sa->acquire = x->xso.flags & XFRM_DEV_OFFLOAD_FLAG_ACQ;
	sa->limited = sa->packet && !(x->lft.soft_packet_limit == XFRM_INF && x->lft.hard_packet_limit == XFRM_INF &&
				      x->lft.soft_byte_limit == XFRM_INF && x->lft.hard_byte_limit == XFRM_INF);
	sa->shown_at = jiffies;
	spin_lock_init(&sa->lock);
	INIT_HLIST_NODE(&sa->node);
	return sa;
}

static int swnic_sa_insert(struct swnic *nic, struct swnic_sa *sa)
{
	int err = 0;

	spin_lock_bh(&nic->lock);
	if (nic->sa_count >= READ_ONCE(nic->faults.capacity)) {
		err = -ENOSPC;
	} else {
		nic->sa_count++;
		sa->serial = ++nic->serial;
		/* The newest first: it is the one to send on. */
		hash_add_rcu(nic->sas, &sa->node, (__force u32)sa->spi);
	}
	spin_unlock_bh(&nic->lock);
	return err;
}

int swnic_state_add(struct net_device *dev, struct xfrm_state *x, struct netlink_ext_ack *extack)
{
	struct swnic_sa *sa;
	struct swnic *nic;
	int err;

	if (!swnic_is_ours(dev)) {
		NL_SET_ERR_MSG_MOD(extack, "Offload was asked for a device that is not this driver's");
		return -EINVAL;
	}
	nic = netdev_priv(dev);
	if (x->xso.flags & XFRM_DEV_OFFLOAD_FLAG_ACQ) {
		/* Atomic context, no extack, no keys; the hardware learns nothing of it. */
		sa = swnic_sa_make(nic, x, GFP_ATOMIC);
		if (!sa)
			return -ENOMEM;
		x->xso.offload_handle = (unsigned long)sa;
		return 0;
	}
	if (swnic_refuses(nic, &nic->faults.states, &err, extack))
		return err;
	if (nic->faults.fall_back && x->xso.type == XFRM_DEV_OFFLOAD_CRYPTO)
		return -EOPNOTSUPP;
	err = swnic_check_state(x, extack);
	if (err)
		return err;

	sa = swnic_sa_make(nic, x, GFP_KERNEL);
	if (!sa)
		return -ENOMEM;
	swnic_seq_start(sa, x);
	sa->aead = swnic_aead(x, sa->salt);
	if (IS_ERR(sa->aead)) {
		err = PTR_ERR(sa->aead);
		kfree(sa);
		NL_SET_ERR_MSG_MOD(extack, "Failed to get key data for SA table");
		return err;
	}
	err = swnic_sa_insert(nic, sa);
	if (err) {
		crypto_free_aead(sa->aead);
		kfree_sensitive(sa);
		NL_SET_ERR_MSG_MOD(extack, "No space for SA in table");
		return err;
	}
	x->xso.offload_handle = (unsigned long)sa;
	return 0;
}

/* With the lock held. */
static void swnic_sa_remove(struct swnic *nic, struct swnic_sa *sa)
{
	if (hash_hashed(&sa->node)) {
		hash_del_rcu(&sa->node);
		nic->sa_count--;
	}
}

void swnic_state_delete(struct xfrm_state *x)
{
	struct swnic_sa *sa = swnic_sa_of(x);

	if (!sa || sa->acquire)
		return;
	spin_lock_bh(&sa->nic->lock);
	swnic_sa_remove(sa->nic, sa);
	spin_unlock_bh(&sa->nic->lock);
}

static void swnic_sa_destroy(struct work_struct *work)
{
	struct swnic_sa *sa = container_of(to_rcu_work(work), struct swnic_sa, work);

	if (sa->aead)
		crypto_free_aead(sa->aead);
	kfree_sensitive(sa);
}

/* May follow delete at once while packets of the SA are under way: the memory outlives them. */
void swnic_state_free(struct xfrm_state *x)
{
	struct swnic_sa *sa = swnic_sa_of(x);

	if (!sa)
		return;
	WRITE_ONCE(x->xso.offload_handle, 0);
	INIT_RCU_WORK(&sa->work, swnic_sa_destroy);
	queue_rcu_work(swnic_workqueue, &sa->work);
}

/* The hardware does IP without options only. */
bool swnic_offload_ok(struct sk_buff *skb, struct xfrm_state *x)
{
	struct swnic_sa *sa;
	bool software;

	rcu_read_lock();
	sa = swnic_sa_of(x);
	software = !sa || (sa->nic->faults.software && !sa->packet);
	rcu_read_unlock();
	if (software)
		return false;
	if (skb->protocol == htons(ETH_P_IP))
		return ip_hdr(skb)->ihl == 5;
	return !ipv6_ext_hdr(ipv6_hdr(skb)->nexthdr);
}

/* Under x->lock, at every packet received with ESN: what the stack has accepted, the NIC need not be told again later. */
void swnic_advance_esn(struct xfrm_state *x)
{
	const struct xfrm_replay_state_esn *esn = x->replay_esn;
	struct swnic_sa *sa;

	rcu_read_lock();
	sa = swnic_sa_of(x);
	if (sa && sa->in && !sa->packet && esn) {
		spin_lock_bh(&sa->lock);
		sa->seq = max(sa->seq, (u64)esn->seq_hi << 32 | esn->seq);
		spin_unlock_bh(&sa->lock);
	}
	rcu_read_unlock();
}

void swnic_update_stats(struct xfrm_state *x)
{
	struct swnic_sa *sa;

	rcu_read_lock();
	sa = swnic_sa_of(x);
	if (sa && !sa->acquire)
		swnic_tally_tell(x, sa);
	rcu_read_unlock();
}

/* The next three under RCU: the SA, and its state's memory, are there until the reader is done. */

struct swnic_sa *swnic_sa_by_state(struct swnic *nic, const struct xfrm_state *x)
{
	struct swnic_sa *sa;

	hash_for_each_possible_rcu(nic->sas, sa, node, (__force u32)x->id.spi)
		if (sa->x == x)
			return sa;
	return NULL;
}

/* An update programs a twin with the same SPI whose state never becomes valid. */
struct swnic_sa *swnic_sa_by_spi(struct swnic *nic, __be32 spi, const xfrm_address_t *daddr, u16 family)
{
	struct swnic_sa *sa;

	hash_for_each_possible_rcu(nic->sas, sa, node, (__force u32)spi)
		if (sa->in && sa->spi == spi && sa->family == family && xfrm_addr_equal(&sa->daddr, daddr, family) &&
		    READ_ONCE(sa->x->km.state) == XFRM_STATE_VALID)
			return sa;
	return NULL;
}

/* The newest SA with which a policy lets a packet go out. */
struct swnic_sa *swnic_sa_for_policy(struct swnic *nic, const struct swnic_policy *policy, const struct swnic_flow *flow)
{
	bool tunnel = policy->mode == XFRM_MODE_TUNNEL;
	struct swnic_sa *sa, *best = NULL;
	int bucket;

	hash_for_each_rcu(nic->sas, bucket, sa, node) {
		const xfrm_address_t *daddr = tunnel ? &policy->daddr : &flow->daddr;
		const xfrm_address_t *saddr = tunnel ? &policy->saddr : &flow->saddr;

		if (sa->in || !sa->packet || sa->mode != policy->mode)
			continue;
		if (policy->reqid && sa->reqid != policy->reqid)
			continue;
		if (!tunnel && sa->family != flow->family)
			continue;
		if (!xfrm_addr_equal(&sa->daddr, daddr, sa->family) || !xfrm_addr_equal(&sa->saddr, saddr, sa->family))
			continue;
		if (READ_ONCE(sa->x->km.state) == XFRM_STATE_VALID && (!best || sa->serial > best->serial))
			best = sa;
	}
	return best;
}

void swnic_sa_forget_all(struct swnic *nic)
{
	struct hlist_node *next;
	struct swnic_sa *sa;
	int bucket;

	spin_lock_bh(&nic->lock);
	hash_for_each_safe(nic->sas, bucket, next, sa, node)
		swnic_sa_remove(nic, sa);
	spin_unlock_bh(&nic->lock);
}

void swnic_sa_break_all(struct swnic *nic)
{
	struct swnic_sa *sa;
	int bucket;

	spin_lock_bh(&nic->lock);
	hash_for_each(nic->sas, bucket, sa, node)
		WRITE_ONCE(sa->drops, true);
	spin_unlock_bh(&nic->lock);
}
