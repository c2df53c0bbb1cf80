// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Counting: what really passed, and what the faults let the driver see of it. */

#include <linux/jiffies.h>
#include "swnic.h"

void swnic_count_one(struct swnic *nic, enum swnic_counter counter)
{
	atomic64_inc(&nic->real[counter]);
}

/* One packet, and its bytes in the counter that follows. */
void swnic_count(struct swnic *nic, enum swnic_counter packets, unsigned int len)
{
	atomic64_inc(&nic->real[packets]);
	atomic64_add(len, &nic->real[packets + 1]);
}

/* As swnic_count, of ESP that the stack made or is to decrypt: not what the NIC did, so the witness knows nothing of it. */
void swnic_count_software(struct swnic *nic, enum swnic_counter packets, unsigned int len)
{
	if (!nic->faults.count_software)
		return;
	atomic64_inc(&nic->imagined[packets]);
	atomic64_add(len, &nic->imagined[packets + 1]);
}

static u64 swnic_counted(struct swnic *nic, unsigned int counter)
{
	return atomic64_read(&nic->real[counter]) + atomic64_read(&nic->imagined[counter]);
}

void swnic_counters_read(struct swnic *nic, u64 *values)
{
	unsigned int i;

	spin_lock_bh(&nic->lock);
	for (i = 0; i < SWNIC_COUNTERS; i++) {
		if (!nic->faults.freeze_counters)
			nic->shown[i] = swnic_counted(nic, i);
		values[i] = nic->shown[i] - nic->base[i];
	}
	spin_unlock_bh(&nic->lock);
}

/* All that the hardware counted is 0 again, and what had not been read is lost. */
void swnic_counters_reset(struct swnic *nic)
{
	struct swnic_sa *sa;
	unsigned int i;
	int bucket;

	spin_lock_bh(&nic->lock);
	for (i = 0; i < SWNIC_COUNTERS; i++) {
		nic->base[i] = swnic_counted(nic, i);
		nic->shown[i] = nic->base[i];
	}
	hash_for_each(nic->sas, bucket, sa, node) {
		spin_lock(&sa->lock);
		sa->shown = sa->real;
		sa->told = sa->real;
		spin_unlock(&sa->lock);
	}
	spin_unlock_bh(&nic->lock);
}

void swnic_tally_add(struct swnic_sa *sa, unsigned int len)
{
	spin_lock_bh(&sa->lock);
	sa->real.packets++;
	sa->real.bytes += len;
	spin_unlock_bh(&sa->lock);
}

/*
 * Add to a state what its SA counted since the last time. In crypto mode the stack counts packets itself. The caller holds
 * x->lock, or a lock that keeps the state from changing.
 */
void swnic_tally_tell(struct xfrm_state *x, struct swnic_sa *sa)
{
	struct swnic_faults *faults = &sa->nic->faults;
	struct net *net = xs_net(x);
	u32 ms = READ_ONCE(faults->cache_counters_ms);
	struct swnic_tally news;

	spin_lock_bh(&sa->lock);
	if (!READ_ONCE(faults->freeze_counters) && (!ms || time_after(jiffies, sa->shown_at + msecs_to_jiffies(ms)))) {
		sa->shown = sa->real;
		sa->shown_at = jiffies;
	}
	news.packets = sa->shown.packets - sa->told.packets;
	news.bytes = sa->shown.bytes - sa->told.bytes;
	news.auth_failed = sa->shown.auth_failed - sa->told.auth_failed;
	news.replayed = sa->shown.replayed - sa->told.replayed;
	sa->told = sa->shown;
	spin_unlock_bh(&sa->lock);

	x->stats.integrity_failed += news.auth_failed;
	XFRM_ADD_STATS(net, LINUX_MIB_XFRMINSTATEPROTOERROR, news.auth_failed);
	if (!sa->packet)
		return;
	x->stats.replay += news.replayed;
	XFRM_ADD_STATS(net, LINUX_MIB_XFRMINSTATESEQERROR, news.replayed);
	x->curlft.packets += news.packets;
	x->curlft.bytes += news.bytes;
}

/* The stack does not see packet mode's packets pass: the NIC has to say when one was the last. */
void swnic_limits_check(struct swnic_sa *sa)
{
	struct xfrm_state *x = sa->x;

	if (!sa->limited || !refcount_inc_not_zero(&x->refcnt))
		return;
	spin_lock_bh(&x->lock);
	/* On a dead state the check would arm the timer again. */
	if (x->km.state == XFRM_STATE_VALID)
		xfrm_state_check_expire(x);
	spin_unlock_bh(&x->lock);
	xfrm_state_put(x);
}
