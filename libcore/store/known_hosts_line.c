/* A line of known_hosts, and whether it is about a name. */
#include "../alg/hash.h"
#include "../base/base64.h"
#include "../base/pattern.h"
#include "../key/key.h"
#include "known_hosts_int.h"

#include <stdio.h>

enum { SALT_LEN = 20, HASH_BLOCK = 64, SSH_PORT = 22 };

#define HASHED "|1|"

static void shorten(cleat_slice *word, char end)
{
    const uint8_t *at = word->len ? memchr(word->data, end, word->len) : NULL;
    if (at)
        word->len = (size_t)(at - word->data);
}

static cleat_slice next_word(cleat_slice *rest)
{
    size_t from = 0;
    while (from < rest->len && (rest->data[from] == ' ' || rest->data[from] == '\t'))
        from++;
    cleat_slice word = cl_slice_cut(*rest, from, rest->len);
    shorten(&word, ' ');
    shorten(&word, '\t');
    *rest = cl_slice_cut(*rest, from + word.len, rest->len);
    return word;
}

cleat_host_line_kind cl_host_line_begin(cleat_slice text, cleat_slice *names, cleat_slice *key)
{
    cleat_host_line_kind kind = CLEAT_HOST_LINE_KEY;
    cleat_slice word = next_word(&text);
    *names = *key = CL_SLICE_EMPTY;
    if (word.len == 0 || word.data[0] == '#')
        return CLEAT_HOST_LINE_NONE;
    if (word.data[0] == '@') {
        if (cl_slice_is(word, "@revoked"))
            kind = CLEAT_HOST_LINE_REVOKED;
        else if (cl_slice_is(word, "@cert-authority"))
            kind = CLEAT_HOST_LINE_AUTHORITY;
        else
            return CLEAT_HOST_LINE_UNREADABLE; /* never that the key is the host's */
        word = next_word(&text);
    }
    *names = word;
    *key = cl_slice_trim(text);
    return names->len && key->len ? kind : CLEAT_HOST_LINE_UNREADABLE;
}

bool cl_host_line_key(cleat_slice key, cleat_slice *type, cleat_slice *base64)
{
    *type = next_word(&key);
    *base64 = next_word(&key);
    return base64->len > 0;
}

/* ---- names ---- */

bool cl_host_full_name(char out[CL_HOST_NAME_MAX], const char *host, uint16_t port)
{
    int len = port == SSH_PORT ? snprintf(out, CL_HOST_NAME_MAX, "%s", host)
                               : snprintf(out, CL_HOST_NAME_MAX, "[%s]:%u", host, (unsigned)port);
    if (len <= 0 || len >= CL_HOST_NAME_MAX || strpbrk(out, " \t\r\n,*?") || strchr("!|#@", out[0]))
        return false;
    for (char *c = out; *c; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 32);
    }
    return true;
}

bool cl_host_names_hashed(cleat_slice names)
{
    return cl_slice_starts(names, HASHED);
}

bool cl_host_names_have_pattern(cleat_slice names)
{
    return memchr(names.data, '*', names.len) || memchr(names.data, '?', names.len) ||
           memchr(names.data, '!', names.len);
}

/* HMAC-SHA1 (RFC 2104), the salt being the key: two hashes in a context that is kept, which costs
 * a quarter of OpenSSL's HMAC with a new key each time. */
static cleat_status hmac_name(EVP_MD_CTX *work, const cl_env *env, const uint8_t salt[SALT_LEN],
                              cleat_slice name, uint8_t tag[SALT_LEN])
{
    uint8_t inner[HASH_BLOCK];
    uint8_t outer[HASH_BLOCK];
    memset(inner, 0x36, sizeof inner);
    memset(outer, 0x5c, sizeof outer);
    for (size_t i = 0; i < SALT_LEN; i++) {
        inner[i] ^= salt[i];
        outer[i] ^= salt[i];
    }
    const cleat_slice first[] = {{inner, sizeof inner}, name};
    const cleat_slice second[] = {{outer, sizeof outer}, {tag, SALT_LEN}};
    cleat_status st = cl_hash_into(work, env->hashes, CL_SHA1, first, 2, tag, SALT_LEN);
    return st == CLEAT_OK ? cl_hash_into(work, env->hashes, CL_SHA1, second, 2, tag, SALT_LEN) : st;
}

/* "|1|salt|hash": the name is known only by its HMAC. */
static bool hashed_is(cl_host_search *s, cleat_slice names)
{
    uint8_t salt[SALT_LEN];
    uint8_t stored[SALT_LEN];
    uint8_t tag[SALT_LEN];
    cleat_slice hash = cl_slice_cut(names, strlen(HASHED), names.len);
    cleat_slice salt_text;
    if (!cl_slice_split(&hash, '|', &salt_text) || !cl_base64_decode_digest(salt, salt_text) ||
        !cl_base64_decode_digest(stored, hash))
        return false;
    cleat_status st = hmac_name(s->work, s->env, salt, cleat_slice_of(s->name), tag);
    if (st != CLEAT_OK)
        s->status = st;
    return st == CLEAT_OK && memcmp(stored, tag, SALT_LEN) == 0;
}

cleat_status cl_host_search_init(cl_host_search *s, const cl_env *env, const char *host,
                                 uint16_t port)
{
    *s = (cl_host_search){.env = env};
    if (!cl_host_full_name(s->name, host, port))
        return CLEAT_E_BAD_CALL;
    s->work = EVP_MD_CTX_new();
    return s->work ? CLEAT_OK : CLEAT_E_NOMEM;
}

void cl_host_search_free(cl_host_search *s)
{
    EVP_MD_CTX_free(s->work);
    s->work = NULL;
}

static bool is_one_name(cleat_slice names)
{
    return !cl_host_names_have_pattern(names) && !memchr(names.data, ',', names.len);
}

bool cl_host_search_is(cl_host_search *s, cleat_slice names)
{
    if (cl_host_names_hashed(names))
        return hashed_is(s, names);
    if (is_one_name(names)) /* as most are; pattern lists take three times as long */
        return cl_slice_is_nocase(names, s->name);
    return cl_pattern_list(cleat_slice_of(s->name), names, true) == CL_MATCH_YES;
}

/* What a byte means in the first word of a line. */
enum { PLAIN, END, LOOK };
static const uint8_t meaning[256] = {
    [' '] = END,  ['\t'] = END, ['\r'] = END, ['\n'] = END, ['|'] = LOOK, ['@'] = LOOK,
    ['#'] = LOOK, [','] = LOOK, ['*'] = LOOK, ['?'] = LOOK, ['!'] = LOOK,
};

#define EACH(byte) ((uint64_t)(byte)*0x0101010101010101) /* the same byte eight times */

/* Whether all of eight bytes are PLAIN: from '-' to '{' and neither '?' nor '@'. Names are, so that
 * they need not be looked at byte by byte. */
static bool plain_eight(const uint8_t *at)
{
    uint64_t x;
    memcpy(&x, at, sizeof x);
    uint64_t mark = x ^ EACH('?');
    uint64_t sign = x ^ EACH('@');
    uint64_t other = (x - EACH('-')) & ~x;
    other |= (x + EACH(0x7f - '{')) | x;
    other |= ((mark - EACH(1)) & ~mark) | ((sign - EACH(1)) & ~sign);
    return !(other & EACH(0x80));
}

/* The length of the name that the first line begins with; 0 for a line that needs a closer look. */
static size_t plain_name(cleat_slice file)
{
    size_t len = 0;
    while (file.len - len >= 8 && plain_eight(file.data + len))
        len += 8;
    while (len < file.len && meaning[file.data[len]] == PLAIN)
        len++;
    return len < file.len && meaning[file.data[len]] == LOOK ? 0 : len;
}

bool cl_host_search_next(cl_host_search *s, cleat_slice *file, cleat_slice *text)
{
    const size_t name_len = strlen(s->name);
    for (; s->status == CLEAT_OK && file->len; cl_slice_skip_line(file)) {
        size_t len = plain_name(*file);
        s->line++;
        if (len == 0 || (len == name_len && cl_slice_is_nocase(cl_slice(file->data, len), s->name)))
            return cl_slice_line(file, text, NULL);
    }
    return false;
}

/* ---- writing ---- */

cleat_status cl_host_put_hashed(const cl_env *env, cl_buf *out, cleat_slice name)
{
    uint8_t salt[SALT_LEN];
    uint8_t tag[SALT_LEN];
    cleat_status st = cl_random_fill(env, salt, sizeof salt);
    if (st != CLEAT_OK)
        return st;
    EVP_MD_CTX *work = EVP_MD_CTX_new();
    if (!work)
        return CLEAT_E_NOMEM;
    st = hmac_name(work, env, salt, name, tag);
    EVP_MD_CTX_free(work);
    if (st != CLEAT_OK)
        return st;
    cl_buf_add_text(out, HASHED);
    cl_base64_encode(out, cl_slice(salt, sizeof salt), true);
    cl_buf_add_byte(out, '|');
    cl_base64_encode(out, cl_slice(tag, sizeof tag), true);
    return out->status;
}

cleat_status cl_host_line_put(const cl_env *env, cl_buf *out, const char *name,
                              const cleat_key *key, bool hashed)
{
    cleat_status st = CLEAT_OK;
    if (hashed)
        st = cl_host_put_hashed(env, out, cleat_slice_of(name));
    else
        cl_buf_add_text(out, name);
    cl_buf_printf(out, " %s ", cleat_key_type(key));
    cl_base64_encode(out, cleat_key_blob(key), true);
    return st == CLEAT_OK ? out->status : st;
}
