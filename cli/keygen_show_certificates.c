/* `cleat keygen -L`: what certificates say. */
#include "keygen_cert.h"
#include "keygen_lines.h"
#include "port.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDENT "        "

enum { OUTER_LEN = 4 };

/* ---- options ---- */

static bool is_flag(const char *name)
{
    static const char *const flags[] = {
        "permit-X11-forwarding", "permit-agent-forwarding", "permit-port-forwarding", "permit-pty",
        "permit-user-rc",        "no-touch-required",       "verify-required"};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (strcmp(name, flags[i]) == 0)
            return true;
    }
    return false;
}

static bool has_text(const char *name)
{
    return strcmp(name, "force-command") == 0 || strcmp(name, "source-address") == 0;
}

/* As it stands in the certificate: a string within a string. */
static void put_unknown(cleat_slice value)
{
    printf(" UNKNOWN OPTION: %08zx", value.len);
    for (size_t i = 0; i < value.len; i++)
        printf("%02x", value.data[i]);
    printf(" (len %zu)\n", OUTER_LEN + value.len);
}

static void put_option(const cleat_cert_option *option)
{
    char *name = text_printable(option->name);
    printf(INDENT INDENT "%s", name ? name : "");
    free(name);
    if (has_text(option->name)) {
        char *text = text_format("%.*s", (int)option->value.len, (const char *)option->value.data);
        if (text)
            text_make_printable(text);
        printf(" %s\n", text ? text : "");
        free(text);
    } else if (option->value.len) {
        put_unknown(option->value);
    } else {
        printf("%s\n", is_flag(option->name) ? "" : " UNKNOWN FLAG OPTION");
    }
}

static void put_options(const char *title, const cleat_cert_option *options, size_t count)
{
    printf(INDENT "%s: %s\n", title, count ? "" : "(none)");
    for (size_t i = 0; i < count; i++)
        put_option(&options[i]);
}

/* ---- the rest ---- */

static void put_principals(const cleat_cert_facts *f)
{
    printf(INDENT "Principals: %s\n", f->principal_count ? "" : "(none)");
    for (size_t i = 0; i < f->principal_count; i++) {
        char *name = text_printable(f->principals[i]);
        printf(INDENT INDENT "%s\n", name ? name : "");
        free(name);
    }
}

static void put_keys(const keygen_options *o, const cleat_cert *cert)
{
    char key[CLEAT_FINGERPRINT_MAX];
    char authority[CLEAT_FINGERPRINT_MAX];
    if (cleat_key_fingerprint(cleat_cert_key(cert), o->hash, key) != CLEAT_OK ||
        cleat_key_fingerprint(cleat_cert_authority(cert), o->hash, authority) != CLEAT_OK) {
        keygen_fail("fingerprints of this kind cannot be made here");
        return;
    }
    printf(INDENT "Public key: %s-CERT %s\n", cleat_key_label(cleat_cert_key(cert)), key);
    printf(INDENT "Signing CA: %s %s (using %s)\n", cleat_key_label(cleat_cert_authority(cert)),
           authority, cleat_cert_algorithm(cert));
}

static void put_certificate(const keygen_options *o, const cleat_cert *cert)
{
    const cleat_cert_facts *f = cleat_cert_get_facts(cert);
    char *id = text_printable(f->key_id);
    char *valid = cert_validity_text(f);
    printf(INDENT "Type: %s %s certificate\n", cleat_cert_type(cert),
           f->kind == CLEAT_CERT_HOST ? "host" : "user");
    put_keys(o, cert);
    printf(INDENT "Key ID: \"%s\"\n", id ? id : "");
    printf(INDENT "Serial: %llu\n", (unsigned long long)f->serial);
    printf(INDENT "Valid: %s\n", valid ? valid : "");
    put_principals(f);
    put_options("Critical Options", f->critical, f->critical_count);
    put_options("Extensions", f->extensions, f->extension_count);
    free(valid);
    free(id);
}

/* ---- files ---- */

static const char *shown_name(const keygen_options *o)
{
    return strcmp(o->file, "-") == 0 ? "(stdin)" : o->file;
}

static bool put_entry(const keygen_options *o, const keygen_entry *entry)
{
    const char *name = shown_name(o);
    if (!entry->cert) {
        keygen_fail("%s:%zu is not a certificate", name, entry->line);
        return false;
    }
    if (entry->line == 1)
        printf("%s:\n", name);
    else
        printf("%s:%zu:\n", name, entry->line);
    put_certificate(o, entry->cert);
    return true;
}

static int show_file(const keygen_options *o)
{
    uint8_t *data;
    size_t len;
    if (!keygen_read(&data, &len, o->file))
        return KEYGEN_FAILED;
    size_t count = keygen_each_line(o, (cleat_slice){data, len}, put_entry);
    port_free_secret(data, len);
    return count ? 0 : KEYGEN_NOT_DONE;
}

int keygen_show_certificates(const keygen_options *o)
{
    keygen_options named = *o;
    char *path = keygen_name_file(o);
    named.file = path;
    int status = path ? show_file(&named) : KEYGEN_NOT_DONE;
    free(path);
    return status;
}
