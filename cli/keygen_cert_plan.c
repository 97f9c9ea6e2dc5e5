/* The options of certificates: what -O, -n, -V, -h, -I and -z ask for. */
#include "keygen_cert.h"
#include "text.h"

#include <cleat/store.h>

#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 64 };

/* What users' certificates allow unless they are told not to. */
static const char *const permits[] = {"permit-X11-forwarding", "permit-agent-forwarding",
                                      "permit-port-forwarding", "permit-pty", "permit-user-rc"};

enum { PERMITS = sizeof permits / sizeof *permits, ALL_PERMITS = (1 << PERMITS) - 1 };

struct cert_plan {
    cleat_cert_facts facts;
    unsigned permitted; /* a bit for each of permits[] */
    cleat_cert_option critical[OPTIONS_MAX], extensions[OPTIONS_MAX];
    size_t critical_count, extension_count;
    char *texts[2 * OPTIONS_MAX]; /* what options and principals borrow from */
    size_t text_count;
    const char **principals;
    size_t principal_count;
};

/* ---- options ---- */

static char *keep(cert_plan *p, char *text)
{
    if (text && p->text_count < sizeof p->texts / sizeof *p->texts)
        return p->texts[p->text_count++] = text;
    free(text);
    return NULL;
}

static bool add(cleat_cert_option *options, size_t *count, const char *name, const char *value)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(options[i].name, name) != 0)
            continue;
        keygen_fail("%s already specified", name);
        return false;
    }
    if (*count == OPTIONS_MAX) {
        keygen_fail("a certificate cannot have so many options");
        return false;
    }
    options[(*count)++] = (cleat_cert_option){name, cleat_slice_of(value)};
    return true;
}

static bool add_critical(cert_plan *p, const char *name, const char *value)
{
    return add(p->critical, &p->critical_count, name, value);
}

static bool add_extension(cert_plan *p, const char *name, const char *value)
{
    return add(p->extensions, &p->extension_count, name, value);
}

/* "permit-pty" and "no-pty". */
static bool take_permit(cert_plan *p, const char *text)
{
    bool no = strncmp(text, "no-", 3) == 0;
    for (size_t i = 0; i < PERMITS; i++) {
        const char *rest = permits[i] + strlen("permit-");
        if (!text_same(text, permits[i]) && !(no && text_same(text + 3, rest)))
            continue;
        p->permitted = no ? p->permitted & ~(1U << i) : p->permitted | 1U << i;
        return true;
    }
    return false;
}

static bool addresses_are_good(const char *list)
{
    bool malformed = false;
    bool numeric = *list && strspn(list, "0123456789abcdefABCDEF.:/,") == strlen(list);
    (void)cleat_address_list_match("0.0.0.0", list, &malformed);
    (void)(malformed || cleat_address_list_match("::", list, &malformed));
    if (numeric && !malformed)
        return true;
    keygen_fail("Invalid source-address list");
    return false;
}

/* "extension:NAME[=CONTENT]": for what others have agreed on. */
static bool take_other(cert_plan *p, const char *text, bool critical)
{
    size_t len = strcspn(text, "=");
    const char *name = keep(p, text_format("%.*s", (int)len, text));
    const char *value = text[len] ? text + len + 1 : NULL;
    if (!name || !*name)
        return false;
    return critical ? add_critical(p, name, value) : add_extension(p, name, value);
}

/* Of users' certificates. False also when that is said already. */
static bool take_user_option(cert_plan *p, const char *text, bool *known)
{
    static const char force[] = "force-command=";
    static const char source[] = "source-address=";
    *known = true;
    if (strncmp(text, force, sizeof force - 1) == 0 && text[sizeof force - 1])
        return add_critical(p, "force-command", text + sizeof force - 1);
    if (strncmp(text, source, sizeof source - 1) == 0)
        return addresses_are_good(text + sizeof source - 1) &&
               add_critical(p, "source-address", text + sizeof source - 1);
    if (text_same(text, "verify-required"))
        return add_critical(p, "verify-required", NULL);
    if (text_same(text, "no-touch-required"))
        return add_extension(p, "no-touch-required", NULL);
    *known = take_permit(p, text);
    return *known;
}

static bool take_option(cert_plan *p, const char *text, bool for_host)
{
    static const char extension[] = "extension:";
    static const char critical[] = "critical:";
    bool known;
    if (text_same(text, "clear")) {
        p->permitted = 0;
        return true;
    }
    if (strncmp(text, extension, sizeof extension - 1) == 0)
        return take_other(p, text + sizeof extension - 1, false);
    if (strncmp(text, critical, sizeof critical - 1) == 0)
        return take_other(p, text + sizeof critical - 1, true);
    bool good = take_user_option(p, text, &known);
    if (!known)
        keygen_fail("Unsupported certificate option \"%s\"", text);
    else if (good && for_host)
        keygen_fail("certificates of hosts (-h) have no option \"%s\"", text);
    return good && !for_host;
}

static bool take_options(cert_plan *p, const keygen_options *o)
{
    p->permitted = o->host_certificate ? 0 : ALL_PERMITS;
    for (size_t i = 0; i < o->setting_count; i++) {
        if (!take_option(p, o->settings[i], o->host_certificate))
            return false;
    }
    for (size_t i = 0; i < PERMITS; i++) {
        if (p->permitted & 1U << i && !add_extension(p, permits[i], NULL))
            return false;
    }
    return true;
}

/* ---- names ---- */

static bool take_principals(cert_plan *p, const char *list)
{
    size_t room = 1;
    for (const char *c = list; *c; c++)
        room += *c == ',';
    p->principals = calloc(room, sizeof *p->principals);
    for (size_t i = 0; p->principals && i < room; i++) {
        char *name = text_piece(list, i);
        p->principals[p->principal_count++] = name;
        if (!name || !*name) {
            keygen_fail("Empty principal name");
            return false;
        }
    }
    return p->principals != NULL;
}

/* ---- the whole ---- */

static bool fill(cert_plan *p, const keygen_options *o)
{
    cleat_cert_facts *f = &p->facts;
    if (!o->identity) {
        keygen_fail("Must specify key id (-I) when certifying");
        return false;
    }
    f->kind = o->host_certificate ? CLEAT_CERT_HOST : CLEAT_CERT_USER;
    f->serial = o->serial;
    f->key_id = o->identity;
    if (!cert_validity_parse(o->validity, &f->valid_after, &f->valid_before) ||
        (o->names && !take_principals(p, o->names)) || !take_options(p, o))
        return false;
    f->principals = p->principals;
    f->principal_count = p->principal_count;
    f->critical = p->critical;
    f->critical_count = p->critical_count;
    f->extensions = p->extensions;
    f->extension_count = p->extension_count;
    return true;
}

cert_plan *cert_plan_new(const keygen_options *o)
{
    cert_plan *p = calloc(1, sizeof *p);
    if (p && fill(p, o))
        return p;
    if (!p)
        keygen_fail("%s", cleat_status_text(CLEAT_E_NOMEM));
    cert_plan_free(p);
    return NULL;
}

void cert_plan_free(cert_plan *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->principal_count; i++)
        free((char *)(uintptr_t)p->principals[i]);
    for (size_t i = 0; i < p->text_count; i++)
        free(p->texts[i]);
    free(p->principals);
    free(p);
}

cleat_cert_facts *cert_plan_facts(cert_plan *p)
{
    return &p->facts;
}
