/* `cleat keygen`: lists of revoked keys: making (-k), adding to (-k -u) and asking (-Q) them. */
#include "keygen_krl.h"
#include "keygen_lines.h"
#include "port.h"

#include <cleat/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static cleat_slice slice(const uint8_t *data, size_t len)
{
    return (cleat_slice){data, len};
}

/* ---- -k ---- */

static cleat_krl *new_list(const keygen_options *o)
{
    cleat_krl *krl;
    cleat_status st = cleat_krl_new(&krl, o->ctx);
    if (st == CLEAT_OK)
        return krl;
    keygen_fail("%s", cleat_status_text(st));
    return NULL;
}

static cleat_krl *read_list(const keygen_options *o, const char *path)
{
    cleat_krl *krl = NULL;
    uint8_t *data;
    size_t len;
    cleat_error error = {0};
    if (!keygen_read(&data, &len, path))
        return NULL;
    if (cleat_krl_read(&krl, o->ctx, slice(data, len), &error) != CLEAT_OK) {
        keygen_fail("%s is no list of revoked keys: %s", path, error.text);
        krl = NULL;
    }
    port_free(data);
    return krl;
}

static bool add_from(const krl_source *s, const char *path)
{
    uint8_t *data;
    size_t len;
    if (!s->o->quiet)
        printf("Revoking from %s\n", strcmp(path, "-") == 0 ? "(standard input)" : path);
    if (!keygen_read(&data, &len, path))
        return false;
    bool good = krl_add_file(s, slice(data, len), path);
    port_free_secret(data, len);
    return good;
}

static bool save(const keygen_options *o, cleat_krl *krl)
{
    cleat_bytes file = {0};
    cleat_error error = {0};
    cleat_status st = cleat_krl_write(krl, (uint64_t)time(NULL), &file);
    if (st == CLEAT_OK)
        st = port_file_write(o->file, slice(file.data, file.len), PORT_ACCESS_PUBLIC, &error);
    cleat_bytes_free(&file);
    if (st != CLEAT_OK)
        keygen_fail("%s", error.text[0] ? error.text : cleat_status_text(st));
    return st == CLEAT_OK;
}

/* -z is the list's version; without it an old one stays. */
static bool describe(const keygen_options *o, cleat_krl *krl)
{
    if (o->serial)
        cleat_krl_set_version(krl, o->serial);
    cleat_status st = o->comment ? cleat_krl_set_comment(krl, o->comment) : CLEAT_OK;
    if (st != CLEAT_OK)
        keygen_fail("%s", cleat_status_text(st));
    return st == CLEAT_OK;
}

static int make_with(const keygen_options *o, const cleat_key *authority)
{
    cleat_krl *krl = o->update_krl ? read_list(o, o->file) : new_list(o);
    const krl_source source = {.o = o,
                               .krl = krl,
                               .authority =
                                   authority ? cleat_key_blob(authority) : (cleat_slice){0},
                               .has_authority = o->authority != NULL};
    bool good = krl && describe(o, krl);
    for (size_t i = 0; i < o->arg_count && good; i++)
        good = add_from(&source, o->args[i]);
    good = good && save(o, krl);
    cleat_krl_free(krl);
    return good ? 0 : KEYGEN_FAILED;
}

static int make(const keygen_options *o)
{
    bool any = o->authority && strcmp(o->authority, "none") == 0;
    cleat_key *authority = NULL;
    if (!o->file)
        return keygen_fail("KRL generation requires an output file");
    if (o->authority && !any && !(authority = keygen_read_public(o, o->authority)))
        return KEYGEN_FAILED;
    int status = make_with(o, authority);
    cleat_key_unref(authority);
    return status;
}

/* ---- -Q ---- */

/* Where keys are asked for, one after another: what keygen_each_line calls has no more to hold. */
static struct {
    cleat_slice list;
    const char *path;
    size_t revoked, bad;
} asked;

static bool ask_entry(const keygen_options *o, const keygen_entry *entry)
{
    if (!entry->key) {
        keygen_fail("%s:%zu: a public key or a certificate is expected", asked.path, entry->line);
        asked.bad++;
        return false;
    }
    bool revoked = cleat_key_is_revoked(o->ctx, asked.list, entry->key, entry->cert);
    bool commented = entry->comment && *entry->comment;
    printf("%s%s%s%s: %s\n", asked.path, commented ? " (" : "", commented ? entry->comment : "",
           commented ? ")" : "", revoked ? "REVOKED" : "ok");
    asked.revoked += revoked;
    return true;
}

static bool ask_file(const keygen_options *o, const char *path)
{
    uint8_t *data;
    size_t len;
    if (!keygen_read(&data, &len, path))
        return false;
    asked.path = path;
    size_t count = keygen_each_line(o, slice(data, len), ask_entry);
    port_free_secret(data, len);
    if (!count && !asked.bad)
        keygen_fail("%s: there is no public key in it", path);
    return count != 0;
}

static int ask_with(const keygen_options *o, cleat_krl *krl)
{
    bool good = !o->show_fingerprint || krl_print(o, krl);
    for (size_t i = 0; i < o->arg_count && good; i++)
        good = ask_file(o, o->args[i]) && !asked.bad;
    if (!good)
        return KEYGEN_FAILED;
    return asked.revoked ? KEYGEN_NOT_DONE : 0;
}

static int ask(const keygen_options *o)
{
    uint8_t *data;
    size_t len;
    if (!o->file)
        return keygen_fail("KRL checking requires an input file");
    cleat_krl *krl = read_list(o, o->file);
    if (!krl || !keygen_read(&data, &len, o->file)) {
        cleat_krl_free(krl);
        return KEYGEN_FAILED;
    }
    asked.list = slice(data, len);
    int status = ask_with(o, krl);
    port_free(data);
    cleat_krl_free(krl);
    return status;
}

int keygen_krl(const keygen_options *o)
{
    return o->check_krl ? ask(o) : make(o);
}
