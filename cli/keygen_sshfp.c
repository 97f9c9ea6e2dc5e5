/* `cleat keygen -r`: what the DNS is to say about a host's keys. */
#include "keygen.h"
#include "port.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HASHES = 2, TYPE_SSHFP = 44, HEAD_LEN = 2 };

/* -O hashalg=: one of the two. */
static bool is_wanted(const keygen_options *o, size_t i)
{
    static const char *const names[HASHES] = {"hashalg=sha1", "hashalg=sha256"};
    bool wanted = !o->setting_count;
    for (size_t k = 0; k < o->setting_count; k++)
        wanted |= text_same(o->settings[k], names[i]);
    return wanted;
}

static bool settings_are_good(const keygen_options *o)
{
    for (size_t k = 0; k < o->setting_count; k++) {
        if (text_same(o->settings[k], "hashalg=sha1") ||
            text_same(o->settings[k], "hashalg=sha256"))
            continue;
        keygen_fail("-O %s: hashalg=sha1 or hashalg=sha256 is expected", o->settings[k]);
        return false;
    }
    return true;
}

/* RFC 3597 is for servers that do not know the type. */
static void put_record(const keygen_options *o, const cleat_sshfp *record)
{
    if (o->generic)
        printf("%s IN TYPE%d \\# %zu %02x %02x ", o->sshfp_host, TYPE_SSHFP, record->len + HEAD_LEN,
               record->algorithm, (unsigned)record->hash);
    else
        printf("%s IN SSHFP %u %u ", o->sshfp_host, record->algorithm, (unsigned)record->hash);
    for (size_t i = 0; i < record->len; i++)
        printf("%02x", record->digest[i]);
    printf("\n");
}

static int put_records(const keygen_options *o, const cleat_key *key)
{
    static const cleat_sshfp_hash hashes[HASHES] = {CLEAT_SSHFP_SHA1, CLEAT_SSHFP_SHA256};
    for (size_t i = 0; i < HASHES; i++) {
        cleat_sshfp record;
        if (!is_wanted(o, i))
            continue;
        cleat_status st = cleat_key_sshfp(key, hashes[i], &record);
        if (st != CLEAT_OK)
            return keygen_fail("%s: %s", cleat_key_type(key), cleat_status_text(st));
        put_record(o, &record);
    }
    return 0;
}

static int put_file(const keygen_options *o, const char *path)
{
    cleat_key *key = keygen_read_public(o, path);
    int status = key ? put_records(o, key) : KEYGEN_FAILED;
    cleat_key_unref(key);
    return status;
}

/* Those of this host that there are. */
static int put_host_keys(const keygen_options *o)
{
    static const char *const names[] = {"rsa", "ecdsa", "ed25519", "ed448"};
    char *folder = NULL;
    int status = 0;
    size_t count = 0;
    if (port_path(&folder, PORT_PLACE_SYSTEM_SSH, NULL) != CLEAT_OK)
        return keygen_fail("this system has no place for host keys");
    for (size_t i = 0; i < sizeof names / sizeof *names && status == 0; i++) {
        char *path = text_format("%s/ssh_host_%s_key.pub", folder, names[i]);
        if (path && keygen_file_size(path) >= 0) {
            count++;
            status = put_file(o, path);
        }
        free(path);
    }
    port_free(folder);
    return count ? status : keygen_fail("no keys found.");
}

int keygen_sshfp(const keygen_options *o)
{
    if (!settings_are_good(o))
        return KEYGEN_FAILED;
    return o->file ? put_file(o, o->file) : put_host_keys(o);
}
