// SPDX-License-Identifier: GPL-2.0 OR MIT
/* AES-GCM for ESP (RFC 4106) with the kernel's own gcm(aes). */

#include <crypto/aead.h>
#include <linux/scatterlist.h>
#include "swnic.h"

struct swnic_gcm_input {
	u8 nonce[SWNIC_SALT_LEN + SWNIC_IV_LEN];
	__be32 ad[3];	/* SPI, upper half of the sequence number with ESN, lower half */
};

/* The cipher for a state's key; the salt, which ends the key, goes to `salt`. May sleep. */
struct crypto_aead *swnic_aead(const struct xfrm_state *x, u8 *salt)
{
	unsigned int len = x->aead->alg_key_len / 8 - SWNIC_SALT_LEN;
	struct crypto_aead *aead;
	int err;

	/* Synchronous only: packets are encrypted where nothing can wait. */
	aead = crypto_alloc_aead("gcm(aes)", 0, CRYPTO_ALG_ASYNC);
	if (IS_ERR(aead))
		return aead;
	err = crypto_aead_setkey(aead, x->aead->alg_key, len) ?: crypto_aead_setauthsize(aead, SWNIC_ICV_LEN);
	if (err) {
		crypto_free_aead(aead);
		return ERR_PTR(err);
	}
	memcpy(salt, x->aead->alg_key + len, SWNIC_SALT_LEN);
	return aead;
}

/*
 * Encrypt or decrypt in place what follows the ESP header at `esp` (from skb->data) up to the end, where the ICV is or goes.
 * The packet must be linear and ours. -EBADMSG: not authentic.
 */
int swnic_crypt(struct swnic_sa *sa, struct sk_buff *skb, unsigned int esp, u64 seq, bool seal)
{
	int len = skb->len - esp - SWNIC_ESP_LEN - SWNIC_IV_LEN - SWNIC_ICV_LEN;
	u8 *header = skb->data + esp, *iv = header + SWNIC_ESP_LEN, *text = iv + SWNIC_IV_LEN;
	struct swnic_gcm_input *input;
	struct aead_request *request;
	unsigned int ad_len = 0;
	struct scatterlist sg[2];
	int err = -ENOMEM;

	/* At least padding length and next header are encrypted, and ESP is made of words. */
	if (len < 4)
		return -EINVAL;
	request = aead_request_alloc(sa->aead, GFP_ATOMIC);
	input = kmalloc(sizeof(*input), GFP_ATOMIC);
	if (!request || !input)
		goto out;
	memcpy(input->nonce, sa->salt, SWNIC_SALT_LEN);
	memcpy(input->nonce + SWNIC_SALT_LEN, iv, SWNIC_IV_LEN);
	input->ad[ad_len++] = sa->spi;
	if (sa->esn)
		input->ad[ad_len++] = htonl(upper_32_bits(seq));
	input->ad[ad_len++] = htonl(lower_32_bits(seq));
	ad_len *= sizeof(__be32);

	sg_init_table(sg, ARRAY_SIZE(sg));
	sg_set_buf(&sg[0], input->ad, ad_len);
	sg_set_buf(&sg[1], text, len + SWNIC_ICV_LEN);
	aead_request_set_callback(request, 0, NULL, NULL);
	aead_request_set_ad(request, ad_len);
	aead_request_set_crypt(request, sg, sg, seal ? len : len + SWNIC_ICV_LEN, input->nonce);
	err = seal ? crypto_aead_encrypt(request) : crypto_aead_decrypt(request);
out:
	kfree_sensitive(input);
	aead_request_free(request);
	return err;
}
