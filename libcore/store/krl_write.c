/* Writing key revocation lists. */
#include "../alg/bytes.h"
#include "../base/compat.h"
#include "../wire/writer.h"
#include "krl_int.h"
#include "krl_walk.h"

static void put_header(cl_buf *out, const cleat_krl *krl)
{
    cl_buf_add(out, cl_krl_magic, CL_KRL_MAGIC_LEN);
    cl_put_u32(out, CL_KRL_FORMAT_VERSION);
    cl_put_u64(out, krl->version);
    cl_put_u64(out, krl->generated);
    cl_put_u64(out, 0);      /* flags: none is defined */
    cl_put_cstring(out, ""); /* reserved */
    cl_put_cstring(out, krl->comment);
}

/* How many items from i on are of this kind and authority. */
static size_t alike(const cleat_krl *krl, size_t i, cleat_krl_kind kind, uint32_t authority)
{
    size_t n = 0;
    while (i + n < krl->count && krl->items[i + n].kind == kind &&
           krl->items[i + n].authority == authority)
        n++;
    return n;
}

static void put_strings(cl_buf *out, uint8_t section, const cl_krl_item *items, size_t count)
{
    if (!count)
        return;
    cl_put_u8(out, section);
    size_t mark = cl_put_begin(out);
    for (size_t i = 0; i < count; i++)
        cl_put_string(out, items[i].data);
    cl_put_end(out, mark);
}

/* Each is a section of its own. */
static void put_extensions(cl_buf *out, uint8_t section, const cl_krl_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cl_put_u8(out, section);
        cl_put_string(out, items[i].data);
    }
}

/* What there is of one authority's certificates from item *i on, which is left behind it. */
static cleat_status put_certificates(cl_buf *out, const cleat_krl *krl, size_t *i)
{
    uint32_t authority = krl->items[*i].authority;
    cl_put_u8(out, CL_KRL_CERTIFICATES);
    size_t mark = cl_put_begin(out);
    cl_put_string(out, krl->authorities[authority]);
    cl_put_cstring(out, ""); /* reserved */
    size_t count = alike(krl, *i, CLEAT_KRL_SERIALS, authority);
    cleat_status st = cl_krl_put_serials(out, krl->env->mem, krl->items + *i, count);
    *i += count;
    count = alike(krl, *i, CLEAT_KRL_KEY_ID, authority);
    put_strings(out, CL_KRL_CERT_KEY_ID, krl->items + *i, count);
    *i += count;
    count = alike(krl, *i, CLEAT_KRL_CERT_EXTENSION, authority);
    put_extensions(out, CL_KRL_CERT_EXTENSION, krl->items + *i, count);
    *i += count;
    cl_put_end(out, mark);
    return st;
}

/* The sections of keys and hashes, and the list's own extensions. */
static void put_keys(cl_buf *out, const cleat_krl *krl, size_t i)
{
    static const struct {
        cleat_krl_kind kind;
        uint8_t section;
    } rows[] = {{CLEAT_KRL_KEY, CL_KRL_EXPLICIT_KEY},
                {CLEAT_KRL_SHA1, CL_KRL_HASH_SHA1},
                {CLEAT_KRL_SHA256, CL_KRL_HASH_SHA256}};
    for (size_t k = 0; k < CL_COUNT(rows); k++) {
        size_t count = alike(krl, i, rows[k].kind, 0);
        put_strings(out, rows[k].section, krl->items + i, count);
        i += count;
    }
    put_extensions(out, CL_KRL_EXTENSION, krl->items + i, krl->count - i);
}

/* In OpenSSH's order, so that the same list has the same bytes. */
static cleat_status put_items(cl_buf *out, const cleat_krl *krl)
{
    cleat_status st = CLEAT_OK;
    size_t i = 0;
    while (st == CLEAT_OK && i < krl->count && krl->items[i].kind <= CLEAT_KRL_CERT_EXTENSION)
        st = put_certificates(out, krl, &i);
    if (st == CLEAT_OK)
        put_keys(out, krl, i);
    return st;
}

cleat_status cleat_krl_write(cleat_krl *krl, uint64_t now, cleat_bytes *out)
{
    cl_buf file = CL_BUF(krl->env->mem);
    *out = (cleat_bytes){0};
    cl_krl_settle(krl);
    krl->generated = now;
    put_header(&file, krl);
    cleat_status st = krl->count ? put_items(&file, krl) : CLEAT_OK;
    if (st == CLEAT_OK)
        return cl_bytes_from_buf(out, krl->ctx, &file);
    cl_buf_free(&file);
    return st;
}
