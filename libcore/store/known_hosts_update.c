/* Bringing known_hosts up to the keys that a host has proved to have (UpdateHostKeys). */
#include "../key/key.h"
#include "../key/public_text.h"
#include "edit.h"
#include "known_hosts_int.h"

enum { KEYS_MAX = 64 };

typedef struct update {
    const cl_env *env;
    cl_host_search search;
    cleat_key *const *keys;
    size_t count;
    bool has[KEYS_MAX]; /* a line stays that has the key */
    bool unclear, hashed_before, changed;
    cl_edit edit;
} update;

/* What the key of a line is to the host. */
typedef enum line_key { KEY_PROVED, KEY_GONE, KEY_UNREADABLE } line_key;

/* A pattern, or a line that speaks of other names too, is somebody's decision. */
static bool is_plain(cleat_slice names)
{
    return cl_host_names_hashed(names) ||
           (!memchr(names.data, ',', names.len) && !cl_host_names_have_pattern(names));
}

/* Compares with those that the host has; the line of such a key stays. */
static line_key judge_blob(update *u, cleat_slice blob)
{
    cleat_key *key;
    for (size_t i = 0; i < u->count; i++) {
        if (cleat_slice_equal(blob, cleat_key_blob(u->keys[i]))) {
            u->has[i] = true;
            return KEY_PROVED;
        }
    }
    if (cl_key_from_blob(u->env, blob, &key, NULL) != CLEAT_OK)
        return KEY_UNREADABLE;
    cleat_key_unref(key);
    return KEY_GONE;
}

static line_key judge_key(update *u, cleat_slice text)
{
    cleat_slice type;
    cleat_slice base64;
    cl_buf blob = CL_BUF(u->env->mem);
    line_key found = KEY_UNREADABLE;
    if (cl_host_line_key(text, &type, &base64) &&
        cl_key_text_decode(type, base64, &blob, NULL) == CLEAT_OK)
        found = judge_blob(u, cl_buf_slice(&blob));
    cl_buf_free(&blob);
    return found;
}

static void take_line(update *u)
{
    cleat_slice names;
    cleat_slice key;
    if (cl_host_line_begin(u->edit.line, &names, &key) != CLEAT_HOST_LINE_KEY ||
        !cl_host_search_is(&u->search, names))
        return;
    u->unclear = u->unclear || !is_plain(names);
    u->hashed_before = u->hashed_before || cl_host_names_hashed(names);
    if (judge_key(u, key) != KEY_GONE)
        return;
    cl_edit_drop(&u->edit);
    u->changed = true;
}

static cleat_status add_missing(update *u, bool hashed)
{
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < u->count && st == CLEAT_OK; i++) {
        if (u->has[i])
            continue;
        st = cl_host_line_put(u->env, cl_edit_begin(&u->edit), u->search.name, u->keys[i],
                              hashed || u->hashed_before);
        cl_edit_end(&u->edit);
        u->changed = true;
    }
    return st;
}

cleat_status cleat_known_hosts_update(cleat_ctx *ctx, cleat_slice file, const char *host,
                                      uint16_t port, cleat_key *const *keys, size_t count,
                                      bool hashed, cleat_hosts_change *change, cleat_bytes *out)
{
    *out = (cleat_bytes){0};
    *change = CLEAT_HOSTS_SAME;
    if (count > KEYS_MAX)
        return CLEAT_E_LIMIT;
    update u = {.env = cl_ctx_env(ctx), .keys = keys, .count = count};
    u.edit = cl_edit_of(u.env->mem, file);
    cleat_status st = cl_host_search_init(&u.search, u.env, host, port);
    while (st == CLEAT_OK && cl_edit_next(&u.edit)) {
        take_line(&u);
        st = u.search.status;
    }
    if (st == CLEAT_OK)
        st = add_missing(&u, hashed);
    cl_host_search_free(&u.search);
    st = cl_edit_finish(&u.edit, ctx, st, out);
    if (st == CLEAT_OK && u.unclear)
        *change = CLEAT_HOSTS_UNCLEAR;
    else if (st == CLEAT_OK && u.changed)
        *change = CLEAT_HOSTS_CHANGED;
    if (*change != CLEAT_HOSTS_CHANGED)
        cleat_bytes_free(out);
    return st;
}
