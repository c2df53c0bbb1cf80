// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Receiving: ESP of SAs that the NIC holds is decrypted, and what came in the clear though a policy wants ESP is dropped. */

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include "swnic.h"

static bool swnic_receive_drop(struct swnic *nic, struct sk_buff *skb)
{
	swnic_count(nic, SWNIC_RX_DROP_PKTS, skb->len);
	kfree_skb(skb);
	return false;
}

/* Tell the stack which SA the NIC has applied. False where the state is going: its last reference may be gone. */
static bool swnic_mark_done(struct swnic *nic, struct swnic_sa *sa, struct sk_buff *skb)
{
	struct xfrm_offload *xo;
	struct sec_path *sp;

	sp = secpath_set(skb);
	if (!sp) {
		swnic_count_one(nic, SWNIC_RX_DROP_SP_ALLOC);
		return false;
	}
	if (!refcount_inc_not_zero(&sa->x->refcnt)) {
		secpath_reset(skb);
		swnic_count_one(nic, SWNIC_RX_DROP_SADB_MISS);
		return false;
	}
	sp->xvec[sp->len++] = sa->x;
	sp->olen++;
	xo = xfrm_offload(skb);
	xo->flags = CRYPTO_DONE;
	xo->status = CRYPTO_SUCCESS;
	return true;
}

/* The stack does not ask its policies about what packet mode has decrypted. */
static bool swnic_policy_allows(struct swnic *nic, struct swnic_sa *sa, struct sk_buff *skb)
{
	const struct swnic_policy *policy;
	struct swnic_flow flow;

	if (!swnic_flow_read(skb, &flow))
		return false;
	policy = swnic_policy_match(nic, &flow, true);
	return policy && !policy->block && policy->transform && policy->mode == sa->mode &&
	       (!policy->reqid || policy->reqid == sa->reqid);
}

static bool swnic_receive_packet(struct swnic *nic, struct swnic_sa *sa, struct sk_buff *skb, const struct swnic_flow *flow)
{
	if (swnic_esp_remove(sa, skb, flow) || !swnic_policy_allows(nic, sa, skb))
		return swnic_receive_drop(nic, skb);
	skb->ip_summed = CHECKSUM_NONE;
	swnic_tally_add(sa, skb->len);
	if (nic->faults.swallow_rx) {
		consume_skb(skb);
		return false;
	}
	if (!swnic_mark_done(nic, sa, skb))
		return swnic_receive_drop(nic, skb);
	swnic_limits_check(sa);
	return true;
}

static bool swnic_receive_crypto(struct swnic *nic, struct swnic_sa *sa, struct sk_buff *skb, const struct swnic_flow *flow)
{
	swnic_tally_add(sa, skb->len - flow->l4);
	if (nic->faults.swallow_rx) {
		consume_skb(skb);
		return false;
	}
	if (!swnic_mark_done(nic, sa, skb))
		return swnic_receive_drop(nic, skb);
	return true;
}

static bool swnic_open_esp(struct swnic *nic, struct swnic_sa *sa, struct sk_buff *skb, const struct swnic_flow *flow)
{
	u64 seq = swnic_seq_full(sa, ntohl(*(__be32 *)(skb->data + flow->l4 + 4)));

	if (swnic_auth_is_to_fail(nic) || swnic_crypt(sa, skb, flow->l4, seq, false)) {
		spin_lock_bh(&sa->lock);
		sa->real.auth_failed++;
		spin_unlock_bh(&sa->lock);
		return swnic_receive_drop(nic, skb);
	}
	if (!swnic_seq_accept(sa, seq))
		return swnic_receive_drop(nic, skb);
	swnic_count(nic, SWNIC_RX_PKTS, skb->len);
	return sa->packet ? swnic_receive_packet(nic, sa, skb, flow) : swnic_receive_crypto(nic, sa, skb, flow);
}

/* Cut what is behind the IP packet, and make the frame one piece of our own. */
static bool swnic_receive_prepare(struct sk_buff *skb, const struct swnic_flow *flow)
{
	unsigned int len;

	if (skb_linearize_cow(skb))
		return false;
	len = flow->family == AF_INET ? ntohs(((struct iphdr *)skb->data)->tot_len) :
					sizeof(struct ipv6hdr) + ntohs(((struct ipv6hdr *)skb->data)->payload_len);
	if (skb->len < len || len < flow->l4 + SWNIC_ESP_LEN + SWNIC_IV_LEN + SWNIC_ICV_LEN)
		return false;
	skb_trim(skb, len);
	return true;
}

static bool swnic_receive_esp(struct swnic *nic, struct sk_buff *skb, const struct swnic_flow *flow)
{
	unsigned int header = flow->family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	__be32 buffer, *spi = skb_header_pointer(skb, flow->l4, sizeof(buffer), &buffer);
	struct swnic_sa *sa;

	/* Options and extension headers are the stack's work, as are SAs that the NIC does not hold. */
	if (!spi || flow->l4 != header || skb_is_gso(skb))
		return true;
	sa = swnic_sa_by_spi(nic, *spi, &flow->daddr, flow->family);
	if (!sa || (nic->faults.software && !sa->packet)) {
		swnic_count_software(nic, SWNIC_RX_PKTS, skb->len);
		return true;
	}
	if (!swnic_receive_prepare(skb, flow))
		return true;
	return swnic_open_esp(nic, sa, skb, flow);
}

/* A frame from the wire, skb->data behind its Ethernet header. True: it goes to the stack; false: it is gone. */
bool swnic_receive(struct swnic *nic, struct sk_buff *skb)
{
	const struct swnic_policy *policy;
	struct swnic_flow flow;
	bool up = true;

	skb_reset_network_header(skb);
	rcu_read_lock();
	if (!swnic_flow_read(skb, &flow))
		goto out;
	if (flow.proto == IPPROTO_ESP && !flow.fragment) {
		up = swnic_receive_esp(nic, skb, &flow);
	} else if (flow.proto != IPPROTO_ESP && flow.proto != IPPROTO_AH) {
		/* The stack takes it for granted that the NIC has dropped what a policy does not allow. */
		policy = swnic_policy_match(nic, &flow, true);
		if (policy && (policy->block || policy->transform))
			up = swnic_receive_drop(nic, skb);
	}
out:
	rcu_read_unlock();
	return up;
}
