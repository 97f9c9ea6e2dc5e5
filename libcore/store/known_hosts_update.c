/* Bringing known_hosts up to the keys that a host has proved to have (UpdateHostKeys). */
#include "../alg/bytes.h"
#include "../base/base64.h"
#include "../key/key.h"
#include "known_hosts_int.h"

enum { KEYS_MAX = 64 };

typedef struct update {
    const cl_env *env;
    const char *name;
    cleat_key *const *keys;
    size_t count;
    bool has[KEYS_MAX]; /* a line stays that has the key */
    bool unclear, dropped, hashed_before;
    cl_buf out;
} update;

/* A pattern, or a line that speaks of other names too, is somebody's decision. */
static bool is_plain(cleat_slice names)
{
    return cl_host_names_hashed(names) ||
           (!memchr(names.data, ',', names.len) && !memchr(names.data, '*', names.len) &&
            !memchr(names.data, '?', names.len) && !memchr(names.data, '!', names.len));
}

/* The key's place among those that the host has; SIZE_MAX when it is none of them. */
static size_t place_of(const update *u, cleat_slice blob_text)
{
    cl_buf blob = CL_BUF(u->env->mem);
    size_t place = SIZE_MAX;
    if (cl_base64_decode(&blob, blob_text) == CLEAT_OK) {
        for (size_t i = 0; i < u->count && place == SIZE_MAX; i++) {
            if (cleat_slice_equal(cl_buf_slice(&blob), cleat_key_blob(u->keys[i])))
                place = i;
        }
    }
    cl_buf_free(&blob);
    return place;
}

static void take_line(update *u, cleat_slice whole)
{
    cl_host_line line;
    cleat_slice text = whole;
    if (text.len && text.data[text.len - 1] == '\r')
        text.len--;
    bool ours = cl_host_line_parse(text, &line) && !line.revoked && !line.authority &&
                cl_host_names_match(u->env->mem, line.names, u->name);
    size_t place = ours ? place_of(u, line.blob) : SIZE_MAX;
    if (ours) {
        u->unclear = u->unclear || !is_plain(line.names);
        u->hashed_before = u->hashed_before || cl_host_names_hashed(line.names);
    }
    if (ours && place == SIZE_MAX) {
        u->dropped = true;
        return;
    }
    if (ours)
        u->has[place] = true;
    cl_buf_add_slice(&u->out, whole);
    cl_buf_add_byte(&u->out, '\n');
}

static cleat_status add_missing(update *u, bool hashed, bool *added)
{
    *added = false;
    for (size_t i = 0; i < u->count; i++) {
        if (u->has[i])
            continue;
        cleat_status st =
            cl_host_line_put(u->env, &u->out, u->name, u->keys[i], hashed || u->hashed_before);
        if (st != CLEAT_OK)
            return st;
        *added = true;
    }
    return u->out.status;
}

cleat_status cleat_known_hosts_update(cleat_ctx *ctx, cleat_slice file, const char *host,
                                      uint16_t port, cleat_key *const *keys, size_t count,
                                      bool hashed, cleat_hosts_change *change, cleat_bytes *out)
{
    char name[CL_HOST_NAME_MAX];
    cleat_slice line;
    bool added;
    *out = (cleat_bytes){0};
    *change = CLEAT_HOSTS_SAME;
    if (count > KEYS_MAX)
        return CLEAT_E_LIMIT;
    if (!cl_host_full_name(name, host, port))
        return CLEAT_E_BAD_CALL;
    update u = {.env = cl_ctx_env(ctx), .name = name, .keys = keys, .count = count};
    u.out = CL_BUF(u.env->mem);
    while (cl_slice_split(&file, '\n', &line))
        take_line(&u, line);
    cleat_status st = add_missing(&u, hashed, &added);
    if (st == CLEAT_OK && u.unclear)
        *change = CLEAT_HOSTS_UNCLEAR;
    else if (st == CLEAT_OK && (added || u.dropped))
        *change = CLEAT_HOSTS_CHANGED;
    if (*change == CLEAT_HOSTS_CHANGED)
        return cl_bytes_from_buf(out, ctx, &u.out);
    cl_buf_free(&u.out);
    return st;
}
