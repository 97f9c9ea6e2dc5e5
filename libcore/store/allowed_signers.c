/* allowed_signers: whose signatures of messages count (ssh-keygen(1), ALLOWED SIGNERS). */
#include "../alg/bytes.h"
#include "../alg/ctx.h"
#include "../base/compat.h"
#include "../base/pattern.h"
#include "../key/cert_openssh.h"
#include "../key/public_text.h"
#include "authorized_int.h"
#include "civil_time.h"

#include <cleat/sshsig.h>

/* One line. Texts are views into the file, but for what is in buffers. */
typedef struct signer_line {
    const cleat_time_zone *zone;
    unsigned number;
    cleat_slice principals;
    bool authority, has_namespaces, has_after, has_before;
    cl_buf namespaces;
    int64_t valid_after, valid_before;
    cl_buf blob;         /* of the key or certificate */
    const char *fault;   /* NULL: fine so far */
    cleat_slice culprit; /* what the fault is about, or empty */
    cleat_error why;     /* the key cannot be read */
} signer_line;

/* The file on its way, and what is asked of it. */
typedef struct search {
    const cl_env *env;
    cleat_slice rest;
    const char *file_name;
    cleat_signer_facts signer;
    const char *principal; /* NULL: any */
    signer_line line;
    cl_buf problems;
} search;

/* ---- options ---- */

static void on_authority(signer_line *l, cleat_slice value)
{
    (void)value;
    l->authority = true;
}

static void on_namespaces(signer_line *l, cleat_slice value)
{
    if (l->has_namespaces)
        l->fault = "namespaces is there twice";
    l->has_namespaces = true;
    cl_buf_add_slice(&l->namespaces, value);
}

static void read_date(signer_line *l, cleat_slice value, bool *has, int64_t *date)
{
    if (*has)
        l->fault = "a date is there twice";
    if (!cl_civil_time(value, l->zone, date))
        l->fault = "expected a date as YYYYMMDD[HHMM[SS]][Z]";
    *has = true;
}

static void on_valid_after(signer_line *l, cleat_slice value)
{
    read_date(l, value, &l->has_after, &l->valid_after);
}

static void on_valid_before(signer_line *l, cleat_slice value)
{
    read_date(l, value, &l->has_before, &l->valid_before);
}

static const struct {
    const char *name;
    bool has_value;
    void (*handler)(signer_line *l, cleat_slice value);
} option_rows[] = {
    {"cert-authority", false, on_authority},
    {"namespaces", true, on_namespaces},
    {"valid-after", true, on_valid_after},
    {"valid-before", true, on_valid_before},
};

/* An option that is not in the table may be a restriction: the line is worth nothing without it. */
static void apply(void *user, cleat_slice name, cleat_slice value, bool has_value)
{
    signer_line *l = user;
    for (size_t i = 0; i < CL_COUNT(option_rows); i++) {
        if (!cl_slice_is_nocase(name, option_rows[i].name))
            continue;
        if (option_rows[i].has_value == has_value)
            option_rows[i].handler(l, value);
        else
            l->fault = has_value ? "cert-authority takes no value" : "an option needs a value";
        return;
    }
    l->fault = "expected an option or the type of a key";
    l->culprit = name;
}

/* ---- lines ---- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* Cuts the first word off, or what stands in quotes; false where these do not end. */
static bool take_principals(cleat_slice *text, cleat_slice *principals)
{
    bool quoted = text->data[0] == '"';
    size_t from = quoted ? 1 : 0;
    size_t end = from;
    while (end < text->len && (quoted ? text->data[end] != '"' : !is_blank(text->data[end])))
        end++;
    *principals = cl_slice_cut(*text, from, end);
    bool ended = !quoted || end < text->len;
    *text = cl_slice_trim(cl_slice_cut(*text, end + quoted, text->len));
    return ended;
}

static bool is_type(cleat_slice text)
{
    cleat_slice name;
    cleat_slice value;
    bool has_value;
    if (!cl_key_option_cut(&text, &name, &has_value, &value))
        return false;
    return cl_key_type_find(name) || cl_key_type_find_certified(name);
}

static void read_blob(signer_line *l, cleat_slice text)
{
    cleat_slice type;
    cleat_slice base64;
    cleat_slice comment;
    if (!cl_key_text_split(text, &type, &base64, &comment))
        l->fault = "expected a key's type and base64";
    else if (cl_key_text_decode(type, base64, &l->blob, &l->why) != CLEAT_OK)
        l->fault = l->why.text;
}

static const char *read_options(const cl_env *env, signer_line *l, cleat_slice *text)
{
    cleat_slice options;
    if (is_type(*text))
        return NULL;
    if (!cl_key_options_split(*text, &options, text))
        return "expected options with their values in quotes, and a blank behind them";
    const char *fault = cl_key_options_each(env->mem, options, apply, l);
    if (fault || l->fault)
        return fault ? fault : l->fault;
    if (l->has_after && l->has_before && l->valid_before < l->valid_after)
        return "valid-before is before valid-after";
    return l->namespaces.status == CLEAT_OK ? NULL : "out of memory";
}

static void read_rest(const cl_env *env, signer_line *l, cleat_slice text)
{
    l->fault = read_options(env, l, &text);
    if (!l->fault)
        read_blob(l, text);
}

static bool names_principal(const search *s, cleat_slice patterns)
{
    return !s->principal ||
           cl_pattern_list(cleat_slice_of(s->principal), patterns, false) == CL_MATCH_YES;
}

static void tell(search *s, const char *what)
{
    const signer_line *l = &s->line;
    cl_buf_printf(&s->problems, "%s:%u: %s", s->file_name, l->number, what);
    if (l->culprit.len)
        cl_buf_printf(&s->problems, ", not \"%.*s\"", CL_TEXT_ARG(l->culprit));
    cl_buf_add_byte(&s->problems, '\n');
}

static void forget_line(signer_line *l)
{
    cl_buf_free(&l->namespaces);
    cl_buf_free(&l->blob);
}

/* A line that could be meant; false for blank ones and those for other principals. */
static bool read_line(search *s, cleat_slice text)
{
    signer_line *l = &s->line;
    text = cl_slice_trim(text);
    if (text.len == 0 || text.data[0] == '#')
        return false;
    if (!take_principals(&text, &l->principals))
        l->fault = "expected a quote behind the principals";
    else if (!names_principal(s, l->principals))
        return false;
    else
        read_rest(s->env, l, text);
    if (l->fault)
        tell(s, l->fault);
    return !l->fault;
}

/* The next line that may count; false past the end. */
static bool next_line(search *s)
{
    cleat_slice text;
    while (cl_slice_line(&s->rest, &text, NULL)) {
        const cleat_allocator *mem = s->env->mem;
        unsigned number = s->line.number + 1;
        forget_line(&s->line);
        s->line = (signer_line){.zone = s->signer.zone,
                                .number = number,
                                .namespaces = CL_BUF(mem),
                                .blob = CL_BUF(mem)};
        if (read_line(s, text))
            return true;
    }
    return false;
}

/* ---- signers ---- */

/* The certificate counts for one of its names; NULL: for the line's principals, whatever they are.
 */
static bool cert_is_good(search *s, const char *name)
{
    cleat_error why = {0};
    const cleat_cert_use use = {.struct_size = sizeof use,
                                .kind = CLEAT_CERT_USER,
                                .name = name,
                                .now = s->signer.when,
                                .algorithms = s->signer.algorithms,
                                .rsa_min_bits = s->signer.rsa_min_bits,
                                .for_message = true};
    bool good = cleat_cert_check(s->signer.cert, &use, NULL, &why) == CLEAT_OK;
    if (!good)
        tell(s, why.text);
    return good;
}

static bool line_has(const signer_line *l, cleat_slice blob)
{
    return cleat_slice_equal(cl_buf_slice(&l->blob), blob);
}

/* The line is about this signer. A certificate is not its key: a line that has the key does not
 * mean what somebody else has certified of it. */
static bool line_is_about(const search *s)
{
    const cleat_cert *cert = s->signer.cert;
    if (s->line.authority)
        return cert && line_has(&s->line, cleat_key_blob(cleat_cert_authority(cert)));
    return line_has(&s->line, cert ? cleat_cert_blob(cert) : cleat_key_blob(s->signer.key));
}

/* What the line itself has against the signature; NULL for nothing. */
static const char *objection(const search *s)
{
    const signer_line *l = &s->line;
    const char *name_space = s->signer.name_space;
    if (name_space && l->has_namespaces &&
        cl_pattern_list(cleat_slice_of(name_space), cl_buf_slice(&l->namespaces), false) !=
            CL_MATCH_YES)
        return "the key is not for signatures of this namespace";
    if (l->has_after && s->signer.when < l->valid_after)
        return "the key is not valid yet";
    if (l->has_before && s->signer.when > l->valid_before)
        return "the key has expired";
    return NULL;
}

static bool line_allows(search *s)
{
    if (!line_is_about(s))
        return false;
    const char *why = objection(s);
    if (why)
        tell(s, why);
    return !why && (!s->signer.cert || cert_is_good(s, s->line.authority ? s->principal : NULL));
}

/* ---- calls ---- */

/* signer may be NULL. */
static cleat_status begin(search *s, cleat_ctx *ctx, cleat_slice file, const char *file_name,
                          const cleat_signer_facts *signer)
{
    const cl_env *env = cl_ctx_env(ctx);
    *s = (search){.env = env, .rest = file, .file_name = file_name, .problems = CL_BUF(env->mem)};
    if (signer && (!cleat_options_import(&s->signer, sizeof s->signer, signer) || !s->signer.key))
        return CLEAT_E_BAD_CALL;
    return CLEAT_OK;
}

static cleat_status finish(search *s, cleat_ctx *ctx, cleat_status st, cleat_bytes *problems)
{
    forget_line(&s->line);
    if (!problems) {
        cl_buf_free(&s->problems);
        return st;
    }
    cleat_status told = cl_bytes_from_buf(problems, ctx, &s->problems);
    return told == CLEAT_OK ? st : told;
}

cleat_status cleat_allowed_signers_check(cleat_ctx *ctx, cleat_slice file, const char *file_name,
                                         const char *principal, const cleat_signer_facts *signer,
                                         unsigned *line, cleat_bytes *problems)
{
    search s;
    bool found = false;
    cleat_status st = begin(&s, ctx, file, file_name, signer);
    s.principal = principal;
    while (st == CLEAT_OK && !found && next_line(&s))
        found = line_allows(&s);
    if (st == CLEAT_OK && !found)
        st = CLEAT_E_NO_SUCH;
    if (line)
        *line = found ? s.line.number : 0;
    return finish(&s, ctx, st, problems);
}

static void put_line(cl_buf *out, cleat_slice text)
{
    cl_buf_add_slice(out, text);
    cl_buf_add_byte(out, '\n');
}

/* Such a name could pass for two. */
static bool has_control(const char *name)
{
    while (*name && (uint8_t)*name >= 0x20 && *name != 0x7f)
        name++;
    return *name != 0;
}

static void put_names(const search *s, cl_buf *out)
{
    const signer_line *l = &s->line;
    cleat_slice rest = l->principals;
    cleat_slice name;
    if (!l->authority) {
        while (cl_slice_split(&rest, ',', &name))
            put_line(out, name);
        return;
    }
    const cleat_cert_facts *f = cleat_cert_get_facts(s->signer.cert);
    for (size_t i = 0; i < f->principal_count; i++) {
        name = cleat_slice_of(f->principals[i]);
        if (!has_control(f->principals[i]) &&
            cl_pattern_list(name, l->principals, false) == CL_MATCH_YES)
            put_line(out, name);
    }
}

cleat_status cleat_allowed_signers_find(cleat_ctx *ctx, cleat_slice file, const char *file_name,
                                        const cleat_signer_facts *signer, cleat_bytes *principals,
                                        cleat_bytes *problems)
{
    search s;
    cl_buf names = CL_BUF(cl_ctx_env(ctx)->mem);
    cleat_status st = begin(&s, ctx, file, file_name, signer);
    while (st == CLEAT_OK && names.len == 0 && names.status == CLEAT_OK && next_line(&s)) {
        if (line_allows(&s))
            put_names(&s, &names);
    }
    bool found = names.len != 0;
    cleat_status taken = cl_bytes_from_buf(principals, ctx, &names);
    if (st == CLEAT_OK)
        st = taken;
    if (st == CLEAT_OK && !found)
        st = CLEAT_E_NO_SUCH;
    return finish(&s, ctx, st, problems);
}

cleat_status cleat_allowed_signers_match(cleat_ctx *ctx, cleat_slice file, const char *file_name,
                                         const char *principal, cleat_bytes *patterns,
                                         cleat_bytes *problems)
{
    search s;
    cl_buf found = CL_BUF(cl_ctx_env(ctx)->mem);
    cleat_status st = begin(&s, ctx, file, file_name, NULL);
    s.principal = principal;
    while (next_line(&s))
        put_line(&found, s.line.principals);
    if (st == CLEAT_OK && found.len == 0)
        st = CLEAT_E_NO_SUCH;
    cleat_status taken = cl_bytes_from_buf(patterns, ctx, &found);
    return finish(&s, ctx, taken == CLEAT_OK ? st : taken, problems);
}
