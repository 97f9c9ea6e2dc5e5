/* `cleat keygen`: another passphrase (-p) or comment (-c) for a private key. */
#include "ask.h"
#include "keygen.h"
#include "port.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* PuTTY's files stay what they are; all others become OpenSSH's, unless -m says more. */
static cleat_key_format new_format(const keygen_options *o, cleat_key_format old)
{
    bool putty = old == CLEAT_KEY_PPK2 || old == CLEAT_KEY_PPK3;
    return keygen_private_format(o, putty ? old : CLEAT_KEY_OPENSSH);
}

static size_t count_keys(cleat_slice file)
{
    static const char begin[] = "-----BEGIN ";
    static const char parameters[] = "EC PARAMETERS"; /* are part of the key behind them */
    size_t count = 0;
    for (const char *at = (const char *)file.data; (at = strstr(at, begin)) != NULL;) {
        at += strlen(begin);
        count += strncmp(at, parameters, strlen(parameters)) != 0;
    }
    return count;
}

/* The file is written anew with its first key: what else it holds would be lost. */
static bool may_change(const char *path, cleat_key_format format)
{
    uint8_t *data = NULL;
    size_t len = 0;
    bool alone = format != CLEAT_KEY_PKCS12;
    if (alone && strcmp(path, "-") != 0 &&
        port_file_read(&data, &len, path, PORT_TRUST_SECRET, NULL, KEYGEN_FILE_MAX, NULL) ==
            CLEAT_OK)
        alone = count_keys((cleat_slice){data, len}) <= 1;
    port_free_secret(data, len);
    if (!alone)
        keygen_fail("%s holds more than one key, which would be lost: it is left as it is", path);
    return alone;
}

/* NULL: it has been said why. */
static cleat_key *key_to_change(const keygen_options *o, const char *path, const char *question,
                                cleat_key_format *format, char **passphrase)
{
    cleat_key *key = keygen_read_format(o, path, question, format, passphrase);
    if (!key || may_change(path, *format))
        return key;
    cleat_key_unref(key);
    return NULL;
}

/* ---- the passphrase ---- */

static int change_passphrase(const keygen_options *o, const char *path)
{
    cleat_key_format format;
    cleat_key *key = key_to_change(o, path, "Enter old passphrase: ", &format, NULL);
    if (!key)
        return KEYGEN_FAILED;
    if (*cleat_key_comment(key))
        printf("Key has comment '%s'\n", cleat_key_comment(key));
    fflush(stdout);
    char *passphrase = keygen_new_passphrase(o, "Enter new passphrase (empty for no passphrase): ");
    bool done = passphrase && keygen_save_private(o, key, new_format(o, format), passphrase, path);
    if (done && !o->quiet)
        printf("Your identification has been saved with the new passphrase.\n");
    ask_wipe(passphrase);
    cleat_key_unref(key);
    return done ? 0 : KEYGEN_NOT_DONE;
}

int keygen_change_passphrase(const keygen_options *o)
{
    char *path = keygen_format_is_good(o) ? keygen_name_file(o) : NULL;
    int status = path ? change_passphrase(o, path) : KEYGEN_NOT_DONE;
    free(path);
    return status;
}

/* ---- the comment ---- */

static char *new_comment(const keygen_options *o)
{
    if (o->comment)
        return text_format("%s", o->comment);
    return keygen_ask_line("New comment: ");
}

static bool apply(const keygen_options *o, const cleat_key *key, cleat_key_format format,
                  const char *passphrase, const char *comment, const char *path)
{
    cleat_key *renamed = NULL;
    if (cleat_key_with_comment(&renamed, key, comment) != CLEAT_OK)
        return false;
    bool done = keygen_save_private(o, renamed, format, passphrase, path) &&
                keygen_save_public(renamed, path);
    cleat_key_unref(renamed);
    if (done && !o->quiet && *comment)
        printf("Comment '%s' applied\n", comment);
    else if (done && !o->quiet)
        printf("Comment was removed\n");
    return done;
}

static int change_comment(const keygen_options *o, const char *path)
{
    cleat_key_format format;
    char *passphrase = NULL;
    cleat_key *key = key_to_change(o, path, "Enter passphrase: ", &format, &passphrase);
    if (!key) {
        ask_wipe(passphrase);
        return KEYGEN_FAILED;
    }
    cleat_key_format to = new_format(o, format);
    if (to == CLEAT_KEY_TRADITIONAL || to == CLEAT_KEY_PKCS8) {
        ask_wipe(passphrase);
        cleat_key_unref(key);
        keygen_fail("Files in the format %s have no place for a comment", o->format);
        return KEYGEN_NOT_DONE;
    }
    if (*cleat_key_comment(key))
        printf("Old comment: %s\n", cleat_key_comment(key));
    else
        printf("No existing comment\n");
    char *comment = new_comment(o);
    bool done = comment && apply(o, key, to, passphrase ? passphrase : "", comment, path);
    ask_wipe(comment);
    ask_wipe(passphrase);
    cleat_key_unref(key);
    return done ? 0 : KEYGEN_NOT_DONE;
}

int keygen_change_comment(const keygen_options *o)
{
    char *path = keygen_format_is_good(o) ? keygen_name_file(o) : NULL;
    int status = path ? change_comment(o, path) : KEYGEN_NOT_DONE;
    free(path);
    return status;
}
