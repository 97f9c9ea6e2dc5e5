/* Writing key files: in which format, under which passphrase, over what. */
#include "ask.h"
#include "keygen.h"
#include "port.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { OWNER_ONLY = 0600, PEM_PASSPHRASE_MIN = 5 };

/* ---- the passphrase ---- */

char *keygen_new_passphrase(const keygen_options *o, const char *question)
{
    if (o->new_passphrase)
        return text_format("%s", o->new_passphrase);
    for (;;) {
        char *first = keygen_ask_secret(question);
        char *second = first ? keygen_ask_secret("Enter same passphrase again: ") : NULL;
        bool same = second && strcmp(first, second) == 0;
        ask_wipe(second);
        if (same)
            return first;
        ask_wipe(first);
        if (!second)
            return NULL;
        printf("Passphrases do not match.  Try again.\n");
        fflush(stdout);
    }
}

/* ---- what is there already ---- */

static bool is_regular(const char *path)
{
    uv_fs_t request;
    bool regular = uv_fs_stat(NULL, &request, path, NULL) == 0 &&
                   (request.statbuf.st_mode & S_IFMT) == S_IFREG;
    uv_fs_req_cleanup(&request);
    return regular;
}

int64_t keygen_file_size(const char *path)
{
    uv_fs_t request;
    bool present = uv_fs_stat(NULL, &request, path, NULL) == 0;
    int64_t size = present ? (int64_t)request.statbuf.st_size : -1;
    uv_fs_req_cleanup(&request);
    return size;
}

/* What is written into a file keeps the file's mode, and this one may have been open to all. */
static void make_private(const char *path)
{
    uv_fs_t request;
    uv_fs_chmod(NULL, &request, path, OWNER_ONLY, NULL);
    uv_fs_req_cleanup(&request);
}

bool keygen_ask_to_replace(const char *path)
{
    printf("%s already exists.\n", path);
    char *answer = keygen_ask_line("Overwrite (y/n)? ");
    bool yes = answer && (*answer == 'y' || *answer == 'Y');
    ask_wipe(answer);
    return yes;
}

bool keygen_may_replace(const char *path)
{
    if (keygen_file_size(path) < 0)
        return true;
    if (!is_regular(path)) {
        keygen_fail("%s is there and is no regular file", path);
        return false;
    }
    if (!keygen_ask_to_replace(path))
        return false;
    make_private(path);
    return true;
}

/* ---- formats ---- */

static const struct {
    const char *name;
    cleat_key_format format;
} formats[] = {
    {"RFC4716", CLEAT_KEY_OPENSSH}, /* is for public keys only */
    {"PKCS8", CLEAT_KEY_PKCS8},     {"PEM", CLEAT_KEY_TRADITIONAL}, {"PPK", CLEAT_KEY_PPK3},
    {"PPK2", CLEAT_KEY_PPK2},       {"PPK3", CLEAT_KEY_PPK3},
};

static const cleat_key_format *find_format(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (text_same(formats[i].name, name))
            return &formats[i].format;
    }
    return NULL;
}

cleat_key_format keygen_private_format(const keygen_options *o, cleat_key_format usual)
{
    return o->format ? *find_format(o->format) : usual;
}

bool keygen_format_is_good(const keygen_options *o)
{
    if (o->format && !find_format(o->format)) {
        keygen_fail("Unsupported conversion format \"%s\"", o->format);
        return false;
    }
    if (o->cipher && keygen_private_format(o, CLEAT_KEY_OPENSSH) != CLEAT_KEY_OPENSSH) {
        keygen_fail("-Z is for OpenSSH's own format, not for %s", o->format);
        return false;
    }
    return true;
}

/* There is no older form of these keys than OpenSSH's own. */
static cleat_key_format fitting(const cleat_key *key, cleat_key_format format)
{
    bool edwards = strncmp(cleat_key_label(key), "ED", 2) == 0;
    return edwards && format == CLEAT_KEY_TRADITIONAL ? CLEAT_KEY_OPENSSH : format;
}

/* ---- writing ---- */

typedef struct writing {
    const cleat_key *key;
    cleat_key_format format;
    cleat_key_write_options options;
    cleat_bytes file;
    cleat_status status;
    cleat_error error;
} writing;

static void write_file(void *arg)
{
    writing *w = arg;
    w->status = cleat_key_write(w->key, w->format, &w->options, &w->file, &w->error);
}

static bool cannot_save(const char *path, cleat_status st, const cleat_error *error)
{
    keygen_fail("Saving key \"%s\" failed: %s", path,
                *error->text ? error->text : cleat_status_text(st));
    return false;
}

static bool is_pem(cleat_key_format format)
{
    return format == CLEAT_KEY_TRADITIONAL || format == CLEAT_KEY_PKCS8;
}

bool keygen_save_private(const keygen_options *o, const cleat_key *key, cleat_key_format format,
                         const char *passphrase, const char *path)
{
    writing w = {.key = key, .format = fitting(key, format)};
    w.options.struct_size = sizeof w.options;
    w.options.passphrase = passphrase;
    w.options.rounds = is_pem(w.format) ? 0 : o->rounds;
    w.options.cipher = w.format == CLEAT_KEY_OPENSSH ? o->cipher : NULL;
    if (is_pem(w.format) && *passphrase && strlen(passphrase) < PEM_PASSPHRASE_MIN) {
        keygen_fail("Saving key \"%s\" failed: passphrase is too short (minimum five characters)",
                    path);
        return false;
    }
    keygen_work(o, write_file, &w);
    cleat_slice content = {w.file.data, w.file.len};
    if (w.status == CLEAT_OK)
        w.status = port_file_write(path, content, PORT_ACCESS_PRIVATE, &w.error);
    cleat_bytes_free(&w.file);
    return w.status == CLEAT_OK || cannot_save(path, w.status, &w.error);
}

bool keygen_save_public(const cleat_key *key, const char *path)
{
    cleat_error error = {0};
    cleat_bytes line = {0};
    char *beside = text_format("%s.pub", path);
    cleat_status st = beside ? cleat_key_write_public(key, &line) : CLEAT_E_NOMEM;
    if (st == CLEAT_OK)
        st =
            port_file_write(beside, (cleat_slice){line.data, line.len}, PORT_ACCESS_PUBLIC, &error);
    if (st != CLEAT_OK)
        keygen_fail("Unable to save public key to %s: %s", beside ? beside : path,
                    *error.text ? error.text : cleat_status_text(st));
    cleat_bytes_free(&line);
    free(beside);
    return st == CLEAT_OK;
}
