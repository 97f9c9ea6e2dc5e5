/* Whether a certificate is good for what it is shown for. */
#include "../alg/alg.h"
#include "../base/compat.h"
#include "../base/error.h"
#include "../key/cert_openssh.h"
#include "../wire/namelist.h"
#include "cidr.h"

static cleat_status refuse(cleat_error *error, const char *why)
{
    return cl_fail(error, CLEAT_E_PERMISSION, "certificate: %s", why);
}

static bool algorithm_allowed(const cl_sig_alg *alg, const char *list)
{
    if (!list)
        return !(alg->flags & CL_ALG_LEGACY);
    return cl_namelist_has(cleat_slice_of(list), cleat_slice_of(alg->name));
}

/* What holds for every certificate. */
static const char *fault(const cleat_cert *c, const cleat_cert_use *use)
{
    const cleat_cert_facts *f = &c->facts;
    uint64_t now = use->now > 0 ? (uint64_t)use->now : 0;
    if (f->kind != use->kind)
        return f->kind == CLEAT_CERT_USER ? "it is a user's, not a host's"
                                          : "it is a host's, not a user's";
    if (now < f->valid_after)
        return "it is not valid yet";
    if (now >= f->valid_before)
        return "it has expired";
    if (!algorithm_allowed(c->signed_with, use->algorithms))
        return "its authority's signature is of an algorithm that is not allowed";
    if (!f->principal_count)
        return "it lists no names";
    if (use->name && !cleat_cert_names(c, use->name))
        return "its name is not a listed one";
    return NULL;
}

static const char *on_force_command(const cleat_cert *c, const cleat_cert_use *use,
                                    cleat_slice value, cleat_cert_grant *grant)
{
    (void)c;
    (void)use;
    if (memchr(value.data, 0, value.len))
        return "force-command has a zero byte";
    grant->force_command = value.len ? (const char *)value.data : "";
    return NULL;
}

static const char *on_source_address(const cleat_cert *c, const cleat_cert_use *use,
                                     cleat_slice value, cleat_cert_grant *grant)
{
    (void)c;
    (void)grant;
    if (!use->for_message && (!use->address || !cl_address_list_is_numeric(value) ||
                              cl_address_list(use->address, value) != CL_ADDRESS_MATCHES))
        return "it is not valid from this address";
    return NULL;
}

static const char *on_verify_required(const cleat_cert *c, const cleat_cert_use *use,
                                      cleat_slice value, cleat_cert_grant *grant)
{
    (void)value;
    if (use->for_message)
        return "verify-required asks for what the signature of a message does not attest";
    if (!c->subject->type->security_key)
        return "verify-required asks for what only a security key attests";
    grant->verify_required = true;
    return NULL;
}

static const struct {
    const char *name;
    const char *(*apply)(const cleat_cert *c, const cleat_cert_use *use, cleat_slice value,
                         cleat_cert_grant *grant);
} critical[] = {
    {"force-command", on_force_command},
    {"source-address", on_source_address},
    {"verify-required", on_verify_required},
};

/* A host's certificate has no critical option that is known. */
static const char *apply_critical(const cleat_cert *c, const cleat_cert_use *use,
                                  const cleat_cert_option *o, cleat_cert_grant *grant)
{
    for (size_t i = 0; use->kind == CLEAT_CERT_USER && i < CL_COUNT(critical); i++) {
        if (strcmp(o->name, critical[i].name) == 0)
            return critical[i].apply(c, use, o->value, grant);
    }
    return "it has a critical option that is not known";
}

/* Extensions that are not known are passed over: they could only allow more. */
static void apply_extension(const char *name, cleat_cert_grant *grant)
{
    const struct {
        const char *name;
        bool *allows;
    } extensions[] = {
        {"permit-pty", &grant->pty},
        {"permit-port-forwarding", &grant->port_forwarding},
        {"permit-agent-forwarding", &grant->agent_forwarding},
        {"permit-X11-forwarding", &grant->x11_forwarding},
        {"permit-user-rc", &grant->user_rc},
        {"no-touch-required", &grant->no_touch_required},
    };
    for (size_t i = 0; i < CL_COUNT(extensions); i++) {
        if (strcmp(name, extensions[i].name) == 0)
            *extensions[i].allows = true;
    }
}

cleat_status cleat_cert_check(const cleat_cert *cert, const cleat_cert_use *use,
                              cleat_cert_grant *grant, cleat_error *error)
{
    cleat_cert_use u;
    cleat_cert_grant allowed = {0};
    if (!cleat_options_import(&u, sizeof u, use))
        return cl_fail(error, CLEAT_E_BAD_CALL, "a use that is not known");
    const char *why = fault(cert, &u);
    for (size_t i = 0; !why && i < cert->facts.critical_count; i++)
        why = apply_critical(cert, &u, &cert->facts.critical[i], &allowed);
    if (why)
        return refuse(error, why);
    for (size_t i = 0; i < cert->facts.extension_count; i++)
        apply_extension(cert->facts.extensions[i].name, &allowed);
    if (grant)
        *grant = allowed;
    cleat_status st = cl_key_check(cert->subject, u.rsa_min_bits, error);
    return st == CLEAT_OK ? cl_key_check(cert->authority, u.rsa_min_bits, error) : st;
}
