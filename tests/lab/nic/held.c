// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A test's own witness: what the NIC holds (no keys), and what really passed, whatever faults and resets make others see. */

#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include "swnic.h"

static void swnic_show_address(struct seq_file *file, const char *name, const xfrm_address_t *address, u16 family)
{
	if (family == AF_INET)
		seq_printf(file, " %s=%pI4", name, &address->a4);
	else
		seq_printf(file, " %s=%pI6c", name, &address->in6);
}

static const char *swnic_mode(u8 mode)
{
	return mode == XFRM_MODE_TUNNEL ? "tunnel" : "transport";
}

static void swnic_show_sa(struct seq_file *file, struct swnic_sa *sa)
{
	struct swnic_tally real;
	u64 seq;

	spin_lock_bh(&sa->lock);
	real = sa->real;
	seq = sa->seq;
	spin_unlock_bh(&sa->lock);
	seq_printf(file, "sa dir=%s offload=%s mode=%s", sa->in ? "in" : "out", sa->packet ? "packet" : "crypto",
		   swnic_mode(sa->mode));
	swnic_show_address(file, "src", &sa->saddr, sa->family);
	swnic_show_address(file, "dst", &sa->daddr, sa->family);
	seq_printf(file, " spi=0x%08x reqid=%u esn=%u packets=%llu bytes=%llu auth_failed=%llu replayed=%llu seq=%llu\n",
		   ntohl(sa->spi), sa->reqid, sa->esn, real.packets, real.bytes, real.auth_failed, real.replayed, seq);
}

static void swnic_show_policy(struct seq_file *file, const struct swnic_policy *policy)
{
	const struct xfrm_selector *sel = &policy->sel;

	seq_printf(file, "policy dir=%s action=%s priority=%u proto=%u", policy->in ? "in" : "out",
		   policy->block ? "block" : policy->transform ? "transform" : "bypass", policy->priority, sel->proto);
	swnic_show_address(file, "src", &sel->saddr, sel->family);
	seq_printf(file, "/%u", sel->prefixlen_s);
	swnic_show_address(file, "dst", &sel->daddr, sel->family);
	seq_printf(file, "/%u reqid=%u mode=%s\n", sel->prefixlen_d, policy->reqid, swnic_mode(policy->mode));
}

static int swnic_held_show(struct seq_file *file, void *unused)
{
	struct swnic *nic = file->private;
	struct swnic_policy *policy;
	struct swnic_sa *sa;
	int bucket;

	rcu_read_lock();
	hash_for_each_rcu(nic->sas, bucket, sa, node)
		swnic_show_sa(file, sa);
	list_for_each_entry_rcu(policy, &nic->policies, node)
		swnic_show_policy(file, policy);
	rcu_read_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(swnic_held);

static int swnic_counts_show(struct seq_file *file, void *unused)
{
	struct swnic *nic = file->private;
	unsigned int i;

	for (i = 0; i < SWNIC_COUNTERS; i++)
		seq_printf(file, "%s %lld\n", swnic_counter_names[i], atomic64_read(&nic->real[i]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(swnic_counts);

void swnic_held_create(struct swnic *nic, struct dentry *dir)
{
	debugfs_create_file("held", 0400, dir, nic, &swnic_held_fops);
	debugfs_create_file("counts", 0400, dir, nic, &swnic_counts_fops);
}
