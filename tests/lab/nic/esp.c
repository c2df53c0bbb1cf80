// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Packet mode: the NIC itself puts ESP around a plain packet, and takes it off again. */

#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include "swnic.h"

#define SWNIC_HEAD (SWNIC_ESP_LEN + SWNIC_IV_LEN)
#define SWNIC_TTL 64

static unsigned int swnic_ip_len(u16 family)
{
	return family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
}

/* Correct length and protocol of the IP header at `ip`. */
static void swnic_ip_fix(u8 *ip, u16 family, u8 proto, unsigned int len)
{
	struct iphdr *v4 = (struct iphdr *)ip;
	struct ipv6hdr *v6 = (struct ipv6hdr *)ip;

	if (family == AF_INET) {
		v4->protocol = proto;
		v4->tot_len = htons(len);
		ip_send_check(v4);
	} else {
		v6->nexthdr = proto;
		v6->payload_len = htons(len - sizeof(*v6));
	}
}

static void swnic_outer_ip(struct swnic_sa *sa, u8 *outer, const u8 *inner, u16 inner_family)
{
	struct iphdr *v4 = (struct iphdr *)outer;
	struct ipv6hdr *v6 = (struct ipv6hdr *)outer;
	u8 dsfield = inner_family == AF_INET ? ipv4_get_dsfield((const struct iphdr *)inner) :
					       ipv6_get_dsfield((const struct ipv6hdr *)inner);

	if (sa->family == AF_INET) {
		memset(v4, 0, sizeof(*v4));
		v4->version = 4;
		v4->ihl = 5;
		v4->tos = dsfield;
		v4->ttl = SWNIC_TTL;
		v4->frag_off = inner_family == AF_INET ? ((const struct iphdr *)inner)->frag_off & htons(IP_DF) : htons(IP_DF);
		v4->saddr = sa->saddr.a4;
		v4->daddr = sa->daddr.a4;
		__ip_select_ident(dev_net(sa->nic->dev), v4, 1);
	} else {
		memset(v6, 0, sizeof(*v6));
		ip6_flow_hdr(v6, dsfield, 0);
		v6->hop_limit = SWNIC_TTL;
		v6->saddr = sa->saddr.in6;
		v6->daddr = sa->daddr.in6;
	}
}

/* The next hop of a tunnel's outer packet is what is at the other end of the wire. */
static void swnic_outer_eth(struct swnic_sa *sa, struct sk_buff *skb)
{
	struct ethhdr *eth = (struct ethhdr *)skb->data;
	struct swnic *peer = rcu_dereference(sa->nic->peer);

	if (peer)
		ether_addr_copy(eth->h_dest, peer->dev->dev_addr);
	ether_addr_copy(eth->h_source, sa->nic->dev->dev_addr);
	eth->h_proto = sa->family == AF_INET ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	skb->protocol = eth->h_proto;
}

/*
 * Make a plain frame an ESP frame that is still to be encrypted: `esp` is where its ESP header is, `seq` its number.
 * No segmentation may be due any more. Under RCU.
 */
int swnic_esp_add(struct swnic_sa *sa, struct sk_buff *skb, const struct swnic_flow *flow, unsigned int *esp, u64 *seq)
{
	bool tunnel = sa->mode == XFRM_MODE_TUNNEL;
	unsigned int outer = tunnel ? swnic_ip_len(sa->family) : 0;
	unsigned int covered, padding, tail, i;
	u8 next = flow->proto, *end;
	__be32 *header;
	__be64 iv;
	int err;

	if (flow->l3 != ETH_HLEN || (!tunnel && (flow->fragment || flow->l4 != flow->l3 + swnic_ip_len(flow->family))))
		return -EINVAL;
	if (tunnel)
		next = flow->family == AF_INET ? IPPROTO_IPIP : IPPROTO_IPV6;
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb))
		return -EINVAL;
	if (skb_linearize_cow(skb))
		return -ENOMEM;
	covered = skb->len - (tunnel ? flow->l3 : flow->l4);
	padding = -(covered + 2) & 3;
	tail = padding + 2 + SWNIC_ICV_LEN;
	if (skb_headroom(skb) < SWNIC_HEAD + outer || skb_tailroom(skb) < tail) {
		err = pskb_expand_head(skb, SWNIC_HEAD + outer, tail, GFP_ATOMIC);
		if (err)
			return err;
	}
	err = swnic_seq_next(sa, seq);
	if (err)
		return err;

	end = skb_put(skb, tail);
	for (i = 0; i < padding; i++)
		*end++ = i + 1;
	*end++ = padding;
	*end++ = next;

	skb_push(skb, SWNIC_HEAD + outer);
	*esp = tunnel ? ETH_HLEN + outer : flow->l4;
	memmove(skb->data, skb->data + SWNIC_HEAD + outer, tunnel ? ETH_HLEN : flow->l4);
	if (tunnel) {
		swnic_outer_ip(sa, skb->data + ETH_HLEN, skb->data + ETH_HLEN + outer + SWNIC_HEAD, flow->family);
		swnic_outer_eth(sa, skb);
	}
	swnic_ip_fix(skb->data + ETH_HLEN, sa->family, IPPROTO_ESP, skb->len - ETH_HLEN);
	header = (__be32 *)(skb->data + *esp);
	iv = cpu_to_be64(*seq);
	header[0] = sa->spi;
	header[1] = htonl(lower_32_bits(*seq));
	memcpy(&header[2], &iv, sizeof(iv));
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb_set_transport_header(skb, *esp);
	return 0;
}

/* Take ESP off a decrypted packet (skb->data at its IP header); afterwards it is as if it had come in the clear. */
int swnic_esp_remove(struct swnic_sa *sa, struct sk_buff *skb, const struct swnic_flow *flow)
{
	unsigned int text = flow->l4 + SWNIC_HEAD, end = skb->len - SWNIC_ICV_LEN;
	bool tunnel = sa->mode == XFRM_MODE_TUNNEL;
	u8 padding = skb->data[end - 2], next = skb->data[end - 1];
	u8 *mac = skb_mac_header(skb);
	unsigned int cut;

	if (text + padding + 2 > end)
		return -EINVAL;
	skb_trim(skb, end - 2 - padding);
	cut = tunnel ? text : SWNIC_HEAD;
	/* Link header, and in transport mode the IP header, move up to what they precede. */
	memmove(mac + cut, mac, ETH_HLEN + (tunnel ? 0 : flow->l4));
	skb_pull(skb, cut);
	skb_set_mac_header(skb, -ETH_HLEN);
	if (tunnel) {
		if (next != IPPROTO_IPIP && next != IPPROTO_IPV6)
			return -EINVAL;
		skb->protocol = next == IPPROTO_IPIP ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
		eth_hdr(skb)->h_proto = skb->protocol;
	} else {
		swnic_ip_fix(skb->data, sa->family, next, skb->len);
	}
	skb_reset_network_header(skb);
	skb_reset_transport_header(skb);
	return 0;
}
