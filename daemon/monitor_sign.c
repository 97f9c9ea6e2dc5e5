/* The monitor's signatures: of key exchanges, whose hash becomes the session's id, and of proofs of
 * the host's other keys. */
#include "monitor_int.h"

#include "hostkeys.h"

#include "../monitor/prove.h"

#include <string.h>

/* The host's, with their private parts, once they are used. */
static cleat_key *keys[SERVER_KEYS_MAX];

static size_t find(const setup *s, cleat_slice blob)
{
    size_t i = 0;
    while (i < s->host_key_count && !cleat_slice_equal(cleat_key_blob(s->host_keys[i]), blob))
        i++;
    return i;
}

static bool is_hash(size_t len)
{
    return len == 20 || len == 32 || len == 48 || len == 64;
}

static cleat_slice session_id(const monitor *m)
{
    return (cleat_slice){m->exchange.session_id, m->exchange.session_id_len};
}

/* The first exchange's hash is the session's id, for as long as the connection lasts. */
static bool may_be_signed(monitor *m, const monitor_sign *what)
{
    if (what->purpose == CLEAT_SIGN_HOSTKEYS_PROVE)
        return m->exchange.session_id_len &&
               monitor_is_prove(what->message, session_id(m), what->key_blob);
    if (what->purpose != CLEAT_SIGN_KEX || !is_hash(what->message.len))
        return false;
    if (!m->exchange.session_id_len) {
        memcpy(m->exchange.session_id, what->message.data, what->message.len);
        m->exchange.session_id_len = what->message.len;
    }
    return true;
}

static const cleat_key *private_key(const monitor *m, size_t index)
{
    cleat_error error = {0};
    const setup *s = m->c->setup;
    if (!keys[index] &&
        hostkeys_read(&keys[index], m->c->server, s->host_key_paths[index], &error) != CLEAT_OK)
        log_about(m->c, CLEAT_LOG_ERROR, "%s", error.text);
    return keys[index];
}

/* An empty signature where there is none: the other process refuses then. */
static void sign(const monitor *m, const monitor_sign *what, size_t index)
{
    char algorithm[64];
    cleat_bytes signature = {0};
    const cleat_key *key = private_key(m, index);
    size_t len = what->algorithm.len;
    if (key && len < sizeof algorithm) {
        memcpy(algorithm, what->algorithm.data, len);
        algorithm[len] = 0;
        if (cleat_key_sign(key, algorithm, what->message, &signature, NULL) != CLEAT_OK)
            log_about(m->c, CLEAT_LOG_ERROR, "a host key does not sign with %s", algorithm);
    }
    MONITOR_SEND(m->network, signature, .query = what->query,
                 .signature = {signature.data, signature.len});
    cleat_bytes_free(&signature);
}

bool monitor_sign_message(monitor *m, cleat_slice bytes)
{
    monitor_sign what;
    if (monitor_decode_sign(bytes, &what) != CLEAT_OK)
        return false;
    size_t index = find(m->c->setup, what.key_blob);
    if (index == m->c->setup->host_key_count || !may_be_signed(m, &what))
        return false;
    if (what.purpose == CLEAT_SIGN_KEX)
        m->exchange.host_key = index;
    sign(m, &what, index);
    return true;
}

void monitor_forget_keys(void)
{
    for (size_t i = 0; i < SERVER_KEYS_MAX; i++) {
        cleat_key_unref(keys[i]);
        keys[i] = NULL;
    }
}
