/* authorized_keys: which key may log in, and what it may do then; the same for certificates. */
#include "../alg/bytes.h"
#include "../alg/ctx.h"
#include "../base/alloc.h"
#include "../base/arena.h"
#include "../base/base64.h"
#include "../base/compat.h"
#include "../key/key.h"
#include "../key/public_text.h"
#include "cidr.h"
#include "civil_time.h"

#include <cleat/store.h>

enum { LIST_MAX = 64 };

struct cleat_key_options_memory {
    const cleat_allocator *mem;
    cl_arena arena;
    const char *environment[LIST_MAX + 1];
    const char *permit_open[LIST_MAX + 1];
    size_t environment_count, permit_open_count;
};

/* One line while its options are read. */
typedef struct key_line {
    cleat_key_options *options;
    const cleat_key_peer *peer;
    const cleat_key *key;      /* that is looked for; a certificate's authority */
    const cleat_cert *cert;    /* NULL: a plain key */
    const cleat_cert_use *use; /* of the certificate */
    bool of_names;             /* the file has names instead of keys */
    bool authority;            /* the line's key may certify others */
    const char *principals;    /* the names that it may certify; NULL: the user's */
    const char *refusal;       /* NULL: fine so far */
    cleat_slice unknown;       /* the last option that is not in the table */
    cleat_error why;           /* the certificate is not good */
} key_line;

typedef void (*option_handler)(key_line *l, cleat_slice value);

static const char *keep(key_line *l, cleat_slice value)
{
    return cl_arena_text(&l->options->memory->arena, value);
}

static void add(key_line *l, const char **list, size_t *count, cleat_slice value)
{
    if (*count == LIST_MAX)
        l->refusal = "too many values of one option";
    else
        list[(*count)++] = keep(l, value);
}

static void on_command(key_line *l, cleat_slice value)
{
    if (l->options->command)
        l->refusal = "two commands";
    l->options->command = keep(l, value);
}

static void on_environment(key_line *l, cleat_slice value)
{
    struct cleat_key_options_memory *m = l->options->memory;
    if (value.len == 0 || value.data[0] == '=' || !memchr(value.data, '=', value.len))
        l->refusal = "environment needs NAME=value";
    else
        add(l, m->environment, &m->environment_count, value);
}

static void on_permit_open(key_line *l, cleat_slice value)
{
    struct cleat_key_options_memory *m = l->options->memory;
    if (!memchr(value.data, ':', value.len))
        l->refusal = "permitopen needs host:port";
    else
        add(l, m->permit_open, &m->permit_open_count, value);
}

static void on_from(key_line *l, cleat_slice value)
{
    switch (cl_host_list(l->peer->address, l->peer->host, value)) {
    case CL_ADDRESS_MATCHES:
        return;
    case CL_ADDRESS_DIFFERS:
    case CL_ADDRESS_EXCLUDED:
        l->refusal = "not allowed from this address";
        return;
    case CL_ADDRESS_MALFORMED:
        l->refusal = "from has an address range that cannot be read";
        return;
    }
}

static void on_expiry(key_line *l, cleat_slice value)
{
    int64_t end;
    if (!cl_civil_time(value, &end))
        l->refusal = "expiry-time needs YYYYMMDD[HHMM[SS]][Z]";
    else if (l->peer->now >= end)
        l->refusal = "the key has expired";
}

static void on_restrict(key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_pty = true;
    l->options->no_port_forwarding = true;
}

static void on_no_pty(key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_pty = true;
}

static void on_pty(key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_pty = false;
}

static void on_no_port_forwarding(key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_port_forwarding = true;
}

static void on_port_forwarding(key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_port_forwarding = false;
}

static void on_authority(key_line *l, cleat_slice value)
{
    (void)value;
    l->authority = true;
}

static void on_principals(key_line *l, cleat_slice value)
{
    if (l->principals)
        l->refusal = "principals is there twice";
    l->principals = keep(l, value);
}

static void on_no_touch_required(key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_touch_required = true;
}

static void on_verify_required(key_line *l, cleat_slice value)
{
    (void)value;
    l->options->verify_required = true;
}

/* About things that the server never does: nothing is left to restrict or to allow. */
static void on_never_done(key_line *l, cleat_slice value)
{
    (void)l;
    (void)value;
}

static const struct {
    const char *name;
    bool has_value;
    option_handler handler;
} option_rows[] = {
    {"command", true, on_command},
    {"environment", true, on_environment},
    {"permitopen", true, on_permit_open},
    {"from", true, on_from},
    {"expiry-time", true, on_expiry},
    {"cert-authority", false, on_authority},
    {"principals", true, on_principals},
    {"restrict", false, on_restrict},
    {"no-pty", false, on_no_pty},
    {"pty", false, on_pty},
    {"no-port-forwarding", false, on_no_port_forwarding},
    {"port-forwarding", false, on_port_forwarding},
    {"no-agent-forwarding", false, on_never_done},
    {"agent-forwarding", false, on_never_done},
    {"no-x11-forwarding", false, on_never_done},
    {"x11-forwarding", false, on_never_done},
    {"no-user-rc", false, on_never_done},
    {"user-rc", false, on_never_done},
    {"no-touch-required", false, on_no_touch_required},
    {"verify-required", false, on_verify_required},
    {"permitlisten", true, on_never_done},
};

/* An option that is not in the table may be a restriction: the line is worth nothing without it. */
static void apply(key_line *l, cleat_slice name, cleat_slice value, bool has_value)
{
    for (size_t i = 0; i < CL_COUNT(option_rows); i++) {
        if (!cl_slice_is_nocase(name, option_rows[i].name))
            continue;
        if (option_rows[i].has_value != has_value)
            l->refusal =
                has_value ? "an option has a value that takes none" : "an option needs a value";
        else
            option_rows[i].handler(l, value);
        return;
    }
    l->refusal = "an option that is unknown or not supported";
    l->unknown = name;
}

/* Reads a quoted value, in which \" stands for a quote. False when the quote does not end. */
static bool read_quoted(cleat_slice *rest, cl_buf *value)
{
    size_t i = 1;
    for (; i < rest->len && rest->data[i] != '"'; i++) {
        bool escape = rest->data[i] == '\\' && i + 1 < rest->len && rest->data[i + 1] == '"';
        i += escape;
        cl_buf_add_byte(value, rest->data[i]);
    }
    if (i >= rest->len)
        return false;
    *rest = cl_slice_cut(*rest, i + 1, rest->len);
    return true;
}

static size_t name_len(cleat_slice s)
{
    size_t n = 0;
    while (n < s.len && s.data[n] != '=' && s.data[n] != ',' && s.data[n] != ' ' &&
           s.data[n] != '\t')
        n++;
    return n;
}

/* Comma-separated options up to the first blank outside quotes; *rest is left behind them. */
static void read_options(key_line *l, cleat_slice *rest)
{
    const cleat_allocator *mem = l->options->memory->mem;
    for (;;) {
        cl_buf value = CL_BUF(mem);
        cleat_slice name = cl_slice_cut(*rest, 0, name_len(*rest));
        *rest = cl_slice_cut(*rest, name.len, rest->len);
        bool has_value = rest->len && rest->data[0] == '=';
        if (has_value)
            *rest = cl_slice_cut(*rest, 1, rest->len);
        bool readable =
            !has_value || (rest->len && rest->data[0] == '"' && read_quoted(rest, &value));
        if (readable)
            apply(l, name, cl_buf_slice(&value), has_value);
        else
            l->refusal = "an option's value needs quotes";
        if (value.status != CLEAT_OK)
            l->refusal = "out of memory";
        cl_buf_free(&value);
        if (!readable || rest->len == 0 || rest->data[0] != ',')
            return;
        *rest = cl_slice_cut(*rest, 1, rest->len);
    }
}

static bool is_key_type(cleat_slice text)
{
    return cl_key_type_find(cl_slice_cut(text, 0, name_len(text))) != NULL;
}

static bool holds_key(const cleat_allocator *mem, cleat_slice text, const cleat_key *key)
{
    cleat_slice type;
    cleat_slice base64;
    cleat_slice comment;
    if (!cl_key_text_split(text, &type, &base64, &comment) ||
        !cl_slice_is(type, cleat_key_type(key)))
        return false;
    cl_buf blob = CL_BUF(mem);
    bool same = cl_base64_decode(&blob, base64) == CLEAT_OK &&
                cleat_slice_equal(cl_buf_slice(&blob), cleat_key_blob(key));
    cl_buf_free(&blob);
    return same;
}

static cleat_status new_options(const cleat_allocator *mem, cleat_key_options *options)
{
    *options = (cleat_key_options){0};
    options->memory = cl_alloc_zero(mem, sizeof *options->memory);
    if (!options->memory)
        return CLEAT_E_NOMEM;
    options->memory->mem = mem;
    options->memory->arena.mem = mem;
    options->environment = options->memory->environment;
    options->permit_open = options->memory->permit_open;
    return CLEAT_OK;
}

void cleat_key_options_free(cleat_key_options *options)
{
    if (options->memory) {
        const cleat_allocator *mem = options->memory->mem;
        cl_arena_free(&options->memory->arena);
        cl_alloc_free(mem, options->memory);
    }
    *options = (cleat_key_options){0};
}

/* ---- certificates ---- */

static bool names_one_of(const cleat_cert *cert, const char *list)
{
    cleat_slice rest = cleat_slice_of(list);
    cleat_slice name;
    const cleat_cert_facts *f = cleat_cert_get_facts(cert);
    while (cl_slice_split(&rest, ',', &name)) {
        for (size_t i = 0; i < f->principal_count; i++) {
            if (cl_slice_is(cl_slice_trim(name), f->principals[i]))
                return true;
        }
    }
    return false;
}

static void take_command(key_line *l, const char *command)
{
    if (!command)
        return;
    if (l->options->command && strcmp(l->options->command, command) != 0)
        l->refusal = "the certificate's command is another than the line's";
    l->options->command = keep(l, cleat_slice_of(command));
}

/* What the certificate does not allow, the line cannot. name: NULL where names were looked at. */
static void judge_cert(key_line *l, const char *name)
{
    cleat_cert_grant grant;
    cleat_cert_use use = *l->use;
    use.name = name;
    if (l->refusal)
        return;
    if (cleat_cert_check(l->cert, &use, &grant, &l->why) != CLEAT_OK) {
        l->refusal = l->why.text;
        return;
    }
    l->options->no_pty |= !grant.pty;
    l->options->no_touch_required &= grant.no_touch_required;
    l->options->verify_required |= grant.verify_required;
    l->options->no_port_forwarding |= !grant.port_forwarding;
    take_command(l, grant.force_command);
}

/* ---- lines ---- */

/* A line of authorized_keys; true when it is for this key or authority. */
static bool read_key_line(key_line *l, cleat_slice text)
{
    if (!is_key_type(text))
        read_options(l, &text);
    if (!holds_key(l->options->memory->mem, text, l->key) || l->authority != (l->cert != NULL))
        return false;
    if (!l->authority && l->principals)
        l->refusal = "principals without cert-authority";
    if (l->cert && l->principals && !names_one_of(l->cert, l->principals))
        l->refusal = "the certificate is for none of the line's principals";
    if (l->cert)
        judge_cert(l, l->principals ? NULL : l->use->name);
    return true;
}

/* A line with a name, options before it; true when the certificate is for that name, or should be
 * as it is the user's. */
static bool read_name_line(key_line *l, cleat_slice text)
{
    if (memchr(text.data, ' ', text.len) || memchr(text.data, '\t', text.len))
        read_options(l, &text);
    const char *name = keep(l, cl_slice_trim(text));
    if (strcmp(name, l->use->name) != 0 && !cleat_cert_names(l->cert, name))
        return false;
    if (l->authority || l->principals)
        l->refusal = "cert-authority and principals are for files of keys";
    judge_cert(l, name);
    return true;
}

/* True when the line is the one looked for; l->refusal tells whether it may be used. */
static bool read_line(key_line *l, cleat_slice text)
{
    if (text.len && text.data[text.len - 1] == '\r')
        text.len--;
    text = cl_slice_trim(text);
    if (text.len == 0 || text.data[0] == '#')
        return false;
    bool found = l->of_names ? read_name_line(l, text) : read_key_line(l, text);
    const cleat_key *key = l->cert ? cleat_cert_key(l->cert) : l->key;
    if (found && l->options->verify_required && !cleat_key_security(key, NULL))
        l->refusal = "verify-required asks for what only a security key attests";
    return found;
}

static void tell(cl_buf *out, const char *file_name, unsigned number, const key_line *l)
{
    cl_buf_printf(out, "%s line %u: ", file_name, number);
    if (l->unknown.len)
        cl_buf_printf(out, "the option %.*s is unknown or not supported\n",
                      CL_TEXT_ARG(l->unknown));
    else
        cl_buf_printf(out, "%s\n", l->refusal);
}

static cleat_status find(cleat_ctx *ctx, cleat_slice file, const char *file_name,
                         const key_line *wanted, cleat_key_options *options, cleat_bytes *problems)
{
    const cleat_allocator *mem = cl_ctx_env(ctx)->mem;
    cl_buf why = CL_BUF(mem);
    cleat_slice text;
    unsigned number = 0;
    cleat_status st = CLEAT_E_NO_SUCH;
    *options = (cleat_key_options){0};
    while (st == CLEAT_E_NO_SUCH && cl_slice_split(&file, '\n', &text)) {
        cleat_status made = new_options(mem, options);
        if (made != CLEAT_OK) {
            st = made;
            break;
        }
        key_line l = *wanted;
        l.options = options;
        options->line = ++number;
        bool found = read_line(&l, text);
        if (found && !l.refusal)
            st = options->memory->arena.status;
        else
            cleat_key_options_free(options);
        if (found && l.refusal)
            tell(&why, file_name, number, &l);
    }
    if (!problems) {
        cl_buf_free(&why);
        return st;
    }
    cleat_status taken = cl_bytes_from_buf(problems, ctx, &why);
    return taken == CLEAT_OK ? st : taken;
}

cleat_status cleat_authorized_keys_find(cleat_ctx *ctx, cleat_slice file, const char *file_name,
                                        const cleat_key *key, const cleat_key_peer *peer,
                                        cleat_key_options *options, cleat_bytes *problems)
{
    const key_line wanted = {.key = key, .peer = peer};
    return find(ctx, file, file_name, &wanted, options, problems);
}

static cleat_status find_for_cert(cleat_ctx *ctx, cleat_slice file, const char *file_name,
                                  const cleat_cert_use *use, const key_line *wanted,
                                  cleat_key_options *options, cleat_bytes *problems)
{
    cleat_cert_use known;
    *options = (cleat_key_options){0};
    if (!cleat_options_import(&known, sizeof known, use) || !known.name)
        return CLEAT_E_BAD_CALL;
    key_line complete = *wanted;
    complete.use = &known;
    return find(ctx, file, file_name, &complete, options, problems);
}

cleat_status cleat_authorized_keys_find_cert(cleat_ctx *ctx, cleat_slice file,
                                             const char *file_name, const cleat_cert *cert,
                                             const cleat_cert_use *use, const cleat_key_peer *peer,
                                             cleat_key_options *options, cleat_bytes *problems)
{
    const key_line wanted = {.key = cleat_cert_authority(cert), .cert = cert, .peer = peer};
    return find_for_cert(ctx, file, file_name, use, &wanted, options, problems);
}

cleat_status cleat_principals_find(cleat_ctx *ctx, cleat_slice file, const char *file_name,
                                   const cleat_cert *cert, const cleat_cert_use *use,
                                   const cleat_key_peer *peer, cleat_key_options *options,
                                   cleat_bytes *problems)
{
    const key_line wanted = {.cert = cert, .peer = peer, .of_names = true};
    return find_for_cert(ctx, file, file_name, use, &wanted, options, problems);
}
