/* `cleat keygen`: public keys into other formats (-e), keys out of them (-i), and the public key of
 * a private one (-y). */
#include "ask.h"
#include "keygen.h"
#include "port.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int put(const cleat_key *key, cleat_key_format format,
               const cleat_key_write_options *options)
{
    cleat_bytes file = {0};
    cleat_error error = {0};
    cleat_status st = cleat_key_write(key, format, options, &file, &error);
    bool written =
        st == CLEAT_OK && fwrite(file.data, 1, file.len, stdout) == file.len && fflush(stdout) == 0;
    cleat_bytes_free(&file);
    if (st != CLEAT_OK)
        return keygen_fail("%s", *error.text ? error.text : cleat_status_text(st));
    return written ? 0 : keygen_fail("the output cannot be written");
}

/* ---- -y ---- */

int keygen_print_public(const keygen_options *o)
{
    char *path = keygen_name_file(o);
    cleat_key *key = path ? keygen_read_private(o, path) : NULL;
    int status = key ? put(key, CLEAT_KEY_LINE, NULL) : path ? KEYGEN_FAILED : KEYGEN_NOT_DONE;
    cleat_key_unref(key);
    free(path);
    return status;
}

/* ---- -e ---- */

/* What RFC 4716 files say about themselves, so that their reader knows what they hold. */
static char *exported_comment(const cleat_key *key)
{
    char *who = keygen_user_at_host();
    char *comment = text_format("%u-bit %s, converted by %s from OpenSSH", cleat_key_bits(key),
                                cleat_key_label(key), who ? who : "");
    free(who);
    return comment;
}

static int export_rfc4716(const cleat_key *key)
{
    char *comment = exported_comment(key);
    cleat_key *named = NULL;
    cleat_status st = comment ? cleat_key_with_comment(&named, key, comment) : CLEAT_E_NOMEM;
    int status = st == CLEAT_OK ? put(named, CLEAT_KEY_RFC4716, NULL)
                                : keygen_fail("%s", cleat_status_text(st));
    cleat_key_unref(named);
    free(comment);
    return status;
}

static int export_key(const keygen_options *o, const cleat_key *key)
{
    const char *format = o->format ? o->format : "RFC4716";
    bool rsa = strcmp(cleat_key_type(key), "ssh-rsa") == 0;
    if (text_same(format, "PKCS8"))
        return put(key, CLEAT_KEY_SPKI, NULL);
    if (text_same(format, "PEM"))
        return put(key, rsa ? CLEAT_KEY_PKCS1_PUBLIC : CLEAT_KEY_SPKI, NULL);
    if (text_same(format, "RFC4716"))
        return export_rfc4716(key);
    return keygen_fail("%s is a format of private keys: give it to -p", format);
}

int keygen_export(const keygen_options *o)
{
    char *path = keygen_format_is_good(o) ? keygen_name_file(o) : NULL;
    cleat_key *key = path ? keygen_read_public(o, path) : NULL;
    int status = key ? export_key(o, key) : path ? KEYGEN_FAILED : KEYGEN_NOT_DONE;
    cleat_key_unref(key);
    free(path);
    return status;
}

/* ---- -i ---- */

static bool is_expected(const keygen_options *o, cleat_key_format found)
{
    static const struct {
        const char *name;
        cleat_key_format formats[4];
    } expected[] = {
        {"RFC4716", {CLEAT_KEY_RFC4716, CLEAT_KEY_RFC4716, CLEAT_KEY_RFC4716, CLEAT_KEY_RFC4716}},
        {"PKCS8", {CLEAT_KEY_SPKI, CLEAT_KEY_SPKI_DER, CLEAT_KEY_PKCS8, CLEAT_KEY_PKCS8_DER}},
        {"PEM",
         {CLEAT_KEY_PKCS1_PUBLIC, CLEAT_KEY_PKCS1_PUBLIC_DER, CLEAT_KEY_TRADITIONAL,
          CLEAT_KEY_TRADITIONAL_DER}},
    };
    for (size_t i = 0; o->format && i < sizeof expected / sizeof *expected; i++) {
        if (!text_same(o->format, expected[i].name))
            continue;
        for (size_t k = 0; k < 4; k++) {
            if (expected[i].formats[k] == found)
                return true;
        }
        return false;
    }
    return true;
}

static int import_key(const keygen_options *o, const cleat_key *key)
{
    if (!cleat_key_has_private(key))
        return put(key, CLEAT_KEY_LINE, NULL);
    const cleat_key_write_options options = {.struct_size = sizeof options,
                                             .passphrase = o->new_passphrase,
                                             .cipher = o->cipher,
                                             .rounds = o->rounds};
    return put(key, CLEAT_KEY_OPENSSH, &options);
}

int keygen_import(const keygen_options *o)
{
    char *path = keygen_format_is_good(o) ? keygen_name_file(o) : NULL;
    cleat_key_format format = CLEAT_KEY_LINE;
    cleat_key *key = path ? keygen_read_any(o, path, &format) : NULL;
    int status = path ? KEYGEN_FAILED : KEYGEN_NOT_DONE;
    if (key && !is_expected(o, format))
        status = keygen_fail("%s is not in the format %s", path, o->format);
    else if (key)
        status = import_key(o, key);
    cleat_key_unref(key);
    free(path);
    return status;
}
