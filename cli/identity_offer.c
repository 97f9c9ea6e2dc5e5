/* In which order the user's keys and certificates are tried. */
#include "hop.h"
#include "identity_cert.h"
#include "say.h"

#include <stdlib.h>

const offer *identity_offered(const ssh_hop *h)
{
    return cleat_login_key_user(h->login);
}

/* Somebody has the private part that goes with it. */
static bool has_private(const identity *one, const identity_cert *cert)
{
    return one->in_agent || one->in_file || (cert && cert->in_agent);
}

static cleat_status add(ssh_hop *h, identity *one, const identity_cert *cert)
{
    offer *o = &h->offers[h->offer_count++];
    *o = (offer){one, cert};
    if (cert && cert->chain)
        return cleat_login_add_chain(h->login, one->key, cert->chain, o);
    return cert ? cleat_login_add_cert(h->login, one->key, cert->cert, o)
                : cleat_login_add_key(h->login, one->key, o);
}

/* With IdentitiesOnly a certificate that only the agent has is none of ours. */
static bool is_ours(const ssh_hop *h, const identity_cert *cert)
{
    return cert->in_file || !hop_flag(h, "IdentitiesOnly");
}

/* A key that has a certificate is seldom good without it: so the certificate comes first. */
static cleat_status offer_one(ssh_hop *h, identity *one)
{
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < one->cert_count && st == CLEAT_OK; i++) {
        const identity_cert *cert = &one->certs[i];
        if (!cert->listed && is_ours(h, cert) && has_private(one, cert))
            st = add(h, one, cert);
    }
    if (st == CLEAT_OK && !one->hidden && has_private(one, NULL))
        st = add(h, one, NULL);
    return st;
}

static bool agent_helps(const identity *one)
{
    bool helps = one->in_agent;
    for (size_t i = 0; i < one->cert_count; i++)
        helps = helps || one->certs[i].in_agent;
    return helps;
}

static cleat_status offer_group(ssh_hop *h, bool files, bool agent_keys)
{
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < h->identity_count && st == CLEAT_OK; i++) {
        identity *one = &h->identities[i];
        bool file = one->named || one->in_file;
        if (agent_helps(one) == agent_keys && file == files)
            st = offer_one(h, one);
    }
    return st;
}

/* The certificate that stands at this place among the CertificateFiles. */
static cleat_status offer_listed(ssh_hop *h, unsigned place)
{
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < h->identity_count; i++) {
        identity *one = &h->identities[i];
        for (size_t k = 0; k < one->cert_count && st == CLEAT_OK; k++) {
            if (one->certs[k].listed == place && has_private(one, &one->certs[k]))
                st = add(h, one, &one->certs[k]);
        }
    }
    return st;
}

/* A file of a security key's has no private part: its device has, which only an agent reaches. */
static void tell_out_of_reach(const ssh_hop *h)
{
    for (size_t i = 0; i < h->identity_count; i++) {
        const identity *one = &h->identities[i];
        if (one->named && !agent_helps(one) && cleat_key_security(one->key, NULL))
            say(CLEAT_LOG_INFO,
                "%s is a security key's, which is used through an agent only: ssh-add it",
                one->name);
    }
}

cleat_status identities_offer(ssh_hop *h)
{
    size_t listed = cleat_config_count(h->config, "CertificateFile");
    cleat_status st = CLEAT_OK;
    identity_certs_read(h);
    tell_out_of_reach(h);
    free(h->offers);
    h->offer_count = 0;
    h->offers = calloc(h->identity_count * (IDENTITY_CERTS_MAX + 1) + 1, sizeof *h->offers);
    if (!h->offers)
        return CLEAT_E_NOMEM;
    for (unsigned i = 1; i <= listed && st == CLEAT_OK; i++)
        st = offer_listed(h, i);
    if (st == CLEAT_OK)
        st = offer_group(h, true, true);
    if (st == CLEAT_OK)
        st = offer_group(h, false, true);
    return st == CLEAT_OK ? offer_group(h, true, false) : st;
}
