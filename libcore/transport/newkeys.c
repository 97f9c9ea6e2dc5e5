/* Keys out of K and H. */
#include "newkeys.h"

typedef struct key_set {
    cl_secret iv, key, mac;
} key_set;

static void key_set_free(key_set *ks)
{
    cl_secret_free(&ks->iv);
    cl_secret_free(&ks->key);
    cl_secret_free(&ks->mac);
}

static cleat_status derive_one(const cl_kexer *kx, char letter, size_t len, cl_secret *out)
{
    if (len == 0)
        return CLEAT_OK;
    return cl_kdf(kx->env, kx->choice.kex->hash, cl_slice(kx->k.data, kx->k.len),
                  cl_slice(kx->hash, kx->hash_len), letter,
                  cl_slice(kx->session_id, kx->session_id_len), len, out);
}

/* Letters A, C, E for client to server; B, D, F for server to client. */
static cleat_status derive(const cl_kexer *kx, int way, key_set *ks)
{
    const cl_cipher_alg *cipher = kx->choice.cipher[way];
    const cl_mac_alg *mac = kx->choice.mac[way];
    cleat_status st = derive_one(kx, (char)('A' + way), cipher->iv_len, &ks->iv);
    if (st == CLEAT_OK)
        st = derive_one(kx, (char)('C' + way), cipher->key_len, &ks->key);
    if (st == CLEAT_OK && mac)
        st = derive_one(kx, (char)('E' + way), mac->key_len, &ks->mac);
    return st;
}

static cleat_slice view(const cl_secret *s)
{
    return cl_slice(s->data, s->len);
}

cleat_status cl_newkeys_make(const cl_kexer *kx, cl_seal **seal, cl_open **open)
{
    int out_way = kx->role == CLEAT_CLIENT ? 0 : 1;
    int in_way = 1 - out_way;
    const cl_choice *c = &kx->choice;
    key_set out = {0};
    key_set in = {0};
    cleat_status st = derive(kx, out_way, &out);
    if (st == CLEAT_OK)
        st = derive(kx, in_way, &in);
    if (st == CLEAT_OK)
        st = c->cipher[out_way]->seal_new(c->cipher[out_way], c->mac[out_way], kx->env,
                                          view(&out.key), view(&out.iv), view(&out.mac), seal);
    if (st == CLEAT_OK)
        st = c->cipher[in_way]->open_new(c->cipher[in_way], c->mac[in_way], kx->env, view(&in.key),
                                         view(&in.iv), view(&in.mac), open);
    key_set_free(&out);
    key_set_free(&in);
    return st;
}
