/* `cleat keygen`: another passphrase (-p) or comment (-c) for a private key. */
#include "ask.h"
#include "keygen.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

/* PuTTY's files stay what they are; all others become OpenSSH's, unless -m says more. */
static cleat_key_format new_format(const keygen_options *o, cleat_key_format old)
{
    bool putty = old == CLEAT_KEY_PPK2 || old == CLEAT_KEY_PPK3;
    return keygen_private_format(o, putty ? old : CLEAT_KEY_OPENSSH);
}

/* ---- the passphrase ---- */

static int change_passphrase(const keygen_options *o, const char *path)
{
    cleat_key_format format;
    cleat_key *key = keygen_read_format(o, path, "Enter old passphrase: ", &format, NULL);
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
    cleat_key *key = keygen_read_format(o, path, "Enter passphrase: ", &format, &passphrase);
    if (!key)
        return KEYGEN_FAILED;
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
