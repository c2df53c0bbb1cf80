// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Sequence numbers of 64 bits, and the replay window of packet mode. */

#include "swnic.h"

/* Where a sequence number starts that the NIC counts itself, or has to know the upper half of. */
void swnic_seq_start(struct swnic_sa *sa, const struct xfrm_state *x)
{
	const struct xfrm_replay_state_esn *esn = x->replay_esn;
	unsigned int i;

	sa->window = esn ? esn->replay_window : x->props.replay_window;
	if (!sa->in) {
		sa->seq = esn ? (u64)esn->oseq_hi << 32 | esn->oseq : x->replay.oseq;
		return;
	}
	sa->seq = esn ? (u64)esn->seq_hi << 32 | esn->seq : x->replay.seq;
	/* Which numbers below the top have come is not known: none is taken. */
	for (i = 0; i < min_t(u64, sa->seq, SWNIC_WINDOW); i++)
		__set_bit((sa->seq - i) % SWNIC_WINDOW, sa->seen);
}

/* The number of the packet to send; none is left where 32 bits have to do and are used up. */
int swnic_seq_next(struct swnic_sa *sa, u64 *seq)
{
	int err = 0;

	spin_lock_bh(&sa->lock);
	if (!sa->esn && sa->seq >= U32_MAX)
		err = -EOVERFLOW;
	else
		*seq = ++sa->seq;
	spin_unlock_bh(&sa->lock);
	return err;
}

/* The 64 bits of a received sequence number of which the packet holds the lower half (RFC 4303, appendix A2). */
u64 swnic_seq_full(struct swnic_sa *sa, u32 low)
{
	u32 window, top, high, bottom;

	if (!sa->esn)
		return low;
	spin_lock_bh(&sa->lock);
	window = sa->window ?: SWNIC_WINDOW;
	top = lower_32_bits(sa->seq);
	high = upper_32_bits(sa->seq);
	spin_unlock_bh(&sa->lock);
	bottom = top - window + 1;
	if (top >= window - 1)
		high += low < bottom;
	else if (low >= bottom && high)
		high--;
	return (u64)high << 32 | low;
}

/* For an authentic packet: whether its number is new, where the NIC is the one to ask; it is remembered. */
bool swnic_seq_accept(struct swnic_sa *sa, u64 seq)
{
	bool accepted = true;
	u64 skipped;

	spin_lock_bh(&sa->lock);
	if (seq > sa->seq) {
		for (skipped = min_t(u64, seq - sa->seq, SWNIC_WINDOW); skipped; skipped--)
			__clear_bit((seq - skipped + 1) % SWNIC_WINDOW, sa->seen);
		sa->seq = seq;
	} else if (sa->packet && sa->window) {
		accepted = seq && seq + sa->window > sa->seq && !test_bit(seq % SWNIC_WINDOW, sa->seen);
	}
	if (accepted)
		__set_bit(seq % SWNIC_WINDOW, sa->seen);
	else
		sa->real.replayed++;
	spin_unlock_bh(&sa->lock);
	return accepted;
}
