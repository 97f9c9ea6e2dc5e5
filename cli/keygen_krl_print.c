/* `cleat keygen -Q -l`: what a list of revoked keys holds. */
#include "keygen_krl.h"

#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void print_hex(const char *before, cleat_slice bytes)
{
    fputs(before, stdout);
    for (size_t i = 0; i < bytes.len; i++)
        printf("%02x", bytes.data[i]);
    putchar('\n');
}

static void print_key(const keygen_options *o, cleat_slice blob)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    cleat_key *key;
    if (cleat_key_from_blob(&key, o->ctx, blob, NULL) != CLEAT_OK) {
        puts("# a key of an unknown kind");
        return;
    }
    if (cleat_key_fingerprint(key, CLEAT_FINGERPRINT_SHA256, fingerprint) == CLEAT_OK)
        printf("hash: %s # %s\n", fingerprint, cleat_key_type(key));
    cleat_key_unref(key);
}

static void print_authority(const keygen_options *o, cleat_slice blob)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    cleat_key *key;
    if (!blob.len)
        puts("\n# Wildcard CA");
    else if (cleat_key_from_blob(&key, o->ctx, blob, NULL) != CLEAT_OK)
        puts("\n# CA key of an unknown kind");
    else {
        if (cleat_key_fingerprint(key, CLEAT_FINGERPRINT_SHA256, fingerprint) == CLEAT_OK)
            printf("\n# CA key %s %s\n", cleat_key_type(key), fingerprint);
        cleat_key_unref(key);
    }
}

static void print_serials(const cleat_krl_entry *e)
{
    printf("serial: %" PRIu64, e->first);
    if (e->last != e->first)
        printf("-%" PRIu64, e->last);
    putchar('\n');
}

static bool print_id(cleat_slice id)
{
    char *raw = text_format("%.*s", (int)id.len, (const char *)id.data);
    char *shown = raw ? text_printable(raw) : NULL;
    if (shown)
        printf("id: %s\n", shown);
    free(raw);
    free(shown);
    return shown != NULL;
}

static bool print_entry(const keygen_options *o, const cleat_krl_entry *e)
{
    switch (e->kind) {
    case CLEAT_KRL_SERIALS:
        print_serials(e);
        return true;
    case CLEAT_KRL_KEY_ID:
        return print_id(e->data);
    case CLEAT_KRL_KEY:
        print_key(o, e->data);
        return true;
    case CLEAT_KRL_SHA1:
        print_hex("# hash SHA1:", e->data);
        return true;
    case CLEAT_KRL_SHA256:
        print_hex("# hash SHA256:", e->data);
        return true;
    case CLEAT_KRL_CERT_EXTENSION:
    case CLEAT_KRL_EXTENSION:
        puts("# an extension that this program does not know");
        return true;
    }
    return false;
}

static bool of_certificates(const cleat_krl_entry *e)
{
    return e->kind == CLEAT_KRL_SERIALS || e->kind == CLEAT_KRL_KEY_ID ||
           e->kind == CLEAT_KRL_CERT_EXTENSION;
}

static bool print_head(const cleat_krl *krl)
{
    char date[32] = "";
    const cleat_krl_facts facts = cleat_krl_get_facts(krl);
    const time_t when = (time_t)facts.generated;
    const struct tm *utc = gmtime(&when);
    char *comment = text_printable(facts.comment ? facts.comment : "");
    if (utc)
        strftime(date, sizeof date, "%Y%m%dT%H%M%SZ", utc);
    printf("# KRL version %" PRIu64 "\n# Generated at %s\n", facts.version, date);
    if (comment && *comment)
        printf("# Comment: %s\n", comment);
    putchar('\n');
    free(comment);
    return comment != NULL;
}

/* Keys first, then what is of each authority. */
bool krl_print(const keygen_options *o, cleat_krl *krl)
{
    cleat_slice authority = {0};
    bool begun = false;
    size_t count = cleat_krl_count(krl);
    bool good = print_head(krl);
    for (size_t i = 0; i < count && good; i++) {
        const cleat_krl_entry e = cleat_krl_at(krl, i);
        if (!of_certificates(&e))
            good = print_entry(o, &e);
    }
    for (size_t i = 0; i < count && good; i++) {
        const cleat_krl_entry e = cleat_krl_at(krl, i);
        if (!of_certificates(&e))
            continue;
        if (!begun || !cleat_slice_equal(authority, e.authority))
            print_authority(o, e.authority);
        begun = true;
        authority = e.authority;
        good = print_entry(o, &e);
    }
    return good;
}
