/* Is it the right host? What known_hosts files say, and then the program. */
#include "easy_int.h"

#include <cleat/cert.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { FILE_MAX = 64 << 20, SSH_PORT = 22 };

/* What the host has shown: a key, or a certificate with the key in it. */
typedef struct proof {
    const cleat_key *key;
    const cleat_cert *cert; /* NULL: none */
} proof;

/* The i-th file to look into; NULL past the end. Released with port_free. */
static char *file_at(const cleat_easy *e, size_t i)
{
    const char *named = e->options->known_hosts;
    char *folder = NULL;
    char *path = NULL;
    if (named && (i > 0 || strcmp(named, "none") == 0))
        return NULL;
    if (named)
        return port_path_expand(&path, named, NULL) == CLEAT_OK ? path : NULL;
    if (i > 1 ||
        port_path(&folder, i ? PORT_PLACE_SYSTEM_SSH : PORT_PLACE_USER_SSH, NULL) != CLEAT_OK)
        return NULL;
    easy_ignore(port_path_join(&path, folder, i ? "ssh_known_hosts" : "known_hosts", NULL));
    port_free(folder);
    return path;
}

/* A look into one file. */
typedef struct file_look {
    const cleat_easy *e;
    uint16_t port;
    proof shown;
    cleat_host_answer *answer;
    cleat_status status;
} file_look;

static bool look_at_piece(void *user, cleat_slice piece)
{
    file_look *f = user;
    const cleat_easy *e = f->e;
    const proof *p = &f->shown;
    cleat_host_answer answer = {0};
    f->status =
        p->cert ? cleat_known_hosts_check_cert(e->ctx, piece, e->host, f->port, p->cert, &answer)
                : cleat_known_hosts_check(e->ctx, piece, e->host, f->port, p->key, &answer);
    cleat_host_answer_add(f->answer, &answer);
    return f->status == CLEAT_OK;
}

/* A file that is not there says nothing; one that cannot be read might have said no. */
static cleat_status look(const cleat_easy *e, const char *path, uint16_t port, proof shown,
                         cleat_host_answer *answer, cleat_error *error)
{
    cleat_error why = {0};
    file_look f = {e, port, shown, answer, CLEAT_OK};
    *answer = (cleat_host_answer){0};
    cleat_status st =
        port_file_read_lines(path, PORT_TRUST_ANY, NULL, FILE_MAX, look_at_piece, &f, &why);
    if (st == CLEAT_E_NO_SUCH)
        return CLEAT_OK;
    if (st != CLEAT_OK)
        return loop_fail(error, st, "%s", why.text);
    if (f.status != CLEAT_OK)
        return loop_fail(error, f.status, "\"%s\" is no host name", e->host);
    return CLEAT_OK;
}

cleat_status easy_hosts_prefer(cleat_easy *e)
{
    char *path;
    cleat_host_answer answer = {0};
    cleat_status st = CLEAT_OK;
    bool known = false;
    for (size_t i = 0; st == CLEAT_OK && !known && (path = file_at(e, i)); i++) {
        st = look(e, path, e->port, (proof){0}, &answer, &e->why);
        known = answer.key_types[0] || answer.authority;
        port_free(path);
    }
    if (st == CLEAT_OK && known)
        st = cleat_policy_prefer_known(e->policy, answer.key_types, answer.authority);
    return st;
}

static void remember(cleat_easy *e, const cleat_key *key)
{
    cleat_bytes line = {0};
    cleat_error error = {0};
    char *folder = NULL;
    char *path = file_at(e, 0);
    cleat_status st = path ? cleat_known_hosts_line(e->ctx, e->host, e->port, key, false, &line)
                           : CLEAT_E_NO_SUCH;
    if (st == CLEAT_OK && !e->options->known_hosts)
        st = port_path(&folder, PORT_PLACE_USER_SSH, &error);
    if (st == CLEAT_OK && folder)
        st = port_dir_create(folder, &error);
    if (st == CLEAT_OK) {
        line.data[line.len - 1] = 0; /* port_file_append adds the line end */
        st = port_file_append(path, (const char *)line.data, &error);
    }
    if (st != CLEAT_OK)
        easy_give_up(e, st, "the host's key cannot be remembered: %s",
                     error.text[0] ? error.text : "there is no known_hosts file");
    cleat_bytes_free(&line);
    port_free(folder);
    port_free(path);
}

/* certificate: what is wrong with the one that the key came in; "" for none. */
static bool ask_program(cleat_easy *e, const cleat_key *key, const char *fingerprint,
                        const char *certificate)
{
    const cleat_easy_options *o = e->options;
    const cleat_easy_host host = {
        .host = e->host, .port = e->port, .key = key, .fingerprint = fingerprint};
    cleat_easy_host_answer answer = CLEAT_EASY_REFUSE;
    uint64_t left;
    if (o->check_host) {
        bool running = easy_pause(e, &left);
        answer = o->check_host(o->callback_user, &host);
        if (running)
            easy_resume(e, left);
    }
    if (answer == CLEAT_EASY_REMEMBER)
        remember(e, key);
    if (answer == CLEAT_EASY_REFUSE)
        easy_give_up(e, CLEAT_E_HOSTKEY,
                     o->check_host ? "the program refused %s's %s key %s%s%s"
                                   : "%s is not a known host. Its %s key is %s: compare that with "
                                     "the host's own (ssh-keygen -l), then add the host to "
                                     "known_hosts, or decide in options.check_host%s%s",
                     e->host, cleat_key_label(key), fingerprint, *certificate ? "; " : "",
                     certificate);
    return e->why.status == CLEAT_OK;
}

/* What all files together say. */
typedef struct opinion {
    bool known;
    cleat_error changed; /* CLEAT_OK: no file has another key */
} opinion;

/* Gives up where a file forbids the key or the certificate. */
static void ask_file(cleat_easy *e, const char *path, uint16_t port, proof shown,
                     const char *fingerprint, opinion *o)
{
    cleat_host_answer answer;
    cleat_error error = {0};
    cleat_status st = look(e, path, port, shown, &answer, &error);
    if (st != CLEAT_OK)
        easy_give_up(e, CLEAT_E_HOSTKEY, "known hosts: %s", error.text);
    else if (answer.verdict == CLEAT_HOST_REVOKED)
        easy_give_up(e, CLEAT_E_HOSTKEY, "%s line %u revokes the %s that %s sent: %s", path,
                     answer.line, shown.cert ? "certificate" : "key", e->host, fingerprint);
    else if (answer.verdict == CLEAT_HOST_CHANGED)
        loop_fail(&o->changed, CLEAT_E_HOSTKEY,
                  "the %s key of %s has changed: it is %s now, and another one in %s line %u. "
                  "Someone may be in between; if the host has a new key, remove that line",
                  cleat_key_label(shown.key), e->host, fingerprint, path, answer.line);
    o->known = o->known || (st == CLEAT_OK && answer.verdict == CLEAT_HOST_KNOWN);
}

static opinion ask_all(cleat_easy *e, uint16_t port, proof shown, const char *fingerprint)
{
    char *path;
    opinion o = {0};
    for (size_t i = 0; (path = file_at(e, i)) != NULL; i++) {
        ask_file(e, path, port, shown, fingerprint, &o);
        port_free(path);
    }
    return o;
}

/* A key under the name alone is of the machine, whatever the port; that another key stands there is
 * no news about this port. */
static opinion ask_files(cleat_easy *e, proof shown, const char *fingerprint)
{
    opinion o = ask_all(e, e->port, shown, fingerprint);
    bool unheard_of = !o.known && o.changed.status == CLEAT_OK && e->why.status == CLEAT_OK;
    if (unheard_of && e->port != SSH_PORT)
        o.known = ask_all(e, SSH_PORT, shown, fingerprint).known;
    return o;
}

/* A certificate by a known authority that is good for this host. What is wrong with another one is
 * kept for the refusal of its key, if that comes. */
static bool certificate_is_good(cleat_easy *e, proof shown, const char *fingerprint,
                                cleat_error *why)
{
    const cleat_cert_use use = {
        .struct_size = sizeof use,
        .kind = CLEAT_CERT_HOST,
        .name = e->host,
        .now = (int64_t)time(NULL),
        .algorithms = cleat_policy_get(e->policy, CLEAT_ALG_CA),
        .rsa_min_bits = cleat_policy_rsa_min(e->policy),
    };
    return ask_files(e, shown, fingerprint).known && e->why.status == CLEAT_OK &&
           cleat_cert_check(shown.cert, &use, NULL, why) == CLEAT_OK;
}

/* Whatever the certificate is worth, the key in it may be known by itself. */
static bool decide(cleat_easy *e, proof shown)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    cleat_error why = {0};
    const proof plain = {.key = shown.key};
    if (cleat_key_fingerprint(shown.key, CLEAT_FINGERPRINT_SHA256, fingerprint) != CLEAT_OK)
        return false;
    if (shown.cert && certificate_is_good(e, shown, fingerprint, &why))
        return true;
    opinion o = ask_files(e, plain, fingerprint);
    if (e->why.status == CLEAT_OK && !o.known && o.changed.status != CLEAT_OK)
        easy_give_up(e, o.changed.status, "%s", o.changed.text);
    if (e->why.status != CLEAT_OK)
        return false;
    return o.known || ask_program(e, shown.key, fingerprint, why.text);
}

void easy_hosts_check(cleat_easy *e, const cleat_event *ev)
{
    cleat_key *key = NULL;
    cleat_cert *cert = NULL;
    cleat_slice blob = ev->u.hostkey.blob;
    cleat_status st = cleat_cert_is_name(ev->u.hostkey.algorithm)
                          ? cleat_cert_from_blob(&cert, e->ctx, blob, NULL)
                          : cleat_key_from_blob(&key, e->ctx, blob, NULL);
    if (st == CLEAT_OK && cert)
        key = cleat_key_ref(cleat_cert_key(cert));
    bool good = e->options && st == CLEAT_OK && decide(e, (proof){key, cert});
    cleat_key_unref(key);
    cleat_cert_unref(cert);
    if (e->uv)
        easy_ignore(cleat_answer_hostkey(cleat_uv_conn(e->uv), ev->query, good));
}
