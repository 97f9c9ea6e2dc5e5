/* KEXINIT and the choice that follows from a pair of them. */
#include "kexinit.h"

#include "../base/error.h"
#include "../wire/messages.h"
#include "../wire/namelist.h"
#include "../wire/writer.h"

enum { COOKIE_SIZE = 16 };

static const char *const pseudo_names[] = {
    [CLEAT_CLIENT] = "ext-info-c,kex-strict-c-v00@openssh.com",
    [CLEAT_SERVER] = "ext-info-s,kex-strict-s-v00@openssh.com",
};

static void put_kex_list(cl_buf *out, cleat_role role, const char *names, bool first)
{
    size_t mark = cl_put_begin(out);
    cl_buf_add_text(out, names);
    if (first) {
        cl_buf_add_byte(out, ',');
        cl_buf_add_text(out, pseudo_names[role]);
    }
    cl_put_end(out, mark);
}

cleat_status cl_kexinit_write(cl_buf *out, const cl_env *env, cleat_role role,
                              const cl_offer *offer, bool first)
{
    cl_put_u8(out, CL_MSG_kexinit);
    uint8_t *cookie = cl_buf_extend(out, COOKIE_SIZE);
    if (!cookie)
        return out->status;
    cleat_status st = cl_random_fill(env, cookie, COOKIE_SIZE);
    if (st != CLEAT_OK)
        return st;
    put_kex_list(out, role, offer->kex, first);
    cl_put_cstring(out, offer->host_key);
    for (int i = 0; i < 2; i++)
        cl_put_cstring(out, offer->cipher);
    for (int i = 0; i < 2; i++)
        cl_put_cstring(out, offer->mac);
    for (int i = 0; i < 2; i++)
        cl_put_cstring(out, offer->compression);
    for (int i = 0; i < 2; i++)
        cl_put_cstring(out, "");
    cl_put_bool(out, false); /* we never guess: it saves nothing with a KEM's large values */
    cl_put_u32(out, 0);
    return out->status;
}

cleat_status cl_kexinit_read(cleat_slice payload, cl_kexinit *init)
{
    cl_reader r = cl_reader_of(payload);
    if (cl_get_u8(&r) != CL_MSG_kexinit)
        cl_reader_fault(&r);
    cl_get_bytes(&r, COOKIE_SIZE);
    for (int i = 0; i < CL_LISTS; i++) {
        init->list[i] = cl_get_string(&r);
        if (!cl_namelist_valid(init->list[i]))
            cl_reader_fault(&r);
    }
    init->guess_follows = cl_get_bool(&r);
    cl_get_u32(&r);
    return cl_reader_done(&r);
}

const cl_kex_alg *cl_kex_lookup(const cl_env *env, cleat_slice name)
{
    for (size_t i = 0; env->extra_kex && env->extra_kex[i]; i++) {
        if (cl_slice_is(name, env->extra_kex[i]->name))
            return env->extra_kex[i];
    }
    return cl_kex_find(name);
}

static bool has_pseudo(const cl_kexinit *theirs, cleat_role our_role, size_t which)
{
    cleat_role peer = our_role == CLEAT_CLIENT ? CLEAT_SERVER : CLEAT_CLIENT;
    cleat_slice names = cleat_slice_of(pseudo_names[peer]);
    cleat_slice name = CL_SLICE_EMPTY;
    for (size_t i = 0; i <= which; i++) {
        if (!cl_slice_split(&names, ',', &name))
            return false;
    }
    return cl_namelist_has(theirs->list[CL_LIST_KEX], name);
}

bool cl_kexinit_is_strict(const cl_kexinit *theirs, cleat_role our_role)
{
    return has_pseudo(theirs, our_role, 1);
}

bool cl_kexinit_wants_ext_info(const cl_kexinit *theirs, cleat_role our_role)
{
    return has_pseudo(theirs, our_role, 0);
}

static const char *const proposal_names[CL_LIST_LANG_C2S] = {
    [CL_LIST_KEX] = "KEX algorithms",        [CL_LIST_HOSTKEY] = "host key algorithms",
    [CL_LIST_CIPHER_C2S] = "ciphers ctos",   [CL_LIST_CIPHER_S2C] = "ciphers stoc",
    [CL_LIST_MAC_C2S] = "MACs ctos",         [CL_LIST_MAC_S2C] = "MACs stoc",
    [CL_LIST_COMP_C2S] = "compression ctos", [CL_LIST_COMP_S2C] = "compression stoc",
};

void cl_kexinit_log(const cl_logger *log, const char *whose, const cl_kexinit *init)
{
    cl_log(log, CLEAT_LOG_DEBUG2, "kex", "%s KEXINIT proposal", whose);
    for (int i = 0; i < CL_LIST_LANG_C2S; i++)
        cl_log(log, CLEAT_LOG_DEBUG2, "kex", "%s: %.*s", proposal_names[i],
               (int)(init->list[i].len > 900 ? 900 : init->list[i].len),
               (const char *)init->list[i].data);
}

typedef struct pairing {
    cleat_error *error;
    const cl_kexinit *client, *server;
    cleat_role role;
} pairing;

static const char *const list_names[CL_LISTS] = {
    [CL_LIST_KEX] = "key exchange method",
    [CL_LIST_HOSTKEY] = "host key algorithm",
    [CL_LIST_CIPHER_C2S] = "cipher (client to server)",
    [CL_LIST_CIPHER_S2C] = "cipher (server to client)",
    [CL_LIST_MAC_C2S] = "MAC (client to server)",
    [CL_LIST_MAC_S2C] = "MAC (server to client)",
    [CL_LIST_COMP_C2S] = "compression (client to server)",
    [CL_LIST_COMP_S2C] = "compression (server to client)",
};

static cleat_status choose(const pairing *p, int list, cleat_slice *name)
{
    *name = cl_namelist_common(p->client->list[list], p->server->list[list]);
    if (name->len)
        return CLEAT_OK;
    bool client = p->role == CLEAT_CLIENT;
    cleat_slice ours = (client ? p->client : p->server)->list[list];
    cleat_slice theirs = (client ? p->server : p->client)->list[list];
    return cl_fail(p->error, CLEAT_E_NO_COMMON_ALG, "no common %s. Ours: %.*s. Theirs: %.*s",
                   list_names[list], (int)(ours.len > 180 ? 180 : ours.len),
                   (const char *)ours.data, (int)(theirs.len > 180 ? 180 : theirs.len),
                   (const char *)theirs.data);
}

static cleat_status choose_protection(const pairing *p, int way, cl_choice *choice)
{
    cleat_slice name;
    cleat_status st = choose(p, CL_LIST_CIPHER_C2S + way, &name);
    if (st != CLEAT_OK)
        return st;
    choice->cipher[way] = cl_cipher_find(name);
    if (!choice->cipher[way])
        return CLEAT_E_INTERNAL;
    if (!choice->cipher[way]->tag_len) {
        st = choose(p, CL_LIST_MAC_C2S + way, &name);
        if (st != CLEAT_OK)
            return st;
        choice->mac[way] = cl_mac_find(name);
        if (!choice->mac[way])
            return CLEAT_E_INTERNAL;
    }
    st = choose(p, CL_LIST_COMP_C2S + way, &name);
    if (st != CLEAT_OK)
        return st;
    choice->comp[way] = cl_comp_find(name);
    return choice->comp[way] ? CLEAT_OK : CLEAT_E_INTERNAL;
}

static cleat_slice first_name(cleat_slice list)
{
    cleat_slice name = CL_SLICE_EMPTY;
    (void)cl_slice_split(&list, ',', &name);
    return name;
}

/* RFC 4253 §7.1: the guess is wrong unless both sides' first names agree for kex and host key. */
static bool guess_is_wrong(const cl_kexinit *ours, const cl_kexinit *theirs)
{
    for (int i = CL_LIST_KEX; i <= CL_LIST_HOSTKEY; i++) {
        if (!cleat_slice_equal(first_name(ours->list[i]), first_name(theirs->list[i])))
            return true;
    }
    return false;
}

cleat_status cl_negotiate(const cl_env *env, cleat_error *error, cleat_role role,
                          const cl_kexinit *ours, const cl_kexinit *theirs, cl_choice *choice)
{
    bool client = role == CLEAT_CLIENT;
    const pairing p = {error, client ? ours : theirs, client ? theirs : ours, role};
    cleat_slice name;
    *choice = (cl_choice){0};
    cleat_status st = choose(&p, CL_LIST_KEX, &name);
    if (st != CLEAT_OK)
        return st;
    choice->kex = cl_kex_lookup(env, name);
    if (!choice->kex) /* a pseudo-name common to both is no method */
        return cl_fail(error, CLEAT_E_NO_COMMON_ALG, "no common key exchange method");
    if (!(choice->kex->flags & CL_KEX_NO_HOST_KEY)) {
        st = choose(&p, CL_LIST_HOSTKEY, &name);
        if (st != CLEAT_OK)
            return st;
        if (name.len >= sizeof choice->host_key)
            return CLEAT_E_INTERNAL;
        memcpy(choice->host_key, name.data, name.len);
    }
    for (int way = 0; way < 2 && st == CLEAT_OK; way++)
        st = choose_protection(&p, way, choice);
    choice->guess_wrong = theirs->guess_follows && guess_is_wrong(ours, theirs);
    return st;
}
