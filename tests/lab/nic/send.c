// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Sending: what the stack hands over to be encrypted (crypto mode), what a policy says is to be (packet mode), and the rest. */

#include <linux/if_ether.h>
#include <net/gso.h>
#include "swnic.h"

static void swnic_send_drop(struct swnic *nic, struct sk_buff *skb, enum swnic_counter why)
{
	swnic_count(nic, SWNIC_TX_DROP_PKTS, skb->len);
	if (why != SWNIC_TX_DROP_PKTS)
		swnic_count_one(nic, why);
	DEV_STATS_INC(nic->dev, tx_dropped);
	kfree_skb(skb);
}

/* Encrypt, count, send; `len` is what counts as the SA's bytes. */
static void swnic_seal(struct swnic *nic, struct swnic_sa *sa, struct sk_buff *skb, unsigned int esp, u64 seq, unsigned int len)
{
	if (READ_ONCE(sa->drops)) {
		swnic_tally_add(sa, len);
		swnic_send_drop(nic, skb, SWNIC_TX_DROP_PKTS);
		return;
	}
	if (swnic_crypt(sa, skb, esp, seq, true)) {
		swnic_send_drop(nic, skb, SWNIC_TX_DROP_PKTS);
		return;
	}
	skb->encapsulation = 0;
	skb->ip_summed = CHECKSUM_NONE;
	swnic_count(nic, SWNIC_TX_PKTS, skb->len);
	swnic_tally_add(sa, len);
	if (nic->faults.swallow_tx)
		consume_skb(skb);
	else
		swnic_wire(nic, skb);
}

/*
 * The upper half of a sequence number. After segmentation xo->seq is already the next segment's, so the lower half is taken
 * from the ESP header, and the upper half is one too high where the next segment begins anew.
 */
static u64 swnic_crypto_seq(const struct xfrm_offload *xo, u32 low)
{
	u32 high = xo->seq.hi;

	if (xo->seq.low < low)
		high--;
	return (u64)high << 32 | low;
}

/* Crypto mode: ESP header and trailer are there, what is between them is in the clear, IV and ICV are empty. */
static void swnic_send_crypto(struct swnic *nic, struct sk_buff *skb)
{
	struct sec_path *sp = skb_sec_path(skb);
	struct swnic_flow flow;
	struct swnic_sa *sa;
	__be64 iv;
	u64 seq;

	if (sp->len != 1) {
		swnic_send_drop(nic, skb, SWNIC_TX_DROP_BUNDLE);
		return;
	}
	/* The state's own pointer to the SA may be gone by now; a lost SA's packets are dropped, the key is lost with it. */
	sa = swnic_sa_by_state(nic, sp->xvec[0]);
	if (!sa) {
		swnic_send_drop(nic, skb, SWNIC_TX_DROP_PKTS);
		return;
	}
	/* Segments, and packets whose trailer has got a page of its own, come in pieces. */
	if (skb_linearize_cow(skb) || skb->ip_summed == CHECKSUM_PARTIAL) {
		swnic_send_drop(nic, skb, SWNIC_TX_DROP_TRAILER);
		return;
	}
	if (!swnic_flow_read(skb, &flow) || flow.proto != IPPROTO_ESP || flow.fragment ||
	    skb->len < flow.l4 + SWNIC_ESP_LEN + SWNIC_IV_LEN + SWNIC_ICV_LEN) {
		swnic_send_drop(nic, skb, SWNIC_TX_DROP_NOT_IP);
		return;
	}
	seq = swnic_crypto_seq(xfrm_offload(skb), ntohl(*(__be32 *)(skb->data + flow.l4 + 4)));
	iv = cpu_to_be64(seq);
	memcpy(skb->data + flow.l4 + SWNIC_ESP_LEN, &iv, sizeof(iv));
	WRITE_ONCE(sa->seq, seq);
	swnic_seal(nic, sa, skb, flow.l4, seq, skb->len - flow.l4);
}

static void swnic_send_packet_one(struct swnic *nic, struct swnic_sa *sa, struct sk_buff *skb)
{
	struct swnic_flow flow;
	unsigned int esp, len;
	u64 seq;

	/* Each segment has headers of its own. */
	if (!swnic_flow_read(skb, &flow)) {
		swnic_send_drop(nic, skb, SWNIC_TX_DROP_NOT_IP);
		return;
	}
	/* What drivers can tell of the payload: the frame without Ethernet and IP header. */
	len = skb->len - flow.l4;
	skb_orphan(skb);
	if (swnic_esp_add(sa, skb, &flow, &esp, &seq)) {
		swnic_send_drop(nic, skb, SWNIC_TX_DROP_TRAILER);
		return;
	}
	swnic_seal(nic, sa, skb, esp, seq, len);
}

/* Packet mode: a plain packet, perhaps one to be segmented, for which a policy wants ESP. */
static void swnic_send_packet(struct swnic *nic, const struct swnic_policy *policy, const struct swnic_flow *flow,
			      struct sk_buff *skb)
{
	struct swnic_sa *sa = swnic_sa_for_policy(nic, policy, flow);
	struct sk_buff *segments, *next;

	if (!sa) {
		swnic_send_drop(nic, skb, SWNIC_TX_DROP_NO_STATE);
		return;
	}
	if (!skb_is_gso(skb)) {
		swnic_send_packet_one(nic, sa, skb);
	} else {
		segments = skb_gso_segment(skb, 0);
		if (IS_ERR_OR_NULL(segments)) {
			swnic_send_drop(nic, skb, SWNIC_TX_DROP_PKTS);
			return;
		}
		consume_skb(skb);
		skb_list_walk_safe(segments, skb, next) {
			skb_mark_not_on_list(skb);
			swnic_send_packet_one(nic, sa, skb);
		}
	}
	swnic_limits_check(sa);
}

netdev_tx_t swnic_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct swnic *nic = netdev_priv(dev);
	struct xfrm_offload *xo = xfrm_offload(skb);
	const struct swnic_policy *policy = NULL;
	struct swnic_flow flow;

	rcu_read_lock();
	if (xo && xo->flags & XFRM_XMIT) {
		/* What grows while a socket owns it is not counted as grown. */
		skb_orphan(skb);
		swnic_send_crypto(nic, skb);
		goto out;
	}
	/* What is ESP or AH already has had its policy. */
	if (swnic_flow_read(skb, &flow)) {
		if (flow.proto == IPPROTO_ESP)
			swnic_count_software(nic, SWNIC_TX_PKTS, skb->len);
		else if (flow.proto != IPPROTO_AH)
			policy = swnic_policy_match(nic, &flow, false);
	}
	if (policy && policy->block)
		swnic_send_drop(nic, skb, SWNIC_TX_DROP_PKTS);
	else if (policy && policy->transform)
		swnic_send_packet(nic, policy, &flow, skb);
	else
		swnic_wire(nic, skb);
out:
	rcu_read_unlock();
	return NETDEV_TX_OK;
}
