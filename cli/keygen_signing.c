/* `cleat keygen -Y sign`: each file gets a signature beside it. */
#include "keygen_sshsig.h"

#include "port.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct signing {
    const keygen_options *o;
    sshsig_settings settings;
    sshsig_signer *signer;
} signing;

static void tell(const signing *s, const char *what, const char *name)
{
    if (!s->o->quiet)
        fprintf(stderr, "%s %s\n", what, name);
}

static const char *why(const cleat_error *error, cleat_status st)
{
    return error->text[0] ? error->text : cleat_status_text(st);
}

/* The armoured signature of a file, or of the standard input for NULL. False, all being said. */
static bool make(const signing *s, const char *path, cleat_bytes *text)
{
    cleat_error error = {0};
    cleat_bytes blob = {0};
    cleat_sshsig_digest *d = NULL;
    cleat_sshsig_subject subject = {.name_space = s->o->names, .hash = s->settings.hash};
    *text = (cleat_bytes){0};
    cleat_status st = sshsig_hash_file(&d, &subject.digest, s->o->ctx, subject.hash, path, &error);
    if (st == CLEAT_OK)
        st = sshsig_signer_sign(s->signer, &blob, s->o->ctx, &subject, &error);
    if (st == CLEAT_OK)
        st = cleat_sshsig_armour(text, s->o->ctx, (cleat_slice){blob.data, blob.len});
    cleat_bytes_free(&blob);
    cleat_sshsig_digest_free(d);
    if (st != CLEAT_OK)
        keygen_fail("Signing %s failed: %s", path ? path : "(stdin)", why(&error, st));
    return st == CLEAT_OK;
}

static bool print(const cleat_bytes *text)
{
    if (fwrite(text->data, 1, text->len, stdout) == text->len && fflush(stdout) == 0)
        return true;
    keygen_fail("Cannot write the signature to the standard output");
    return false;
}

static bool sign_input(const signing *s)
{
    cleat_bytes text;
    tell(s, "Signing data on", "standard input");
    bool good = make(s, NULL, &text) && print(&text);
    cleat_bytes_free(&text);
    return good;
}

static bool write_beside(const signing *s, const char *path, const cleat_bytes *text)
{
    cleat_error error = {0};
    if (keygen_file_size(path) >= 0 && !keygen_ask_to_replace(path))
        return true;
    if (port_file_write(path, (cleat_slice){text->data, text->len}, PORT_ACCESS_PUBLIC, &error) !=
        CLEAT_OK) {
        keygen_fail("%s", error.text);
        return false;
    }
    tell(s, "Write signature to", path);
    return true;
}

static bool sign_file(const signing *s, const char *path)
{
    cleat_bytes text;
    tell(s, "Signing file", path);
    char *beside = text_format("%s.sig", path);
    bool good = make(s, path, &text) && beside && write_beside(s, beside, &text);
    cleat_bytes_free(&text);
    free(beside);
    return good;
}

/* The first that fails ends it. */
int sshsig_sign(const keygen_options *o)
{
    signing s = {.o = o};
    if (!sshsig_settings_read(&s.settings, o, SSHSIG_HASHALG))
        return KEYGEN_FAILED;
    s.signer = sshsig_signer_open(o);
    bool good = s.signer && (o->arg_count || sign_input(&s));
    for (size_t i = 0; good && i < o->arg_count; i++)
        good = strcmp(o->args[i], "-") == 0 ? sign_input(&s) : sign_file(&s, o->args[i]);
    sshsig_signer_close(s.signer);
    return good ? 0 : KEYGEN_FAILED;
}
