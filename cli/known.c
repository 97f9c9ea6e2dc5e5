/* What is known of hosts: the files, KnownHostsCommand, and new lines. */
#include "known.h"

#include "hop.h"
#include "say.h"
#include "shell.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint16_t known_port(const ssh_hop *h)
{
    return hop_text(h, "HostKeyAlias") ? 22 : h->port;
}

void known_name(const ssh_hop *h, const char *name, char out[KNOWN_NAME_MAX])
{
    unsigned port = known_port(h);
    if (port == 22)
        snprintf(out, KNOWN_NAME_MAX, "%s", name);
    else
        snprintf(out, KNOWN_NAME_MAX, "[%s]:%u", name, port);
}

void known_fingerprint(const ssh_hop *h, const cleat_key *key, char out[CLEAT_FINGERPRINT_MAX])
{
    cleat_fingerprint_hash hash =
        hop_number(h, "FingerprintHash") ? CLEAT_FINGERPRINT_MD5 : CLEAT_FINGERPRINT_SHA256;
    if (cleat_key_fingerprint(key, hash, out) != CLEAT_OK)
        out[0] = 0;
}

/* ---- where to look ---- */

/* The usual files: the user's two, then the machine's two. */
static char *usual_file(size_t i)
{
    static const char *const names[] = {"known_hosts", "known_hosts2", "ssh_known_hosts",
                                        "ssh_known_hosts2"};
    char *folder = NULL;
    char *path = NULL;
    cleat_status st = port_path(&folder, i < 2 ? PORT_PLACE_USER_SSH : PORT_PLACE_SYSTEM_SSH, NULL);
    if (st == CLEAT_OK)
        st = port_path_join(&path, folder, names[i], NULL);
    char *out = st == CLEAT_OK ? text_format("%s", path) : NULL;
    port_free(path);
    port_free(folder);
    return out;
}

/* The i-th place to look: the user's files, then the machine's. */
static char *file_at(const ssh_hop *h, size_t i, bool *of_user)
{
    const char *const keywords[] = {"UserKnownHostsFile", "GlobalKnownHostsFile"};
    for (size_t k = 0; k < 2; k++) {
        bool set = cleat_config_is_set(h->config, keywords[k]);
        size_t count = set ? cleat_config_count(h->config, keywords[k]) : 2;
        *of_user = k == 0;
        if (i < count)
            return set ? hop_value(h, keywords[k], i) : usual_file(2 * k + i);
        i -= count;
    }
    return NULL;
}

/* One look into everything that is there. */
typedef struct look {
    const ssh_hop *h;
    const char *name;
    uint16_t port;
    known_proof shown;
    const char *lines; /* of KnownHostsCommand; NULL: none */
} look;

static cleat_status check_text(const look *l, cleat_slice text, cleat_host_answer *answer)
{
    cleat_ctx *ctx = l->h->run->ctx;
    const known_proof *p = &l->shown;
    if (p->chain)
        return cleat_known_hosts_check_x509(ctx, text, l->name, l->port, p->chain, answer);
    if (p->cert)
        return cleat_known_hosts_check_cert(ctx, text, l->name, l->port, p->cert, answer);
    return cleat_known_hosts_check(ctx, text, l->name, l->port, p->key, answer);
}

/* A look into one file. */
typedef struct file_look {
    const look *look;
    cleat_host_answer *answer;
    cleat_status status;
} file_look;

static bool check_piece(void *user, cleat_slice piece)
{
    file_look *f = user;
    cleat_host_answer answer;
    f->status = check_text(f->look, piece, &answer);
    if (f->status == CLEAT_OK)
        cleat_host_answer_add(f->answer, &answer);
    return f->status == CLEAT_OK;
}

/* CLEAT_E_NO_SUCH: the file is not there, and says nothing. */
static cleat_status check_file(const look *l, const char *path, cleat_host_answer *answer,
                               cleat_error *error)
{
    file_look f = {.look = l, .answer = answer, .status = CLEAT_OK};
    *answer = (cleat_host_answer){0};
    cleat_status st =
        port_file_read_lines(path, PORT_TRUST_ANY, NULL, KNOWN_HOSTS_MAX, check_piece, &f, error);
    return st == CLEAT_OK ? f.status : st;
}

/* What the command is told about: "ssh-ed25519-cert-v01@openssh.com AAAA..."; false without
 * memory. */
static bool spell_out(known_proof shown, cleat_bytes *line)
{
    cleat_status st = shown.cert ? cleat_cert_write(shown.cert, NULL, line)
                                 : cleat_key_write_public(shown.key, line);
    return st == CLEAT_OK;
}

/* The lines that KnownHostsCommand prints; NULL for no such command. False: it has failed, so
 * nobody knows what it would have said. */
static bool ask_command(const ssh_hop *h, known_proof shown, char **output)
{
    const char *said = hop_text(h, "KnownHostsCommand");
    char fingerprint[CLEAT_FINGERPRINT_MAX] = "NONE";
    cleat_bytes line = {0};
    *output = NULL;
    if (!said || strcmp(said, "none") == 0)
        return true;
    if (shown.key) {
        known_fingerprint(h, shown.key, fingerprint);
        if (!spell_out(shown, &line))
            return false;
    }
    char *blob = line.data ? text_format("%s", strchr((const char *)line.data, ' ') + 1)
                           : text_format("NONE");
    if (blob)
        blob[strcspn(blob, " \r\n")] = 0;
    const cleat_config_token more[] = {{'f', fingerprint},
                                       {'H', h->known_as},
                                       {'I', shown.key ? "HOSTNAME" : "ORDER"},
                                       {'K', blob},
                                       {'t', shown.cert  ? cleat_cert_type(shown.cert)
                                             : shown.key ? cleat_key_type(shown.key)
                                                         : "NONE"}};
    char *command = hop_expand(h, "KnownHostsCommand", said, more, 5);
    bool good = command && shell_run(command, output) == 0;
    if (command && !good)
        say(CLEAT_LOG_ERROR, "KnownHostsCommand \"%s\" failed", command);
    free(command);
    free(blob);
    cleat_bytes_free(&line);
    return good;
}

/* Changes of the default list leave its order to us. */
static bool order_is_ours(const ssh_hop *h)
{
    const char *spec = hop_text(h, "HostKeyAlgorithms");
    return !spec || *spec == '+' || *spec == '-';
}

/* The key types by which any place knows the host. */
typedef struct known_types {
    char *list;
    bool authority;
} known_types;

static void add_types(known_types *t, const cleat_host_answer *answer)
{
    bool both = *t->list && *answer->key_types;
    char *longer = text_format("%s%s%s", t->list, both ? "," : "", answer->key_types);
    if (longer) {
        free(t->list);
        t->list = longer;
    }
    t->authority = t->authority || answer->authority;
}

void known_prefer(ssh_hop *h)
{
    char *path;
    bool of_user;
    const look l = {.h = h, .name = h->known_as, .port = known_port(h)};
    known_types types = {.list = text_format("%s", "")};
    cleat_host_answer answer;
    if (!types.list || !order_is_ours(h)) {
        free(types.list);
        return;
    }
    for (size_t i = 0; (path = file_at(h, i, &of_user)) != NULL; i++) {
        if (check_file(&l, path, &answer, NULL) == CLEAT_OK)
            add_types(&types, &answer);
        free(path);
    }
    char *lines;
    if (ask_command(h, l.shown, &lines) && lines &&
        check_text(&l, cleat_slice_of(lines), &answer) == CLEAT_OK)
        add_types(&types, &answer);
    free(lines);
    say_if_failed(cleat_policy_prefer_known(h->policy, types.list, types.authority),
                  "host key order");
    free(types.list);
}

/* ---- looking up ---- */

/* The first that knows the key decides, else the first that knows another; a revoked key is revoked
 * whatever the others say. */
static void take_answer(known_opinion *o, const char *where, const cleat_host_answer *answer)
{
    bool revoked = answer->verdict == CLEAT_HOST_REVOKED;
    bool known = answer->verdict == CLEAT_HOST_KNOWN;
    bool changed = answer->verdict == CLEAT_HOST_CHANGED;
    if ((revoked && !o->revoked) ||
        (!o->revoked && !o->known && (known || (changed && !o->changed)))) {
        snprintf(o->where, sizeof o->where, "%s", where);
        o->line = answer->line;
    }
    if (!o->key_types[0])
        snprintf(o->key_types, sizeof o->key_types, "%s", answer->key_types);
    o->revoked = o->revoked || revoked;
    o->known = o->known || known;
    o->changed = o->changed || changed;
}

/* Said where no file is wanted, on either system. */
static bool is_nowhere(const char *path)
{
    return strcmp(path, "none") == 0 || strcmp(path, "/dev/null") == 0 || text_same(path, "NUL");
}

static known_opinion look_up(const look *l)
{
    char *path;
    bool of_user;
    known_opinion o = {0};
    cleat_host_answer answer;
    if (l->lines && check_text(l, cleat_slice_of(l->lines), &answer) == CLEAT_OK)
        take_answer(&o, "the output of KnownHostsCommand", &answer);
    else
        o.unasked = l->lines != NULL;
    for (size_t i = 0; (path = file_at(l->h, i, &of_user)) != NULL; i++) {
        cleat_error error = {0};
        cleat_status st = check_file(l, path, &answer, &error);
        if (st == CLEAT_OK) {
            take_answer(&o, path, &answer);
            o.by_user = o.by_user || (i == 0 && of_user && answer.verdict == CLEAT_HOST_KNOWN);
        } else if (st != CLEAT_E_NO_SUCH && !is_nowhere(path)) {
            snprintf(o.unread, sizeof o.unread, "%s",
                     error.text[0] ? error.text : cleat_status_text(st));
        }
        free(path);
    }
    return o;
}

/* A key under the name alone is of the machine, whatever the port; that another key stands there is
 * no news about this port. */
static bool look_up_without_port(look *l, known_opinion *o)
{
    l->port = 22;
    say(CLEAT_LOG_DEBUG1, "checking without port identifier");
    *o = look_up(l);
    if (o->known && !o->revoked)
        say(CLEAT_LOG_DEBUG1, "found matching key w/out port");
    o->by_user = false;
    return o->known || o->revoked;
}

known_opinion known_look_up(const ssh_hop *h, const char *name, known_proof shown)
{
    char *lines;
    if (!ask_command(h, shown, &lines)) {
        free(lines);
        return (known_opinion){.unasked = true};
    }
    look l = {.h = h, .name = name, .port = known_port(h), .shown = shown, .lines = lines};
    known_opinion alone;
    known_opinion o = look_up(&l);
    bool unheard_of = !o.known && !o.changed && !o.revoked;
    if (unheard_of && l.port != 22 && look_up_without_port(&l, &alone))
        o = alone;
    free(lines);
    return o;
}

/* ---- remembering and refusing ---- */

void known_remember(const ssh_hop *h, const char *name, const cleat_key *key)
{
    bool of_user;
    cleat_bytes line = {0};
    cleat_error error = {0};
    char shown[KNOWN_NAME_MAX];
    char *path = file_at(h, 0, &of_user);
    known_name(h, name, shown);
    bool nowhere = !path || !of_user || is_nowhere(path);
    if (nowhere || cleat_known_hosts_line(h->run->ctx, name, known_port(h), key,
                                          hop_flag(h, "HashKnownHosts"), &line) != CLEAT_OK) {
        free(path);
        return;
    }
    line.data[line.len - 1] = 0; /* port_file_append adds the line end */
    char *slash = strrchr(path, '/');
    if (slash) {
        *slash = 0;
        if (port_dir_create(path, &error) != CLEAT_OK)
            say(CLEAT_LOG_ERROR, "%s", error.text);
        *slash = '/';
    }
    if (port_file_append(path, (const char *)line.data, &error) == CLEAT_OK)
        say(CLEAT_LOG_INFO, "Warning: Permanently added '%s' (%s) to the list of known hosts.",
            shown, cleat_key_label(key));
    else
        say(CLEAT_LOG_ERROR, "Failed to add the host to %s: %s", path, error.text);
    cleat_bytes_free(&line);
    free(path);
}

static bool names(const ssh_hop *h, cleat_slice file, known_proof shown)
{
    return cleat_key_is_revoked(h->run->ctx, file, shown.key, shown.cert) ||
           (shown.chain && cleat_x509_is_revoked(h->run->ctx, file, shown.chain));
}

/* RevokedHostKeys: a file that cannot be read refuses everything, as it might name the key. */
bool known_is_revoked(const ssh_hop *h, known_proof shown)
{
    size_t count = cleat_config_count(h->config, "RevokedHostKeys");
    for (size_t i = 0; i < count; i++) {
        uint8_t *data = NULL;
        size_t len = 0;
        bool revoked = true;
        cleat_error error = {0};
        char *path = hop_value(h, "RevokedHostKeys", i);
        if (path && strcmp(path, "none") == 0) {
            free(path);
            continue;
        }
        if (path && port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, KNOWN_HOSTS_MAX,
                                   &error) == CLEAT_OK)
            revoked = names(h, (cleat_slice){data, len}, shown);
        port_free(data);
        if (revoked)
            say(CLEAT_LOG_ERROR, "RevokedHostKeys %s: %s", path ? path : "?",
                error.text[0] ? error.text : "the host's key is revoked there");
        free(path);
        if (revoked)
            return true;
    }
    return false;
}
