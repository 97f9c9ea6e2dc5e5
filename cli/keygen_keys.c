/* Reading the keys that `cleat keygen` works on. */
#include "ask.h"
#include "keygen.h"
#include "port.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_FILE_MAX = 1 << 20 };

/* ---- private keys ---- */

static cleat_status read_file(uint8_t **data, size_t *len, const char *path, port_trust trust,
                              cleat_error *error)
{
    if (strcmp(path, "-") != 0)
        return port_file_read(data, len, path, trust, NULL, KEY_FILE_MAX, error);
    return keygen_read(data, len, path) ? CLEAT_OK : CLEAT_E_IO;
}

/* A passphrase that is right is handed out to whoever wants it. */
static cleat_status unlock(cleat_key **key, const keygen_options *o, cleat_slice file,
                           const char *path, const char *question, char **kept, cleat_error *error)
{
    char *passphrase =
        o->old_passphrase ? text_format("%s", o->old_passphrase) : keygen_ask_secret(question);
    cleat_status st = CLEAT_E_PASSPHRASE;
    if (passphrase && *passphrase)
        st = cleat_key_read_private(key, o->ctx, file, passphrase, path, error);
    if (kept && st == CLEAT_OK)
        *kept = passphrase;
    else
        ask_wipe(passphrase);
    return st;
}

static const char *why(cleat_status st, const cleat_error *error)
{
    if (st == CLEAT_E_PASSPHRASE)
        return "incorrect passphrase supplied to decrypt private key";
    return *error->text ? error->text : cleat_status_text(st);
}

static cleat_key *read_key(const keygen_options *o, const char *path, port_trust trust,
                           const char *question, cleat_key_format *format, char **passphrase)
{
    uint8_t *data = NULL;
    size_t len = 0;
    cleat_key *key = NULL;
    cleat_error error = {0};
    cleat_status st = read_file(&data, &len, path, trust, &error);
    cleat_slice file = {data, len};
    if (st == CLEAT_OK)
        st = cleat_key_read(&key, o->ctx, file, NULL, path, format, &error);
    if (st == CLEAT_E_KEY_ENCRYPTED)
        st = unlock(&key, o, file, path, question, passphrase, &error);
    port_free_secret(data, len);
    if (st != CLEAT_OK)
        keygen_fail("Load key \"%s\": %s", path, why(st, &error));
    return st == CLEAT_OK ? key : NULL;
}

cleat_key *keygen_read_any(const keygen_options *o, const char *path, cleat_key_format *format)
{
    return read_key(o, path, PORT_TRUST_ANY, "Enter passphrase: ", format, NULL);
}

cleat_key *keygen_read_format(const keygen_options *o, const char *path, const char *question,
                              cleat_key_format *format, char **passphrase)
{
    cleat_key *key = read_key(o, path, PORT_TRUST_SECRET, question, format, passphrase);
    if (!key || cleat_key_has_private(key))
        return key;
    keygen_fail("Load key \"%s\": this is a public key", path);
    cleat_key_unref(key);
    return NULL;
}

cleat_key *keygen_read_private(const keygen_options *o, const char *path)
{
    cleat_key_format format;
    return keygen_read_format(o, path, "Enter passphrase: ", &format, NULL);
}

/* ---- public keys ---- */

/* NULL also for a private key that must be unlocked before it shows anything. */
static cleat_key *read_open(const keygen_options *o, cleat_slice file, const char *path)
{
    cleat_key *key = NULL;
    cleat_status st = cleat_key_read(&key, o->ctx, file, NULL, path, NULL, NULL);
    if (st == CLEAT_E_KEY_ENCRYPTED)
        (void)cleat_key_file_is_encrypted(o->ctx, file, &key);
    return key;
}

cleat_key *keygen_read_beside(const keygen_options *o, const char *path)
{
    uint8_t *data;
    size_t len;
    char *beside = text_format("%s.pub", path);
    cleat_key *key = NULL;
    if (beside &&
        port_file_read(&data, &len, beside, PORT_TRUST_ANY, NULL, KEY_FILE_MAX, NULL) == CLEAT_OK) {
        if (cleat_key_read_public(&key, o->ctx, (cleat_slice){data, len}, beside, NULL) != CLEAT_OK)
            key = NULL;
        port_free(data);
    }
    free(beside);
    return key;
}

cleat_key *keygen_public_of(const keygen_options *o, cleat_slice file, const char *path)
{
    cleat_error error = {0};
    cleat_key *key = read_open(o, file, path);
    bool locked = !key && cleat_key_file_is_encrypted(o->ctx, file, NULL);
    if (locked)
        key = keygen_read_beside(o, path);
    cleat_status st = CLEAT_OK;
    if (locked && !key)
        st = unlock(&key, o, file, path, "Enter passphrase: ", NULL, &error);
    else if (!key)
        st = cleat_key_read(&key, o->ctx, file, NULL, path, NULL, &error);
    if (st != CLEAT_OK)
        keygen_fail("Load key \"%s\": %s", path, why(st, &error));
    return st == CLEAT_OK ? key : NULL;
}

cleat_key *keygen_read_public(const keygen_options *o, const char *path)
{
    uint8_t *data;
    size_t len;
    if (!keygen_read(&data, &len, path))
        return NULL;
    cleat_key *key = keygen_public_of(o, (cleat_slice){data, len}, path);
    port_free_secret(data, len);
    return key;
}
