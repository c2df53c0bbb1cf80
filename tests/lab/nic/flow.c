// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Reading addresses, protocol and ports from a packet, and comparing them with a selector. */

#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ipv6.h>
#include "swnic.h"

static bool swnic_flow_ipv4(struct sk_buff *skb, struct swnic_flow *flow)
{
	struct iphdr buffer, *ip = skb_header_pointer(skb, flow->l3, sizeof(buffer), &buffer);

	if (!ip || ip->version != 4 || ip->ihl < 5)
		return false;
	flow->family = AF_INET;
	flow->saddr.a4 = ip->saddr;
	flow->daddr.a4 = ip->daddr;
	flow->proto = ip->protocol;
	flow->fragment = ip_is_fragment(ip);
	flow->l4 = flow->l3 + ip->ihl * 4;
	return true;
}

static bool swnic_flow_ipv6(struct sk_buff *skb, struct swnic_flow *flow)
{
	struct ipv6hdr buffer, *ip = skb_header_pointer(skb, flow->l3, sizeof(buffer), &buffer);
	__be16 fragment = 0;
	int l4;

	if (!ip || ip->version != 6)
		return false;
	flow->family = AF_INET6;
	flow->saddr.in6 = ip->saddr;
	flow->daddr.in6 = ip->daddr;
	flow->proto = ip->nexthdr;
	l4 = ipv6_skip_exthdr(skb, flow->l3 + sizeof(buffer), &flow->proto, &fragment);
	if (l4 < 0)
		return false;
	flow->fragment = fragment != 0;
	flow->l4 = l4;
	return true;
}

static void swnic_flow_ports(struct sk_buff *skb, struct swnic_flow *flow)
{
	u8 buffer[4], *head;

	if (flow->fragment)
		return;
	head = skb_header_pointer(skb, flow->l4, sizeof(buffer), buffer);
	if (!head)
		return;
	switch (flow->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		memcpy(&flow->sport, head, 2);
		memcpy(&flow->dport, head + 2, 2);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		/* Selectors have type and code in the place of the ports. */
		flow->sport = htons(head[0]);
		flow->dport = htons(head[1]);
		break;
	}
}

/* False: not an IP packet that one can read. Goes by skb->protocol: a link header may be missing its content. */
bool swnic_flow_read(struct sk_buff *skb, struct swnic_flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	flow->l3 = skb_network_offset(skb);
	if (skb->protocol == htons(ETH_P_IP)) {
		if (!swnic_flow_ipv4(skb, flow))
			return false;
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		if (!swnic_flow_ipv6(skb, flow))
			return false;
	} else {
		return false;
	}
	swnic_flow_ports(skb, flow);
	return true;
}

bool swnic_flow_selected(const struct swnic_flow *flow, const struct xfrm_selector *sel)
{
	return sel->family == flow->family &&
	       addr_match(&flow->daddr, &sel->daddr, sel->prefixlen_d) &&
	       addr_match(&flow->saddr, &sel->saddr, sel->prefixlen_s) &&
	       !((flow->dport ^ sel->dport) & sel->dport_mask) &&
	       !((flow->sport ^ sel->sport) & sel->sport_mask) &&
	       (!sel->proto || sel->proto == flow->proto);
}
