/* `cleat keygen`: fingerprints (-l), also as pictures (-v), and as words (-B). */
#include "keygen_lines.h"
#include "port.h"
#include "text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool put_entry(const keygen_options *o, const keygen_entry *entry)
{
    enum { ROOM = 80 };
    static_assert(ROOM >= CLEAT_FINGERPRINT_MAX && ROOM >= CLEAT_BUBBLEBABBLE_MAX, "room for both");
    char text[ROOM];
    char picture[CLEAT_RANDOMART_MAX];
    const cleat_key *key = entry->key;
    if (!key)
        return false;
    cleat_status st = o->bubblebabble ? cleat_key_bubblebabble(key, text)
                                      : cleat_key_fingerprint(key, o->hash, text);
    if (st != CLEAT_OK) {
        keygen_fail("%s", cleat_status_text(st));
        return true;
    }
    bool commented = entry->comment && *entry->comment;
    printf("%u %s %s (%s%s)\n", cleat_key_bits(key), text,
           commented ? entry->comment : "no comment", cleat_key_label(key),
           entry->cert ? "-CERT" : "");
    if (o->verbose && cleat_key_randomart(key, o->hash, picture) == CLEAT_OK)
        printf("%s\n", picture);
    return true;
}

/* The comment of an encrypted key is known from the file beside it only. */
static char *comment_of(const keygen_options *o, const cleat_key *key, const char *path)
{
    cleat_key *beside = *cleat_key_comment(key) ? NULL : keygen_read_beside(o, path);
    bool same = beside && cleat_key_equal(beside, key);
    char *comment = text_printable(cleat_key_comment(same ? beside : key));
    cleat_key_unref(beside);
    return comment;
}

/* A private key, or a file with one public key that is no line. */
static size_t put_whole(const keygen_options *o, const char *path, cleat_slice file)
{
    keygen_entry entry = {0};
    cleat_status st = cleat_key_read(&entry.key, o->ctx, file, NULL, path, NULL, NULL);
    if (st == CLEAT_E_KEY_ENCRYPTED)
        entry.key = keygen_public_of(o, file, path);
    if (!entry.key)
        return 0;
    entry.comment = comment_of(o, entry.key, path);
    put_entry(o, &entry);
    free(entry.comment);
    cleat_key_unref(entry.key);
    return 1;
}

static int show_file(const keygen_options *o, const char *path)
{
    uint8_t *data;
    size_t len;
    if (!keygen_read(&data, &len, path))
        return KEYGEN_FAILED;
    cleat_slice file = {data, len};
    size_t count = keygen_each_line(o, file, put_entry);
    if (!count)
        count = put_whole(o, path, file);
    port_free_secret(data, len);
    return count ? 0 : keygen_fail("%s is not a key file.", path);
}

int keygen_fingerprint(const keygen_options *o)
{
    char *path = keygen_name_file(o);
    int status = path ? show_file(o, path) : KEYGEN_NOT_DONE;
    free(path);
    return status;
}
