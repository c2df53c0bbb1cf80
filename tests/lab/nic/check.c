// SPDX-License-Identifier: GPL-2.0 OR MIT
/* What the NIC cannot do, said in the words that drivers use. */

#include "swnic.h"

static int swnic_check_algorithm(const struct xfrm_state *x, struct netlink_ext_ack *extack)
{
	if (x->props.aalgo != SADB_AALG_NONE) {
		NL_SET_ERR_MSG_MOD(extack, "Cannot offload authenticated xfrm states");
		return -EINVAL;
	}
	if (x->props.ealgo != SADB_X_EALG_AES_GCM_ICV16) {
		NL_SET_ERR_MSG_MOD(extack, "Only AES-GCM-ICV16 xfrm state may be offloaded");
		return -EINVAL;
	}
	if (x->props.calgo != SADB_X_CALG_NONE) {
		NL_SET_ERR_MSG_MOD(extack, "Cannot offload compressed xfrm states");
		return -EINVAL;
	}
	if (!x->aead) {
		NL_SET_ERR_MSG_MOD(extack, "Cannot offload xfrm states without aead");
		return -EINVAL;
	}
	if (x->aead->alg_icv_len != SWNIC_ICV_LEN * 8) {
		NL_SET_ERR_MSG_MOD(extack, "Cannot offload xfrm states with AEAD ICV length other than 128bit");
		return -EINVAL;
	}
	if (x->aead->alg_key_len != 128 + 32 && x->aead->alg_key_len != 256 + 32) {
		NL_SET_ERR_MSG_MOD(extack, "Cannot offload xfrm states with AEAD key length other than 128/256 bit");
		return -EINVAL;
	}
	if (!x->geniv || strcmp(x->geniv, "seqiv")) {
		NL_SET_ERR_MSG_MOD(extack, "Cannot offload xfrm states with geniv other than seqiv");
		return -EINVAL;
	}
	return 0;
}

static int swnic_check_packet_state(const struct xfrm_state *x, struct netlink_ext_ack *extack)
{
	const struct xfrm_replay_state_esn *esn = x->replay_esn;

	if (x->xso.dir == XFRM_DEV_OFFLOAD_IN && esn && esn->replay_window != 32 && esn->replay_window != 64 &&
	    esn->replay_window != 128 && esn->replay_window != 256) {
		NL_SET_ERR_MSG_MOD(extack, "Unsupported replay window size");
		return -EINVAL;
	}
	if (!x->props.reqid) {
		NL_SET_ERR_MSG_MOD(extack, "Cannot offload without reqid");
		return -EINVAL;
	}
	if (x->lft.hard_byte_limit != XFRM_INF && x->lft.soft_byte_limit != XFRM_INF &&
	    x->lft.hard_byte_limit <= x->lft.soft_byte_limit) {
		NL_SET_ERR_MSG_MOD(extack, "Hard byte limit must be greater than soft one");
		return -EINVAL;
	}
	if (!x->lft.soft_byte_limit || !x->lft.hard_byte_limit) {
		NL_SET_ERR_MSG_MOD(extack, "Soft/hard byte limits can't be 0");
		return -EINVAL;
	}
	if (x->lft.hard_packet_limit != XFRM_INF && x->lft.soft_packet_limit != XFRM_INF &&
	    x->lft.hard_packet_limit <= x->lft.soft_packet_limit) {
		NL_SET_ERR_MSG_MOD(extack, "Hard packet limit must be greater than soft one");
		return -EINVAL;
	}
	if (!x->lft.soft_packet_limit || !x->lft.hard_packet_limit) {
		NL_SET_ERR_MSG_MOD(extack, "Soft/hard packet limits can't be 0");
		return -EINVAL;
	}
	return 0;
}

int swnic_check_state(const struct xfrm_state *x, struct netlink_ext_ack *extack)
{
	int err;

	if (x->id.proto != IPPROTO_ESP) {
		NL_SET_ERR_MSG_MOD(extack, "Only ESP xfrm state may be offloaded");
		return -EINVAL;
	}
	if (x->props.family != AF_INET && x->props.family != AF_INET6) {
		NL_SET_ERR_MSG_MOD(extack, "Only IPv4/6 xfrm states may be offloaded");
		return -EINVAL;
	}
	if (x->props.mode != XFRM_MODE_TRANSPORT && x->props.mode != XFRM_MODE_TUNNEL) {
		NL_SET_ERR_MSG_MOD(extack, "Only transport and tunnel xfrm states may be offloaded");
		return -EINVAL;
	}
	if (x->encap) {
		NL_SET_ERR_MSG_MOD(extack, "Encapsulation is not supported");
		return -EINVAL;
	}
	err = swnic_check_algorithm(x, extack);
	if (err)
		return err;
	switch (x->xso.type) {
	case XFRM_DEV_OFFLOAD_CRYPTO:
		return 0;
	case XFRM_DEV_OFFLOAD_PACKET:
		return swnic_check_packet_state(x, extack);
	default:
		NL_SET_ERR_MSG_MOD(extack, "Unsupported xfrm offload type");
		return -EINVAL;
	}
}

int swnic_check_policy(const struct xfrm_policy *xp, struct netlink_ext_ack *extack)
{
	const struct xfrm_tmpl *tmpl = &xp->xfrm_vec[0];

	if (xp->type != XFRM_POLICY_TYPE_MAIN) {
		NL_SET_ERR_MSG_MOD(extack, "Cannot offload non-main policy types");
		return -EINVAL;
	}
	if (xp->xfrm_nr > 1) {
		NL_SET_ERR_MSG_MOD(extack, "Cannot offload more than one template");
		return -EINVAL;
	}
	if (xp->xdo.dir != XFRM_DEV_OFFLOAD_IN && xp->xdo.dir != XFRM_DEV_OFFLOAD_OUT) {
		NL_SET_ERR_MSG_MOD(extack, "Cannot offload forward policy");
		return -EINVAL;
	}
	if (xp->xdo.type != XFRM_DEV_OFFLOAD_PACKET) {
		NL_SET_ERR_MSG_MOD(extack, "Unsupported xfrm offload type");
		return -EINVAL;
	}
	if (!xp->xfrm_nr)
		return 0;
	if (tmpl->id.proto != IPPROTO_ESP) {
		NL_SET_ERR_MSG_MOD(extack, "Cannot offload a policy for anything but ESP");
		return -EINVAL;
	}
	if (tmpl->mode != XFRM_MODE_TRANSPORT && tmpl->mode != XFRM_MODE_TUNNEL) {
		NL_SET_ERR_MSG_MOD(extack, "Only transport and tunnel policies may be offloaded");
		return -EINVAL;
	}
	return 0;
}
