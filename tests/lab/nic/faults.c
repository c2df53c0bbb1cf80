// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What a test can break, in /sys/kernel/debug/swnic/swnicN/:
 *
 *   refuse_states      "N ERRNO [TEXT]": the next N SAs are refused with that errno, TEXT is the extack as it stands
 *   refuse_policies    the same for policies
 *   fall_back          1: SAs of crypto mode get EOPNOTSUPP, and the stack goes on in software without a word
 *   capacity           so many SAs and no more (ENOSPC)
 *   software           1: crypto mode SAs are taken, their packets left to the CPU
 *   swallow_tx         1: what was encrypted and counted never leaves
 *   swallow_rx         1: what was decrypted and counted never arrives
 *   freeze_counters    1: what driver and ethtool see stands still
 *   count_software     1: ESP that the stack made, or is to decrypt, is counted as if the NIC had done it
 *   cache_counters_ms  an SA's counts are so old (mlx5: 1000)
 *   fail_auth_every    every Nth packet received for an SA of the NIC is not authentic
 *   forget             write anything: no SA is left in the NIC, and nobody is told
 *   break              write anything: what the SAs in the NIC should send from now on they count, and drop
 *   reset              "MS": so long no carrier, and the counters start at 0
 *   held, counts       what the NIC holds, and what really passed: see held.c
 */

#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include "swnic.h"

/* Whether an order to refuse is in force; then `error` is what to return. */
bool swnic_refuses(struct swnic *nic, struct swnic_refusal *refusal, int *error, struct netlink_ext_ack *extack)
{
	char text[NETLINK_MAX_FMTMSG_LEN];
	bool refuses;

	spin_lock_bh(&nic->lock);
	refuses = refusal->left > 0;
	if (refuses) {
		refusal->left--;
		*error = -refusal->error;
		strscpy(text, refusal->text, sizeof(text));
	}
	spin_unlock_bh(&nic->lock);
	if (refuses && text[0])
		NL_SET_ERR_MSG_FMT(extack, "%s", text);
	return refuses;
}

bool swnic_auth_is_to_fail(struct swnic *nic)
{
	u32 every = READ_ONCE(nic->faults.fail_auth_every);

	return every && (u32)atomic_inc_return(&nic->received) % every == 0;
}

static ssize_t swnic_refusal_write(struct swnic *nic, struct swnic_refusal *refusal, const char __user *from, size_t count)
{
	char order[NETLINK_MAX_FMTMSG_LEN + 32] = {};
	int error = 0, text = 0;
	u32 left;

	if (count >= sizeof(order))
		return -EMSGSIZE;
	if (copy_from_user(order, from, count))
		return -EFAULT;
	strim(order);
	if (sscanf(order, "%u %d %n", &left, &error, &text) < 1 || (left && (error <= 0 || error > MAX_ERRNO)))
		return -EINVAL;
	if (text && strlen(order + text) >= sizeof(refusal->text))
		return -EMSGSIZE;
	spin_lock_bh(&nic->lock);
	refusal->left = left;
	refusal->error = error;
	strscpy(refusal->text, text ? order + text : "", sizeof(refusal->text));
	spin_unlock_bh(&nic->lock);
	return count;
}

static int swnic_refusal_show(struct seq_file *file, struct swnic *nic, struct swnic_refusal *refusal)
{
	spin_lock_bh(&nic->lock);
	seq_printf(file, "%u %d %s\n", refusal->left, refusal->error, refusal->text);
	spin_unlock_bh(&nic->lock);
	return 0;
}

#define SWNIC_REFUSAL_FILE(name)									\
static int name##_show(struct seq_file *file, void *unused)						\
{													\
	struct swnic *nic = file->private;								\
													\
	return swnic_refusal_show(file, nic, &nic->faults.name);					\
}													\
static int name##_open(struct inode *inode, struct file *file)						\
{													\
	return single_open(file, name##_show, inode->i_private);					\
}													\
static ssize_t name##_write(struct file *file, const char __user *from, size_t count, loff_t *at)	\
{													\
	struct swnic *nic = ((struct seq_file *)file->private_data)->private;				\
													\
	return swnic_refusal_write(nic, &nic->faults.name, from, count);				\
}													\
static const struct file_operations name##_fops = {							\
	.owner = THIS_MODULE, .open = name##_open, .read = seq_read, .write = name##_write,		\
	.llseek = seq_lseek, .release = single_release,							\
}

SWNIC_REFUSAL_FILE(states);
SWNIC_REFUSAL_FILE(policies);

static ssize_t forget_write(struct file *file, const char __user *from, size_t count, loff_t *at)
{
	swnic_sa_forget_all(file->private_data);
	return count;
}

static const struct file_operations forget_fops = {
	.owner = THIS_MODULE, .open = simple_open, .write = forget_write,
};

static ssize_t break_write(struct file *file, const char __user *from, size_t count, loff_t *at)
{
	swnic_sa_break_all(file->private_data);
	return count;
}

static const struct file_operations break_fops = {
	.owner = THIS_MODULE, .open = simple_open, .write = break_write,
};

static ssize_t reset_write(struct file *file, const char __user *from, size_t count, loff_t *at)
{
	u32 ms;
	int err = kstrtou32_from_user(from, count, 0, &ms);

	if (err)
		return err;
	swnic_reset(file->private_data, ms);
	return count;
}

static const struct file_operations reset_fops = {
	.owner = THIS_MODULE, .open = simple_open, .write = reset_write,
};

void swnic_faults_create(struct swnic *nic, struct dentry *root)
{
	struct swnic_faults *faults = &nic->faults;
	struct dentry *dir = debugfs_create_dir(nic->dev->name, root);

	debugfs_create_file("refuse_states", 0600, dir, nic, &states_fops);
	debugfs_create_file("refuse_policies", 0600, dir, nic, &policies_fops);
	debugfs_create_bool("fall_back", 0600, dir, &faults->fall_back);
	debugfs_create_u32("capacity", 0600, dir, &faults->capacity);
	debugfs_create_bool("software", 0600, dir, &faults->software);
	debugfs_create_bool("swallow_tx", 0600, dir, &faults->swallow_tx);
	debugfs_create_bool("swallow_rx", 0600, dir, &faults->swallow_rx);
	debugfs_create_bool("freeze_counters", 0600, dir, &faults->freeze_counters);
	debugfs_create_bool("count_software", 0600, dir, &faults->count_software);
	debugfs_create_u32("cache_counters_ms", 0600, dir, &faults->cache_counters_ms);
	debugfs_create_u32("fail_auth_every", 0600, dir, &faults->fail_auth_every);
	debugfs_create_file("forget", 0200, dir, nic, &forget_fops);
	debugfs_create_file("break", 0200, dir, nic, &break_fops);
	debugfs_create_file("reset", 0200, dir, nic, &reset_fops);
	swnic_held_create(nic, dir);
}
