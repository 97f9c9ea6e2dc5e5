/* What is known about one host before a connection is made. */
#include "hop.h"

#include "answers.h"
#include "authorities.h"
#include "config_files.h"
#include "hostkey.h"
#include "identity.h"
#include "say.h"
#include "sign.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

bool hop_flag(const ssh_hop *h, const char *keyword)
{
    return cleat_config_flag_of(h->config, keyword);
}

int64_t hop_number(const ssh_hop *h, const char *keyword)
{
    return cleat_config_number(h->config, keyword);
}

const char *hop_text(const ssh_hop *h, const char *keyword)
{
    return cleat_config_text(h->config, keyword);
}

static const char *variable(void *user, const char *name)
{
    (void)user;
    return getenv(name);
}

enum { TOKENS_MAX = 24 };

static char *expand_tokens(const ssh_hop *h, const cleat_config_row *row, const char *text,
                           const cleat_config_token *more, size_t more_count, cleat_error *error)
{
    const ssh_run *r = h->run;
    char port[8];
    char id[CLEAT_CONNECTION_ID_MAX] = "";
    const char *host = h->target ? h->target : h->given;
    const char *user = h->user ? h->user : r->me->name;
    snprintf(port, sizeof port, "%u", (unsigned)h->port);
    char *short_host = text_format("%.*s", (int)strcspn(r->local_host, "."), r->local_host);
    if (cleat_config_connection_id(r->ctx, r->local_host, host, port, user, h->jump ? h->jump : "",
                                   id) != CLEAT_OK)
        id[0] = 0;
    cleat_config_token tokens[TOKENS_MAX] = {
        {'C', id},
        {'d', r->me->home},
        {'h', host},
        {'i', r->me->id},
        {'j', h->jump ? h->jump : ""},
        {'k', h->known_as ? h->known_as : host},
        {'L', short_host},
        {'l', r->local_host},
        {'n', h->given},
        {'p', port},
        {'r', user},
        {'u', r->me->name},
    };
    size_t count = 12;
    for (size_t i = 0; i < more_count && count < TOKENS_MAX; i++)
        tokens[count++] = more[i];
    char *out = NULL;
    cleat_status st =
        cleat_config_expand(&out, NULL, text, row->tokens ? row->tokens : "", tokens, count,
                            row->flags & CLEAT_CONFIG_ENV ? variable : NULL, NULL, error);
    free(short_host);
    return st == CLEAT_OK ? out : NULL;
}

char *hop_expand(const ssh_hop *h, const char *keyword, const char *text,
                 const cleat_config_token *more, size_t more_count)
{
    const cleat_config_row *row = cleat_config_find(cleat_config_client_table(), keyword);
    cleat_error error = {0};
    bool plain = !row->tokens && !(row->flags & CLEAT_CONFIG_ENV);
    char *out =
        plain ? text_format("%s", text) : expand_tokens(h, row, text, more, more_count, &error);
    if (out && row->flags & CLEAT_CONFIG_TILDE) {
        char *path = NULL;
        cleat_status st = port_path_expand(&path, out, &error);
        free(out);
        out = st == CLEAT_OK ? text_format("%s", path) : NULL;
        port_free(path);
    }
    if (!out)
        say(CLEAT_LOG_ERROR, "%s \"%s\": %s", keyword, text, error.text);
    return out;
}

char *hop_value(const ssh_hop *h, const char *keyword, size_t i)
{
    const char *text = i < cleat_config_count(h->config, keyword)
                           ? cleat_config_item(h->config, keyword, i)
                       : i == 0 ? cleat_config_text(h->config, keyword)
                                : NULL;
    return text ? hop_expand(h, keyword, text, NULL, 0) : NULL;
}

/* ---- algorithms ---- */

static const struct {
    cleat_alg_kind kind;
    const char *keyword;
} lists[] = {{CLEAT_ALG_KEX, "KexAlgorithms"},
             {CLEAT_ALG_CIPHER, "Ciphers"},
             {CLEAT_ALG_MAC, "MACs"},
             {CLEAT_ALG_HOSTKEY, "HostKeyAlgorithms"},
             {CLEAT_ALG_PUBKEY, "PubkeyAcceptedAlgorithms"},
             {CLEAT_ALG_CA, "CASignatureAlgorithms"}};

static cleat_status set_list(const ssh_hop *h, cleat_policy *policy, cleat_alg_kind kind,
                             const char *keyword, cleat_error *error)
{
    const char *spec = hop_text(h, keyword);
    cleat_status st = spec ? cleat_policy_set(policy, kind, spec, error) : CLEAT_OK;
    if (st == CLEAT_E_CONFIG) {
        cleat_error inner = *error;
        snprintf(error->text, sizeof error->text,
                 "%s: %s: %.300s; `cleat ssh -Q %s` lists those that are",
                 cleat_config_origin(h->config, keyword), keyword, inner.text, keyword);
    }
    return st;
}

/* Nothing uses the list yet, but a name that is none is a mistake today. */
static cleat_status check_hostbased(const ssh_hop *h, cleat_error *error)
{
    cleat_policy *policy;
    cleat_status st = cleat_policy_new(&policy, h->run->ctx, CLEAT_CLIENT);
    if (st == CLEAT_OK)
        st = set_list(h, policy, CLEAT_ALG_PUBKEY, "HostbasedAcceptedAlgorithms", error);
    cleat_policy_unref(policy);
    return st;
}

static cleat_status make_policy(ssh_hop *h, cleat_error *error)
{
    cleat_status st = cleat_policy_new(&h->policy, h->run->ctx, CLEAT_CLIENT);
    if (st == CLEAT_OK)
        st = cleat_policy_take_host_certs(h->policy);
    if (st == CLEAT_OK)
        st = authorities_load(h, error);
    if (st == CLEAT_OK && h->authorities)
        st = cleat_policy_take_x509(h->policy);
    for (size_t i = 0; st == CLEAT_OK && i < sizeof lists / sizeof *lists; i++)
        st = set_list(h, h->policy, lists[i].kind, lists[i].keyword, error);
    if (st == CLEAT_OK)
        st = check_hostbased(h, error);
    if (st == CLEAT_OK)
        st = cleat_policy_set(
            h->policy, CLEAT_ALG_COMPRESSION,
            hop_flag(h, "Compression") ? "zlib@openssh.com,none" : "none,zlib@openssh.com", error);
    if (st == CLEAT_OK)
        st = cleat_policy_set_rsa_min(h->policy, (unsigned)hop_number(h, "RequiredRSASize"));
    return st;
}

cleat_status hop_spell_out_algorithms(ssh_hop *h, cleat_error *error)
{
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; st == CLEAT_OK && i < sizeof lists / sizeof *lists; i++)
        st = cleat_config_put(h->config, lists[i].keyword,
                              cleat_policy_get(h->policy, lists[i].kind), error);
    return st;
}

/* ---- a hop ---- */

static cleat_status fail(cleat_error *error, const char *format, const char *text)
{
    *error = (cleat_error){.status = CLEAT_E_CONFIG};
    snprintf(error->text, sizeof error->text, format, text);
    return CLEAT_E_CONFIG;
}

static cleat_status put(ssh_hop *h, const char *keyword, const char *value, cleat_error *error)
{
    return value ? cleat_config_put(h->config, keyword, value, error) : CLEAT_OK;
}

/* The keyword's value, or the fallback where no line gives one; NULL after a mistake. */
static char *value_or(const ssh_hop *h, const char *keyword, const char *fallback)
{
    return hop_text(h, keyword) ? hop_value(h, keyword, 0) : text_format("%s", fallback);
}

static cleat_status fill_in(ssh_hop *h, cleat_error *error)
{
    const char *refusal = hop_text(h, "RefuseConnection");
    h->port = (uint16_t)hop_number(h, "Port");
    h->user = value_or(h, "User", h->run->me->name);
    h->target = value_or(h, "Hostname", h->given);
    const char *alias = hop_text(h, "HostKeyAlias");
    h->known_as = text_format("%s", alias ? alias : h->target ? h->target : "");
    if (!h->user || !h->target || !h->known_as)
        return CLEAT_E_CONFIG;
    if (refusal)
        return fail(error, "RefuseConnection: %s", refusal);
    for (size_t i = 0; cleat_config_note(h->config, i); i++)
        say(CLEAT_LOG_DEBUG1, "%s", cleat_config_note(h->config, i));
    return make_policy(h, error);
}

/* Whoever calls this command may have been given the name by a stranger, and %r puts it into
 * commands: a shell must not be able to take it for anything else. '\\' is for Windows domains. */
static bool is_user(const char *name)
{
    size_t len = strlen(name);
    if (*name == '-' || strpbrk(name, "'`\";&<>|(){}") || (len && name[len - 1] == '\\'))
        return false;
    for (const char *c = name; *c; c++) {
        bool control = (unsigned char)*c < 0x20 || *c == 0x7F;
        if (control || (c[0] == ' ' && c[1] == '-'))
            return false;
    }
    return true;
}

/* Before the files are read: what they say is their owner's business. */
static cleat_status check_user(const ssh_hop *h, cleat_error *error)
{
    const char *user = hop_text(h, "User");
    if (!user || is_user(user))
        return CLEAT_OK;
    return fail(error, "the user name \"%.200s\" has characters that a shell could take for more",
                user);
}

static cleat_status read_lines(ssh_hop *h, const ssh_args *a, cleat_error *error)
{
    cleat_status st = CLEAT_OK;
    if (a->user)
        st = put(h, "User", a->user, error);
    for (size_t i = 0; i < a->line_count && st == CLEAT_OK; i++)
        st = cleat_config_set(h->config, "command line", a->lines[i], error);
    return st;
}

/* args NULL: a jump host, of which the command line says only what `place` says. */
static cleat_status hop_new(ssh_hop **out, ssh_run *r, const ssh_place *place, const ssh_args *args,
                            cleat_error *error)
{
    ssh_hop *h = calloc(1, sizeof *h);
    *out = h;
    if (!h)
        return CLEAT_E_NOMEM;
    h->run = r;
    h->from_files = !args;
    h->given = text_format("%s", place->host);
    cleat_status st =
        h->given ? cleat_config_new(&h->config, NULL, cleat_config_client_table()) : CLEAT_E_NOMEM;
    if (st == CLEAT_OK && args)
        st = read_lines(h, args, error);
    if (st == CLEAT_OK && !args)
        st = put(h, "User", place->user, error);
    if (st == CLEAT_OK && !args)
        st = put(h, "Port", place->port, error);
    if (st == CLEAT_OK)
        st = check_user(h, error);
    if (st == CLEAT_OK)
        st = config_files_read(h, error);
    return st == CLEAT_OK ? fill_in(h, error) : st;
}

void hop_drop_agent(ssh_hop *h)
{
    cleat_agent_link_close(h->agent);
    h->agent = NULL;
}

void hop_free(ssh_hop *h)
{
    if (!h)
        return;
    identities_free(h);
    hostkey_forget(h);
    hostkeys_forget(h);
    answers_forget(h);
    sign_forget(h);
    cleat_key_unref(h->to_agent);
    hop_drop_agent(h);
    cleat_policy_unref(h->policy);
    cleat_x509_store_unref(h->authorities);
    cleat_config_free(h->config);
    free(h->given);
    free(h->target);
    free(h->user);
    free(h->known_as);
    free(h->jump);
    free(h);
}

/* ---- the chain ---- */

/* Puts a hop, and before it the jump hosts that it asks for, at the end of r->hops. */
static cleat_status add_hop(ssh_run *r, const ssh_place *place, const ssh_args *args,
                            bool follow_jumps, cleat_error *error);

static cleat_status add_jumps(ssh_run *r, const char *list, cleat_error *error)
{
    cleat_status st = CLEAT_OK;
    char *one;
    for (size_t i = 0; st == CLEAT_OK && (one = text_piece(list, i)) != NULL; i++) {
        ssh_place place;
        if (!place_parse(&place, one, true))
            st = fail(error, "ProxyJump: \"%s\" is no destination ([user@]host[:port])", one);
        else
            st = add_hop(r, &place, NULL, i == 0, error);
        free(one);
        place_free(&place);
    }
    return st;
}

static cleat_status add_hop(ssh_run *r, const ssh_place *place, const ssh_args *args,
                            bool follow_jumps, cleat_error *error)
{
    static const char too_many[] = "ProxyJump: too many jump hosts on the way to %s; does one jump "
                                   "through itself?";
    ssh_hop *h;
    if (r->hop_count == SSH_HOPS_MAX)
        return fail(error, too_many, place->host);
    cleat_status st = hop_new(&h, r, place, args, error);
    const char *jump = st == CLEAT_OK && follow_jumps ? hop_text(h, "ProxyJump") : NULL;
    if (jump && strcmp(jump, "none") != 0) {
        h->jump = hop_expand(h, "ProxyJump", jump, NULL, 0);
        if (r->depth++ == SSH_HOPS_MAX)
            st = fail(error, too_many, place->host);
        if (st == CLEAT_OK)
            st = h->jump ? add_jumps(r, h->jump, error) : CLEAT_E_CONFIG;
        r->depth--;
    }
    if (st == CLEAT_OK && r->hop_count == SSH_HOPS_MAX)
        st = fail(error, too_many, place->host);
    if (st == CLEAT_OK)
        r->hops[r->hop_count++] = h;
    else
        hop_free(h);
    return st;
}

cleat_status hops_resolve(ssh_run *r, cleat_error *error)
{
    const ssh_place place = {.host = r->args.host};
    return add_hop(r, &place, &r->args, true, error);
}
