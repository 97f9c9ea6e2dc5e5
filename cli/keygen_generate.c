/* `cleat keygen`: a new key. */
#include "ask.h"
#include "keygen.h"
#include "port.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RSA_BITS_LEAST = 1024, RSA_BITS_MOST = 16384 };

/* ---- which key ---- */

typedef struct kind {
    const char *name;   /* as -t says it */
    const char *prefix; /* of the names on the wire, which -t may say too */
} kind;

static const kind kinds[] = {{"ed25519", "ssh-ed25519"},
                             {"ecdsa", "ecdsa-sha2-nistp"},
                             {"rsa", "ssh-rsa"},
                             {"ed448", "ssh-ed448"}};

/* NULL: not a type that is made here. */
static const char *family_of(const char *type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const kind *f = &kinds[i];
        if (text_same(type, f->name) || strncmp(type, f->prefix, strlen(f->prefix)) == 0)
            return f->name;
    }
    return NULL;
}

static int unknown_type(const char *type)
{
    if (text_same(type, "dsa") || strcmp(type, "ssh-dss") == 0)
        return keygen_fail("DSA keys are too weak to be made any more; servers refuse them");
    if (strstr(type, "-sk") || strncmp(type, "sk-", 3) == 0)
        return keygen_fail("keys on security keys (%s) come with FIDO2 support, which is not there "
                           "yet",
                           type);
    return keygen_fail("unknown key type %s", type);
}

/* -1: fine. The Edwards curves have one size each, whatever -b says, as with ssh-keygen. */
static int check_bits(const char *family, uint32_t bits)
{
    if (!bits)
        return -1;
    bool rsa = strcmp(family, "rsa") == 0;
    if (rsa && bits < RSA_BITS_LEAST)
        return keygen_fail("Invalid RSA key length: minimum is %d bits", RSA_BITS_LEAST);
    if (rsa && bits > RSA_BITS_MOST)
        return keygen_fail("Invalid RSA key length: maximum is %d bits", RSA_BITS_MOST);
    if (strcmp(family, "ecdsa") == 0 && bits != 256 && bits != 384 && bits != 521)
        return keygen_fail("Invalid ECDSA key length: valid lengths are 256, 384 or 521 bits");
    return -1;
}

/* ---- making it ---- */

typedef struct making {
    const keygen_options *o;
    const char *family, *comment;
    cleat_key *key;
    cleat_status status;
    cleat_error error;
} making;

static void make(void *arg)
{
    making *m = arg;
    const char *type = m->o->type;
    bool sized = strcmp(m->family, "rsa") == 0 || strcmp(m->family, "ecdsa") == 0;
    bool exact = type && strchr(type, '-');
    m->status = cleat_key_generate(&m->key, m->o->ctx, exact ? type : m->family,
                                   sized && !exact ? m->o->bits : 0, m->comment, &m->error);
}

static cleat_key *new_key(const keygen_options *o, const char *family)
{
    char *own = o->comment ? NULL : keygen_user_at_host();
    making m = {.o = o, .family = family, .comment = o->comment ? o->comment : own};
    keygen_work(o, make, &m);
    free(own);
    if (m.status == CLEAT_OK)
        return m.key;
    keygen_fail("key generation failed: %s", m.error.text);
    return NULL;
}

/* ---- where it goes ---- */

static char *choose_file(const keygen_options *o, const char *family)
{
    if (o->file)
        return text_format("%s", o->file);
    char *usual = keygen_usual_file(family);
    char *question = text_format("Enter file in which to save the key (%s): ", usual ? usual : "");
    char *answer = question && usual ? keygen_ask_line(question) : NULL;
    char *chosen = answer ? text_format("%s", *answer ? answer : usual) : NULL;
    ask_wipe(answer);
    free(question);
    free(usual);
    return chosen;
}

/* ~/.ssh is made for whoever has none; other folders are the user's own business. */
static bool make_folder(const keygen_options *o, const char *path)
{
    char *folder = NULL;
    cleat_error error = {0};
    if (port_path(&folder, PORT_PLACE_USER_SSH, NULL) != CLEAT_OK)
        return true;
    size_t len = strlen(folder);
    bool inside = strncmp(path, folder, len) == 0 && path[len] && strchr("/\\", path[len]);
    bool missing = inside && keygen_file_size(folder) < 0;
    bool good = !missing || port_dir_create(folder, &error) == CLEAT_OK;
    if (missing && good && !o->quiet)
        printf("Created directory '%s'.\n", folder);
    else if (!good)
        keygen_fail("Could not create directory '%s': %s", folder, error.text);
    port_free(folder);
    return good;
}

/* ---- what is said ---- */

static void report(const cleat_key *key, const char *path)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    char picture[CLEAT_RANDOMART_MAX];
    printf("Your identification has been saved in %s\n", path);
    printf("Your public key has been saved in %s.pub\n", path);
    if (cleat_key_fingerprint(key, CLEAT_FINGERPRINT_SHA256, fingerprint) == CLEAT_OK)
        printf("The key fingerprint is:\n%s %s\n", fingerprint, cleat_key_comment(key));
    if (cleat_key_randomart(key, CLEAT_FINGERPRINT_SHA256, picture) == CLEAT_OK)
        printf("The key's randomart image is:\n%s\n", picture);
}

static int generate_to(const keygen_options *o, const char *family, const char *path)
{
    if (!make_folder(o, path) || !keygen_may_replace(path))
        return KEYGEN_NOT_DONE;
    cleat_key *key = new_key(o, family);
    if (!key)
        return KEYGEN_FAILED;
    char *passphrase = keygen_new_passphrase(o, "Enter passphrase (empty for no passphrase): ");
    bool done = passphrase &&
                keygen_save_private(o, key, keygen_private_format(o, CLEAT_KEY_OPENSSH), passphrase,
                                    path) &&
                keygen_save_public(key, path);
    if (done && !o->quiet)
        report(key, path);
    ask_wipe(passphrase);
    cleat_key_unref(key);
    return done ? 0 : KEYGEN_NOT_DONE;
}

int keygen_generate(const keygen_options *o)
{
    const char *type = o->type ? o->type : "ed25519";
    const char *family = family_of(type);
    if (!family)
        return unknown_type(type);
    int status = check_bits(family, o->bits);
    if (status >= 0)
        return status;
    if (o->setting_count)
        return keygen_fail("-O %s: a key of this type has no options", o->settings[0]);
    if (!keygen_format_is_good(o))
        return KEYGEN_FAILED;
    if (!o->quiet)
        printf("Generating public/private %s key pair.\n", type);
    char *path = choose_file(o, family);
    status = path ? generate_to(o, family, path) : KEYGEN_NOT_DONE;
    free(path);
    return status;
}

/* ---- the keys of this host ---- */

static bool make_host_key(const keygen_options *o, const char *family, const char *path)
{
    cleat_key *key = new_key(o, family);
    bool good = key && keygen_save_private(o, key, CLEAT_KEY_OPENSSH, "", path) &&
                keygen_save_public(key, path);
    cleat_key_unref(key);
    return good;
}

/* -A: those that are missing, or empty, without a passphrase. -f is what stands before /etc/ssh. */
int keygen_host_keys(const keygen_options *o)
{
    static const char *const wanted[][2] = {
        {"rsa", "RSA"}, {"ecdsa", "ECDSA"}, {"ed25519", "ED25519"}};
    char *folder = NULL;
    int status = 0;
    bool said = o->quiet;
    bool any = false;
    if (port_path(&folder, PORT_PLACE_SYSTEM_SSH, NULL) != CLEAT_OK)
        return keygen_fail("this system has no place for host keys");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        char *path =
            text_format("%s%s/ssh_host_%s_key", o->file ? o->file : "", folder, wanted[i][0]);
        if (path && keygen_file_size(path) <= 0) {
            if (!any && !said)
                printf("ssh-keygen: generating new host keys: ");
            if (!said)
                printf("%s ", wanted[i][1]);
            fflush(stdout);
            any = true;
            if (!make_host_key(o, wanted[i][0], path))
                status = KEYGEN_NOT_DONE;
        }
        free(path);
    }
    if (any && !said)
        printf("\n");
    port_free(folder);
    return status;
}
