/* known_hosts: which key is whose. */
#include "../alg/bytes.h"
#include "../alg/hash.h"
#include "../base/base64.h"
#include "../base/pattern.h"
#include "../key/key.h"
#include "../wire/namelist.h"
#include "known_hosts_int.h"

#include <openssl/hmac.h>
#include <stdio.h>

enum { SALT_LEN = 20, SSH_PORT = 22 };

static cleat_slice next_word(cleat_slice *rest)
{
    size_t from = 0;
    while (from < rest->len && (rest->data[from] == ' ' || rest->data[from] == '\t'))
        from++;
    size_t to = from;
    while (to < rest->len && rest->data[to] != ' ' && rest->data[to] != '\t')
        to++;
    cleat_slice word = cl_slice_cut(*rest, from, to);
    *rest = cl_slice_cut(*rest, to, rest->len);
    return word;
}

bool cl_host_line_parse(cleat_slice text, cl_host_line *line)
{
    *line = (cl_host_line){0};
    cleat_slice word = next_word(&text);
    if (word.len == 0 || word.data[0] == '#')
        return false;
    if (word.data[0] == '@') {
        line->revoked = cl_slice_is(word, "@revoked");
        line->authority = cl_slice_is(word, "@cert-authority");
        if (!line->revoked && !line->authority)
            return false; /* whatever it means, it does not mean that the key is the host's */
        word = next_word(&text);
    }
    line->names = word;
    line->type = next_word(&text);
    line->blob = next_word(&text);
    return line->blob.len > 0;
}

static bool hmac_name(cleat_slice salt, const char *name, uint8_t tag[SALT_LEN])
{
    unsigned len = 0;
    return HMAC(EVP_sha1(), salt.data, (int)salt.len, (const unsigned char *)name, strlen(name),
                tag, &len) &&
           len == SALT_LEN;
}

/* "|1|salt|hash": the name is known only by its HMAC. */
static bool hashed_matches(const cleat_allocator *mem, cleat_slice names, const char *name)
{
    uint8_t tag[SALT_LEN];
    cleat_slice rest = cl_slice_cut(names, 3, names.len);
    cleat_slice salt_text;
    cl_buf salt = CL_BUF(mem);
    cl_buf hash = CL_BUF(mem);
    bool same = cl_slice_split(&rest, '|', &salt_text) &&
                cl_base64_decode(&salt, salt_text) == CLEAT_OK &&
                cl_base64_decode(&hash, rest) == CLEAT_OK && hash.len == SALT_LEN &&
                hmac_name(cl_buf_slice(&salt), name, tag) &&
                cleat_slice_equal(cl_buf_slice(&hash), cl_slice(tag, SALT_LEN));
    cl_buf_free(&salt);
    cl_buf_free(&hash);
    return same;
}

bool cl_host_names_hashed(cleat_slice names)
{
    return cl_slice_starts(names, "|1|");
}

bool cl_host_names_match(const cleat_allocator *mem, cleat_slice names, const char *name)
{
    if (cl_host_names_hashed(names))
        return hashed_matches(mem, names, name);
    return cl_pattern_list(cleat_slice_of(name), names, true) == CL_MATCH_YES;
}

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

static void note_type(cleat_host_answer *answer, cleat_slice type)
{
    size_t used = strlen(answer->key_types);
    if (cl_namelist_has(cleat_slice_of(answer->key_types), type))
        return;
    if (used + type.len + 2 < sizeof answer->key_types)
        snprintf(answer->key_types + used, sizeof answer->key_types - used, "%s%.*s",
                 used ? "," : "", (int)type.len, (const char *)type.data);
}

static void judge(cleat_host_answer *answer, const cl_host_line *line, bool same, bool same_type,
                  unsigned number)
{
    cleat_host_verdict verdict = answer->verdict;
    if (line->revoked)
        verdict = same ? CLEAT_HOST_REVOKED : verdict;
    else if (verdict != CLEAT_HOST_REVOKED && same)
        verdict = CLEAT_HOST_KNOWN;
    else if (verdict == CLEAT_HOST_NEW && same_type)
        verdict = CLEAT_HOST_CHANGED;
    if (verdict != answer->verdict)
        answer->line = number;
    answer->verdict = verdict;
}

/* False for a line whose key cannot be read; it counts as if it were not there. */
static bool judge_line(const cl_env *env, const cl_host_line *line, const cleat_key *key,
                       unsigned number, cleat_host_answer *answer)
{
    cl_buf blob = CL_BUF(env->mem);
    bool readable = cl_base64_decode(&blob, line->blob) == CLEAT_OK;
    if (readable && key)
        judge(answer, line, cleat_slice_equal(cl_buf_slice(&blob), cleat_key_blob(key)),
              cl_slice_is(line->type, cleat_key_type(key)), number);
    if (readable && !line->revoked)
        note_type(answer, line->type);
    cl_buf_free(&blob);
    return readable;
}

cleat_status cleat_known_hosts_check(cleat_ctx *ctx, cleat_slice file, const char *host,
                                     uint16_t port, const cleat_key *key, cleat_host_answer *answer)
{
    const cl_env *env = cl_ctx_env(ctx);
    cl_logger log = cl_ctx_logger(ctx);
    char name[CL_HOST_NAME_MAX];
    cleat_slice text;
    unsigned number = 0;
    *answer = (cleat_host_answer){0};
    if (!cl_host_full_name(name, host, port))
        return CLEAT_E_BAD_CALL;
    while (cl_slice_split(&file, '\n', &text)) {
        cl_host_line line;
        number++;
        if (text.len && text.data[text.len - 1] == '\r')
            text.len--;
        if (!cl_host_line_parse(text, &line) || !cl_host_names_match(env->mem, line.names, name))
            continue;
        answer->authority = answer->authority || line.authority;
        if (!line.authority && !judge_line(env, &line, key, number, answer))
            cl_log(&log, CLEAT_LOG_DEBUG1, "known_hosts", "line %u: not base64", number);
    }
    return CLEAT_OK;
}

static cleat_status put_hashed(const cl_env *env, cl_buf *out, const char *name)
{
    uint8_t salt[SALT_LEN];
    uint8_t tag[SALT_LEN];
    cleat_status st = cl_random_fill(env, salt, sizeof salt);
    if (st != CLEAT_OK)
        return st;
    if (!hmac_name(cl_slice(salt, sizeof salt), name, tag))
        return CLEAT_E_CRYPTO;
    cl_buf_add_text(out, "|1|");
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
        st = put_hashed(env, out, name);
    else
        cl_buf_add_text(out, name);
    cl_buf_printf(out, " %s ", cleat_key_type(key));
    cl_base64_encode(out, cleat_key_blob(key), true);
    cl_buf_add_byte(out, '\n');
    return st == CLEAT_OK ? out->status : st;
}

cleat_status cleat_known_hosts_line(cleat_ctx *ctx, const char *host, uint16_t port,
                                    const cleat_key *key, bool hashed, cleat_bytes *out)
{
    const cl_env *env = cl_ctx_env(ctx);
    char name[CL_HOST_NAME_MAX];
    cl_buf line = CL_BUF(env->mem);
    *out = (cleat_bytes){0};
    if (!cl_host_full_name(name, host, port))
        return CLEAT_E_BAD_CALL;
    cleat_status st = cl_host_line_put(env, &line, name, key, hashed);
    if (st == CLEAT_OK)
        return cl_bytes_from_buf(out, ctx, &line);
    cl_buf_free(&line);
    return st;
}
