/* The lists of algorithms that a connection offers, in OpenSSH's syntax. */
#include "policy.h"

#include "../alg/alg.h"
#include "../alg/ctx.h"
#include "../base/alloc.h"
#include "../base/error.h"
#include "../base/pattern.h"
#include "../key/cert_openssh.h"
#include "../transport/kexinit.h"
#include "../wire/namelist.h"
#include "../x509/chain.h"

#include <stdatomic.h>

struct cleat_policy {
    atomic_uint references;
    cleat_ctx *ctx;
    cleat_role role;
    char *list[CLEAT_ALG_KINDS];
    unsigned rsa_min;
    bool host_certs; /* a client asks for them */
    bool x509;       /* the owner can check what the peer shows */
};

typedef struct alg_row {
    const char *name;
    unsigned flags;
} alg_row;

/* Keys come with certificates, or plain; authorities sign as plain keys. */
static alg_row signature_at(cleat_alg_kind kind, size_t i)
{
    for (int form = kind == CLEAT_ALG_CA ? CL_FORM_PLAIN : 0; form < CL_FORMS; form++) {
        const cl_sig_alg *sig;
        for (size_t k = 0; (sig = cl_sig_alg_at(k)) != NULL; k++) {
            const char *name = cl_sig_alg_name(sig, (cl_key_form)form);
            if (name && i-- == 0)
                return (alg_row){name, sig->flags};
        }
    }
    return (alg_row){NULL, 0};
}

static alg_row row_at(cleat_alg_kind kind, size_t i)
{
    const cl_kex_alg *kex = kind == CLEAT_ALG_KEX ? cl_kex_at(i) : NULL;
    const cl_cipher_alg *cipher = kind == CLEAT_ALG_CIPHER ? cl_cipher_at(i) : NULL;
    const cl_mac_alg *mac = kind == CLEAT_ALG_MAC ? cl_mac_at(i) : NULL;
    const cl_comp_alg *comp = kind == CLEAT_ALG_COMPRESSION ? cl_comp_at(i) : NULL;
    if (kex)
        return (alg_row){kex->name, kex->flags};
    if (cipher)
        return (alg_row){cipher->name, cipher->flags};
    if (mac)
        return (alg_row){mac->name, mac->flags};
    if (comp)
        return (alg_row){comp->name, comp->flags};
    bool signature = kind == CLEAT_ALG_HOSTKEY || kind == CLEAT_ALG_PUBKEY || kind == CLEAT_ALG_CA;
    return signature ? signature_at(kind, i) : (alg_row){NULL, 0};
}

const char *cleat_alg_name(cleat_alg_kind kind, size_t i)
{
    return row_at(kind, i).name;
}

bool cleat_alg_is_supported(cleat_alg_kind kind, const char *name)
{
    alg_row row;
    for (size_t i = 0; (row = row_at(kind, i)).name; i++) {
        if (strcmp(row.name, name) == 0)
            return true;
    }
    return false;
}

bool cleat_alg_is_post_quantum(const char *kex_name)
{
    const cl_kex_alg *alg = cl_kex_find(cleat_slice_of(kex_name));
    return alg && (alg->flags & CL_ALG_POST_QUANTUM);
}

bool cleat_alg_is_aead(const char *cipher_name)
{
    const cl_cipher_alg *alg = cl_cipher_find(cleat_slice_of(cipher_name));
    return alg && alg->tag_len;
}

static void add_name(cl_buf *list, cleat_slice name)
{
    if (cl_namelist_has(cl_buf_slice(list), name))
        return;
    if (list->len)
        cl_buf_add_byte(list, ',');
    cl_buf_add_slice(list, name);
}

static void add_names(cl_buf *list, cleat_slice names)
{
    cleat_slice name;
    while (cl_slice_split(&names, ',', &name))
        add_name(list, name);
}

/* Certificates are asked for only where the owner can tell whether they are good: a client has to
 * know hosts' authorities, and whoever takes X.509 those of X.509. */
static bool is_for_owner(const cleat_policy *p, cleat_alg_kind kind, const char *name)
{
    bool asked = kind == (p->role == CLEAT_CLIENT ? CLEAT_ALG_HOSTKEY : CLEAT_ALG_PUBKEY);
    if (!asked)
        return true;
    if (cleat_x509_is_name(name))
        return p->x509;
    return p->role == CLEAT_SERVER || p->host_certs || !cleat_cert_is_name(name);
}

static void add_defaults(const cleat_policy *p, cl_buf *list, cleat_alg_kind kind)
{
    unsigned want = p->role == CLEAT_CLIENT ? CL_ALG_DEFAULT_CLIENT : CL_ALG_DEFAULT_SERVER;
    alg_row row;
    for (size_t i = 0; (row = row_at(kind, i)).name; i++) {
        if ((row.flags & want) && is_for_owner(p, kind, row.name))
            add_name(list, cleat_slice_of(row.name));
    }
}

/* Takes list's content as the policy's; frees list. */
static cleat_status keep(cleat_policy *p, cleat_alg_kind kind, cl_buf *list)
{
    const cleat_allocator *mem = cl_ctx_env(p->ctx)->mem;
    char *text = list->status == CLEAT_OK ? cl_alloc_text(mem, cl_buf_slice(list)) : NULL;
    cl_buf_free(list);
    if (!text)
        return CLEAT_E_NOMEM;
    cl_alloc_free(mem, p->list[kind]);
    p->list[kind] = text;
    return CLEAT_OK;
}

static cleat_status reset(cleat_policy *p, cleat_alg_kind kind)
{
    cl_buf list = CL_BUF(cl_ctx_env(p->ctx)->mem);
    add_defaults(p, &list, kind);
    return keep(p, kind, &list);
}

cleat_status cleat_policy_new(cleat_policy **out, cleat_ctx *ctx, cleat_role role)
{
    const cleat_allocator *mem = cl_ctx_env(ctx)->mem;
    cleat_policy *p = cl_alloc_zero(mem, sizeof *p);
    *out = NULL;
    if (!p)
        return CLEAT_E_NOMEM;
    atomic_init(&p->references, 1);
    p->ctx = cleat_ctx_ref(ctx);
    p->role = role;
    p->rsa_min = CL_RSA_BITS_DEFAULT_MIN;
    for (int kind = 0; kind < CLEAT_ALG_KINDS; kind++) {
        cleat_status st = reset(p, (cleat_alg_kind)kind);
        if (st != CLEAT_OK) {
            cleat_policy_unref(p);
            return st;
        }
    }
    *out = p;
    return CLEAT_OK;
}

cleat_policy *cleat_policy_ref(cleat_policy *policy)
{
    atomic_fetch_add_explicit(&policy->references, 1, memory_order_relaxed);
    return policy;
}

void cleat_policy_unref(cleat_policy *policy)
{
    if (!policy || atomic_fetch_sub_explicit(&policy->references, 1, memory_order_acq_rel) != 1)
        return;
    cleat_ctx *ctx = policy->ctx;
    const cleat_allocator *mem = cl_ctx_env(ctx)->mem;
    for (int kind = 0; kind < CLEAT_ALG_KINDS; kind++)
        cl_alloc_free(mem, policy->list[kind]);
    cl_alloc_free(mem, policy);
    cleat_ctx_unref(ctx);
}

const char *cleat_policy_get(const cleat_policy *policy, cleat_alg_kind kind)
{
    return policy->list[kind];
}

static bool has_wildcard(cleat_slice token)
{
    return memchr(token.data, '*', token.len) || memchr(token.data, '?', token.len);
}

static bool known(const cleat_policy *p, cleat_alg_kind kind, cleat_slice name)
{
    alg_row row;
    if (kind == CLEAT_ALG_KEX)
        return cl_kex_lookup(cl_ctx_env(p->ctx), name) != NULL;
    for (size_t i = 0; (row = row_at(kind, i)).name; i++) {
        if (cl_slice_is(name, row.name))
            return true;
    }
    return false;
}

/* Adds what a token names: itself, or every supported name that its pattern matches. */
static bool add_token(const cleat_policy *p, cleat_alg_kind kind, cleat_slice token, cl_buf *list)
{
    alg_row row;
    if (!has_wildcard(token)) {
        add_name(list, token);
        return known(p, kind, token);
    }
    for (size_t i = 0; (row = row_at(kind, i)).name; i++) {
        if (cl_pattern_match(cleat_slice_of(row.name), token, false))
            add_name(list, cleat_slice_of(row.name));
    }
    return true;
}

static cleat_status add_spec(const cleat_policy *p, cleat_alg_kind kind, cleat_slice names,
                             cl_buf *list, cleat_error *error)
{
    cleat_slice token;
    while (cl_slice_split(&names, ',', &token)) {
        token = cl_slice_trim(token);
        if (!add_token(p, kind, token, list))
            return cl_fail(error, CLEAT_E_CONFIG, "algorithm \"%.*s\" is not supported",
                           (int)token.len, (const char *)token.data);
    }
    return CLEAT_OK;
}

static void add_except(cl_buf *list, cleat_slice names, cleat_slice patterns)
{
    cleat_slice name;
    while (cl_slice_split(&names, ',', &name)) {
        if (cl_pattern_list(name, patterns, false) != CL_MATCH_YES)
            add_name(list, name);
    }
}

cleat_status cleat_policy_set(cleat_policy *policy, cleat_alg_kind kind, const char *spec,
                              cleat_error *error)
{
    const cleat_allocator *mem = cl_ctx_env(policy->ctx)->mem;
    cleat_slice names = cleat_slice_of(spec);
    char sign = names.len ? (char)names.data[0] : 0;
    bool prefixed = sign == '+' || sign == '-' || sign == '^';
    if (prefixed)
        names = cl_slice_cut(names, 1, names.len);
    cl_buf defaults = CL_BUF(mem);
    cl_buf list = CL_BUF(mem);
    cleat_status st = CLEAT_OK;
    add_defaults(policy, &defaults, kind);
    if (sign == '+')
        add_names(&list, cl_buf_slice(&defaults));
    if (sign == '-')
        add_except(&list, cl_buf_slice(&defaults), names);
    else
        st = add_spec(policy, kind, names, &list, error);
    if (sign == '^')
        add_names(&list, cl_buf_slice(&defaults));
    if (defaults.status != CLEAT_OK || list.status != CLEAT_OK)
        st = cl_fail(error, CLEAT_E_NOMEM, "no memory for a list of algorithms");
    if (st == CLEAT_OK && list.len == 0)
        st = cl_fail(error, CLEAT_E_CONFIG, "\"%s\" leaves no algorithm", spec);
    if (st == CLEAT_OK)
        st = keep(policy, kind, &list);
    cl_buf_free(&list);
    cl_buf_free(&defaults);
    return st;
}

cleat_status cleat_policy_take_host_certs(cleat_policy *policy)
{
    policy->host_certs = true;
    return reset(policy, CLEAT_ALG_HOSTKEY);
}

cleat_status cleat_policy_take_x509(cleat_policy *policy)
{
    policy->x509 = true;
    return reset(policy, policy->role == CLEAT_CLIENT ? CLEAT_ALG_HOSTKEY : CLEAT_ALG_PUBKEY);
}

/* Whoever asks for X.509 certificates has authorities for them. */
static bool is_known(cleat_slice name, cleat_slice key_types, bool authority)
{
    cl_key_form form;
    const cl_sig_alg *alg = cl_sig_alg_find_form(name, &form);
    return (alg && form == CL_FORM_X509) || (alg && form == CL_FORM_CERT && authority) ||
           (alg && cl_namelist_has(key_types, cleat_slice_of(alg->key_type->name)));
}

/* A certificate that is not good still shows a key: where the best name's type is known, there is
 * nothing better to ask for. */
cleat_status cleat_policy_prefer_known(cleat_policy *policy, const char *key_types, bool authority)
{
    cleat_slice all = cleat_slice_of(policy->list[CLEAT_ALG_HOSTKEY]);
    cleat_slice types = cleat_slice_of(key_types);
    cleat_slice rest = all;
    cleat_slice name;
    cl_buf list = CL_BUF(cl_ctx_env(policy->ctx)->mem);
    if (cl_slice_split(&rest, ',', &name) && is_known(name, types, false))
        return CLEAT_OK;
    for (rest = all; cl_slice_split(&rest, ',', &name);) {
        if (is_known(name, types, authority))
            add_name(&list, name);
    }
    add_names(&list, all);
    return keep(policy, CLEAT_ALG_HOSTKEY, &list);
}

cleat_status cleat_policy_set_rsa_min(cleat_policy *policy, unsigned bits)
{
    if (bits < CL_RSA_BITS_LEAST)
        return CLEAT_E_BAD_CALL;
    policy->rsa_min = bits;
    return CLEAT_OK;
}

unsigned cleat_policy_rsa_min(const cleat_policy *policy)
{
    return policy->rsa_min;
}

static bool serves(const cleat_conn_options *o, const cl_sig_alg *alg, cl_key_form form)
{
    for (size_t i = 0; form == CL_FORM_CERT && i < o->host_cert_count; i++) {
        if (o->host_certs[i]->subject->type == alg->key_type)
            return true;
    }
    for (size_t i = 0; form == CL_FORM_X509 && i < o->host_chain_count; i++) {
        if (cl_x509_serves(o->host_chains[i], alg))
            return true;
    }
    for (size_t i = 0; form == CL_FORM_PLAIN && i < o->host_key_count; i++) {
        if (o->host_keys[i]->type == alg->key_type)
            return true;
    }
    return false;
}

void cl_policy_host_key_list(const cleat_policy *policy, const cleat_conn_options *o, cl_buf *out)
{
    cleat_slice names = cleat_slice_of(policy->list[CLEAT_ALG_HOSTKEY]);
    cleat_slice name;
    while (cl_slice_split(&names, ',', &name)) {
        cl_key_form form;
        const cl_sig_alg *alg = cl_sig_alg_find_form(name, &form);
        if (alg && serves(o, alg, form))
            add_name(out, name);
    }
}
