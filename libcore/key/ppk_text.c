/* PuTTY's key files as text, read and written. */
#include "ppk_text.h"

#include "../base/base64.h"
#include "../base/compat.h"
#include "../base/ct.h"
#include "../base/error.h"
#include "../base/slice.h"
#include "armour.h"

#include <string.h>

enum { COLUMNS = 64, LINES_MAX = 4096 };

static const char *const kdf_names[] = {
    [CL_ARGON2D] = "Argon2d",
    [CL_ARGON2I] = "Argon2i",
    [CL_ARGON2ID] = "Argon2id",
};

void cl_ppk_begin(cl_ppk *p, const cl_env *env)
{
    *p = (cl_ppk){.open = CL_BUF(env->mem), .secret = CL_BUF_SECRET(env->mem)};
}

void cl_ppk_end(cl_ppk *p)
{
    cl_buf_free(&p->open);
    cl_buf_free(&p->secret);
    cl_wipe(&p->seal, sizeof p->seal);
}

/* ---- taking the text apart ------------------------------------------------------------------- */

typedef struct text {
    cleat_slice rest;
    size_t line; /* the one read last, from 1 */
    cleat_status fault;
    cleat_error *err;
} text;

/* The first fault stays; reads after it give nothing. */
static void expected(text *t, const char *what)
{
    if (t->fault == CLEAT_OK)
        t->fault = cl_fail(t->err, CLEAT_E_KEY_FORMAT, "line %zu: expected %s", t->line, what);
}

static cleat_slice take_line(text *t)
{
    cleat_slice line = CL_SLICE_EMPTY;
    if (t->fault != CLEAT_OK)
        return line;
    t->line++;
    return cl_slice_line(&t->rest, &line, NULL) ? line : CL_SLICE_EMPTY;
}

/* The value of the next line, whose name must be this one, given with its colon and blank. */
static cleat_slice take(text *t, const char *name)
{
    cleat_slice line = take_line(t);
    if (t->fault == CLEAT_OK && cl_slice_starts(line, name))
        return cl_slice_cut(line, strlen(name), line.len);
    if (t->fault == CLEAT_OK)
        t->fault =
            cl_fail(t->err, CLEAT_E_KEY_FORMAT, "line %zu: expected \"%s...\"", t->line, name);
    return CL_SLICE_EMPTY;
}

static uint32_t take_number(text *t, const char *name, uint32_t max)
{
    uint64_t value = 0;
    if (!cl_slice_to_u64(take(t, name), max, &value))
        expected(t, "a number that is not too large");
    return (uint32_t)value;
}

static void take_base64(text *t, const char *name, cl_buf *out)
{
    uint32_t lines = take_number(t, name, LINES_MAX);
    while (lines-- > 0 && t->fault == CLEAT_OK) {
        if (cl_base64_decode(out, take_line(t)) == CLEAT_E_FORMAT)
            expected(t, "base64");
    }
    if (t->fault == CLEAT_OK && out->status != CLEAT_OK)
        t->fault = cl_fail(t->err, out->status, "%s", cleat_status_text(out->status));
}

static size_t take_hex(text *t, const char *name, const cl_env *env, uint8_t *out, size_t max)
{
    cl_buf bytes = CL_BUF(env->mem);
    size_t len = 0;
    if (cl_hex_decode(&bytes, take(t, name)) == CLEAT_OK && bytes.len && bytes.len <= max) {
        memcpy(out, bytes.data, bytes.len);
        len = bytes.len;
    } else {
        expected(t, "hexadecimal digits, not too many");
    }
    cl_buf_free(&bytes);
    return len;
}

static void take_kdf(text *t, const cl_env *env, cl_ppk_seal *s)
{
    cleat_slice kdf = take(t, "Key-Derivation: ");
    size_t kind = 0;
    while (kind < CL_COUNT(kdf_names) && !cl_slice_is(kdf, kdf_names[kind]))
        kind++;
    if (kind == CL_COUNT(kdf_names))
        expected(t, "Argon2d, Argon2i or Argon2id");
    s->cost.kind = (cl_argon2_kind)kind;
    s->cost.kib = take_number(t, "Argon2-Memory: ", UINT32_MAX);
    s->cost.passes = take_number(t, "Argon2-Passes: ", UINT32_MAX);
    s->cost.lanes = take_number(t, "Argon2-Parallelism: ", UINT32_MAX);
    s->salt_len = take_hex(t, "Argon2-Salt: ", env, s->salt, sizeof s->salt);
}

static cleat_status take_version(text *t, cl_ppk *p)
{
    cleat_slice value = take(t, CL_PPK_MARK);
    if (value.len < 3 || value.data[1] != ':' || value.data[2] != ' ')
        expected(t, "\"" CL_PPK_MARK "3: \" and a key type");
    if (t->fault != CLEAT_OK)
        return t->fault;
    p->seal.version = value.data[0] - (unsigned)'0';
    p->algorithm = cl_slice_cut(value, 3, value.len);
    if (p->seal.version != 2 && p->seal.version != 3)
        t->fault = cl_fail(t->err, CLEAT_E_UNSUPPORTED,
                           "PuTTY's key files are read in versions 2 and 3, not \"%c\"",
                           value.data[0] >= 0x20 && value.data[0] < 0x7f ? value.data[0] : '?');
    return t->fault;
}

static cleat_status take_encryption(text *t, cl_ppk *p)
{
    p->encryption = take(t, "Encryption: ");
    p->seal.encrypted = !cl_slice_is(p->encryption, "none");
    if (t->fault == CLEAT_OK && p->seal.encrypted && !cl_slice_is(p->encryption, CL_PPK_CIPHER))
        t->fault = cl_fail(t->err, CLEAT_E_UNSUPPORTED,
                           "line %zu: only \"none\" and \"" CL_PPK_CIPHER "\" are known", t->line);
    return t->fault;
}

cleat_status cl_ppk_take(cleat_slice file, const cl_env *env, cl_ppk *p, cleat_error *err)
{
    text t = {.rest = file, .err = err};
    if (file.len > CL_KEY_FILE_MAX)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "the file has %zu bytes, too many for a key",
                       file.len);
    if (take_version(&t, p) != CLEAT_OK || take_encryption(&t, p) != CLEAT_OK)
        return t.fault;
    p->comment = take(&t, "Comment: ");
    take_base64(&t, "Public-Lines: ", &p->open);
    if (p->seal.version == 3 && p->seal.encrypted)
        take_kdf(&t, env, &p->seal);
    take_base64(&t, "Private-Lines: ", &p->secret);
    size_t mac_len = take_hex(&t, "Private-MAC: ", env, p->mac, sizeof p->mac);
    if (mac_len != cl_ppk_mac_len(&p->seal))
        expected(&t, "a MAC of another length");
    if (cl_slice_trim(t.rest).len && !cl_slice_is(t.rest, "\r\n") && !cl_slice_is(t.rest, "\n")) {
        t.line++;
        expected(&t, "the end");
    }
    if (p->seal.encrypted && p->secret.len % CL_PPK_BLOCK)
        expected(&t, "whole blocks before the MAC");
    return t.fault;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_base64(cl_buf *out, const char *name, cleat_slice data)
{
    cl_buf encoded = CL_BUF_SECRET(out->mem);
    cl_buf_reserve(&encoded, data.len / 3 * 4 + 4);
    cl_base64_encode(&encoded, data, true);
    cl_buf_printf(out, "%s: %zu\n", name, (encoded.len + COLUMNS - 1) / COLUMNS);
    cl_put_columns(out, cl_buf_slice(&encoded), COLUMNS);
    if (encoded.status != CLEAT_OK)
        out->status = encoded.status;
    cl_buf_free(&encoded);
}

static void put_hex(cl_buf *out, const char *name, cleat_slice data)
{
    cl_buf_printf(out, "%s: ", name);
    cl_hex_encode(out, data);
    cl_buf_add_byte(out, '\n');
}

void cl_ppk_put(const cl_ppk *p, cl_buf *out)
{
    const cl_ppk_seal *s = &p->seal;
    cl_buf_printf(out, CL_PPK_MARK "%u: %s\n", s->version, (const char *)p->algorithm.data);
    cl_buf_printf(out, "Encryption: %s\nComment: ", (const char *)p->encryption.data);
    cl_buf_add_slice(out, p->comment);
    cl_buf_add_byte(out, '\n');
    put_base64(out, "Public-Lines", cl_buf_slice(&p->open));
    if (s->version == 3 && s->encrypted) {
        cl_buf_printf(out, "Key-Derivation: %s\nArgon2-Memory: %lu\n", kdf_names[s->cost.kind],
                      (unsigned long)s->cost.kib);
        cl_buf_printf(out, "Argon2-Passes: %lu\nArgon2-Parallelism: %lu\n",
                      (unsigned long)s->cost.passes, (unsigned long)s->cost.lanes);
        put_hex(out, "Argon2-Salt", cl_slice(s->salt, s->salt_len));
    }
    put_base64(out, "Private-Lines", cl_buf_slice(&p->secret));
    put_hex(out, "Private-MAC", cl_slice(p->mac, cl_ppk_mac_len(s)));
}
