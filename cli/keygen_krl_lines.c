/* `cleat keygen -k`: a line of what is to be revoked: a key, a certificate, or an instruction such
 * as "serial: 10-20". */
#include "keygen_krl.h"

#include "text.h"

#include <cleat/cert.h>
#include <cleat/hash.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct line {
    const krl_source *source;
    const char *text; /* without the instruction's word */
    const char *path;
    size_t number;
} line;

static bool refuse(const line *l, const char *why)
{
    keygen_fail("%s:%zu: %s", l->path, l->number, why);
    return false;
}

static bool add(const line *l, const cleat_krl_entry *entry)
{
    cleat_status st = cleat_krl_add(l->source->krl, entry);
    return st == CLEAT_OK || refuse(l, cleat_status_text(st));
}

/* ---- certificates by number and id ---- */

static bool has_authority(const line *l)
{
    return l->source->has_authority ||
           refuse(l, "certificates are revoked by serial number or key id for an authority: give "
                     "-s its public key, or -s none for any");
}

static bool read_number(const char **at, uint64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoull(*at, &end, 0);
    bool good = **at >= '0' && **at <= '9' && end != *at && !errno;
    *at = end + strspn(end, " \t");
    return good;
}

static bool add_serials(const line *l)
{
    const char *at = l->text;
    cleat_krl_entry entry = {.kind = CLEAT_KRL_SERIALS, .authority = l->source->authority};
    if (!has_authority(l))
        return false;
    bool good = read_number(&at, &entry.first);
    entry.last = entry.first;
    if (good && *at == '-') {
        at += 1 + strspn(at + 1, " \t");
        good = read_number(&at, &entry.last);
    }
    if (!good || *at || entry.last < entry.first || !entry.first)
        return refuse(l, "a serial number above 0 is expected, or two with '-' in between");
    return add(l, &entry);
}

static bool add_id(const line *l)
{
    const cleat_krl_entry entry = {.kind = CLEAT_KRL_KEY_ID,
                                   .authority = l->source->authority,
                                   .data = cleat_slice_of(l->text)};
    if (!*l->text)
        return refuse(l, "a key id is expected");
    return has_authority(l) && add(l, &entry);
}

/* ---- keys ---- */

static cleat_key *read_key(const line *l)
{
    cleat_key *key;
    cleat_error error = {0};
    if (cleat_key_read_public(&key, l->source->o->ctx, cleat_slice_of(l->text), l->path, &error) ==
        CLEAT_OK)
        return key;
    refuse(l, "a public key is expected");
    return NULL;
}

static bool add_key(const line *l)
{
    cleat_key *key = read_key(l);
    cleat_status st = key ? cleat_krl_add_key(l->source->krl, key) : CLEAT_OK;
    bool good = key && (st == CLEAT_OK || refuse(l, cleat_status_text(st)));
    cleat_key_unref(key);
    return good;
}

static bool add_hash_of(const line *l, const char *name, cleat_krl_kind kind)
{
    uint8_t sum[CLEAT_HASH_MAX];
    size_t len = 0;
    cleat_hash *hash = NULL;
    cleat_key *key = read_key(l);
    if (!key)
        return false;
    cleat_status st = cleat_hash_new(&hash, l->source->o->ctx, name, strlen(name));
    if (st == CLEAT_OK)
        st = cleat_hash_update(hash, cleat_key_blob(key));
    if (st == CLEAT_OK)
        st = cleat_hash_final(hash, sum, &len);
    const cleat_krl_entry entry = {.kind = kind, .data = {sum, len}};
    bool good = st == CLEAT_OK ? add(l, &entry) : refuse(l, cleat_status_text(st));
    cleat_hash_free(hash);
    cleat_key_unref(key);
    return good;
}

static bool add_sha1(const line *l)
{
    return add_hash_of(l, "sha1", CLEAT_KRL_SHA1);
}

static bool add_sha256(const line *l)
{
    return add_hash_of(l, "sha256", CLEAT_KRL_SHA256);
}

static bool add_fingerprint(const line *l)
{
    cleat_status st = cleat_krl_add_fingerprint(l->source->krl, l->text);
    return st == CLEAT_OK || refuse(l, "a fingerprint \"SHA256:...\" is expected");
}

/* A line without an instruction. */
static bool add_shown(const line *l)
{
    cleat_cert *cert;
    cleat_error error = {0};
    if (cleat_cert_read(&cert, l->source->o->ctx, cleat_slice_of(l->text), &error) != CLEAT_OK)
        return add_key(l);
    cleat_status st = cleat_krl_add_cert(l->source->krl, cert);
    cleat_cert_unref(cert);
    return st == CLEAT_OK || refuse(l, cleat_status_text(st));
}

/* ---- lines ---- */

static bool add_line(line *l)
{
    static const struct {
        const char *word;
        bool (*add)(const line *l);
    } rows[] = {{"serial:", add_serials}, {"id:", add_id},         {"key:", add_key},
                {"sha1:", add_sha1},      {"sha256:", add_sha256}, {"hash:", add_fingerprint}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len = strlen(rows[i].word);
        if (strncmp(l->text, rows[i].word, len) == 0) {
            l->text += len + strspn(l->text + len, " \t");
            return rows[i].add(l);
        }
    }
    return add_shown(l);
}

/* Remarks begin with '#', wherever it stands, as for ssh-keygen. */
static char *trimmed(const char *at, size_t len)
{
    const char *remark = memchr(at, '#', len);
    len = remark ? (size_t)(remark - at) : len;
    while (len && strchr(" \t\r", at[len - 1]))
        len--;
    size_t blanks = strspn(at, " \t");
    return blanks >= len ? text_format("%s", "")
                         : text_format("%.*s", (int)(len - blanks), at + blanks);
}

bool krl_add_file(const krl_source *s, cleat_slice file, const char *path)
{
    const char *at = file.len ? (const char *)file.data : "";
    const char *end = at + file.len;
    bool good = true;
    for (size_t number = 1; at < end && good; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at);
        char *text = trimmed(at, len);
        line l = {s, text, path, number};
        good = text != NULL && (!*text || *text == '#' || add_line(&l));
        free(text);
        at = stop ? stop + 1 : end;
    }
    return good;
}
