/* The daemon's host keys: those that are configured, or one of its own that the first start makes.
 */
#include "hostkeys.h"

#include "authorities.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEY_FILE_MAX = 64 << 10, KEYS_FILE_MAX = 1 << 20 };

static cleat_status unusable(cleat_error *error, cleat_status st, const char *path, const char *why)
{
    *error = (cleat_error){.status = st};
    snprintf(error->text, sizeof error->text, "HostKey %.300s: %.150s", path, why);
    return st;
}

cleat_status hostkeys_read(cleat_key **key, const server *s, const char *path, cleat_error *error)
{
    uint8_t *data = NULL;
    size_t len = 0;
    cleat_status st =
        port_file_read(&data, &len, path, PORT_TRUST_SECRET, NULL, KEY_FILE_MAX, error);
    if (st != CLEAT_OK)
        return st;
    st = cleat_key_read_private(key, s->ctx, (cleat_slice){data, len}, NULL, path, error);
    port_free_secret(data, len);
    return st;
}

static cleat_status keep(setup *to, cleat_key *key, const char *path)
{
    size_t i = to->host_key_count;
    to->host_key_paths[i] = text_format("%s", path);
    to->host_keys[i] = key;
    to->host_key_count++;
    return to->host_key_paths[i] ? CLEAT_OK : CLEAT_E_NOMEM;
}

/* The listener, from which all others come, has nothing to give away. */
static cleat_status keep_public(setup *to, const server *s, cleat_key *key, const char *path)
{
    cleat_key *shown;
    cleat_status st = cleat_key_from_blob(&shown, s->ctx, cleat_key_blob(key), NULL);
    cleat_key_unref(key);
    return st == CLEAT_OK ? keep(to, shown, path) : st;
}

static cleat_status load_one(setup *to, const server *s, const char *path, cleat_error *error)
{
    cleat_key *key;
    cleat_error why = {0};
    if (to->host_key_count == SERVER_KEYS_MAX)
        return unusable(error, CLEAT_E_LIMIT, path, "there are too many host keys");
    cleat_status st = hostkeys_read(&key, s, path, error);
    if (st != CLEAT_OK)
        return st;
    st = cleat_key_check(key, cleat_policy_rsa_min(to->rules->policy), &why);
    if (st != CLEAT_OK) {
        cleat_key_unref(key);
        return unusable(error, st, path, why.text);
    }
    return s->arguments->system ? keep_public(to, s, key, path) : keep(to, key, path);
}

/* A new key's private file, and what to do with its public line. */
static cleat_status make(const server *s, const char *path, const char *comment,
                         cleat_bytes *public_line, cleat_error *error)
{
    cleat_key *key = NULL;
    cleat_bytes file = {0};
    cleat_status st = port_dir_create(s->state_dir, error);
    if (st == CLEAT_OK)
        st = cleat_key_generate(&key, s->ctx, "ed25519", 0, comment, error);
    if (st == CLEAT_OK)
        st = cleat_key_write(key, CLEAT_KEY_OPENSSH, NULL, &file, error);
    if (st == CLEAT_OK)
        st = cleat_key_write_public(key, public_line);
    if (st == CLEAT_OK)
        st = port_file_write(path, (cleat_slice){file.data, file.len}, PORT_ACCESS_PRIVATE, error);
    if (st == CLEAT_OK)
        log_line(CLEAT_LOG_INFO, "Made a key: %s", path);
    cleat_bytes_free(&file);
    cleat_key_unref(key);
    return st;
}

static cleat_status make_host_key(const server *s, const char *path, cleat_error *error)
{
    cleat_bytes line = {0};
    cleat_status st = make(s, path, "cleatd host key", &line, error);
    cleat_bytes_free(&line);
    return st;
}

static bool exists(const char *path)
{
    uint8_t *data = NULL;
    size_t len;
    cleat_status st =
        port_file_read(&data, &len, path, PORT_TRUST_REGULAR, NULL, KEYS_FILE_MAX, NULL);
    if (st == CLEAT_OK)
        port_free(data);
    return st != CLEAT_E_NO_SUCH;
}

/* A user who has no authorized_keys at all could never log in: the first start makes a key pair
 * that only this user can read. */
cleat_status user_key_make(const server *s, cleat_error *error)
{
    cleat_bytes line = {0};
    cleat_status st = CLEAT_OK;
    char *theirs = text_format("%s/.ssh/authorized_keys", s->account.user->home);
    char *ours = text_format("%s/authorized_keys", s->state_dir);
    char *path = text_format("%s/id_ed25519", s->state_dir);
    if (!theirs || !ours || !path)
        st = CLEAT_E_NOMEM;
    else if (!cleat_config_is_set(s->setup->rules->config, "AuthorizedKeysFile") &&
             !exists(theirs) && !exists(ours)) {
        st = make(s, path, "cleat personal key", &line, error);
        if (st == CLEAT_OK)
            st = port_file_write(ours, (cleat_slice){line.data, line.len}, PORT_ACCESS_PRIVATE,
                                 error);
    }
    cleat_bytes_free(&line);
    free(theirs);
    free(ours);
    free(path);
    return st;
}

static cleat_status load_configured(setup *to, const server *s, cleat_error *error)
{
    const cleat_config *config = to->rules->config;
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < cleat_config_count(config, "HostKey") && st == CLEAT_OK; i++)
        st = load_one(to, s, cleat_config_item(config, "HostKey", i), error);
    return st;
}

/* Without a HostKey, one of our own. */
static cleat_status load_keys(setup *to, const server *s, cleat_error *error)
{
    cleat_status st = load_configured(to, s, error);
    if (st != CLEAT_OK || to->host_key_count)
        return st;
    char *path = text_format("%s/ssh_host_ed25519_key", s->state_dir);
    if (!path)
        return CLEAT_E_NOMEM;
    st = load_one(to, s, path, error);
    if (st == CLEAT_E_NO_SUCH && arguments_only_read(s->arguments))
        st = CLEAT_OK; /* the start will make it */
    else if (st == CLEAT_E_NO_SUCH)
        st = make_host_key(s, path, error) == CLEAT_OK ? load_one(to, s, path, error)
                                                       : error->status;
    free(path);
    return st;
}

/* ---- HostCertificate ---- */

static bool has_host_key(const setup *to, const cleat_key *key)
{
    for (size_t i = 0; i < to->host_key_count; i++) {
        if (cleat_key_equal(to->host_keys[i], key))
            return true;
    }
    return false;
}

static cleat_status no_certificate(cleat_error *error, cleat_status st, const char *path,
                                   const char *why)
{
    *error = (cleat_error){.status = st};
    snprintf(error->text, sizeof error->text, "HostCertificate %.300s: %.150s", path, why);
    return st;
}

static const char *why_not(const setup *to, const cleat_cert *cert)
{
    if (cleat_cert_get_facts(cert)->kind != CLEAT_CERT_HOST)
        return "it is a user's certificate";
    if (!has_host_key(to, cleat_cert_key(cert)))
        return "its key is no HostKey";
    return to->host_cert_count == SERVER_KEYS_MAX ? "there are too many certificates" : NULL;
}

static cleat_status keep_certificate(setup *to, const server *s, cleat_slice file, const char *path,
                                     cleat_error *error)
{
    cleat_cert *cert;
    cleat_error why = {0};
    cleat_status st = cleat_cert_read(&cert, s->ctx, file, &why);
    if (st != CLEAT_OK)
        return no_certificate(error, st, path, why.text);
    const char *fault = why_not(to, cert);
    if (fault) {
        cleat_cert_unref(cert);
        return no_certificate(error, CLEAT_E_CONFIG, path, fault);
    }
    to->host_certs[to->host_cert_count++] = cert;
    return CLEAT_OK;
}

/* A chain of X.509 certificates, of whichever host key it is. */
static cleat_status keep_chain(setup *to, cleat_slice file, const responses *stapled,
                               const char *path, cleat_error *error)
{
    cleat_error why = {0};
    cleat_x509 **chain = &to->host_chains[to->host_chain_count];
    if (to->host_chain_count == SERVER_KEYS_MAX)
        return no_certificate(error, CLEAT_E_CONFIG, path, "there are too many certificates");
    for (size_t i = 0; i < to->host_key_count; i++) {
        cleat_status st =
            cleat_x509_read(chain, to->host_keys[i], file, stapled->list, stapled->count, &why);
        if (st == CLEAT_OK)
            to->host_chain_count++;
        if (st != CLEAT_E_NO_SUCH)
            return st == CLEAT_OK ? st : no_certificate(error, st, path, why.text);
    }
    return no_certificate(error, CLEAT_E_CONFIG, path, "its key is no HostKey");
}

static cleat_status load_certificate(setup *to, const server *s, const responses *stapled,
                                     const char *path, cleat_error *error)
{
    uint8_t *data = NULL;
    size_t len = 0;
    cleat_status st = port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, KEY_FILE_MAX, error);
    if (st != CLEAT_OK)
        return st;
    const cleat_slice file = {data, len};
    st = cleat_x509_is_file(file) ? keep_chain(to, file, stapled, path, error)
                                  : keep_certificate(to, s, file, path, error);
    port_free_secret(data, len); /* the key may stand there, too */
    return st;
}

static cleat_status load_certificates(setup *to, const server *s, cleat_error *error)
{
    const cleat_config *config = to->rules->config;
    responses stapled;
    cleat_status st = responses_read(&stapled, config, error);
    for (size_t i = 0; i < cleat_config_count(config, "HostCertificate") && st == CLEAT_OK; i++)
        st = load_certificate(to, s, &stapled, cleat_config_item(config, "HostCertificate", i),
                              error);
    responses_forget(&stapled);
    return st;
}

/* -G asks what the configuration says, and nothing of the keys. */
cleat_status hostkeys_load(setup *to, const server *s, cleat_error *error)
{
    if (s->arguments->dump_only)
        return CLEAT_OK;
    cleat_status st = load_keys(to, s, error);
    return st == CLEAT_OK ? load_certificates(to, s, error) : st;
}
