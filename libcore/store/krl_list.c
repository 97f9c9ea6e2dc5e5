/* A key revocation list as a set that can be changed. */
#include "../base/alloc.h"
#include "../base/base64.h"
#include "../base/error.h"
#include "krl_int.h"
#include "krl_walk.h"

#include <stdlib.h>
#include <string.h>

cleat_status cleat_krl_new(cleat_krl **out, cleat_ctx *ctx)
{
    const cl_env *env = cl_ctx_env(ctx);
    *out = cl_alloc_zero(env->mem, sizeof **out);
    if (!*out)
        return CLEAT_E_NOMEM;
    (*out)->ctx = cleat_ctx_ref(ctx);
    (*out)->env = env;
    (*out)->arena.mem = env->mem;
    (*out)->comment = "";
    return CLEAT_OK;
}

void cleat_krl_free(cleat_krl *krl)
{
    if (!krl)
        return;
    cleat_ctx *ctx = krl->ctx;
    const cleat_allocator *mem = krl->env->mem;
    cl_arena_free(&krl->arena);
    cl_alloc_free(mem, krl->authorities);
    cl_alloc_free(mem, krl->items);
    cl_alloc_free(mem, krl);
    cleat_ctx_unref(ctx);
}

cleat_krl_facts cleat_krl_get_facts(const cleat_krl *krl)
{
    return (cleat_krl_facts){
        .version = krl->version, .generated = krl->generated, .comment = krl->comment};
}

void cleat_krl_set_version(cleat_krl *krl, uint64_t version)
{
    krl->version = version;
}

static cleat_status set_comment(cleat_krl *krl, cleat_slice text)
{
    krl->comment = cl_arena_text(&krl->arena, text);
    return krl->arena.status;
}

cleat_status cleat_krl_set_comment(cleat_krl *krl, const char *comment)
{
    return set_comment(krl, cleat_slice_of(comment));
}

/* ---- adding ---- */

static cleat_status place_authority(cleat_krl *krl, cleat_slice blob, uint32_t *place)
{
    for (size_t i = krl->authority_count; i-- > 0;) {
        *place = (uint32_t)i;
        if (cleat_slice_equal(krl->authorities[i], blob))
            return CLEAT_OK;
    }
    if (krl->authority_count == CL_KRL_AUTHORITIES_MAX)
        return CLEAT_E_LIMIT;
    cleat_slice *more = cl_alloc_resize_array(krl->env->mem, krl->authorities,
                                              krl->authority_count + 1, sizeof *more);
    if (!more)
        return CLEAT_E_NOMEM;
    krl->authorities = more;
    *place = (uint32_t)krl->authority_count;
    more[krl->authority_count++] = cl_arena_copy(&krl->arena, blob);
    return krl->arena.status;
}

static bool of_authority(cleat_krl_kind kind)
{
    return kind <= CLEAT_KRL_CERT_EXTENSION;
}

static cleat_status add_item(cleat_krl *krl, const cl_krl_item *item)
{
    if (krl->count == CL_KRL_ENTRIES_MAX)
        return CLEAT_E_LIMIT;
    if (krl->count == krl->cap) {
        size_t cap = krl->cap ? 2 * krl->cap : 16;
        cl_krl_item *more = cl_alloc_resize_array(krl->env->mem, krl->items, cap, sizeof *more);
        if (!more)
            return CLEAT_E_NOMEM;
        krl->items = more;
        krl->cap = cap;
    }
    krl->items[krl->count++] = *item;
    krl->settled = false;
    return CLEAT_OK;
}

static bool makes_sense(const cleat_krl_entry *e)
{
    switch (e->kind) {
    case CLEAT_KRL_KEY:
        return e->data.len != 0;
    case CLEAT_KRL_SHA256:
        return e->data.len == 32;
    case CLEAT_KRL_SHA1:
        return e->data.len == 20;
    case CLEAT_KRL_SERIALS:
        return e->first && e->first <= e->last;
    case CLEAT_KRL_KEY_ID:
        return !memchr(e->data.data, 0, e->data.len);
    case CLEAT_KRL_CERT_EXTENSION:
    case CLEAT_KRL_EXTENSION:
        return true;
    }
    return false;
}

static cleat_status add(cleat_krl *krl, const cleat_krl_entry *e)
{
    cl_krl_item item = {.kind = e->kind, .data = CL_SLICE_EMPTY};
    cleat_status st = CLEAT_OK;
    if (of_authority(e->kind))
        st = place_authority(krl, e->authority, &item.authority);
    if (st != CLEAT_OK)
        return st;
    if (e->kind == CLEAT_KRL_SERIALS) {
        item.first = e->first;
        item.last = e->last;
    } else {
        item.data = cl_arena_copy(&krl->arena, e->data);
    }
    return krl->arena.status == CLEAT_OK ? add_item(krl, &item) : krl->arena.status;
}

cleat_status cleat_krl_add(cleat_krl *krl, const cleat_krl_entry *entry)
{
    return makes_sense(entry) ? add(krl, entry) : CLEAT_E_BAD_CALL;
}

cleat_status cleat_krl_add_key(cleat_krl *krl, const cleat_key *key)
{
    return add(krl, &(cleat_krl_entry){.kind = CLEAT_KRL_KEY, .data = cleat_key_blob(key)});
}

cleat_status cleat_krl_add_fingerprint(cleat_krl *krl, const char *fingerprint)
{
    static const char prefix[] = "SHA256:";
    cl_buf hash = CL_BUF(krl->env->mem);
    size_t len = sizeof prefix - 1;
    bool ours = strncmp(fingerprint, prefix, len) == 0;
    cleat_status st =
        ours ? cl_base64_decode(&hash, cleat_slice_of(fingerprint + len)) : CLEAT_E_FORMAT;
    if (st == CLEAT_OK && hash.len != 32)
        st = CLEAT_E_FORMAT;
    if (st == CLEAT_OK)
        st = add(krl, &(cleat_krl_entry){.kind = CLEAT_KRL_SHA256, .data = cl_buf_slice(&hash)});
    cl_buf_free(&hash);
    return st;
}

cleat_status cleat_krl_add_cert(cleat_krl *krl, const cleat_cert *cert)
{
    const cleat_cert_facts *f = cleat_cert_get_facts(cert);
    const cleat_krl_entry entry = {.kind = f->serial ? CLEAT_KRL_SERIALS : CLEAT_KRL_KEY_ID,
                                   .authority = cleat_key_blob(cleat_cert_authority(cert)),
                                   .data = cleat_slice_of(f->key_id),
                                   .first = f->serial,
                                   .last = f->serial};
    return add(krl, &entry);
}

/* ---- reading ---- */

/* Serial number 0 means nothing, and a key id with a zero byte is none that a certificate has;
 * other programs' lists may have both. */
static cleat_status take(void *user, const cleat_krl_entry *entry)
{
    cleat_krl_entry e = *entry;
    if (e.kind == CLEAT_KRL_SERIALS && !e.first)
        e.first = 1;
    return makes_sense(&e) ? add(user, &e) : CLEAT_OK;
}

cleat_status cleat_krl_read(cleat_krl **out, cleat_ctx *ctx, cleat_slice file, cleat_error *error)
{
    cl_krl_header header;
    cleat_krl *krl;
    *out = NULL;
    cleat_status st = cleat_krl_new(&krl, ctx);
    if (st != CLEAT_OK)
        return cl_fail(error, st, "%s", cleat_status_text(st));
    st = cl_krl_walk(file, &header, take, krl, error);
    if (st == CLEAT_OK)
        st = set_comment(krl, header.comment);
    if (st != CLEAT_OK) {
        cleat_krl_free(krl);
        return st;
    }
    krl->version = header.version;
    krl->generated = header.generated;
    *out = krl;
    return CLEAT_OK;
}

/* ---- order ---- */

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_bytes(cleat_slice a, cleat_slice b)
{
    size_t least = a.len < b.len ? a.len : b.len;
    int order = least ? memcmp(a.data, b.data, least) : 0;
    return order ? order : compare_numbers(a.len, b.len);
}

/* What is of certificates comes first, by authority. */
static int compare_items(const void *left, const void *right)
{
    const cl_krl_item *a = left;
    const cl_krl_item *b = right;
    int order = compare_numbers(!of_authority(a->kind), !of_authority(b->kind));
    if (!order)
        order = compare_numbers(a->authority, b->authority);
    if (!order)
        order = compare_numbers(a->kind, b->kind);
    if (!order)
        order = compare_numbers(a->first, b->first);
    return order ? order : compare_bytes(a->data, b->data);
}

/* `next`, which is not before `last`, says nothing that `last` could not say. */
static bool merge(cl_krl_item *last, const cl_krl_item *next)
{
    if (last->kind != next->kind || last->authority != next->authority)
        return false;
    if (next->kind != CLEAT_KRL_SERIALS)
        return cleat_slice_equal(last->data, next->data);
    if (next->first - 1 > last->last)
        return false;
    if (next->last > last->last)
        last->last = next->last;
    return true;
}

void cl_krl_settle(cleat_krl *krl)
{
    size_t kept = 0;
    if (krl->settled || !krl->count)
        return;
    qsort(krl->items, krl->count, sizeof *krl->items, compare_items);
    for (size_t i = 1; i < krl->count; i++) {
        if (!merge(&krl->items[kept], &krl->items[i]))
            krl->items[++kept] = krl->items[i];
    }
    krl->count = kept + 1;
    krl->settled = true;
}

size_t cleat_krl_count(cleat_krl *krl)
{
    cl_krl_settle(krl);
    return krl->count;
}

cleat_krl_entry cleat_krl_at(cleat_krl *krl, size_t i)
{
    cl_krl_settle(krl);
    if (i >= krl->count)
        return (cleat_krl_entry){0};
    const cl_krl_item *item = &krl->items[i];
    return (cleat_krl_entry){
        .kind = item->kind,
        .authority = of_authority(item->kind) ? krl->authorities[item->authority] : CL_SLICE_EMPTY,
        .data = item->data,
        .first = item->first,
        .last = item->last};
}
