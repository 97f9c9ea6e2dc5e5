/* What `cleat keyscan` has found, as ssh-keyscan writes it. */
#include "keyscan.h"
#include "say.h"
#include "text.h"

#include <cleat/cert.h>
#include <cleat/store.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SSH_PORT = 22 };

void keyscan_print_version(const keyscan_options *o, const char *address, const char *version)
{
    char *shown = o->quiet ? NULL : text_printable(version);
    if (shown)
        fprintf(stderr, "%c %s:%u %s\n", o->records ? ';' : '#', address, (unsigned)o->port, shown);
    free(shown);
}

/* ---- lines of known_hosts ---- */

static void put_names(const char *names, uint16_t port)
{
    if (port != SSH_PORT)
        putchar('[');
    for (const char *c = names; *c; c++)
        putchar(tolower((unsigned char)*c));
    if (port != SSH_PORT)
        printf("]:%u", (unsigned)port);
}

static bool put_hashed(const keyscan_options *o, cleat_ctx *ctx, const char *name,
                       const cleat_key *key)
{
    cleat_bytes line = {0};
    cleat_status st = cleat_known_hosts_line(ctx, name, o->port, key, true, &line);
    if (st == CLEAT_OK)
        fwrite(line.data, 1, line.len, stdout);
    else
        say(CLEAT_LOG_ERROR, "%s: the name cannot be hashed: %s", name, cleat_status_text(st));
    cleat_bytes_free(&line);
    return st == CLEAT_OK;
}

static bool put_plain(const keyscan_options *o, const char *names, const cleat_key *key)
{
    cleat_bytes text = {0};
    if (cleat_key_write_public(key, &text) != CLEAT_OK)
        return false;
    put_names(names, o->port);
    printf(" %.*s", (int)text.len, (const char *)text.data);
    cleat_bytes_free(&text);
    return true;
}

/* ---- records of the DNS ---- */

static bool put_record(const char *names, const cleat_key *key, cleat_sshfp_hash hash)
{
    cleat_sshfp record;
    if (cleat_key_sshfp(key, hash, &record) != CLEAT_OK)
        return false;
    printf("%s IN SSHFP %u %u ", names, (unsigned)record.algorithm, (unsigned)record.hash);
    for (size_t i = 0; i < record.len; i++)
        printf("%02x", record.digest[i]);
    putchar('\n');
    return true;
}

static bool put_records(const keyscan_options *o, const char *names, const cleat_key *key)
{
    bool sha1 = !o->sha256 && put_record(names, key, CLEAT_SSHFP_SHA1);
    bool sha256 = !o->sha1 && put_record(names, key, CLEAT_SSHFP_SHA256);
    return sha1 || sha256;
}

/* ---- certificates ---- */

static bool put_certificate(cleat_ctx *ctx, cleat_slice blob)
{
    cleat_cert *cert;
    cleat_bytes text = {0};
    if (cleat_cert_from_blob(&cert, ctx, blob, NULL) != CLEAT_OK)
        return false;
    bool put = cleat_cert_write(cert, NULL, &text) == CLEAT_OK;
    if (put)
        fwrite(text.data, 1, text.len, stdout);
    cleat_bytes_free(&text);
    cleat_cert_unref(cert);
    return put;
}

/* ---- all of it ---- */

/* One line has all names where they may stand together. */
static bool put_key(const keyscan_options *o, cleat_ctx *ctx, const char *names,
                    const cleat_key *key)
{
    char *name;
    bool put = false;
    if (!o->hashed && o->port == SSH_PORT)
        return o->records ? put_records(o, names, key) : put_plain(o, names, key);
    for (size_t i = 0; (name = text_piece(names, i)) != NULL; i++) {
        bool done = o->records  ? put_records(o, name, key)
                    : o->hashed ? put_hashed(o, ctx, name, key)
                                : put_plain(o, name, key);
        put = put || done;
        free(name);
    }
    return put;
}

bool keyscan_print_key(const keyscan_options *o, cleat_ctx *ctx, const char *names,
                       const cleat_scan_result *found)
{
    cleat_key *key;
    if (cleat_cert_is_name(found->algorithm))
        return put_certificate(ctx, found->host_key);
    if (cleat_key_from_blob(&key, ctx, found->host_key, NULL) != CLEAT_OK)
        return false;
    bool put = put_key(o, ctx, names, key);
    cleat_key_unref(key);
    return put;
}
