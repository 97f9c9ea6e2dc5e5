/* A ready plan for logging in, above the engine's public calls. */
#include "../alg/ctx.h"
#include "../base/alloc.h"
#include "../base/buf.h"
#include "../base/slice.h"
#include "../wire/namelist.h"
#include "../x509/chain.h"

#include <cleat/cert.h>
#include <cleat/login.h>

enum { KEYS_MAX = 256 };

typedef struct login_key {
    cleat_key *key;
    cleat_cert *cert;  /* shown instead of the key; NULL: none */
    cleat_x509 *chain; /* the same */
    void *user;
} login_key;

struct cleat_login {
    const cleat_allocator *mem;
    cleat_conn *conn;
    char *user;
    char *methods; /* in our order */
    char *key_algorithms, *submethods;
    const char *method; /* being tried */
    uint32_t password_tries;
    unsigned rsa_min_bits;
    bool plain;
    bool password_asked;
    login_key *keys;
    size_t key_count, next_key;
    const login_key *key;       /* being tried */
    uint32_t passwords, rounds; /* tries so far */
    cl_buf can_continue;        /* as the server last said */
    cl_buf reason;
};

static const char default_methods[] = "publickey,keyboard-interactive,password";

cleat_status cleat_login_new(cleat_login **out, cleat_conn *c, const cleat_login_options *options)
{
    const cleat_allocator *mem = cl_ctx_env(cleat_conn_ctx(c))->mem;
    cleat_login_options o;
    *out = NULL;
    if (!cleat_options_import(&o, sizeof o, options) || !o.user)
        return CLEAT_E_BAD_CALL;
    cleat_login *l = cl_alloc_zero(mem, sizeof *l);
    if (!l)
        return CLEAT_E_NOMEM;
    l->mem = mem;
    l->conn = c;
    l->password_tries = o.password_tries ? o.password_tries : 3;
    l->plain = o.plain_publickey;
    l->rsa_min_bits = o.rsa_min_bits;
    l->can_continue = CL_BUF(mem);
    l->reason = CL_BUF(mem);
    l->user = cl_alloc_text(mem, cleat_slice_of(o.user));
    l->methods = cl_alloc_text(mem, cleat_slice_of(o.methods ? o.methods : default_methods));
    l->submethods = cl_alloc_text(mem, cleat_slice_of(o.submethods));
    if (o.key_algorithms)
        l->key_algorithms = cl_alloc_text(mem, cleat_slice_of(o.key_algorithms));
    l->method = "none";
    if (!l->user || !l->methods || !l->submethods || (o.key_algorithms && !l->key_algorithms)) {
        cleat_login_free(l);
        return CLEAT_E_NOMEM;
    }
    *out = l;
    return CLEAT_OK;
}

void cleat_login_free(cleat_login *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->key_count; i++) {
        cleat_key_unref(l->keys[i].key);
        cleat_cert_unref(l->keys[i].cert);
        cleat_x509_unref(l->keys[i].chain);
    }
    cl_alloc_free(l->mem, l->keys);
    cl_alloc_free(l->mem, l->user);
    cl_alloc_free(l->mem, l->methods);
    cl_alloc_free(l->mem, l->key_algorithms);
    cl_alloc_free(l->mem, l->submethods);
    cl_buf_free(&l->can_continue);
    cl_buf_free(&l->reason);
    cl_alloc_free(l->mem, l);
}

static cleat_status add(cleat_login *l, const login_key *given)
{
    if (l->key_count >= KEYS_MAX)
        return CLEAT_E_LIMIT;
    login_key *keys = cl_alloc_resize_array(l->mem, l->keys, l->key_count + 1, sizeof *keys);
    if (!keys)
        return CLEAT_E_NOMEM;
    l->keys = keys;
    l->keys[l->key_count++] = (login_key){.key = cleat_key_ref(given->key),
                                          .cert = cleat_cert_ref(given->cert),
                                          .chain = cleat_x509_ref(given->chain),
                                          .user = given->user};
    return CLEAT_OK;
}

cleat_status cleat_login_add_key(cleat_login *l, cleat_key *public_key, void *user)
{
    return add(l, &(login_key){.key = public_key, .user = user});
}

cleat_status cleat_login_add_cert(cleat_login *l, cleat_key *key, cleat_cert *cert, void *user)
{
    if (!cleat_key_equal(cleat_cert_key(cert), key))
        return CLEAT_E_BAD_CALL;
    return add(l, &(login_key){.key = key, .cert = cert, .user = user});
}

cleat_status cleat_login_add_chain(cleat_login *l, cleat_key *key, cleat_x509 *chain, void *user)
{
    if (!cleat_key_equal(cleat_x509_key(chain), key))
        return CLEAT_E_BAD_CALL;
    return add(l, &(login_key){.key = key, .chain = chain, .user = user});
}

void *cleat_login_key_user(const cleat_login *l)
{
    return l->key ? l->key->user : NULL;
}

const char *cleat_login_method(const cleat_login *l)
{
    return l->method;
}

unsigned cleat_login_attempt(const cleat_login *l)
{
    return l->passwords;
}

const char *cleat_login_reason(const cleat_login *l)
{
    return l->reason.len ? (const char *)l->reason.data : "Permission denied.";
}

static cleat_login_step give_up(cleat_login *l)
{
    cl_buf_reset(&l->reason);
    cl_buf_printf(&l->reason, "Permission denied (%.*s).", (int)l->can_continue.len,
                  (const char *)cl_buf_slice(&l->can_continue).data);
    if (!cl_buf_text(&l->reason))
        l->reason.len = 0;
    return CLEAT_LOGIN_FAILED;
}

static cleat_login_step after(cleat_login *l, cleat_status st)
{
    return st == CLEAT_OK ? CLEAT_LOGIN_WAIT : give_up(l);
}

static const char *pick_algorithm(const cleat_login *l, const login_key *k, const char *theirs)
{
    if (k->cert)
        return cleat_cert_pick_algorithm(k->cert, l->key_algorithms, theirs);
    if (k->chain)
        return cleat_x509_pick_algorithm(k->chain, l->key_algorithms, theirs);
    return cleat_key_pick_algorithm(k->key, l->key_algorithms, theirs);
}

static cleat_status probe(const cleat_login *l, const char *algorithm)
{
    const login_key *k = l->key;
    if (!k->chain)
        return cleat_auth_probe(l->conn, l->user, algorithm,
                                k->cert ? cleat_cert_blob(k->cert) : cleat_key_blob(k->key));
    cl_buf shown = CL_BUF(l->mem);
    cl_x509_put(k->chain, algorithm, &shown);
    cleat_status st = shown.status;
    if (st == CLEAT_OK)
        st = cleat_auth_probe(l->conn, l->user, algorithm, cl_buf_slice(&shown));
    cl_buf_free(&shown);
    return st;
}

/* The signature name is the key's best among what the server announced (RFC 8308 §3.1). */
static bool try_key(cleat_login *l, cleat_login_step *step)
{
    const char *theirs = cleat_conn_server_sig_algs(l->conn);
    while (l->next_key < l->key_count) {
        l->key = &l->keys[l->next_key++];
        const char *algorithm = pick_algorithm(l, l->key, *theirs ? theirs : NULL);
        const cleat_key *key = l->key->key;
        if (!algorithm || (key && cleat_key_check(key, l->rsa_min_bits, NULL) != CLEAT_OK))
            continue;
        l->method = "publickey";
        *step = after(l, probe(l, algorithm));
        return true;
    }
    l->key = NULL;
    return false;
}

static bool try_kbdint(cleat_login *l, cleat_login_step *step)
{
    if (l->rounds >= l->password_tries)
        return false;
    l->rounds++;
    l->method = "keyboard-interactive";
    *step = after(l, cleat_auth_kbdint(l->conn, l->user, l->submethods));
    return true;
}

static bool try_password(cleat_login *l, cleat_login_step *step)
{
    if (l->passwords >= l->password_tries)
        return false;
    l->passwords++;
    l->method = "password";
    l->password_asked = true;
    *step = CLEAT_LOGIN_NEED_PASSWORD;
    return true;
}

static bool try_method(cleat_login *l, cleat_slice name, cleat_login_step *step)
{
    if (cl_slice_is(name, "publickey"))
        return try_key(l, step);
    if (cl_slice_is(name, "keyboard-interactive"))
        return try_kbdint(l, step);
    return cl_slice_is(name, "password") && try_password(l, step);
}

static cleat_login_step next_method(cleat_login *l)
{
    cleat_slice ours = cleat_slice_of(l->methods);
    cleat_slice name;
    cleat_login_step step;
    while (cl_slice_split(&ours, ',', &name)) {
        if (cl_namelist_has(cl_buf_slice(&l->can_continue), name) && try_method(l, name, &step))
            return step;
    }
    return give_up(l);
}

static cleat_login_step on_next(cleat_login *l, const cleat_event *ev)
{
    if (ev->u.auth_next.first)
        return after(l, cleat_auth_none(l->conn, l->user));
    if (!*ev->u.auth_next
              .methods) /* a signature that could not be made: the list has not changed */
        return next_method(l);
    cl_buf_reset(&l->can_continue);
    cl_buf_add_text(&l->can_continue, ev->u.auth_next.methods);
    return l->can_continue.status == CLEAT_OK ? next_method(l) : give_up(l);
}

static cleat_login_step on_sign(cleat_login *l, const cleat_event *ev)
{
    if (ev->u.sign.purpose != CLEAT_SIGN_USERAUTH || !l->key || !cleat_key_has_private(l->key->key))
        return CLEAT_LOGIN_NOT_MINE;
    return after(l, cleat_answer_sign(l->conn, ev, &l->key->key, 1));
}

cleat_login_step cleat_login_event(cleat_login *l, const cleat_event *ev)
{
    switch (ev->type) {
    case CLEAT_EV_AUTH_NEXT:
        return on_next(l, ev);
    case CLEAT_EV_AUTH_PK_OK:
        return after(l, cleat_auth_publickey(l->conn, l->user, ev->u.key.algorithm, ev->u.key.blob,
                                             l->plain));
    case CLEAT_EV_SIGN:
        return on_sign(l, ev);
    case CLEAT_EV_AUTH_SUCCESS:
        return CLEAT_LOGIN_DONE;
    default:
        return CLEAT_LOGIN_NOT_MINE;
    }
}

cleat_login_step cleat_login_password(cleat_login *l, const char *password)
{
    if (!l->password_asked)
        return CLEAT_LOGIN_NOT_MINE;
    l->password_asked = false;
    if (!password) {
        l->passwords = l->password_tries;
        return next_method(l);
    }
    return after(l, cleat_auth_password(l->conn, l->user, password));
}
