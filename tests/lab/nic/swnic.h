/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * swnic: a NIC for the lab that really does IPsec. Two devices are joined back to back; what one sends the other receives.
 * "The NIC" is this code: it holds SAs and policies of its own, encrypts what it sends and decrypts what it receives.
 */
#ifndef SWNIC_H
#define SWNIC_H

#include <linux/ethtool.h>
#include <linux/hashtable.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>
#include <net/xfrm.h>

#define SWNIC_ESP_LEN	8	/* SPI and sequence number */
#define SWNIC_IV_LEN	8
#define SWNIC_SALT_LEN	4
#define SWNIC_ICV_LEN	16
#define SWNIC_HASH_BITS	10
#define SWNIC_WINDOW	256	/* widest replay window */
#define SWNIC_RING	4096	/* frames that wait to be received */
#define SWNIC_CAPACITY	65536	/* SAs, unless a test says less */

/* What `ethtool -S` shows, in this order; the names are mlx5's. */
enum swnic_counter {
	SWNIC_RX_PKTS, SWNIC_RX_BYTES, SWNIC_RX_DROP_PKTS, SWNIC_RX_DROP_BYTES,
	SWNIC_TX_PKTS, SWNIC_TX_BYTES, SWNIC_TX_DROP_PKTS, SWNIC_TX_DROP_BYTES,
	SWNIC_RX_DROP_SP_ALLOC, SWNIC_RX_DROP_SADB_MISS,
	SWNIC_TX_DROP_BUNDLE, SWNIC_TX_DROP_NO_STATE, SWNIC_TX_DROP_NOT_IP, SWNIC_TX_DROP_TRAILER,
	SWNIC_COUNTERS
};

/* The next adds that are refused, as a test ordered. */
struct swnic_refusal {
	u32 left;
	int error;	/* positive */
	char text[NETLINK_MAX_FMTMSG_LEN];
};

/* What a test can break; one debugfs file each, see faults.c. */
struct swnic_faults {
	struct swnic_refusal states;
	struct swnic_refusal policies;
	u32 capacity;
	bool fall_back;
	bool software;
	bool swallow_tx;
	bool swallow_rx;
	bool freeze_counters;
	bool count_software;
	u32 cache_counters_ms;
	u32 fail_auth_every;
};

struct swnic {
	struct net_device *dev;
	struct swnic __rcu *peer;
	unsigned int number;

	spinlock_t lock;	/* guards what is held, the faults' texts, the counters' shown values */
	DECLARE_HASHTABLE(sas, SWNIC_HASH_BITS);	/* by SPI */
	struct list_head policies;	/* highest priority first */
	u32 sa_count;
	u32 policy_count;
	u64 serial;		/* of the SA added last */

	struct napi_struct napi;
	struct sk_buff_head ring;

	atomic64_t real[SWNIC_COUNTERS];	/* since the module was loaded */
	atomic64_t imagined[SWNIC_COUNTERS];	/* counted on top of it, for count_software */
	u64 shown[SWNIC_COUNTERS];	/* as `ethtool -S` last read them */
	u64 base[SWNIC_COUNTERS];	/* where they stood at the last reset */

	struct swnic_faults faults;
	atomic_t received;	/* ESP packets of held SAs, for fail_auth_every */
	struct delayed_work reset;
	bool resetting;
};

/* Counts of one SA. */
struct swnic_tally {
	u64 packets;
	u64 bytes;
	u64 auth_failed;
	u64 replayed;
};

struct swnic_sa {
	struct hlist_node node;
	struct swnic *nic;
	struct xfrm_state *x;	/* not held: the stack takes the SA away before the state goes */
	struct crypto_aead *aead;
	u64 serial;
	xfrm_address_t saddr;
	xfrm_address_t daddr;
	__be32 spi;
	u32 reqid;
	u32 window;
	u16 family;
	u8 mode;
	bool in;
	bool packet;
	bool esn;
	bool acquire;		/* stands for an SA that is being negotiated; the hardware has nothing */
	bool drops;		/* broken: what it should send is counted and dropped */
	bool limited;		/* has a limit of bytes or packets that the NIC must watch */
	u8 salt[SWNIC_SALT_LEN];

	spinlock_t lock;	/* guards the rest; taken inside x->lock, never the other way round */
	u64 seq;		/* last sent, or highest received */
	DECLARE_BITMAP(seen, SWNIC_WINDOW);
	struct swnic_tally real;
	struct swnic_tally shown;	/* what the driver can see */
	struct swnic_tally told;	/* what it has told the stack */
	unsigned long shown_at;

	struct rcu_work work;
};

struct swnic_policy {
	struct list_head node;
	struct xfrm_selector sel;
	xfrm_address_t saddr;
	xfrm_address_t daddr;
	u32 priority;
	u32 reqid;
	u8 mode;
	bool in;
	bool block;
	bool transform;
	struct rcu_head rcu;
};

/* What the NIC reads from a packet to choose policy and SA. */
struct swnic_flow {
	xfrm_address_t saddr;
	xfrm_address_t daddr;
	u16 family;
	__be16 sport;
	__be16 dport;
	u8 proto;
	bool fragment;
	unsigned int l3;	/* offset of the IP header from skb->data */
	unsigned int l4;	/* offset of what follows it */
};

extern struct workqueue_struct *swnic_workqueue;

/* netdev.c */
struct swnic *swnic_create(unsigned int number);
void swnic_join(struct swnic *one, struct swnic *other);
void swnic_destroy(struct swnic *nic);
void swnic_wire(struct swnic *nic, struct sk_buff *skb);
void swnic_reset(struct swnic *nic, unsigned int ms);
bool swnic_is_ours(const struct net_device *dev);

/* ops.c */
extern const struct xfrmdev_ops swnic_xfrmdev_ops;

/* sa.c */
int swnic_state_add(struct net_device *dev, struct xfrm_state *x, struct netlink_ext_ack *extack);
void swnic_state_delete(struct xfrm_state *x);
void swnic_state_free(struct xfrm_state *x);
bool swnic_offload_ok(struct sk_buff *skb, struct xfrm_state *x);
void swnic_advance_esn(struct xfrm_state *x);
void swnic_update_stats(struct xfrm_state *x);
struct swnic_sa *swnic_sa_by_state(struct swnic *nic, const struct xfrm_state *x);
struct swnic_sa *swnic_sa_by_spi(struct swnic *nic, __be32 spi, const xfrm_address_t *daddr, u16 family);
struct swnic_sa *swnic_sa_for_policy(struct swnic *nic, const struct swnic_policy *policy, const struct swnic_flow *flow);
void swnic_sa_forget_all(struct swnic *nic);
void swnic_sa_break_all(struct swnic *nic);

/* sequence.c */
void swnic_seq_start(struct swnic_sa *sa, const struct xfrm_state *x);
int swnic_seq_next(struct swnic_sa *sa, u64 *seq);
u64 swnic_seq_full(struct swnic_sa *sa, u32 low);
bool swnic_seq_accept(struct swnic_sa *sa, u64 seq);

/* check.c */
int swnic_check_state(const struct xfrm_state *x, struct netlink_ext_ack *extack);
int swnic_check_policy(const struct xfrm_policy *xp, struct netlink_ext_ack *extack);

/* policy.c */
int swnic_policy_add(struct xfrm_policy *xp, struct netlink_ext_ack *extack);
void swnic_policy_delete(struct xfrm_policy *xp);
void swnic_policy_free(struct xfrm_policy *xp);
const struct swnic_policy *swnic_policy_match(struct swnic *nic, const struct swnic_flow *flow, bool in);

/* flow.c */
bool swnic_flow_read(struct sk_buff *skb, struct swnic_flow *flow);
bool swnic_flow_selected(const struct swnic_flow *flow, const struct xfrm_selector *sel);

/* crypt.c */
struct crypto_aead *swnic_aead(const struct xfrm_state *x, u8 *salt);
int swnic_crypt(struct swnic_sa *sa, struct sk_buff *skb, unsigned int esp, u64 seq, bool seal);

/* esp.c */
int swnic_esp_add(struct swnic_sa *sa, struct sk_buff *skb, const struct swnic_flow *flow, unsigned int *esp, u64 *seq);
int swnic_esp_remove(struct swnic_sa *sa, struct sk_buff *skb, const struct swnic_flow *flow);

/* send.c and receive.c */
netdev_tx_t swnic_xmit(struct sk_buff *skb, struct net_device *dev);
bool swnic_receive(struct swnic *nic, struct sk_buff *skb);

/* counters.c */
void swnic_count(struct swnic *nic, enum swnic_counter packets, unsigned int len);
void swnic_count_software(struct swnic *nic, enum swnic_counter packets, unsigned int len);
void swnic_count_one(struct swnic *nic, enum swnic_counter counter);
void swnic_counters_read(struct swnic *nic, u64 *values);
void swnic_counters_reset(struct swnic *nic);
void swnic_tally_add(struct swnic_sa *sa, unsigned int len);
void swnic_tally_tell(struct xfrm_state *x, struct swnic_sa *sa);
void swnic_limits_check(struct swnic_sa *sa);

/* ethtool.c */
extern const char swnic_counter_names[SWNIC_COUNTERS][ETH_GSTRING_LEN];
extern const struct ethtool_ops swnic_ethtool_ops;

/* faults.c and held.c */
void swnic_faults_create(struct swnic *nic, struct dentry *root);
bool swnic_refuses(struct swnic *nic, struct swnic_refusal *refusal, int *error, struct netlink_ext_ack *extack);
bool swnic_auth_is_to_fail(struct swnic *nic);
void swnic_held_create(struct swnic *nic, struct dentry *dir);

#endif
