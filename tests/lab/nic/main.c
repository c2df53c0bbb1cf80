// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Loading and unloading: pairs of devices (swnic0 and swnic1, swnic2 and swnic3, …), their files in debugfs. */

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include "swnic.h"

static unsigned int pairs = 1;
module_param(pairs, uint, 0444);
MODULE_PARM_DESC(pairs, "how many pairs of linked devices to make (1 to 8)");

#define SWNIC_MAX 16

static struct swnic *nics[SWNIC_MAX];
static struct dentry *debugfs_root;
struct workqueue_struct *swnic_workqueue;

static void swnic_remove_all(void)
{
	unsigned int i;

	debugfs_remove_recursive(debugfs_root);
	for (i = 0; i < SWNIC_MAX; i++) {
		if (nics[i])
			swnic_destroy(nics[i]);
		nics[i] = NULL;
	}
	/* Each SA is freed by a work that RCU starts. */
	rcu_barrier();
	destroy_workqueue(swnic_workqueue);
}

static int __init swnic_init(void)
{
	unsigned int i;
	int err;

	if (!pairs || pairs * 2 > SWNIC_MAX)
		return -EINVAL;
	swnic_workqueue = alloc_workqueue("swnic", WQ_UNBOUND, 0);
	if (!swnic_workqueue)
		return -ENOMEM;
	debugfs_root = debugfs_create_dir("swnic", NULL);
	for (i = 0; i < pairs * 2; i++) {
		nics[i] = swnic_create(i);
		if (IS_ERR(nics[i])) {
			err = PTR_ERR(nics[i]);
			nics[i] = NULL;
			swnic_remove_all();
			return err;
		}
		swnic_faults_create(nics[i], debugfs_root);
		if (i & 1)
			swnic_join(nics[i - 1], nics[i]);
	}
	return 0;
}

static void __exit swnic_exit(void)
{
	swnic_remove_all();
}

module_init(swnic_init);
module_exit(swnic_exit);
MODULE_DESCRIPTION("A pair of linked lab NICs with IPsec offload");
MODULE_LICENSE("Dual MIT/GPL");
